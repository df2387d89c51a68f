/**
 * How near in pooled code a row must be to pass a first pass. The distances are those under which the given part of
 * pairs of different palms lies: single pictures against templates of three, 160 synthetic palms, 25,440 pairs, mean 504.6
 * and deviation 25.6 bits. `palmhold palm benchmark --coder cascade --pass-rate R` gives them for any set of pictures.
 *
 * Synthetic palms say little about real ones. Where a distance is too wide for a gallery more rows pass: the search is
 * slower and shows its nodes more, and finds no less.
 */

/** Parts of strangers' rows that may pass. */
export const FIRST_PASS_RATES = [0.1, 0.02] as const

export type FirstPassRate = (typeof FIRST_PASS_RATES)[number]

const BITS: Readonly<Record<FirstPassRate, number>> = { 0.1: 471, 0.02: 450 }

/** Of 1,024 bits: a row passes when fewer differ. */
export function firstPassBitsFor(passRate: FirstPassRate): number {
  return BITS[passRate]
}
