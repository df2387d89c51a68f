/**
 * The matching policy of a gallery: threshold and margin follow from the number of rows (an error rate e per comparison
 * becomes 1 - (1 - e)^N), rounded up to a power of two so that an enrolment in the middle of a payment seldom changes it.
 * Large galleries may be searched in two passes, where their operators choose so.
 */

import { type FirstPassRate, firstPassBitsFor, thresholdFor } from '@palmhold/palm'
import type { Policy } from './messages.ts'

export const PROBE_CODES = 25
const LEAST_ROWS = 64
/** Two rows for each of the 2^32 enrolments that PalmRegistry holds. */
const MOST_ROWS = 2 ** 33
/** From one row to the most: enrolments that nobody fills cost little, and a verifier counts them. */
const LARGER_GALLERIES = 34
/**
 * Up to here a search at all shifts takes no longer than two passes: 8,192 rows at 25 shifts took 104 ms in one and 94 ms in
 * two, 2,048 rows 37 and 58 ms, by `npm run bench -- matching --rows N` with and without `--cascade 0.1` on a busy machine.
 */
export const CASCADE_ROWS = 8192

/** Whether a search has a first pass: above {@link CASCADE_ROWS}, never or always; and at what rate strangers pass it. */
export type FirstPass = { readonly use: 'auto' | 'off' | 'on'; readonly passRate: FirstPassRate }

/** Off: which rows pass adds up over scans to what their codes are, so faster searches are a committee's own choice. */
export const DEFAULT_FIRST_PASS: FirstPass = { use: 'off', passRate: 0.1 }

/** The loosest policy that operators accept for a gallery of `rows` rows. */
export function policyFor(rows: number, { use, passRate }: FirstPass = DEFAULT_FIRST_PASS): Policy {
  const rounded = 2 ** Math.ceil(Math.log2(Math.min(Math.max(rows, LEAST_ROWS), MOST_ROWS)))
  const { thresholdBits, marginBits } = thresholdFor({ rows: rounded, shifts: PROBE_CODES })
  const hasFirstPass = use === 'on' || (use === 'auto' && rounded > CASCADE_ROWS)
  return {
    thresholdBits,
    marginBits,
    maxProbeCodes: PROBE_CODES,
    firstPassBits: hasFirstPass ? firstPassBitsFor(passRate) : 0,
  }
}

/**
 * The policy of the phone lane, in which a wallet compares with its own hands and nobody else's: no runner-up, so no
 * margin, and no gallery, so no first pass. The false-accept rate is that of the loosest threshold, about 1e-5 a hand.
 */
export const PHONE_POLICY: Policy = { ...policyFor(1), marginBits: 0, firstPassBits: 0 }

/**
 * Whether operators with `rows` active rows accept `policy`: it must be the policy of their gallery, or of a larger one,
 * since a verifier counts enrolments that are not active (any more) too. Thresholds of a terminal's own choice are
 * refused, also stricter ones: asking at one after the other would give away how near the nearest row is. The same
 * holds for the first pass: it is the operators' own `firstPass`.
 */
export function isPolicyAccepted(policy: Policy, rows: number, firstPass: FirstPass = DEFAULT_FIRST_PASS): boolean {
  return Array.from({ length: LARGER_GALLERIES }, (_, i) => policyFor(Math.max(rows, 1) * 2 ** i, firstPass)).some(
    (allowed) =>
      policy.thresholdBits === allowed.thresholdBits &&
      policy.marginBits === allowed.marginBits &&
      policy.maxProbeCodes === allowed.maxProbeCodes &&
      policy.firstPassBits === allowed.firstPassBits,
  )
}
