/**
 * The scope point Q of a merchant: what a pseudonym P = s * Q is taken over. It follows from chain and merchant alone, so
 * that wallet, operators, verifiers and the MerchantRegistry compute the same one, and nobody supplies it: who chose
 * Q' = a * Q could link two merchants' pseudonyms.
 *
 * Q = 8 * M for the first nonce 0, 1, ... at which M exists and Q is not neutral:
 *
 *   y   = keccak256(abi.encode(keccak256("palmhold/scope/1"), chainId, merchantId, counter, nonce)) mod p
 *   x^2 = (1 - y^2) / (168700 - 168696 y^2),  x the smaller root, M = (x, y)
 *
 * Nobody knows the discrete logarithm of one Q to another, which is all that pseudonyms need (decisional Diffie-Hellman).
 * Try-and-increment takes a time that depends on its input, which is public.
 */

import { babyjubjub } from '@noble/curves/misc.js'
import { keccak_256 } from '@noble/hashes/sha3.js'
import { concatBytes, fromBigEndian, fromHex, type Hex, toBigEndian, utf8 } from '@palmhold/base'
import type { CurvePoint } from './identity-curve.ts'

const { Fp } = babyjubjub.Point
const A = 168700n
const D = 168696n
const TAG = keccak_256(utf8('palmhold/scope/1'))
const COFACTOR = 8n

/** Chain and merchant of a pseudonym; a merchant that is to forget everybody would count `counter` up. */
export type PseudonymScope = { readonly chainId: number; readonly merchantId: Hex; readonly counter?: number }

/** The scope point, of the prime-order subgroup and not neutral. */
export function scopePointOf({ chainId, merchantId, counter = 0 }: PseudonymScope): CurvePoint {
  const merchant = fromHex(merchantId, { length: 32 })
  for (let nonce = 0; ; nonce++) {
    const words = [TAG, toBigEndian(chainId, 32), merchant, toBigEndian(counter, 32), toBigEndian(nonce, 32)]
    const y = Fp.create(fromBigEndian(keccak_256(concatBytes(...words))))
    const x = abscissaOf(y)
    if (x === undefined) continue
    const scope = babyjubjub.Point.fromAffine({ x, y }).multiplyUnsafe(COFACTOR)
    if (!scope.is0()) return scope.toAffine()
  }
}

/** The smaller x of the two points with this y, if there are any. */
function abscissaOf(y: bigint): bigint | undefined {
  const ySquared = Fp.sqr(y)
  const square = Fp.div(Fp.sub(Fp.ONE, ySquared), Fp.sub(A, Fp.mul(D, ySquared)))
  try {
    const root = Fp.sqrt(square)
    return root > Fp.ORDER >> 1n ? Fp.neg(root) : root
  } catch {
    // No square: another nonce is tried.
    return undefined
  }
}
