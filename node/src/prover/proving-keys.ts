/** The verifying keys that came with the program, or those of a ceremony, as a verifier of proofs. */

import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { PalmError } from '@palmhold/base'
import type { Circuit, ProofVerifier } from '@palmhold/protocol'
import { createProofVerifier, parseVerifyingKey } from '@palmhold/zk'
import { readFileIfThere } from '../storage/disk.ts'

/** Made by one party, for the local chain alone. */
export const DEVELOPMENT_KEYS = fileURLToPath(new URL('../../../packages/zk/keys/development/', import.meta.url))

/**
 * A verifier under the keys in `folder`.
 * @throws {VerifyingKeysMissingError} @throws {VerifyingKeyError} of @palmhold/zk
 */
export function readProofVerifier(folder: string = DEVELOPMENT_KEYS): ProofVerifier {
  const read = (circuit: Circuit) => {
    const text = readFileIfThere(join(folder, `${circuit}.verifying-key.json`))
    if (!text) throw new VerifyingKeysMissingError(circuit)
    return parseVerifyingKey(text.toString('utf8'))
  }
  return createProofVerifier({ membership: read('membership'), match: read('match') })
}

/** A program without the keys that proofs are checked with. */
export class VerifyingKeysMissingError extends PalmError {
  constructor(circuit: Circuit) {
    super('PALM_VERIFYING_KEY_MISSING', `the verifying key of the circuit ${circuit} is not there`, {
      hints: ['Give the folder that a ceremony wrote, or check the program out again.'],
    })
  }
}
