/** Real proofs under the development keys, and their verifier. */

import { readFileSync } from 'node:fs'
import type { Hex } from '@palmhold/base'
import type { Circuit, ProofVerifier } from '@palmhold/protocol'
import { createProofVerifier, encodeSnarkjsProof, parseVerifyingKey } from '@palmhold/zk'
import * as snarkjs from 'snarkjs'
import { keyFile } from '../../packages/zk/circuits/manifest.ts'
import { useOneThread } from './one-thread.ts'
import type { Signals } from './witness-generator.ts'

export type Proven = { readonly publicInputs: readonly bigint[]; readonly proof: Hex; readonly json: object }

type Groth16 = {
  fullProve(input: object, wasm: string, zkey: string): Promise<{ proof: object; publicSignals: string[] }>
  verify(key: object, publicSignals: readonly string[], proof: object): Promise<boolean>
}
/** The oracle of our verifier, and the prover. */
export const { groth16 } = snarkjs as unknown as { groth16: Groth16 }

export async function prove(circuit: Circuit, signals: Signals): Promise<Proven> {
  await useOneThread()
  const made = await groth16.fullProve(signals, keyFile(circuit, 'wasm'), keyFile(circuit, 'zkey'))
  return { publicInputs: made.publicSignals.map(BigInt), proof: encodeSnarkjsProof(made.proof), json: made.proof }
}

export function verifyingKeyText(circuit: Circuit): string {
  return readFileSync(keyFile(circuit, 'verifying-key.json'), 'utf8')
}

export const developmentKeys = {
  membership: parseVerifyingKey(verifyingKeyText('membership')),
  match: parseVerifyingKey(verifyingKeyText('match')),
}

export const developmentVerifier: ProofVerifier = createProofVerifier(developmentKeys)
