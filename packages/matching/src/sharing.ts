/**
 * Rows and probes as Shamir shares over the Galois ring, so that nodes compute scores none of them can read.
 *
 * A code is a vector v in {-1, +1}^D, v_j = 1 - 2 b_j, cut into blocks of four: s(x) = v_0 + v_1 x + v_2 x^2 + v_3 x^3.
 *
 *   row:    X_i = s + a_1 pt(i) + .. + a_t pt(i)^t          a_k uniform in GR
 *   probe:  H_i = G^-1 w + c_1 pt(i) + .. + c_t pt(i)^t     the dual basis: phi(s * G^-1 w) = <s, w>
 *   node i: Y'_i = G M(L_i) H_i                             L_i its Lagrange coefficient at 0 (the blueprint's B_i = G M(L_i))
 *   score:  sum_i <X_i, Y'_i> = sum_i phi(L_i X_i H_i) = phi(s * G^-1 w) = <s, w>     modulo 2^16
 *
 * X_i H_i has degree 2t, so 2t + 1 answering nodes are needed, and each computes a plain dot product of 16-bit numbers.
 * Any t shares are jointly uniform, because the Vandermonde determinant of t distinct points other than 0 is a unit.
 *
 * The vectors are taken as they are. What comes from outside a node is dealt as bits and checked before it becomes such
 * shares (dealing.ts, deal-check.ts, pack-shares.ts); `shareRow` and `shareProbe` make the same shares where dealer and
 * nodes are one program that trusts itself: the self-test and benchmarks.
 */

import { PalmError, type RandomBytes } from '@palmhold/base'
import { CODE_BITS, type PalmCode, palmCode } from '@palmhold/palm'
import {
  addMatrixTimes,
  GRAM_MATRIX,
  lagrangeAtZero,
  MAX_POINT,
  multiplicationMatrix,
  multiplyMatrices,
  multiplyRing,
  RING_DEGREE,
  RING_ONE,
  ringPoint,
} from './galois-ring.ts'
import { asBytes, asUint16 } from './little-endian.ts'

/** Bytes of a share of one palm code: 1,536 coefficients of 16 bits, little-endian. */
export const ROW_SHARE_BYTES = 2 * CODE_BITS
/** Bytes of one shared ring element. */
const BLOCK_BYTES = 2 * RING_DEGREE

/** `n` nodes, of which any `t` learn nothing; n >= 2t + 1, n <= 15, t >= 1. */
export type SharingParams = { readonly n: number; readonly t: number }

/** One node's share and its id, 1..15. */
export type RowShare = { readonly id: number; readonly share: Uint8Array }

/**
 * Shares the code of a gallery row.
 * @returns n shares of {@link ROW_SHARE_BYTES}; the share at index k belongs to node k + 1
 * @throws {SharingParamsError} n and t do not fit
 */
export function shareRow(code: PalmCode, params: SharingParams, random: RandomBytes): Uint8Array[] {
  assertSharingParams(params)
  return shareVector(signsOf([code]), params.n, params.t, random)
}

/**
 * Shares the codes of one scan, in the dual basis.
 * @returns n shares of codes.length * {@link ROW_SHARE_BYTES}; the share at index k belongs to node k + 1
 * @throws {SharingParamsError} n and t do not fit
 */
export function shareProbe(codes: readonly PalmCode[], params: SharingParams, random: RandomBytes): Uint8Array[] {
  assertSharingParams(params)
  const signs = signsOf(codes)
  const dual = new Uint16Array(signs.length)
  addMatrixTimes(GRAM_MATRIX, signs, dual) // G^-1 = G
  return shareVector(dual, params.n, params.t, random)
}

/**
 * What node `id` multiplies its rows with: Y'_i = G M(L_i) H_i for the nodes that answer.
 * @param share a share of {@link shareProbe}, or a packed one, of any number of codes of any kind
 * @param responders distinct ids that include `id`, at least 2t + 1 of them
 * @returns a coefficient for each of the share's
 * @throws {ShareLengthError} not a whole number of blocks of four
 * @throws {RespondersError} ids repeated, out of range, or without `id`
 */
export function prepareProbe(share: Uint8Array, id: number, responders: readonly number[]): Uint16Array {
  if (share.length === 0 || share.length % BLOCK_BYTES !== 0) throw new ShareLengthError()
  const at = responders.indexOf(id)
  assertIds(responders)
  if (at < 0) throw new RespondersError('the responding nodes do not include this one')
  const lagrange = lagrangeAtZero(responders)[at]!
  const out = new Uint16Array(share.length / 2)
  addMatrixTimes(multiplyMatrices(GRAM_MATRIX, multiplicationMatrix(lagrange)), asUint16(share), out)
  return out
}

/**
 * The code that `shares` hide. For tests and for refreshing shares in one place only: no node ever does this.
 * @param shares at least t + 1 of them
 * @throws {ShareLengthError} a share of another length
 * @throws {RespondersError} ids repeated or out of range
 * @throws {InconsistentSharesError} the result is not a vector of -1 and +1
 */
export function reconstructRow(shares: readonly RowShare[]): PalmCode {
  const ids = shares.map(({ id }) => id)
  assertIds(ids)
  const vector = new Uint16Array(CODE_BITS)
  lagrangeAtZero(ids).forEach((coefficient, k) => {
    const { share } = shares[k]!
    if (share.length !== ROW_SHARE_BYTES) throw new ShareLengthError()
    addMatrixTimes(multiplicationMatrix(coefficient), asUint16(share), vector)
  })
  const code = new Uint8Array(CODE_BITS / 8)
  vector.forEach((value, j) => {
    if (value !== 1 && value !== 0xffff) throw new InconsistentSharesError()
    if (value === 0xffff) code[j >> 3]! |= 1 << (j & 7)
  })
  return palmCode(code)
}

/** @throws {SharingParamsError} unless 1 <= t, 2t + 1 <= n <= 15 */
export function assertSharingParams({ n, t }: SharingParams): void {
  if (!Number.isInteger(n) || !Number.isInteger(t) || t < 1 || n < 2 * t + 1 || n > MAX_POINT)
    throw new SharingParamsError(n, t)
}

/**
 * secret + sum_k a_k pt(i)^k for i = 1..n and k = 1..degree, element by element; fresh a_k for every element.
 * @param secret ring elements, four coefficients each
 */
export function shareVector(secret: Uint16Array, n: number, degree: number, random: RandomBytes): Uint8Array[] {
  const coefficients = Array.from({ length: degree }, () => asUint16(random(secret.byteLength)))
  return Array.from({ length: n }, (_, index) => {
    const share = Uint16Array.from(secret)
    const point = ringPoint(index + 1)
    let power = RING_ONE
    for (const a of coefficients) {
      power = multiplyRing(power, point)
      addMatrixTimes(multiplicationMatrix(power), a, share)
    }
    return asBytes(share)
  })
}

/** v_j = 1 - 2 b_j modulo 2^16 for all bits of all codes. */
function signsOf(codes: readonly PalmCode[]): Uint16Array {
  const signs = new Uint16Array(codes.length * CODE_BITS)
  codes.forEach((code, k) => {
    for (let j = 0; j < CODE_BITS; j++) signs[k * CODE_BITS + j] = 1 - 2 * ((code[j >> 3]! >> (j & 7)) & 1)
  })
  return signs
}

/** @throws {RespondersError} an id outside 1..15, or twice */
export function assertIds(ids: readonly number[]): void {
  if (ids.some((id) => !Number.isInteger(id) || id < 1 || id > MAX_POINT))
    throw new RespondersError(`a node id is outside 1..${MAX_POINT}`)
  if (new Set(ids).size !== ids.length) throw new RespondersError('a node id is listed twice')
}

/** Numbers of nodes and of tolerated nodes that this sharing does not offer. */
export class SharingParamsError extends PalmError {
  constructor(n: number, t: number) {
    super('PALM_SHARING_PARAMS', `cannot share among n = ${n} nodes of which t = ${t} may collude`, {
      hints: [`Choose 1 <= t and 2t + 1 <= n <= ${MAX_POINT}, for example n = 3, t = 1.`],
    })
  }
}

/** A share that does not have the length of what it should share. */
export class ShareLengthError extends PalmError {
  constructor() {
    super('PALM_SHARE_LENGTH', 'a share has another length than the codes that it is of', {
      hints: ['The dealer runs another version, or the share was cut short: deal again.'],
    })
  }
}

/** A list of responding nodes that cannot interpolate. */
export class RespondersError extends PalmError {
  constructor(reason: string) {
    super('PALM_RESPONDERS_INVALID', reason, {
      hints: ['List the distinct ids, 1..15, of the nodes that answer this query, this node among them.'],
    })
  }
}

/** Shares that do not belong together. */
export class InconsistentSharesError extends PalmError {
  constructor() {
    super('PALM_SHARES_INCONSISTENT', 'the shares do not combine to a palm code', {
      hints: ['Too few shares, shares of different rows or epochs, or a damaged share.'],
    })
  }
}
