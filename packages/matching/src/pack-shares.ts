/**
 * From shares of checked bits to the shares that scores are computed with. Packing is GR-linear, so each node does it by
 * itself: four bits become one block,
 *
 *   row:    X = sum_j x^j (1 - 2 [b_j])          j = 0..3
 *   probe:  H = sum_j y_j (1 - 2 [b_j])          y_j = G^-1 e_j, the dual basis: 1, x^3, x^2, x
 *
 * which are the sharings of sharing.ts, 2 bytes a bit in place of 8. The coefficients of their polynomials are even, so a
 * packed share is 1 modulo 2 in every coordinate whatever the bits are, and any t of them are uniform in the upper 15 bits.
 */

import { PalmError } from '@palmhold/base'
import { ELEMENT_BYTES } from './deal-layout.ts'
import { RING_DEGREE } from './galois-ring.ts'
import { asBytes, asUint16 } from './little-endian.ts'

const BLOCK_WORDS = RING_DEGREE * RING_DEGREE
const BLOCK_BYTES = ELEMENT_BYTES * RING_DEGREE

/** Which of a block's bits stands before which power of x. */
const ROW_ORDER = [0, 1, 2, 3] as const
const PROBE_ORDER = [0, 3, 2, 1] as const

/**
 * A node's share of a row from its shares of the row's bits.
 * @param bits 8 bytes a bit, a multiple of four bits
 * @returns 2 bytes a bit
 * @throws {PackLengthError} not a whole number of blocks
 */
export function packRow(bits: Uint8Array): Uint8Array {
  return packBlocks(bits, ROW_ORDER)
}

/** A node's share of a probe from its shares of the probe's bits, in the dual basis; otherwise as {@link packRow}. */
export function packProbe(bits: Uint8Array): Uint8Array {
  return packBlocks(bits, PROBE_ORDER)
}

function packBlocks(bits: Uint8Array, [first, second, third, fourth]: readonly number[]): Uint8Array {
  if (bits.length === 0 || bits.length % BLOCK_BYTES !== 0) throw new PackLengthError()
  const words = asUint16(bits)
  const out = new Uint16Array(words.length / RING_DEGREE)
  const offsets = [third!, second!, first!].map((bit) => bit * RING_DEGREE)
  for (let at = 0, to = 0; at < words.length; at += BLOCK_WORDS, to += RING_DEGREE) {
    const last = at + fourth! * RING_DEGREE
    let a = words[last]!
    let b = words[last + 1]!
    let c = words[last + 2]!
    let d = words[last + 3]!
    // Horner's rule, with x (a, b, c, d) = (d, a + d, b, c).
    for (const offset of offsets) {
      const from = at + offset
      const carried = d
      d = c + words[from + 3]!
      c = b + words[from + 2]!
      b = a + carried + words[from + 1]!
      a = carried + words[from]!
    }
    out[to] = 1 - 2 * a
    out[to + 1] = 1 - 2 * b
    out[to + 2] = 1 - 2 * c
    out[to + 3] = 1 - 2 * d
  }
  return asBytes(out)
}

/** Shares of bits that are not whole blocks. */
export class PackLengthError extends PalmError {
  constructor() {
    super('PALM_SHARE_LENGTH', `shares of bits are not a whole number of ${BLOCK_BYTES}-byte blocks`, {
      hints: ['The dealer runs another version, or the share was cut short: deal again.'],
    })
  }
}
