/**
 * From a region of interest to its palm code (BOCV): bit = 1 where a filter's response is negative, sampled at pixels
 * 19 + 6 i on both axes, a probe at the same places plus its shift.
 */

import type { GreyImage } from './image.ts'
import { CODE_BYTES, GRID, ORIENTATIONS, type PalmCode, palmCode } from './palm-code.ts'
import { gridIndices, type Responses, responses } from './responses.ts'
import { NO_SHIFT, PROBE_SHIFTS_25, type Shift } from './shifts.ts'

/**
 * The code of one picture, unshifted: what a gallery holds.
 * @param roi 128 x 128 grey
 * @throws {RoiSizeError} another size
 */
export function encodePalm(roi: GreyImage): PalmCode {
  return encodeProbe(roi, NO_SHIFT)[0]!
}

/**
 * The codes of one picture at `shifts`, in their order.
 * @param roi 128 x 128 grey
 * @throws {RoiSizeError} another size
 * @throws {ShiftError} a shift that cannot be sampled
 */
export function encodeProbe(roi: GreyImage, shifts: readonly Shift[] = PROBE_SHIFTS_25): PalmCode[] {
  const found = responses(roi, shifts)
  return shifts.map((shift) => codeAt(found, shift))
}

/** The code at one of the shifts that `found` was computed for. */
export function codeAt(found: Responses, shift: Shift): PalmCode {
  const samples = sampleAt(found, shift)
  const bytes = new Uint8Array(CODE_BYTES)
  for (let i = 0; i < samples.length; i++) if (samples[i]! < 0) bytes[i >> 3]! |= 1 << (i & 7)
  return palmCode(bytes)
}

/** The 1,536 responses behind the code at one shift, in the order of its bits. */
export function sampleAt(found: Responses, shift: Shift): Int32Array {
  const columns = gridIndices(found.xs, shift.dx)
  const rows = gridIndices(found.ys, shift.dy)
  const samples = new Int32Array(ORIENTATIONS * GRID * GRID)
  let at = 0
  for (let k = 0; k < ORIENTATIONS; k++)
    for (const row of rows) {
      const line = (k * found.ys.length + row) * found.xs.length
      for (const column of columns) samples[at++] = found.values[line + column]!
    }
  return samples
}
