/**
 * Hamming distance between palm codes, 0..1536 bits, and its minimum over a probe's shifts. A match is a distance
 * BELOW the threshold. A distance is an oracle for the template: never log it or send it.
 */

import { PalmError } from '@palmhold/base'
import { CODE_BITS, type PalmCode } from './palm-code.ts'

/** Where a probe came nearest. */
export type Nearest = {
  /** Index into the probe's codes, the first of equals. */
  readonly shift: number
  /** 0..1536. */
  readonly distanceBits: number
}

/** The number of bits in which `a` and `b` differ. */
export function distanceBits(a: PalmCode, b: PalmCode): number {
  return wordDistance(words(a), words(b))
}

/**
 * The smallest distance between `template` and the codes of `probe`.
 * @throws {EmptyProbeError} a probe without codes
 */
export function nearestShift(template: PalmCode, probe: readonly PalmCode[]): Nearest {
  if (probe.length === 0) throw new EmptyProbeError()
  const row = words(template)
  let best: Nearest = { shift: -1, distanceBits: CODE_BITS + 1 }
  for (const [shift, code] of probe.entries()) {
    const bits = wordDistance(row, words(code))
    if (bits < best.distanceBits) best = { shift, distanceBits: bits }
  }
  return best
}

/** The code as 48 words; copied only where the bytes do not lie on a word boundary. */
function words(code: Uint8Array): Uint32Array {
  return code.byteOffset % 4 === 0
    ? new Uint32Array(code.buffer, code.byteOffset, code.length >> 2)
    : new Uint32Array(Uint8Array.from(code).buffer)
}

/** Bits in which two codes of 48 words differ. */
function wordDistance(a: Uint32Array, b: Uint32Array): number {
  let bits = 0
  for (let i = 0; i < a.length; i++) {
    // Hacker's Delight, section 5-1: sums of 1, 2, 4 and then 8 bits side by side.
    let x = a[i]! ^ b[i]!
    x -= (x >>> 1) & 0x55555555
    x = (x & 0x33333333) + ((x >>> 2) & 0x33333333)
    x = (x + (x >>> 4)) & 0x0f0f0f0f
    bits += Math.imul(x, 0x01010101) >>> 24
  }
  return bits
}

/** A probe without a single code. */
export class EmptyProbeError extends PalmError {
  constructor() {
    super('PALM_PROBE_EMPTY', 'the probe holds no code', {
      hints: ['Encode the picture at one shift at least.'],
    })
  }
}
