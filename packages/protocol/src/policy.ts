/**
 * The matching policy of a gallery: threshold and margin follow from the number of rows (an error rate e per comparison
 * becomes 1 - (1 - e)^N), rounded up to a power of two so that an enrolment in the middle of a payment seldom changes it.
 */

import { thresholdFor } from '@palmhold/palm'
import type { Policy } from './messages.ts'

export const PROBE_CODES = 25
const LEAST_ROWS = 64

/** The loosest policy that operators accept for a gallery of `rows` rows. */
export function policyFor(rows: number): Policy {
  const rounded = 2 ** Math.ceil(Math.log2(Math.max(rows, LEAST_ROWS)))
  const { thresholdBits, marginBits } = thresholdFor({ rows: rounded, shifts: PROBE_CODES })
  return { thresholdBits, marginBits, maxProbeCodes: PROBE_CODES }
}

/** Whether `policy` is no looser than `allowed`. */
export function isPolicyWithin(policy: Policy, allowed: Policy): boolean {
  return (
    policy.thresholdBits <= allowed.thresholdBits &&
    policy.marginBits >= allowed.marginBits &&
    policy.maxProbeCodes <= allowed.maxProbeCodes
  )
}
