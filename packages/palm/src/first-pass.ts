/**
 * How near in pooled code a row must be to pass a first pass. The distances are those under which the given part of
 * pairs of different palms lies, among 89,400 pairs of pictures of 150 synthetic palms; docs/accuracy.md has the command.
 *
 * Synthetic palms say little about real ones. Where a distance is too wide for a gallery more rows pass: the search is
 * slower and shows its nodes more, and finds no less.
 */

/** Parts of strangers' rows that may pass. */
export const FIRST_PASS_RATES = [0.1, 0.02] as const

export type FirstPassRate = (typeof FIRST_PASS_RATES)[number]

const BITS: Readonly<Record<FirstPassRate, number>> = { 0.1: 473, 0.02: 452 }

/** Of 1,024 bits: a row passes when fewer differ. */
export function firstPassBitsFor(passRate: FirstPassRate): number {
  return BITS[passRate]
}
