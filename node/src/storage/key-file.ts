/** Private keys on disk: 32 bytes as hexadecimal, one file each, made on first use and readable by their owner alone. */

import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { fromHex, PalmError, toHex } from '@palmhold/base'
import { readFileIfThere, writeFileAtomically } from './disk.ts'

/**
 * The secp256k1 key in `path`; a new one is written there first when the file is missing and `belongings`, what was
 * stored under the key, is not there either.
 * @throws {KeyFileError} a file that holds no key, or one that is missing beside its belongings
 */
export function loadOrCreateKey(path: string, belongings?: string): Uint8Array {
  const content = readFileIfThere(path)
  if (content) return parseKey(path, content.toString('utf8').trim())
  if (belongings !== undefined && existsSync(belongings)) throw new KeyFileError(path)
  const key = secp256k1.utils.randomSecretKey(new Uint8Array(randomBytes(48)))
  writeFileAtomically(path, `${toHex(key)}\n`)
  return key
}

function parseKey(path: string, text: string): Uint8Array {
  try {
    const key = fromHex(text, { length: 32 })
    if (secp256k1.utils.isValidSecretKey(key)) return key
  } catch {
    // told below: what the file holds must not reach a message
  }
  throw new KeyFileError(path)
}

/** A key file that holds no key. */
export class KeyFileError extends PalmError {
  constructor(path: string) {
    super('PALM_KEY_INVALID', `the key file ${path} is missing or holds no private key`, {
      hints: ['Restore it from a backup. A new key would be another identity, so none is made.'],
    })
  }
}
