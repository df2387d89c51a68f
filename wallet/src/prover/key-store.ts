/**
 * Where a prover's keys come from: megabytes that are the same for everybody, named by their SHA-256 in the manifest of
 * the ceremony that made them. What does not have that hash is never used, whether it came from a network or a cache.
 */

import { PalmError } from '@palmhold/base'
import { type Circuit, parseJson } from '@palmhold/protocol'
import { z } from 'zod'

const sha256Schema = z.string().regex(/^[0-9a-f]{64}$/)
const circuitSchema = z.object({ wasm: sha256Schema, zkey: sha256Schema })
/** More is in the file, for those who check the ceremony. */
const manifestSchema = z.object({ circuits: z.object({ membership: circuitSchema, match: circuitSchema }) })

/** SHA-256 of the files of one set of keys, by circuit. */
export type KeyManifest = z.infer<typeof manifestSchema>

/** One file of a set. */
export type KeyFile = { readonly name: string; readonly sha256: string }

/** Reads a manifest. @throws {ShapeError} PALM_KEYS_DAMAGED */
export function parseKeyManifest(text: string): KeyManifest {
  return parseJson(manifestSchema, text, 'manifest of proving keys', 'PALM_KEYS_DAMAGED')
}

/** Hears of a file that is on its way; `totalBytes` is 0 while nobody has said. */
export type OnKeyBytes = (file: string, loadedBytes: number, totalBytes: number) => void

export type LoadOptions = { readonly signal?: AbortSignal | undefined; readonly onProgress?: OnKeyBytes | undefined }

/** What proving a circuit takes: its witness program and its proving key, as the ceremony wrote them. */
export type ProvingKeys = { readonly wasm: Uint8Array; readonly zkey: Uint8Array }

export type KeyStore = {
  /** @throws {KeysDamagedError} what is there has another hash @throws {KeysUnreachableError} nothing is to be had */
  readonly load: (circuit: Circuit, options?: LoadOptions) => Promise<ProvingKeys>
}

/** A key store that gets each file of `manifest` from `fetchFile`, which has checked it. */
export function createKeyStore(
  manifest: KeyManifest,
  fetchFile: (file: KeyFile, options: LoadOptions) => Promise<Uint8Array>,
): KeyStore {
  return {
    async load(circuit, options = {}) {
      const { wasm, zkey } = manifest.circuits[circuit]
      // One after the other, so that what is shown goes forward.
      return {
        wasm: await fetchFile({ name: `${circuit}.wasm`, sha256: wasm }, options),
        zkey: await fetchFile({ name: `${circuit}.zkey`, sha256: zkey }, options),
      }
    },
  }
}

/** Whether `bytes` are the content of `file`. */
export async function isKeyFile({ sha256 }: KeyFile, bytes: Uint8Array): Promise<boolean> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>))
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('') === sha256
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
