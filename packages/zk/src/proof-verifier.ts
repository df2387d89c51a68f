/**
 * The check of Groth16 proofs off chain (Groth, EUROCRYPT 2016, section 3.2), without snarkjs:
 *
 *   e(A, B) * e(-X, gamma) * e(-C, delta) = e(alpha, beta),  X = IC_0 + sum a_i IC_i
 *
 * One Miller loop over three pairs and one final exponentiation. What follows from the key alone is computed once. All values
 * here are public, so nothing needs to take constant time.
 */

import { interleavedMSMUnsafe } from '@noble/curves/abstract/curve.js'
import { bn254 } from '@noble/curves/bn254.js'
import type { Hex } from '@palmhold/base'
import type { Circuit, ProofVerifier } from '@palmhold/protocol'
import { type G1Point, g1PointOf, g2PointOf, SCALAR_ORDER } from './pairing-points.ts'
import { decodeProof, type ProofWords } from './proof-bytes.ts'
import { hashVerifyingKey, type VerifyingKey } from './verifying-key.ts'

const { Fp12 } = bn254.fields
const { calcPairingPrecomputes } = bn254.utils
/** Of the digits in the sum over public inputs: tables of 16 points for each. */
const WINDOW_BITS = 6

type PreparedKey = {
  readonly hash: Hex
  readonly inputCount: number
  readonly alphaBeta: ReturnType<typeof bn254.pairing>
  readonly gamma: ReturnType<typeof calcPairingPrecomputes>
  readonly delta: ReturnType<typeof calcPairingPrecomputes>
  readonly combine: (inputs: bigint[]) => G1Point
}

/** A verifier of both circuits. The keys come from `parseVerifyingKey`. */
export function createProofVerifier(keys: { readonly [C in Circuit]: VerifyingKey }): ProofVerifier {
  const prepared = { membership: prepareKey(keys.membership), match: prepareKey(keys.match) }
  return {
    verify: (circuit, publicInputs, proof) => verifyProof(prepared[circuit], publicInputs, proof),
    keyHash: (circuit) => prepared[circuit].hash,
  }
}

function prepareKey(key: VerifyingKey): PreparedKey {
  const [constant, ...factors] = key.ic.map((words) => g1PointOf(words)!)
  const [beta, gamma, delta] = [key.beta, key.gamma, key.delta].map((words) => g2PointOf(words)!)
  const weigh = interleavedMSMUnsafe(bn254.G1.Point, factors, WINDOW_BITS)
  return {
    hash: hashVerifyingKey(key),
    inputCount: factors.length,
    alphaBeta: bn254.pairing(g1PointOf(key.alpha)!, beta!),
    gamma: calcPairingPrecomputes(gamma!),
    delta: calcPairingPrecomputes(delta!),
    combine: (inputs) => constant!.add(weigh(inputs)),
  }
}

function verifyProof(key: PreparedKey, publicInputs: readonly bigint[], proof: Hex): boolean {
  if (publicInputs.length !== key.inputCount) return false
  // An input above the field's order would be another spelling of the one that was proven.
  if (publicInputs.some((value) => value < 0n || value >= SCALAR_ORDER)) return false
  const words = readProof(proof)
  const [a, b, c] = words ? [g1PointOf(words.a), g2PointOf(words.b), g1PointOf(words.c)] : []
  if (!a || !b || !c) return false
  const x = key.combine([...publicInputs])
  const pairs: Parameters<typeof bn254.millerLoopBatch>[0] = [
    [calcPairingPrecomputes(b), a.x, a.y],
    [key.delta, ...affine(c.negate())],
  ]
  // e(0, gamma) = 1
  if (!x.is0()) pairs.push([key.gamma, ...affine(x.negate())])
  return Fp12.eql(Fp12.finalExponentiate(bn254.millerLoopBatch(pairs)), key.alphaBeta)
}

function affine(point: G1Point): [bigint, bigint] {
  const { x, y } = point.toAffine()
  return [x, y]
}

function readProof(proof: Hex): ProofWords | undefined {
  try {
    return decodeProof(proof)
  } catch {
    return undefined
  }
}
