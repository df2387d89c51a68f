/**
 * One operator's part of a pseudonym: P_i = s_i * Q with a proof that s_i is the share it was dealt (Chaum and Pedersen,
 * CRYPTO 1992; made non-interactive as by Fiat and Shamir):
 *
 *   log_B S_i = log_Q P_i            S_i = sum_k i^k F_k, which every operator works out for itself
 *
 *   R_1 = k * B, R_2 = k * Q         c = H(session, operator, S_i, Q, P_i, R_1, R_2) mod l         z = k + c s_i mod l
 *   holds where c = H(session, operator, S_i, Q, P_i, z * B - c * S_i, z * Q - c * P_i)
 *
 * H is SHA-512, so its remainder is uniform but for 2^-260. A proof serves one session and one operator. k comes from share,
 * context and fresh randomness together, so that neither a generator that repeats nor one that is known gives s_i away.
 */

import { sha512 } from '@noble/hashes/sha2.js'
import {
  concatBytes,
  encodeFields,
  fromBigEndian,
  fromHex,
  type Hex,
  PalmError,
  type RandomBytes,
} from '@palmhold/base'
import {
  BASE_POINT,
  type CurvePoint,
  decodePoint,
  decodeScalar,
  encodePoint,
  encodeScalar,
  multiplyPoint,
  POINT_BYTES,
  SUBGROUP_ORDER,
  sumOfMultiples,
} from './identity-curve.ts'

const SCALAR_BYTES = 32
const SEED_BYTES = 32
/** Bytes of an encoded part: P_i, c, z. */
export const PARTIAL_BYTES = POINT_BYTES + 2 * SCALAR_BYTES

/** What a part is for. */
export type PartialContext = {
  /** 32 bytes. */
  readonly sid: Uint8Array
  /** Whose part it is. */
  readonly operator: Hex
  /** S_i, see `committedShare`. */
  readonly committed: CurvePoint
  /** Q, see `scopePointOf`. */
  readonly scope: CurvePoint
}

/**
 * The part of the operator whose share is `share`.
 * @returns P_i, and {@link PARTIAL_BYTES} bytes P_i | c | z for the others
 * @throws {CurvePointError} the share is not in 1 .. l - 1
 */
export function provePartial(
  share: bigint,
  context: PartialContext,
  random: RandomBytes,
): { readonly point: CurvePoint; readonly bytes: Uint8Array } {
  const point = multiplyPoint(context.scope, share)
  const seed = encodeFields('palmhold/pseudonym-nonce/1', [encodeScalar(share), random(SEED_BYTES), ...bound(context)])
  const nonce = (fromBigEndian(sha512(seed)) % (SUBGROUP_ORDER - 1n)) + 1n
  const challenge = challengeOf(context, point, multiplyPoint(BASE_POINT, nonce), multiplyPoint(context.scope, nonce))
  const response = (nonce + challenge * share) % SUBGROUP_ORDER
  return { point, bytes: concatBytes(encodePoint(point), encodeScalar(challenge), encodeScalar(response)) }
}

/**
 * P_i of the operator that `context` names, once its proof holds.
 * @throws {PartialError} not canonical, a point outside the subgroup, or not the share that S_i commits to
 */
export function openPartial(bytes: Uint8Array, context: PartialContext): CurvePoint {
  const { point, challenge, response } = decodePartial(bytes)
  const { committed, scope } = context
  const minus = SUBGROUP_ORDER - challenge
  const first = sumOfMultiples([
    [BASE_POINT, response],
    [committed, minus],
  ])
  const second = sumOfMultiples([
    [scope, response],
    [point, minus],
  ])
  if (challengeOf(context, point, first, second) !== challenge) throw new PartialError()
  return point
}

function decodePartial(bytes: Uint8Array): { point: CurvePoint; challenge: bigint; response: bigint } {
  const responseAt = POINT_BYTES + SCALAR_BYTES
  try {
    return {
      // Of a point outside the subgroup the proof says nothing: with luck of one in eight it would pass.
      point: decodePoint(bytes.subarray(0, POINT_BYTES)),
      challenge: decodeScalar(bytes.subarray(POINT_BYTES, responseAt)),
      response: decodeScalar(bytes.subarray(responseAt)),
    }
  } catch (cause) {
    throw new PartialError(cause)
  }
}

function challengeOf(context: PartialContext, point: CurvePoint, ...commitments: CurvePoint[]): bigint {
  const fields = [...bound(context), ...[point, ...commitments].map(encodePoint)]
  return fromBigEndian(sha512(encodeFields('palmhold/pseudonym-partial/1', fields))) % SUBGROUP_ORDER
}

function bound({ sid, operator, committed, scope }: PartialContext): Uint8Array[] {
  return [sid, fromHex(operator, { length: 20 }), encodePoint(committed), encodePoint(scope)]
}

/** A part of a pseudonym that is none, or whose proof does not hold. */
export class PartialError extends PalmError {
  constructor(cause?: unknown) {
    super('PALM_PARTIAL_INVALID', 'an operator sent a part of the pseudonym that is not of the share it was dealt', {
      hints: ['Nothing was signed. An operator runs an altered version, or its disk is damaged: compare their logs.'],
      cause,
    })
  }
}
