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
export const BASE_POINT: CurvePoint = Object.freeze(babyjubjub.Point.BASE.toAffine())

const FIELD_BYTES = 32
/** Bytes of an encoded point. */
export const POINT_BYTES = 2 * FIELD_BYTES
const TABLE_WINDOW_BITS = 4

/** Points with tables. */
const prepared = new WeakMap<CurvePoint, InstanceType<typeof babyjubjub.Point>>([[BASE_POINT, babyjubjub.Point.BASE]])

/** A fresh identity secret: uniform in 1 .. l - 1, from 48 bytes of `random` (the bias is below 2^-128). */
export function createIdentitySecret(random: RandomBytes): bigint {
  return (fromBigEndian(random(48)) % (SUBGROUP_ORDER - 1n)) + 1n
}

/** k * P for 0 < k < l, for a secret k: without branches on it. @throws {CurvePointError} k out of range, or P off the curve */
export function multiplyPoint(point: CurvePoint, k: bigint): CurvePoint {
  assertScalar(k)
  return toCurve(point).multiply(k).toAffine()
}

/** P + Q; the neutral element is (0, 1). @throws {CurvePointError} a point off the curve */
export function addPoints(p: CurvePoint, q: CurvePoint): CurvePoint {
  return toCurve(p).add(toCurve(q)).toAffine()
}

/**
 * The sum of k * P over all terms, for public k: faster than {@link multiplyPoint}, in a time that depends on k. It may be
 * neutral. @throws {CurvePointError} a point off the curve
 */
export function sumOfMultiples(terms: readonly (readonly [point: CurvePoint, factor: bigint])[]): CurvePoint {
  const multiples = terms.map(([point, factor]) => toCurve(point).multiplyUnsafe(babyjubjub.Point.Fn.create(factor)))
  return multiples.reduce((sum, multiple) => sum.add(multiple), babyjubjub.Point.ZERO).toAffine()
}

/**
 * The same point, frozen, with a table of its multiples that lives as long as the object: a point that is multiplied often
 * is so some six times faster. 0.2 MB. @throws {CurvePointError} a point off the curve
 */
export function preparePoint({ x, y }: CurvePoint): CurvePoint {
  const point = Object.freeze({ x, y })
  prepared.set(point, toCurve(point).precompute(TABLE_WINDOW_BITS, false))
  return point
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
  const out = new Uint8Array(POINT_BYTES)
  out.set(toBigEndian(x, FIELD_BYTES))
  out.set(toBigEndian(y, FIELD_BYTES), FIELD_BYTES)
  return out
}

/** Reads {@link encodePoint}. @throws {CurvePointError} not canonical, off the curve, outside the subgroup, or neutral */
export function decodePoint(bytes: Uint8Array): CurvePoint {
  if (bytes.length !== POINT_BYTES) throw new CurvePointError('a point has 64 bytes')
  const point = {
    x: fromBigEndian(bytes.subarray(0, FIELD_BYTES)),
    y: fromBigEndian(bytes.subarray(FIELD_BYTES)),
  }
  if (!isSubgroupPoint(point)) throw new CurvePointError('not a point of the prime-order subgroup')
  return point
}

/** Reads points of {@link encodePoint} that were checked before: only their coordinates are held to the field. */
export function parsePoints(bytes: Uint8Array): CurvePoint[] {
  const coordinate = (at: number) => fieldFromHex(toHex(bytes.subarray(at, at + FIELD_BYTES)))
  const count = Math.ceil(bytes.length / POINT_BYTES)
  return Array.from({ length: count }, (_, k) => ({
    x: coordinate(k * POINT_BYTES),
    y: coordinate(k * POINT_BYTES + FIELD_BYTES),
  }))
}

/** A number in 1 .. l - 1 as 32 big-endian bytes. @throws {CurvePointError} out of range */
export function encodeScalar(scalar: bigint): Uint8Array {
  assertScalar(scalar)
  return toBigEndian(scalar, FIELD_BYTES)
}

/** Reads {@link encodeScalar}. @throws {CurvePointError} not 32 bytes, 0, or not below l */
export function decodeScalar(bytes: Uint8Array): bigint {
  if (bytes.length !== FIELD_BYTES) throw new CurvePointError('a factor has 32 bytes')
  const scalar = fromBigEndian(bytes)
  assertScalar(scalar)
  return scalar
}

function assertScalar(scalar: bigint): void {
  if (scalar <= 0n || scalar >= SUBGROUP_ORDER) throw new CurvePointError('the factor is not in 1 .. l - 1')
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
  const known = prepared.get(point)
  if (known) return known
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
