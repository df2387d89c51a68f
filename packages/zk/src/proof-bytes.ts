/**
 * The one encoding of a Groth16 proof (A, B, C): 256 bytes, A.x A.y B.x1 B.x0 B.y1 B.y0 C.x C.y, each 32 big-endian bytes
 * below the field's order, as EIP-197 orders them.
 */

import { concatBytes, fromBigEndian, fromHex, type Hex, PalmError, toBigEndian, toHex } from '@palmhold/base'
import { z } from 'zod'
import { decimalSchema } from './decimal.ts'
import { COORDINATE_ORDER, type G1Words, type G2Words } from './pairing-points.ts'

const WORD_BYTES = 32
const PROOF_BYTES = 8 * WORD_BYTES

/** Coordinates of a proof; nothing says yet that they are points. */
export type ProofWords = { readonly a: G1Words; readonly b: G2Words; readonly c: G1Words }

const one = z.literal('1')
const zero = z.literal('0')
const coordinate = decimalSchema(COORDINATE_ORDER)
const pair = z.tuple([coordinate, coordinate])

/** A proof as snarkjs writes it: projective with z = 1, and the real part of a coordinate first. */
const snarkjsProofSchema = z.object({
  protocol: z.literal('groth16'),
  curve: z.literal('bn128'),
  pi_a: z.tuple([coordinate, coordinate, one]),
  pi_b: z.tuple([pair, pair, z.tuple([one, zero])]),
  pi_c: z.tuple([coordinate, coordinate, one]),
})

/** The 256 bytes. */
export function encodeProof({ a, b, c }: ProofWords): Hex {
  return toHex(concatBytes(...[...a, ...b, ...c].map((word) => toBigEndian(word, WORD_BYTES))))
}

/** Reads {@link encodeProof}. @throws {HexError} not 256 bytes in lower-case hexadecimal */
export function decodeProof(proof: Hex): ProofWords {
  const bytes = fromHex(proof, { length: PROOF_BYTES })
  const word = (i: number) => fromBigEndian(bytes.subarray(i * WORD_BYTES, (i + 1) * WORD_BYTES))
  return { a: [word(0), word(1)], b: [word(2), word(3), word(4), word(5)], c: [word(6), word(7)] }
}

/** A proof of snarkjs in that encoding. @throws {ProofError} another shape, or a point at infinity */
export function encodeSnarkjsProof(proof: unknown): Hex {
  const parsed = snarkjsProofSchema.safeParse(proof)
  if (!parsed.success) throw new ProofError()
  const { pi_a: a, pi_b: b, pi_c: c } = parsed.data
  return encodeProof({ a: [a[0], a[1]], b: [b[0][1], b[0][0], b[1][1], b[1][0]], c: [c[0], c[1]] })
}

/** Something that should be a Groth16 proof and is none. */
export class ProofError extends PalmError {
  constructor() {
    super('PALM_PROOF_MALFORMED', 'this is no Groth16 proof over BN254', {
      hints: ['The prover was ended half-way or is of another version: prove again.'],
    })
  }
}
