/**
 * Soft codes: how strongly a filter answers, not only on which side. Each of the 1,536 responses behind a palm code is
 * divided by its mean magnitude in the picture and orientation, limited to [-1, 1] and rounded to -3..3. Compared by
 * their inner product. Secret shares carry them at the price of bits; a circuit does not. For evaluation: see
 * docs/accuracy.md for what they bring.
 */

import { PalmError } from '@palmhold/base'
import { sampleAt } from './encode-palm.ts'
import type { GreyImage } from './image.ts'
import { CODE_BITS, GRID, ORIENTATIONS } from './palm-code.ts'
import { responses } from './responses.ts'
import { PROBE_SHIFTS_25, type Shift } from './shifts.ts'

/** Largest magnitude of an entry. */
export const SOFT_LEVEL = 3
/** Bytes of a soft code: one signed byte an entry. */
export const SOFT_CODE_BYTES = CODE_BITS
/** The largest inner product of two soft codes; their distance is what they lack of it. */
export const LARGEST_SOFT_PRODUCT = SOFT_LEVEL * SOFT_LEVEL * CODE_BITS

/**
 * The soft codes of one picture at `shifts`, one behind the other, in the order of a palm code's bits.
 * @param roi 128 x 128 grey
 * @throws {RoiSizeError} another size
 * @throws {ShiftError} a shift that cannot be sampled
 */
export function encodeSoft(roi: GreyImage, shifts: readonly Shift[] = PROBE_SHIFTS_25): Int8Array {
  const found = responses(roi, shifts)
  const codes = new Int8Array(shifts.length * SOFT_CODE_BYTES)
  for (const [i, shift] of shifts.entries()) {
    const samples = sampleAt(found, shift)
    for (let k = 0; k < ORIENTATIONS; k++) soften(samples, k, codes, i * SOFT_CODE_BYTES)
  }
  return codes
}

/** One orientation of one code. */
function soften(samples: Int32Array, orientation: number, codes: Int8Array, at: number): void {
  const plane = GRID * GRID
  const [from, to] = [orientation * plane, (orientation + 1) * plane]
  let magnitude = 0
  for (let i = from; i < to; i++) magnitude += Math.abs(samples[i]!)
  if (magnitude === 0) return
  for (let i = from; i < to; i++) {
    const value = (samples[i]! * plane) / magnitude
    // A negative response is bit 1, the entry -1: the sign of an entry is that of the response.
    codes[at + i] = Math.round(SOFT_LEVEL * Math.min(1, Math.max(-1, value)))
  }
}

/** Bytes that are no soft codes. */
export class SoftCodeError extends PalmError {
  constructor(length: number) {
    super('PALM_SOFT_CODE_INVALID', `soft codes have ${SOFT_CODE_BYTES} bytes each, got ${length}`, {
      hints: ['Encode the pictures again.'],
    })
  }
}
