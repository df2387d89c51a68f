/** What `palm compare` does. */

import {
  CODE_BITS,
  encodePalm,
  encodeProbe,
  nearestShift,
  PROBE_SHIFTS_25,
  PROBE_SHIFTS_81,
  thresholdFor,
} from '@palmhold/palm'
import { readPalm } from '../../pictures/read-palm.ts'
import { printResult } from '../output.ts'

export type CompareOptions = { shifts: 25 | 81; json?: boolean }

export async function compare(a: string, b: string, options: CompareOptions): Promise<void> {
  const enrolled = encodePalm((await readPalm(a)).roi)
  const probe = encodeProbe((await readPalm(b)).roi, options.shifts === 25 ? PROBE_SHIFTS_25 : PROBE_SHIFTS_81)
  const { distanceBits } = nearestShift(enrolled, probe)
  const { thresholdBits } = thresholdFor({ rows: 1, shifts: options.shifts })
  const match = distanceBits < thresholdBits
  printResult(
    options.json,
    { ok: true, match, distanceBits, distance: distanceBits / CODE_BITS, thresholdBits, shifts: options.shifts },
    `${match ? 'the same palm' : 'different palms'}: ${distanceBits} of ${CODE_BITS} bits differ, fewer than ${thresholdBits} are a match`,
  )
}
