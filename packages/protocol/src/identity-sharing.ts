/**
 * The identity secret s as Shamir shares modulo the subgroup's order l, with Feldman's commitments (FOCS 1987), so that
 * operators compute s * Q and nobody has s:
 *
 *   f(x) = s + a_1 x + .. + a_t x^t mod l,     s_i = f(i) for i = 1..n,     F_0 = s * B = S,  F_k = a_k * B
 *   s_i * B = S_i = sum_k i^k F_k                                  each operator checks its own share by this
 *   s * Q = sum_i L_i (s_i * Q)                                    L_i Lagrange's coefficients at 0 of any t + 1
 *
 * Any t shares are uniform whatever s is. The commitments say S and nothing beyond: from S and t shares they follow.
 */

import { fromBigEndian, type RandomBytes } from '@palmhold/base'
import {
  BASE_POINT,
  type CurvePoint,
  CurvePointError,
  multiplyPoint,
  SUBGROUP_ORDER,
  sumOfMultiples,
} from './identity-curve.ts'

/** One operator's share of an identity secret, in 1 .. l - 1, and the commitments F_0 .. F_t that it fits. */
export type IdentityShare = { readonly share: bigint; readonly commitments: readonly CurvePoint[] }

/**
 * Deals an identity secret to n operators of whom any t learn nothing; the share at index k belongs to operator k + 1.
 * @throws {CurvePointError} a secret outside 1 .. l - 1
 */
export function dealIdentity(secret: bigint, { n, t }: { n: number; t: number }, random: RandomBytes): IdentityShare[] {
  const coefficients = [secret, ...Array.from({ length: t }, () => fromBigEndian(random(48)) % SUBGROUP_ORDER)]
  const commitments = coefficients.map((coefficient) => multiplyPoint(BASE_POINT, coefficient))
  return Array.from({ length: n }, (_, k) => ({
    share: evaluatePolynomial(coefficients, k + 1, SUBGROUP_ORDER),
    commitments,
  }))
}

/** S_i = sum_k i^k F_k: what the share of operator `id` is committed to by. @throws {CurvePointError} a point off the curve */
export function committedShare(commitments: readonly CurvePoint[], id: number): CurvePoint {
  return sumOfMultiples(commitments.map((commitment, k) => [commitment, BigInt(id) ** BigInt(k)]))
}

/** Whether the share of operator `id` fits the commitments: s_i * B = S_i. @throws {CurvePointError} a point off the curve */
export function isCommittedShare({ share, commitments }: IdentityShare, id: number): boolean {
  const expected = committedShare(commitments, id)
  const { x, y } = multiplyPoint(BASE_POINT, share)
  return expected.x === x && expected.y === y
}

/**
 * The point that shares of t + 1 operators interpolate to: s * Q of s_i * Q.
 * @throws {CurvePointError} the ids are not distinct and above 0, or a point is off the curve
 */
export function interpolatePoints(points: readonly { readonly id: number; readonly point: CurvePoint }[]): CurvePoint {
  const coefficients = lagrangeAtZero(
    points.map(({ id }) => id),
    SUBGROUP_ORDER,
  )
  return sumOfMultiples(points.map(({ point }, k) => [point, coefficients[k]!]))
}

/** f(x) mod `order`, for coefficients from the constant one up. */
export function evaluatePolynomial(coefficients: readonly bigint[], x: number, order: bigint): bigint {
  return coefficients.reduceRight((sum, coefficient) => (sum * BigInt(x) + coefficient) % order, 0n)
}

/** L_i = prod_(j != i) j / (j - i) mod `order`, a prime above all ids. @throws {CurvePointError} ids that are not distinct */
export function lagrangeAtZero(ids: readonly number[], order: bigint): bigint[] {
  if (new Set(ids).size !== ids.length || ids.some((id) => id < 1))
    throw new CurvePointError('points of a polynomial need distinct ids above 0')
  return ids.map((id) => {
    const others = ids.filter((other) => other !== id)
    const over = others.reduce((product, other) => product * BigInt(other), 1n)
    const under = others.reduce((product, other) => product * BigInt(other - id), 1n)
    return modulo(over * inverse(modulo(under, order), order), order)
  })
}

function modulo(value: bigint, order: bigint): bigint {
  const rest = value % order
  return rest < 0n ? rest + order : rest
}

/** The inverse of 0 < value < order, a prime, by Fermat. */
function inverse(value: bigint, order: bigint): bigint {
  let result = 1n
  for (let [base, exponent] = [value, order - 2n]; exponent > 0n; exponent >>= 1n, base = (base * base) % order)
    if (exponent & 1n) result = (result * base) % order
  return result
}
