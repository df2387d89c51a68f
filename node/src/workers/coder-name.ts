/** Names of the coders in palm-coder.ts. */

export const CODERS = ['bocv', 'pooled', 'fused', 'cascade'] as const
export type CoderName = (typeof CODERS)[number]
