/**
 * Bits shared among three nodes by XOR, replicated (Araki et al., CCS 2016, "High-Throughput Semi-Honest Secure
 * Three-Party Computation with an Honest Majority"):
 *
 *   x = x_0 ^ x_1 ^ x_2        P_i holds x_i ("own") and x_(i+1) ("next"), indices modulo 3
 *
 * XOR is local. For AND each node computes one component of the product and sends it to the node before it,
 *
 *   z_i = x_i y_i ^ x_i y_(i+1) ^ x_(i+1) y_i ^ alpha_i        alpha_0 ^ alpha_1 ^ alpha_2 = 0
 *
 * where alpha_i is the XOR of the masks P_i has with its two neighbours: what is sent is uniform to who receives it.
 * One corrupt node that follows the protocol learns nothing; a lying one is not noticed.
 */

import type { Role } from './comparison-message.ts'

/** Planes of shared bits, held as two components of the same length. */
export type SharedBits = { readonly own: Uint32Array; readonly next: Uint32Array }

/** One AND over `words` words: offsets into the shared bits and into the product. */
export type AndSpan = { readonly x: number; readonly y: number; readonly product: number; readonly words: number }

export function sharedBits(words: number): SharedBits {
  return { own: new Uint32Array(words), next: new Uint32Array(words) }
}

/** i + 1 modulo 3: whose component `next` is, and who sends to P_i. */
export function roleAfter(role: Role): Role {
  return role === 2 ? 0 : ((role + 1) as Role)
}

/** i - 1 modulo 3: who receives what P_i sends. */
export function roleBefore(role: Role): Role {
  return role === 0 ? 2 : ((role - 1) as Role)
}

/**
 * This node's component of x & y for one span, masked; `product` is what it sends.
 * @param maskBefore the mask shared with the node before, `maskAfter` with the node after; indexed like `product`
 */
export function andSpan(
  { own, next }: SharedBits,
  { x, y, product: at, words }: AndSpan,
  maskBefore: Uint32Array,
  maskAfter: Uint32Array,
  product: Uint32Array,
): void {
  for (let k = 0; k < words; k++) {
    const ownY = own[y + k]!
    product[at + k] =
      (own[x + k]! & (ownY ^ next[y + k]!)) ^ (next[x + k]! & ownY) ^ maskBefore[at + k]! ^ maskAfter[at + k]!
  }
}

/** target ^= source, word by word, from `from` in source to `at` in target. */
export function xorSpan(target: Uint32Array, at: number, source: Uint32Array, from: number, words: number): void {
  for (let k = 0; k < words; k++) target[at + k]! ^= source[from + k]!
}
