/** The sum above which a scan that looks like no living hand asks for another factor, where a merchant sets none: in cents. */
export const DEFAULT_ASK_ABOVE_MINOR = 25_00
