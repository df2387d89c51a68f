/**
 * Which bits of one picture's codes are the same by construction. A bit depends on the pixel that its filter is centred
 * on and on nothing else, and shifts that differ by multiples of the grid's step sample the same pixels: with shifts
 * four pixels apart and a step of six, the shifts -8 and +4 of an axis share 14 of their 16 columns, -4 and +8 as well,
 * and 0 stands alone. Codes that come from one picture agree there; codes of unrelated hands do not.
 */

import { CODE_BITS, GRID, ORIENTATIONS } from './palm-code.ts'
import { GRID_STEP } from './responses.ts'
import type { Shift } from './shifts.ts'

/**
 * Pairs of bits that are equal in every probe at `shifts`: a bit, then an earlier one at the same pixel and orientation.
 * Bits are numbered through all codes, code k from k * 1,536 on. The pairs are all there is: bits that no chain of pairs
 * joins lie at different pixels.
 */
export function equalBits(shifts: readonly Shift[]): Uint32Array {
  const firstAt = new Map<string, number>()
  const pairs: number[] = []
  shifts.forEach((shift, code) => {
    for (let bit = 0; bit < CODE_BITS; bit++) {
      const place = placeOf(bit, shift)
      const number = code * CODE_BITS + bit
      const first = firstAt.get(place)
      if (first === undefined) firstAt.set(place, number)
      else pairs.push(number, first)
    }
  })
  return Uint32Array.from(pairs)
}

/** Orientation and pixel of a bit, relative to the first sample of the unmoved grid. */
function placeOf(bit: number, { dx, dy }: Shift): string {
  const orientation = Math.floor(bit / (GRID * GRID)) % ORIENTATIONS
  const row = Math.floor(bit / GRID) % GRID
  const column = bit % GRID
  return `${orientation},${GRID_STEP * row + dy},${GRID_STEP * column + dx}`
}
