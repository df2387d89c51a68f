/**
 * Verifying keys whose trapdoor is known, and proofs for any public inputs made with it (Groth, EUROCRYPT 2016, section 3.2,
 * the simulator). They hold under the real verifiers, so tests can reach every rule behind a proof in no time; that a trapdoor
 * does this is why a key needs a ceremony. Vectors of real circuits are tested beside them.
 */

import { bn254 } from '@noble/curves/bn254.js'
import { fromBigEndian, fromHex, type Hex, utf8 } from '@palmhold/base'
import { encodeProof, type ProofWords, type VerifyingKey } from '@palmhold/zk'
import { keccak256 } from 'ethers'

const { Fr } = bn254.fields
const G1 = bn254.G1.Point
const G2 = bn254.G2.Point

export type SimulatedKey = {
  readonly key: VerifyingKey
  /** A proof for `inputs`; another one for each `salt`. */
  readonly prove: (inputs: readonly bigint[], salt?: string) => Hex
  readonly proveWords: (inputs: readonly bigint[], salt?: string) => ProofWords
}

/** A key that follows from `name`. */
export function simulatedKey(name: string, bend: { readonly delta?: 'gamma' | '-gamma' } = {}): SimulatedKey {
  const scalar = (label: string) => Fr.create(fromBigEndian(fromHex(keccak256(utf8(`${name}/${label}`)) as Hex)))
  const [alpha, beta, gamma] = [scalar('alpha'), scalar('beta'), scalar('gamma')]
  const delta = bend.delta === undefined ? scalar('delta') : bend.delta === 'gamma' ? gamma : Fr.neg(gamma)
  const ic = Array.from({ length: 6 }, (_, i) => scalar(`ic ${i}`))
  const proveWords = (inputs: readonly bigint[], salt = ''): ProofWords => {
    const sum = inputs.reduce((total, input, i) => Fr.add(total, Fr.mul(Fr.create(input), ic[i + 1]!)), ic[0]!)
    const [a, b] = [scalar(`a ${inputs} ${salt}`), scalar(`b ${inputs} ${salt}`)]
    const rest = Fr.sub(Fr.sub(Fr.mul(a, b), Fr.mul(alpha, beta)), Fr.mul(sum, gamma))
    return { a: g1(a), b: g2(b), c: g1(Fr.div(rest, delta)) }
  }
  return {
    key: { alpha: g1(alpha), beta: g2(beta), gamma: g2(gamma), delta: g2(delta), ic: ic.map(g1) },
    prove: (inputs, salt) => encodeProof(proveWords(inputs, salt)),
    proveWords,
  }
}

/** k times the generator: x, y. */
export function g1(k: bigint): readonly [bigint, bigint] {
  const { x, y } = G1.BASE.multiply(k).toAffine()
  return [x, y]
}

/** k times the generator: x1, x0, y1, y0. */
export function g2(k: bigint): readonly [bigint, bigint, bigint, bigint] {
  const { x, y } = G2.BASE.multiply(k).toAffine()
  return [x.c1, x.c0, y.c1, y.c0]
}
