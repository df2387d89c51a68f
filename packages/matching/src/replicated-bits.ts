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
 * One corrupt node that follows the protocol learns nothing; a lying one is not noticed. The arithmetic is `andBits` of
 * bit-kernel.ts; here is who holds what.
 */

import type { Role } from './comparison-message.ts'

/** i + 1 modulo 3: whose component `next` is, and who sends to P_i. */
export function roleAfter(role: Role): Role {
  return role === 2 ? 0 : ((role + 1) as Role)
}

/** i - 1 modulo 3: who receives what P_i sends. */
export function roleBefore(role: Role): Role {
  return role === 0 ? 2 : ((role - 1) as Role)
}
