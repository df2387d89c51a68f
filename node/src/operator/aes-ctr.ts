/** The keystream behind the masks: AES-128-CTR of node:crypto, at gigabytes a second. */

import { createCipheriv } from 'node:crypto'
import { discardBytes } from '@palmhold/matching'

const COUNTER_ZERO = new Uint8Array(16)

/**
 * The keystream is the encryption of zeros, taken in pieces that stay in a core's cache and come from memory that was used
 * before: `update` of megabytes at once allocates them twice and costs twenty times as much, garbage collection included.
 */
const ZEROS = new Uint8Array(65_536)

/** `length` bytes of keystream under a 16-byte key, from counter zero, in an array of their own. */
export function aesCtr(key: Uint8Array, length: number): Uint8Array {
  const cipher = createCipheriv('aes-128-ctr', key, COUNTER_ZERO)
  const keystream = new Uint8Array(Buffer.allocUnsafeSlow(length).buffer)
  for (let at = 0; at < length; at += ZEROS.length) {
    const piece = cipher.update(ZEROS.subarray(0, length - at))
    keystream.set(piece, at)
    discardBytes(piece)
  }
  return keystream
}
