/**
 * Rebuilding one node's share of a row that its disk damaged, without anybody learning more than before. A row's share is
 * a polynomial of degree t at the node's point, so t + 1 others can interpolate it:
 *
 *   X_i = sum_j L_j X_j            L_j the Lagrange coefficients of the helpers at pt(i), not at 0
 *
 * Each helper j sends T_j = L_j X_j + M_j, where M_j = sum_{k > j} m_jk - sum_{k < j} m_kj and m_jk comes from the key that
 * j and k share. The masks sum to zero, so the sum of all T_j is X_i. To the damaged node, which knows none of the keys,
 * any t of the t + 1 terms are uniform and the last follows from X_i; a helper learns nothing, since nothing is sent to
 * it. More than t colluding nodes would learn the row anyway.
 */

import { hkdf } from '@noble/hashes/hkdf.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { utf8 } from '@palmhold/base'
import { addMatrixTimes, lagrangeAt, multiplicationMatrix, RING_DEGREE } from './galois-ring.ts'
import { asBytes, asUint16 } from './little-endian.ts'
import { assertIds, RespondersError, ShareLengthError } from './sharing.ts'

const BLOCK_BYTES = 2 * RING_DEGREE

/** Who repairs whose share: distinct ids, 1..15. */
export type RepairPlan = { readonly damaged: number; readonly helpers: readonly number[] }

/**
 * The term of one helper.
 * @param share the helper's own share, of one code or of several
 * @param keyWith the key of 32 bytes that it shares with another helper
 * @param context says which row, whose, and which try: masks must never serve for two different terms
 * @throws {RespondersError} ids repeated or out of range, the damaged node among its helpers, or `self` not
 * @throws {ShareLengthError} not a whole number of blocks of four coefficients
 */
export function repairTerm(
  share: Uint8Array,
  self: number,
  { damaged, helpers }: RepairPlan,
  keyWith: (helper: number) => Uint8Array,
  context: Uint8Array,
): Uint8Array {
  assertIds([damaged, ...helpers])
  const at = helpers.indexOf(self)
  if (at < 0) throw new RespondersError('this node is not one of the helpers')
  if (!isWhole(share)) throw new ShareLengthError()
  const term = new Uint16Array(share.length / 2)
  addMatrixTimes(multiplicationMatrix(lagrangeAt(helpers, damaged)[at]!), asUint16(share), term)
  for (const other of helpers) {
    if (other === self) continue
    const mask = asUint16(hkdf(sha256, keyWith(other), context, utf8('palmhold/row-repair/1'), share.length))
    for (let i = 0; i < term.length; i++) term[i]! += self < other ? mask[i]! : -mask[i]!
  }
  return asBytes(term)
}

/** The damaged node's share: the sum of all helpers' terms. @throws {ShareLengthError} one that is not `bytes` long */
export function sumRepairTerms(terms: readonly Uint8Array[], bytes: number): Uint8Array {
  const sum = new Uint16Array(bytes / 2)
  for (const term of terms) {
    if (term.length !== bytes) throw new ShareLengthError()
    const words = asUint16(term)
    for (let i = 0; i < sum.length; i++) sum[i]! += words[i]!
  }
  return asBytes(sum)
}

function isWhole(share: Uint8Array): boolean {
  return share.length > 0 && share.length % BLOCK_BYTES === 0
}
