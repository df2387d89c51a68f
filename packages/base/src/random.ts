/** Randomness as an argument: pure packages never reach for an ambient generator. */

/** Returns `length` fresh bytes from a cryptographically secure generator. */
export type RandomBytes = (length: number) => Uint8Array

/** Returns the time now in whole seconds since 1970, UTC. */
export type Clock = () => number
