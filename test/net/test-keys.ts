/** Keys for tests: each name has one, the same in every run. */

import { keccak_256 } from '@noble/hashes/sha3.js'
import { utf8 } from '@palmhold/base'
import { addressOf, peerIdOf, publicKeyOf } from '@palmhold/net'

/** The 32-byte private key of a name. */
export function keyOf(name: string): Uint8Array {
  return keccak_256(utf8(`palmhold test key: ${name}`))
}

export function addressOfName(name: string) {
  return addressOf(publicKeyOf(keyOf(name)))
}

export function peerIdOfName(name: string) {
  return peerIdOf(publicKeyOf(keyOf(name)))
}

/** The error that a promise rejects with, and a failed assertion where it does not reject. */
export async function failureOf(promise: Promise<unknown>): Promise<Error & { code?: string }> {
  try {
    await promise
  } catch (error) {
    return error as Error
  }
  throw new RangeError('the promise did not reject')
}
