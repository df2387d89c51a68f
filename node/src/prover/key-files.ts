/** Proving keys on the disk of a node: the set that came with the program, or one that was downloaded. */

import { rmSync } from 'node:fs'
import { join } from 'node:path'
import {
  createKeyStore,
  isKeyFile,
  type KeyCache,
  type KeyStore,
  KeysDamagedError,
  KeysUnreachableError,
  parseKeyManifest,
} from '@palmhold/wallet/prover'
import { onDisk, readFileIfThere, writeFileAtomically } from '../storage/disk.ts'

const MANIFEST = 'manifest.json'

/**
 * The keys in `folder`, whose manifest names their hashes.
 * @throws {KeysUnreachableError} no manifest @throws {KeysDamagedError} no manifest that can be read
 */
export function openKeyFolder(folder: string): KeyStore {
  const text = readFileIfThere(join(folder, MANIFEST))
  if (!text) throw new KeysUnreachableError(MANIFEST)
  return createKeyStore(parseKeyManifest(text.toString('utf8')), async (file, { onProgress }) => {
    const bytes = readFileIfThere(join(folder, file.name))
    if (!bytes) throw new KeysUnreachableError(file.name)
    if (!(await isKeyFile(file, bytes))) throw new KeysDamagedError(file.name)
    onProgress?.(file.name, bytes.length, bytes.length)
    return bytes
  })
}

/** A cache of downloaded keys in `folder`. */
export function createDiskKeyCache(folder: string): KeyCache {
  return {
    read: async (name) => readFileIfThere(join(folder, name)),
    write: async (name, bytes) => writeFileAtomically(join(folder, name), bytes),
    remove: async (name) => onDisk(() => rmSync(join(folder, name), { force: true })),
  }
}
