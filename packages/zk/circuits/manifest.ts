/**
 * What stands beside the development keys: from which sources they were made, and the SHA-256 of each file, so that a test
 * sees in milliseconds whether sources, witness generators and keys belong together.
 */

import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Hex } from '@palmhold/base'
import type { Circuit } from '@palmhold/protocol'

export const CIRCUIT_NAMES: readonly Circuit[] = ['membership', 'match']
export const DEVELOPMENT_KEYS = join(import.meta.dirname, '../keys/development')
const MANIFEST = join(DEVELOPMENT_KEYS, 'manifest.json')

export type CircuitManifest = {
  readonly constraints: number
  /** SHA-256 of the constraint system, which is not committed. */
  readonly r1cs: string
  /** SHA-256 of the witness generator. */
  readonly wasm: string
  /** SHA-256 of the proving key. */
  readonly zkey: string
  /** keccak256 of the verifying key's words, as the contract computes it. */
  readonly verifyingKey: Hex
}

export type KeyManifest = {
  /** SHA-256 over sources, compiler and libraries. */
  readonly sources: string
  readonly circuits: { readonly [C in Circuit]: CircuitManifest }
}

/** The source of a circuit's main component. */
export function circuitFile(circuit: Circuit): string {
  return join(import.meta.dirname, `${circuit}.circom`)
}

/** A file of the development keys. */
export function keyFile(circuit: Circuit, ending: 'wasm' | 'zkey' | 'verifying-key.json'): string {
  return join(DEVELOPMENT_KEYS, `${circuit}.${ending}`)
}

export function readManifest(): KeyManifest {
  return JSON.parse(readFileSync(MANIFEST, 'utf8')) as KeyManifest
}

export function writeManifest(manifest: KeyManifest): void {
  writeFileSync(MANIFEST, `${JSON.stringify(manifest, null, 2)}\n`)
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
