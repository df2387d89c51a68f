/**
 * The palm code: 1,536 bits from six oriented filters on a 16 x 16 grid (BOCV, Guo et al. 2009, "Palmprint verification
 * using binary orientation co-occurrence vector"). There is no mask: every bit counts.
 *
 * Canonical encoding: 192 bytes; bit i stands in byte i >> 3 at position i & 7; the order is orientation, grid row (y),
 * grid column (x). A bit is 1 where the filter's response is negative.
 */

import { PalmError } from '@palmhold/base'

/** Orientations of the filter bank, theta = k * 30 degrees. */
export const ORIENTATIONS = 6
/** Samples along each side of the grid. */
export const GRID = 16
/** Bits of a code. */
export const CODE_BITS = ORIENTATIONS * GRID * GRID
/** Bytes of a code. */
export const CODE_BYTES = CODE_BITS / 8

declare const brand: unique symbol

/** 192 bytes, see the head of this file. A secret: it never belongs into a log, an error or a terminal. */
export type PalmCode = Uint8Array & { readonly [brand]: 'PalmCode' }

/**
 * Takes 192 bytes as a palm code; every such string is a code. The bytes are copied.
 * @throws {PalmCodeError} another length
 */
export function palmCode(bytes: Uint8Array): PalmCode {
  if (bytes.length !== CODE_BYTES) throw new PalmCodeError(bytes.length)
  return Uint8Array.from(bytes) as PalmCode
}

/** Bytes that are no palm code. */
export class PalmCodeError extends PalmError {
  constructor(length: number) {
    super('PALM_CODE_INVALID', `a palm code has ${CODE_BYTES} bytes, got ${length}`, {
      hints: ['The file or message holds something else, or was cut short: encode the picture again.'],
    })
  }
}
