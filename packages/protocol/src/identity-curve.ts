/**
 * Baby Jubjub (EIP-2494): the twisted Edwards curve 168700 x^2 + y^2 = 1 + 168696 x^2 y^2 over the scalar field of BN254,
 * in which identities and pseudonyms are points. Cofactor 8; all points here are of the prime-order subgroup.
 *
 * A person's identity secret is s with 0 < s < {@link SUBGROUP_ORDER}, its identity point S = s * B. S is known to the wallet
 * and to the operators of the palm lane, and to nobody else: it would name a person everywhere.
 */

import { babyjubjub } from '@noble/curves/misc.js'
import { fromBigEndian, fromHex, type Hex, PalmError, type RandomBytes, toBigEndian, toHex } from '@palmhold/base'

/** p: the field of coordinates, of circuits and of Poseidon (BN254's scalar field). */
export const FIELD_ORDER = babyjubjub.Point.Fp.ORDER
/** l: the order of the subgroup, and so of secrets. */
export const SUBGROUP_ORDER = babyjubjub.Point.Fn.ORDER

/** A point in affine coordinates below {@link FIELD_ORDER}. */
export type CurvePoint = { readonly x: bigint; readonly y: bigint }

/** B of EIP-2494 (circomlib's Base8). */
export const BASE_POINT: CurvePoint = babyjubjub.Point.BASE.toAffine()

const FIELD_BYTES = 32

/** A fresh identity secret: uniform in 1 .. l - 1, from 48 bytes of `random` (the bias is below 2^-128). */
export function createIdentitySecret(random: RandomBytes): bigint {
  return (fromBigEndian(random(48)) % (SUBGROUP_ORDER - 1n)) + 1n
}

/** k * P for 0 < k < l. @throws {CurvePointError} k out of range, or a point off the curve */
export function multiplyPoint(point: CurvePoint, k: bigint): CurvePoint {
  if (k <= 0n || k >= SUBGROUP_ORDER) throw new CurvePointError('the factor is not in 1 .. l - 1')
  return toCurve(point).multiply(k).toAffine()
}

/** P + Q; the neutral element is (0, 1). @throws {CurvePointError} a point off the curve */
export function addPoints(p: CurvePoint, q: CurvePoint): CurvePoint {
  return toCurve(p).add(toCurve(q)).toAffine()
}

/** Whether `point` lies on the curve, in the prime-order subgroup, and is not the neutral element; never throws. */
export function isSubgroupPoint(point: CurvePoint): boolean {
  try {
    const onCurve = toCurve(point)
    return !onCurve.is0() && onCurve.isTorsionFree()
  } catch {
    return false
  }
}

/** x | y, 32 big-endian bytes each. */
export function encodePoint({ x, y }: CurvePoint): Uint8Array {
  const out = new Uint8Array(2 * FIELD_BYTES)
  out.set(toBigEndian(x, FIELD_BYTES))
  out.set(toBigEndian(y, FIELD_BYTES), FIELD_BYTES)
  return out
}

/** Reads {@link encodePoint}. @throws {CurvePointError} not canonical, off the curve, outside the subgroup, or neutral */
export function decodePoint(bytes: Uint8Array): CurvePoint {
  if (bytes.length !== 2 * FIELD_BYTES) throw new CurvePointError('a point has 64 bytes')
  const point = {
    x: fromBigEndian(bytes.subarray(0, FIELD_BYTES)),
    y: fromBigEndian(bytes.subarray(FIELD_BYTES)),
  }
  if (!isSubgroupPoint(point)) throw new CurvePointError('not a point of the prime-order subgroup')
  return point
}

/** A field element as 32 big-endian bytes. @throws {FieldElementError} not below {@link FIELD_ORDER} */
export function fieldToHex(value: bigint): Hex {
  if (value < 0n || value >= FIELD_ORDER) throw new FieldElementError()
  return toHex(toBigEndian(value, FIELD_BYTES))
}

/** Reads {@link fieldToHex}. @throws {FieldElementError} not below {@link FIELD_ORDER} @throws {HexError} */
export function fieldFromHex(hex: Hex): bigint {
  const value = fromBigEndian(fromHex(hex, { length: FIELD_BYTES }))
  if (value >= FIELD_ORDER) throw new FieldElementError()
  return value
}

/** noble takes coordinates up to 2^256: an alias above the field's order is refused here. */
function toCurve(point: CurvePoint) {
  if ([point.x, point.y].some((value) => value < 0n || value >= FIELD_ORDER))
    throw new CurvePointError('a coordinate is not below the order of the field')
  try {
    const onCurve = babyjubjub.Point.fromAffine(point)
    onCurve.assertValidity()
    return onCurve
  } catch (cause) {
    throw new CurvePointError('not a point of the curve', cause)
  }
}

/** Something that is not the point, or the factor, that it should be. */
export class CurvePointError extends PalmError {
  constructor(message: string, cause?: unknown) {
    super('PALM_POINT_INVALID', message, {
      hints: ['The sender runs another version, or lies: nothing was computed with it.'],
      cause,
    })
  }
}

/** A number that is no element of the circuits' field. */
export class FieldElementError extends PalmError {
  constructor() {
    super('PALM_FIELD_ELEMENT', 'the number is not below the order of the field', {
      hints: ['One value has one spelling: an alias above the order is refused.'],
    })
  }
}
