/**
 * Decision thresholds that know how many rows are searched.
 *
 * A false-accept rate e per comparison becomes 1 - (1 - e)^N over N rows, so the rate allowed per row is about the
 * allowed false-positive identification rate (FPIR, ISO/IEC 19795-1) divided by N. The distance for that rate comes from
 * two measured points per set of shifts (400 palms, two sessions, 15.96 million impostor pairs):
 *
 * | shifts | FAR 1e-5 | FAR 1e-6 |
 * |---|---|---|
 * | 25 | 550 | 535 |
 * | 81 | 543 | 529 |
 *
 * and is log-linear between and beyond them. Beyond means below 1e-6, down to 1e-7, which is EXTRAPOLATED, not measured;
 * no threshold is looser than the one at 1e-5, and none is stricter than the one at 1e-7: when that is not enough the
 * answer is a second factor, not a stricter code that would refuse its owner.
 */

import { PalmError } from '@palmhold/base'

/** How a search over `rows` decides. */
export type Thresholds = {
  /** Accept a row when its distance is below this many bits. */
  readonly thresholdBits: number
  /** Exactly one row may lie below thresholdBits + marginBits: the runner-up must be clearly behind. */
  readonly marginBits: number
  /** Expected rate at which somebody who is not enrolled is taken for somebody who is. */
  readonly expectedFpir: number
  /** Whether expectedFpir misses the target, so that the palm alone must not decide. */
  readonly needsSecondFactor: boolean
}

/** Accept two palms of one person when the SUM of their distances, of 3,072, is at most this: about 1e-9, extrapolated. */
export const bothPalmsThreshold = 1083

/** Its rate, and how much the sum may grow for each factor of ten in the rate. */
const BOTH_PALMS = { exponent: -9, perDecade: 19 } as const

/** A false-positive identification in a hundred searches by strangers: what an operator allows who says nothing else. */
export const DEFAULT_TARGET_FPIR = 0.01

/** The two measured points of each set of shifts as a line: bits at 1e-5, bits for each factor of ten. */
const MEASURED = { 25: { at1e5: 550, perDecade: 15 }, 81: { at1e5: 543, perDecade: 14 } } as const
/** Decimal logarithms of the false-accept rates between which thresholds are given. */
const LOOSEST_EXPONENT = -5
const STRICTEST_EXPONENT = -7
const BOTH_LOOSEST_EXPONENT = -6
/** Of searches by enrolled people, how many may be refused because a stranger's row came near too. */
const AMBIGUOUS_RATE = 0.03
/** A smaller margin says nothing about the runner-up; a larger one refuses owners for no gain in small galleries. */
const MARGIN_BITS = { least: 4, most: 32 }

/**
 * @param rows enrolled codes searched, 1 or more (1 is a verification)
 * @param shifts codes in a probe, 25 or 81
 * @param targetFpir allowed rate of false identifications per search, in (0, 1)
 * @throws {ThresholdInputError} an argument out of range
 */
export function thresholdFor(query: { rows: number; shifts: number; targetFpir?: number }): Thresholds {
  const { rows, shifts, targetFpir = DEFAULT_TARGET_FPIR } = query
  checkQuery(rows, targetFpir)
  if (shifts !== 25 && shifts !== 81) throw new ThresholdInputError('shifts must be 25 or 81')
  const wanted = Math.log10(targetFpir / rows)
  const exponent = Math.min(LOOSEST_EXPONENT, Math.max(STRICTEST_EXPONENT, wanted))
  // Rounded down: the threshold at a rate is the largest that keeps to it.
  const thresholdBits = Math.floor(bitsAt(shifts, exponent) + 1e-9)
  const margin = Math.floor(bitsAt(shifts, Math.log10(AMBIGUOUS_RATE / rows))) - thresholdBits
  const expectedFpir = -Math.expm1(rows * Math.log1p(-falseAcceptRateAt(shifts, thresholdBits)))
  return {
    thresholdBits,
    marginBits: Math.min(MARGIN_BITS.most, Math.max(MARGIN_BITS.least, margin)),
    expectedFpir,
    needsSecondFactor: expectedFpir > targetFpir,
  }
}

/**
 * Thresholds for the SUM of the distances of a person's two palms, each the minimum over 25 shifts, of 3,072 bits. All
 * of it is EXTRAPOLATED from {@link bothPalmsThreshold}: hands of one person are correlated, so the rates of the two
 * palms are never multiplied; the slope is that of a normal tail through the point, and no threshold is looser than the
 * one at 1e-6 or stricter than the one at 1e-9.
 * @param rows enrolled persons searched, 1 or more
 * @param targetFpir allowed rate of false identifications per search, in (0, 1)
 * @throws {ThresholdInputError} an argument out of range
 */
export function bothPalmsThresholdFor(query: { rows: number; targetFpir?: number }): Thresholds {
  const { rows, targetFpir = DEFAULT_TARGET_FPIR } = query
  checkQuery(rows, targetFpir)
  const sumAt = (exponent: number): number =>
    Math.floor(bothPalmsThreshold + BOTH_PALMS.perDecade * (exponent - BOTH_PALMS.exponent) + 1e-9)
  const exponent = Math.min(BOTH_LOOSEST_EXPONENT, Math.max(BOTH_PALMS.exponent, Math.log10(targetFpir / rows)))
  const thresholdBits = sumAt(exponent)
  const margin = sumAt(Math.log10(AMBIGUOUS_RATE / rows)) - thresholdBits
  const far = 10 ** (BOTH_PALMS.exponent + (thresholdBits - bothPalmsThreshold) / BOTH_PALMS.perDecade)
  const expectedFpir = -Math.expm1(rows * Math.log1p(-far))
  return {
    thresholdBits,
    marginBits: Math.min(2 * MARGIN_BITS.most, Math.max(MARGIN_BITS.least, margin)),
    expectedFpir,
    needsSecondFactor: expectedFpir > targetFpir,
  }
}

/** The false-accept rate of one comparison when distances below `thresholdBits` are accepted, by the same line. */
export function falseAcceptRateAt(shifts: 25 | 81, thresholdBits: number): number {
  const { at1e5, perDecade } = MEASURED[shifts]
  return 10 ** (LOOSEST_EXPONENT + (thresholdBits - at1e5) / perDecade)
}

function checkQuery(rows: number, targetFpir: number): void {
  if (!Number.isSafeInteger(rows) || rows < 1) throw new ThresholdInputError('rows must be a whole number from 1')
  if (!(targetFpir > 0 && targetFpir < 1)) throw new ThresholdInputError('targetFpir must lie between 0 and 1')
}

/** The threshold for a false-accept rate of 10^exponent. */
function bitsAt(shifts: 25 | 81, exponent: number): number {
  const { at1e5, perDecade } = MEASURED[shifts]
  return at1e5 + perDecade * (exponent - LOOSEST_EXPONENT)
}

/** A question about thresholds that has no answer. */
export class ThresholdInputError extends PalmError {
  constructor(message: string) {
    super('PALM_THRESHOLD_INPUT', message, {
      hints: ['Thresholds exist for the 25 and the 81 shifts that were measured.'],
    })
  }
}
