/**
 * The verifying keys a deployment checks the phone lane's proofs with. Without a folder of a ceremony's keys it takes those
 * in packages/zk/keys/development, which one party made alone: whoever made them can forge proofs, so they are for the local
 * chain, and script and contract refuse them on any other.
 */

import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type Hex, PalmError, toBigEndian, toHex } from '@palmhold/base'
import { hashVerifyingKey, parseVerifyingKey, type VerifyingKey } from '@palmhold/zk'
import type { VerifyingKeyWords } from '../contracts/ignition/palmhold.ts'
import { DeploymentUnsafeError } from './deployment-parameters.ts'

export type VerifyingKeys = { readonly membership: VerifyingKey; readonly match: VerifyingKey }
export type VerifyingKeyHashes = { readonly membership: Hex; readonly match: Hex }

const DEVELOPMENT_KEYS = join(dirname(import.meta.dirname), 'packages/zk/keys/development')
/** The chain id of a local chain. */
const LOCAL_CHAIN_ID = 31337
const WORD_BYTES = 32

/** The keys of both circuits in `folder`, `<circuit>.verifying-key.json`. @throws {VerifyingKeyError} @throws {KeysMissingError} */
export function readVerifyingKeys(folder: string = DEVELOPMENT_KEYS): VerifyingKeys {
  return { membership: readKey(folder, 'membership'), match: readKey(folder, 'match') }
}

/** Hashes of both keys, as the contracts and a trust document name them. */
export function hashVerifyingKeys({ membership, match }: VerifyingKeys): VerifyingKeyHashes {
  return { membership: hashVerifyingKey(membership), match: hashVerifyingKey(match) }
}

/** @throws {DeploymentUnsafeError} a development key off the local chain, or one key for both circuits */
export function checkVerifyingKeys(keys: VerifyingKeys, chainId: number): void {
  const { membership, match } = hashVerifyingKeys(keys)
  if (membership === match) throw new DeploymentUnsafeError('both circuits have one verifying key')
  if (chainId === LOCAL_CHAIN_ID) return
  const development = Object.values(hashVerifyingKeys(readVerifyingKeys()))
  if (development.includes(membership) || development.includes(match))
    throw new DeploymentUnsafeError('a verifying key is a development key, which its maker can forge proofs for')
}

/** A key as Groth16Verifier takes it. */
export function verifyingKeyWords({ alpha, beta, gamma, delta, ic }: VerifyingKey): VerifyingKeyWords {
  return { alpha: words(alpha), beta: words(beta), gamma: words(gamma), delta: words(delta), ic: words(ic.flat()) }
}

function words(values: readonly bigint[]): string[] {
  return values.map((value) => toHex(toBigEndian(value, WORD_BYTES)))
}

function readKey(folder: string, circuit: keyof VerifyingKeys): VerifyingKey {
  let text: string
  try {
    text = readFileSync(join(folder, `${circuit}.verifying-key.json`), 'utf8')
  } catch (cause) {
    throw new KeysMissingError(folder, circuit, cause)
  }
  return parseVerifyingKey(text)
}

/** A folder without a circuit's verifying key. */
export class KeysMissingError extends PalmError {
  constructor(folder: string, circuit: string, cause?: unknown) {
    super('PALM_VERIFYING_KEY_MISSING', `${folder} holds no ${circuit}.verifying-key.json`, {
      hints: ['Give the folder that a ceremony wrote with --keys.'],
      cause,
    })
  }
}
