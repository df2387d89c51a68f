/** The keystream behind the masks: AES-128-CTR of node:crypto, at gigabytes a second. */

import { createCipheriv } from 'node:crypto'

const COUNTER_ZERO = new Uint8Array(16)

/** The keystream is the encryption of zeros; one array of them serves all calls, grown on need. */
let zeros = new Uint8Array(0)

/** `length` bytes of keystream under a 16-byte key, from counter zero. */
export function aesCtr(key: Uint8Array, length: number): Uint8Array {
  if (zeros.length < length) zeros = new Uint8Array(length)
  return createCipheriv('aes-128-ctr', key, COUNTER_ZERO).update(zeros.subarray(0, length))
}
