/**
 * What a dealer (a wallet for rows, a terminal's verifier for probes) gives each node: every bit of the codes as a shared
 * ring element, and the masks under which the nodes check that bits is what they are (deal-check.ts).
 *
 *   [b_k]      b_k in {0, 1}            of degree t
 *   [u_m]      u_m uniform in GR        of degree t      hides the degree check
 *   [z_m]      0                        of degree 2t     hides the bit check
 *   [e_m]      0                        of degree t      hides the check of equal bits, where the layout has some
 *
 * with m = 1..10, and u, z, e anew for every check that the layout allows. A node's share is its elements in that order,
 * 8 bytes each, little-endian.
 */

import { PalmError, type RandomBytes } from '@palmhold/base'
import { COMBINATIONS, type DealLayout, masksOf } from './deal-layout.ts'
import { RING_DEGREE } from './galois-ring.ts'
import { asUint16 } from './little-endian.ts'
import { assertSharingParams, type SharingParams, shareVector } from './sharing.ts'

/**
 * Deals the bits of `codes`, bit i of a code in byte i >> 3 at position i & 7.
 * @returns n shares of `dealtBytes(layout)`; the share at index k belongs to node k + 1
 * @throws {SharingParamsError} n and t do not fit
 * @throws {DealtLengthError} the codes have another number of bits than the layout
 */
export function dealBits(
  codes: readonly Uint8Array[],
  layout: DealLayout,
  params: SharingParams,
  random: RandomBytes,
): Uint8Array[] {
  const elements = new Uint16Array(RING_DEGREE * layout.bits)
  if (codes.reduce((sum, { length }) => sum + 8 * length, 0) !== layout.bits) throw new DealtLengthError()
  let at = 0
  for (const code of codes)
    for (let bit = 0; bit < 8 * code.length; bit++, at += RING_DEGREE) elements[at] = (code[bit >> 3]! >> (bit & 7)) & 1
  return dealElements(elements, layout, params, random)
}

/**
 * Deals any ring elements in the place of bits, as a dishonest dealer may.
 * @param elements four coefficients for each of the layout's bits
 */
export function dealElements(
  elements: Uint16Array,
  layout: DealLayout,
  params: SharingParams,
  random: RandomBytes,
): Uint8Array[] {
  assertSharingParams(params)
  const { n, t } = params
  const zeros = new Uint16Array(RING_DEGREE * COMBINATIONS)
  const parts = [shareVector(elements, n, t, random)]
  for (let set = 0; set < layout.checks; set++) {
    parts.push(shareVector(asUint16(random(zeros.byteLength)), n, t, random))
    parts.push(shareVector(zeros, n, 2 * t, random))
    if (masksOf(layout) === 3) parts.push(shareVector(zeros, n, t, random))
  }
  return Array.from({ length: n }, (_, node) => joined(parts.map((shares) => shares[node]!)))
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}

/** Dealt bits or shares of them that do not have the length of what they should be. */
export class DealtLengthError extends PalmError {
  constructor() {
    super('PALM_SHARE_LENGTH', 'what was dealt has another length than a row or probe of this version', {
      hints: ['The dealer runs another version, or the share was cut short: deal again.'],
    })
  }
}
