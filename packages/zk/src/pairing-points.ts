/**
 * Points of BN254's two groups as coordinates in the order of EIP-197, and their checks: below the field's order q, on the
 * curve, of the prime-order subgroup, not at infinity. The curve over the extension field has a cofactor, so a point on it
 * may be outside the subgroup; the other has none.
 */

import { bn254 } from '@noble/curves/bn254.js'

/** q: the field of coordinates. */
export const COORDINATE_ORDER = bn254.fields.Fp.ORDER
/** r: the order of the groups, and the field of public inputs. */
export const SCALAR_ORDER = bn254.fields.Fr.ORDER

/** x, y. */
export type G1Words = readonly [bigint, bigint]
/** x1, x0, y1, y0 of x = x0 + x1 i and y = y0 + y1 i. */
export type G2Words = readonly [bigint, bigint, bigint, bigint]

export type G1Point = ReturnType<typeof bn254.G1.Point.fromAffine>
export type G2Point = ReturnType<typeof bn254.G2.Point.fromAffine>

/** The point with these coordinates, or undefined where one of the checks fails. */
export function g1PointOf([x, y]: G1Words): G1Point | undefined {
  if ([x, y].some(isNoCoordinate)) return undefined
  return checked(() => bn254.G1.Point.fromAffine({ x, y }))
}

/** The point with these coordinates, or undefined where one of the checks fails. */
export function g2PointOf([x1, x0, y1, y0]: G2Words): G2Point | undefined {
  if ([x1, x0, y1, y0].some(isNoCoordinate)) return undefined
  return checked(() => bn254.G2.Point.fromAffine({ x: { c0: x0, c1: x1 }, y: { c0: y0, c1: y1 } }))
}

function isNoCoordinate(value: bigint): boolean {
  return value < 0n || value >= COORDINATE_ORDER
}

function checked<P extends { is0(): boolean; assertValidity(): void }>(read: () => P): P | undefined {
  try {
    const point = read()
    // noble writes infinity as (0, 0) and finds it valid.
    if (point.is0()) return undefined
    point.assertValidity()
    return point
  } catch {
    return undefined
  }
}
