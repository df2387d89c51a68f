/**
 * Verifying keys of Groth16 (Groth, EUROCRYPT 2016, section 3.2): alpha, beta, gamma, delta, and one point of IC for the
 * constant and for each public input. They are read from the JSON that snarkjs exports.
 *
 * A key whose gamma and delta coincide was deployed without phase 2: anybody can make proofs for it. Such keys are refused.
 */

import { keccak_256 } from '@noble/hashes/sha3.js'
import { concatBytes, type Hex, PalmError, type PalmErrorCode, toBigEndian, toHex } from '@palmhold/base'
import { z } from 'zod'
import { decimalSchema } from './decimal.ts'
import { COORDINATE_ORDER, type G1Words, type G2Words, g1PointOf, g2PointOf } from './pairing-points.ts'

/** Both circuits have five. */
export const PUBLIC_INPUTS = 5
const WORD_BYTES = 32

/** A verifying key whose points were checked. */
export type VerifyingKey = {
  readonly alpha: G1Words
  readonly beta: G2Words
  readonly gamma: G2Words
  readonly delta: G2Words
  /** The constant's, then one for each public input in their order. */
  readonly ic: readonly G1Words[]
}

const coordinate = decimalSchema(COORDINATE_ORDER)
const pair = z.tuple([coordinate, coordinate])
const g1Schema = z.tuple([coordinate, coordinate, z.literal('1')]).transform(([x, y]): G1Words => [x, y])
const g2Schema = z
  .tuple([pair, pair, z.tuple([z.literal('1'), z.literal('0')])])
  .transform(([x, y]): G2Words => [x[1], x[0], y[1], y[0]])

const keySchema = z.strictObject({
  protocol: z.literal('groth16'),
  curve: z.literal('bn128'),
  nPublic: z.literal(PUBLIC_INPUTS),
  vk_alpha_1: g1Schema,
  vk_beta_2: g2Schema,
  vk_gamma_2: g2Schema,
  vk_delta_2: g2Schema,
  /** e(alpha, beta), which is computed anew. */
  vk_alphabeta_12: z.unknown().optional(),
  IC: z.array(g1Schema).length(PUBLIC_INPUTS + 1),
})

/**
 * Reads a verifying key's JSON.
 * @throws {VerifyingKeyError} PALM_VERIFYING_KEY_INVALID: another shape, or a point off its curve, outside its subgroup or at
 *   infinity; PALM_VERIFYING_KEY_WITHOUT_PHASE_2: gamma is delta or -delta
 */
export function parseVerifyingKey(text: string): VerifyingKey {
  const { vk_alpha_1: alpha, vk_beta_2: beta, vk_gamma_2: gamma, vk_delta_2: delta, IC: ic } = readShape(text)
  if (![alpha, ...ic].every(g1PointOf) || ![beta, gamma, delta].every(g2PointOf))
    throw new VerifyingKeyError('PALM_VERIFYING_KEY_INVALID', 'a point of the verifying key is no point of its group')
  // Points with equal x are equal or opposite.
  if (gamma[0] === delta[0] && gamma[1] === delta[1])
    throw new VerifyingKeyError('PALM_VERIFYING_KEY_WITHOUT_PHASE_2', 'gamma and delta of the verifying key coincide')
  return { alpha, beta, gamma, delta, ic }
}

/** keccak256 over alpha, beta, gamma, delta and IC, each coordinate as 32 big-endian bytes in the order of EIP-197. */
export function hashVerifyingKey({ alpha, beta, gamma, delta, ic }: VerifyingKey): Hex {
  const words = [...alpha, ...beta, ...gamma, ...delta, ...ic.flat()]
  return toHex(keccak_256(concatBytes(...words.map((word) => toBigEndian(word, WORD_BYTES)))))
}

function readShape(text: string) {
  try {
    return keySchema.parse(JSON.parse(text))
  } catch (cause) {
    throw new VerifyingKeyError(
      'PALM_VERIFYING_KEY_INVALID',
      'this is no Groth16 verifying key with five inputs',
      cause,
    )
  }
}

/** A verifying key that nothing may be checked with. */
export class VerifyingKeyError extends PalmError {
  constructor(code: PalmErrorCode, message: string, cause?: unknown) {
    super(code, message, {
      hints: ['Take the verifying key that the ceremony exported: `npm run ceremony -- --help`.'],
      cause,
    })
  }
}
