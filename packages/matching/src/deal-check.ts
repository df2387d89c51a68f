/**
 * Whether a dealer dealt bits. With coefficients rho from the coin, each node opens three times ten masked combinations
 * of its shares, and nothing else:
 *
 *   degree:  c_m = sum_k rho_mk [b_k] + [u_m]               must lie on a polynomial of degree t
 *   bits:    d_m = sum_k rho_mk ([b_k]^2 - [b_k]) + [z_m]   degree 2t, 0 at 0
 *   equal:   f_m = sum_p rho_mp ([b_i(p)] - [b_j(p)]) + [e_m]     degree t, 0 at 0
 *
 * The coefficients are the sixteen lifts of GF(16). Any two differ by a unit, so of a wrong vector at most one in sixteen
 * survives a combination, and 2^-40 survive ten. GR is local, so its only idempotents are 0 and 1: b^2 = b means a bit.
 * The same coefficients serve the three checks, since each error probability is bounded by itself. What is opened is
 * uniform among what an honest dealing may open, because u, z and e are.
 *
 * Assumes operators that follow the protocol; says nothing about who is at fault. See docs/matching-security.md.
 */

import { PalmError, type PalmErrorCode } from '@palmhold/base'
import { COMBINATIONS, checkBytes, type DealLayout, dealtBytes, masksOf } from './deal-layout.ts'
import { DealtLengthError } from './dealing.ts'
import {
  addMatrixTimes,
  lagrangeAt,
  lagrangeAtZero,
  multiplicationMatrix,
  RING_DEGREE,
  ringPoint,
} from './galois-ring.ts'
import { asBytes, asUint16 } from './little-endian.ts'
import type { AesCtr } from './pairwise-prf.ts'
import { assertIds, RespondersError } from './sharing.ts'

/** Words of one kind of masked values. */
const KIND_WORDS = RING_DEGREE * COMBINATIONS
/** Bytes of coin for one element: four bits for each combination. */
const COIN_BYTES_PER_ELEMENT = COMBINATIONS / 2
const AES_KEY_BYTES = 16

/** What one node opened, and its id, 1..15. */
export type CheckedValues = { readonly id: number; readonly values: Uint8Array }

/** Codes with which a dealing is refused; of the last one its nodes find out by comparing what they were dealt in clear. */
export const DEAL_REFUSALS = [
  'PALM_SHARES_DEGREE',
  'PALM_SHARES_NOT_BITS',
  'PALM_PROBE_INCONSISTENT',
  'PALM_IDENTITY_UNEQUAL',
] as const satisfies readonly PalmErrorCode[]

/** Why a dealing is refused. */
export type DealRefusal = (typeof DEAL_REFUSALS)[number]

export type DealVerdict = { readonly ok: true } | { readonly ok: false; readonly reason: DealRefusal }

/**
 * What a node opens of its share of a dealing.
 * @param share as `dealBits` made it
 * @param set which set of masks, 0..checks - 1; a set must not be used with two seeds
 * @param seed of the coin, 32 bytes
 * @returns `checkBytes(layout)` bytes
 * @throws {DealtLengthError} a share of another length
 * @throws {MasksSpentError} the dealer dealt no masks for such a check
 */
export function checkValues(
  share: Uint8Array,
  layout: DealLayout,
  set: number,
  seed: Uint8Array,
  aesCtr: AesCtr,
): Uint8Array {
  if (share.length !== dealtBytes(layout)) throw new DealtLengthError()
  if (!Number.isInteger(set) || set < 0 || set >= layout.checks) throw new MasksSpentError()
  const words = asUint16(share)
  const bits = words.subarray(0, RING_DEGREE * layout.bits)
  const kinds = masksOf(layout)
  const elements = Math.max(layout.bits, layout.equal.length / 2)
  const coin = aesCtr(seed.subarray(0, AES_KEY_BYTES), COIN_BYTES_PER_ELEMENT * elements)
  const out = new Uint16Array(kinds * KIND_WORDS)
  const masksAt = bits.length + set * kinds * KIND_WORDS
  out.set(words.subarray(masksAt, masksAt + out.length))
  addCombinations(bits, coin, out.subarray(0, KIND_WORDS))
  addCombinations(excessOfSquares(bits), coin, out.subarray(KIND_WORDS, 2 * KIND_WORDS))
  if (kinds === 3) addCombinations(differences(bits, layout.equal), coin, out.subarray(2 * KIND_WORDS))
  return asBytes(out)
}

/**
 * What the opened values of all checking nodes say.
 * @param answers of at least 2t + 1 nodes, each `checkBytes(layout)` long
 * @throws {DealtLengthError} values of another length
 * @throws {RespondersError} ids repeated, out of range, or too few
 */
export function verifyDealing(answers: readonly CheckedValues[], layout: DealLayout, t: number): DealVerdict {
  const ids = answers.map(({ id }) => id)
  assertIds(ids)
  if (ids.length < 2 * t + 1) throw new RespondersError('fewer nodes checked than a degree of 2t takes')
  if (answers.some(({ values }) => values.length !== checkBytes(layout))) throw new DealtLengthError()
  const kind = (k: number) =>
    answers.map(({ values }) => asUint16(values).subarray(k * KIND_WORDS, (k + 1) * KIND_WORDS))
  if (!isOfDegree(kind(0), ids, t)) return { ok: false, reason: 'PALM_SHARES_DEGREE' }
  if (!isOfDegree(kind(1), ids, 2 * t) || !isZeroAtZero(kind(1), ids))
    return { ok: false, reason: 'PALM_SHARES_NOT_BITS' }
  if (masksOf(layout) === 3 && !(isOfDegree(kind(2), ids, t) && isZeroAtZero(kind(2), ids)))
    return { ok: false, reason: 'PALM_PROBE_INCONSISTENT' }
  return { ok: true }
}

/**
 * Adds to `out` the ten combinations of `elements` under the coin, in which element k has bytes 5k..5k+4, a nibble for
 * each combination. Elements are first summed by the value of their byte: five additions each instead of forty.
 */
function addCombinations(elements: Uint16Array, coin: Uint8Array, out: Uint16Array): void {
  const sums = new Uint32Array(COIN_BYTES_PER_ELEMENT * 256 * RING_DEGREE)
  let drawn = 0
  for (let at = 0; at < elements.length; at += RING_DEGREE) {
    const a = elements[at]!
    const b = elements[at + 1]!
    const c = elements[at + 2]!
    const d = elements[at + 3]!
    for (let byte = 0; byte < COIN_BYTES_PER_ELEMENT; byte++) {
      const sum = (byte * 256 + coin[drawn++]!) * RING_DEGREE
      sums[sum]! += a
      sums[sum + 1]! += b
      sums[sum + 2]! += c
      sums[sum + 3]! += d
    }
  }
  const ofNibble = new Uint16Array(COMBINATIONS * 16 * RING_DEGREE)
  for (let at = 0; at < sums.length; at++) {
    const coefficient = at % RING_DEGREE
    const value = (at / RING_DEGREE) & 255
    const combination = 2 * Math.floor(at / (256 * RING_DEGREE))
    ofNibble[(combination * 16 + (value & 15)) * RING_DEGREE + coefficient]! += sums[at]!
    ofNibble[((combination + 1) * 16 + (value >> 4)) * RING_DEGREE + coefficient]! += sums[at]!
  }
  for (let at = 0; at < COMBINATIONS * 16; at++) {
    const to = RING_DEGREE * (at >> 4)
    const sum = ofNibble.subarray(at * RING_DEGREE, (at + 1) * RING_DEGREE)
    addMatrixTimes(COEFFICIENT_MATRICES[at & 15]!, sum, out.subarray(to, to + RING_DEGREE))
  }
}

/** Multiplication by each of the sixteen coefficients. */
const COEFFICIENT_MATRICES = Array.from({ length: 16 }, (_, value) => multiplicationMatrix(ringPoint(value)))

/** b^2 - b for each element: b_0 + .. + b_3 x^3 squared, reduced by x^4 = x + 1. */
function excessOfSquares(elements: Uint16Array): Uint16Array {
  const out = new Uint16Array(elements.length)
  for (let at = 0; at < elements.length; at += RING_DEGREE) {
    const a = elements[at]!
    const b = elements[at + 1]!
    const c = elements[at + 2]!
    const d = elements[at + 3]!
    const x4 = Math.imul(c, c) + 2 * Math.imul(b, d)
    const x5 = 2 * Math.imul(c, d)
    const x6 = Math.imul(d, d)
    out[at] = Math.imul(a, a) + x4 - a
    out[at + 1] = 2 * Math.imul(a, b) + x4 + x5 - b
    out[at + 2] = 2 * Math.imul(a, c) + Math.imul(b, b) + x5 + x6 - c
    out[at + 3] = 2 * (Math.imul(a, d) + Math.imul(b, c)) + x6 - d
  }
  return out
}

/** The difference of each pair. */
function differences(elements: Uint16Array, pairs: Uint32Array): Uint16Array {
  const out = new Uint16Array((pairs.length / 2) * RING_DEGREE)
  for (let pair = 0; pair < pairs.length / 2; pair++) {
    const first = RING_DEGREE * pairs[2 * pair]!
    const second = RING_DEGREE * pairs[2 * pair + 1]!
    for (let j = 0; j < RING_DEGREE; j++) out[RING_DEGREE * pair + j] = elements[first + j]! - elements[second + j]!
  }
  return out
}

/** Whether each value lies on a polynomial of `degree`: the first degree + 1 nodes fix it, the others must be on it. */
function isOfDegree(values: readonly Uint16Array[], ids: readonly number[], degree: number): boolean {
  const fixed = ids.slice(0, degree + 1)
  return ids.slice(degree + 1).every((id, k) => {
    const expected = interpolated(values, lagrangeAt(fixed, id))
    return expected.every((word, at) => word === values[degree + 1 + k]![at])
  })
}

function isZeroAtZero(values: readonly Uint16Array[], ids: readonly number[]): boolean {
  return interpolated(values, lagrangeAtZero(ids)).every((word) => word === 0)
}

/** The sum of the first values, each times its coefficient. */
function interpolated(
  values: readonly Uint16Array[],
  coefficients: readonly Parameters<typeof multiplicationMatrix>[0][],
): Uint16Array {
  const out = new Uint16Array(KIND_WORDS)
  for (const [k, coefficient] of coefficients.entries())
    addMatrixTimes(multiplicationMatrix(coefficient), values[k]!, out)
  return out
}

/** A dealing that is not one sharing, or not of bits: refused, and nobody is blamed. */
export class DealingRefusedError extends PalmError {
  constructor(reason: DealRefusal) {
    super(reason, MESSAGES[reason], {
      hints: ['Nothing was opened and nothing is kept. Deal again with an unaltered version of this software.'],
    })
  }
}

const MESSAGES: Readonly<Record<DealRefusal, string>> = {
  PALM_SHARES_DEGREE: 'the shares do not belong to one sharing of the right degree',
  PALM_SHARES_NOT_BITS: 'the shares are of something else than bits',
  PALM_PROBE_INCONSISTENT: 'the codes of the probe are not of one picture',
  PALM_IDENTITY_UNEQUAL: 'the operators were dealt different commitments to the identity secret',
}

/** A check for which no fresh masks are left. */
export class MasksSpentError extends PalmError {
  constructor() {
    super('PALM_MASKS_SPENT', 'what was dealt has no fresh masks for another check', {
      hints: ['Make a new request and scan again: masks used twice would open combinations of bits.'],
    })
  }
}
