/**
 * Where a prover's keys come from: megabytes that are the same for everybody, named by their SHA-256 in a manifest. What
 * does not have that hash is never used, whether it came from a network or from a cache.
 */

import { type Hex, PalmError, toHex } from '@palmhold/base'
import { type Circuit, hashSchema, parseJson } from '@palmhold/protocol'
import { z } from 'zod'
import type { ProvingKeys } from './groth16.ts'

const MOST_BYTES = 64 * 1024 * 1024
const fileSchema = z.strictObject({
  file: z.string().regex(/^[a-z0-9][a-z0-9.-]*$/),
  bytes: z.int().min(1).max(MOST_BYTES),
  sha256: hashSchema,
})
const circuitSchema = z.strictObject({ wasm: fileSchema, zkey: fileSchema })
const manifestSchema = z.strictObject({
  format: z.literal('palmhold/proving-keys/1'),
  circuits: z.strictObject({ membership: circuitSchema, match: circuitSchema }),
})

/** The files of one set of keys. */
export type KeyManifest = z.infer<typeof manifestSchema>
export type KeyFile = z.infer<typeof fileSchema>

/** Reads a manifest. @throws {ShapeError} PALM_KEYS_DAMAGED */
export function parseKeyManifest(text: string): KeyManifest {
  return parseJson(manifestSchema, text, 'manifest of proving keys', 'PALM_KEYS_DAMAGED')
}

export type LoadOptions = {
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((loadedBytes: number, totalBytes: number) => void) | undefined
}

export type KeyStore = {
  /** @throws {KeysDamagedError} what is there has another hash @throws {KeysUnreachableError} nothing is to be had */
  readonly load: (circuit: Circuit, options?: LoadOptions) => Promise<ProvingKeys>
}

/** A key store that gets each file of `manifest` from `fetchFile`, which has checked it. */
export function createKeyStore(
  manifest: KeyManifest,
  fetchFile: (file: KeyFile, onBytes: (bytes: number) => void, signal?: AbortSignal) => Promise<Uint8Array>,
): KeyStore {
  return {
    async load(circuit, { signal, onProgress } = {}) {
      const { wasm, zkey } = manifest.circuits[circuit]
      const totalBytes = wasm.bytes + zkey.bytes
      const program = await fetchFile(wasm, (bytes) => onProgress?.(bytes, totalBytes), signal)
      const key = await fetchFile(zkey, (bytes) => onProgress?.(wasm.bytes + bytes, totalBytes), signal)
      return { wasm: program, zkey: key }
    },
  }
}

/** Whether `bytes` are the content of `file`. */
export async function isKeyFile(file: KeyFile, bytes: Uint8Array): Promise<boolean> {
  return bytes.length === file.bytes && (await sha256Of(bytes)) === file.sha256
}

async function sha256Of(bytes: Uint8Array): Promise<Hex> {
  return toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>)))
}

/** Keys that are not what the manifest names. */
export class KeysDamagedError extends PalmError {
  constructor(file: string) {
    super('PALM_KEYS_DAMAGED', `the proving keys are not those of the manifest (${file})`, {
      hints: ['Nothing was proven with them. Fetch the keys and their manifest from one place.'],
    })
  }
}

/** Keys that are not there. */
export class KeysUnreachableError extends PalmError {
  constructor(file: string, cause?: unknown) {
    super('PALM_KEYS_UNREACHABLE', `the proving keys cannot be fetched (${file})`, {
      hints: ['Check the network and try again: the download goes on where it stopped.'],
      cause,
    })
  }
}
