/**
 * Pseudonyms: one name per person and merchant, which two merchants cannot link. HMAC-SHA-256 under the person's 32-byte
 * pseudonym key over chain, merchant and counter. The operators who hold the key can compute a person's pseudonyms; no
 * merchant and no observer of the chain can.
 */

import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { encodeFields, fromHex, type Hex, toBigEndian, toHex } from '@palmhold/base'

/** The pseudonym under `key` (32 bytes) at a merchant; `counter` starts anew when a merchant is to forget. */
export function pseudonymOf(key: Uint8Array, scope: { chainId: number; merchantId: Hex; counter?: number }): Hex {
  const message = encodeFields('palmhold/pseudonym/1', [
    toBigEndian(scope.chainId, 8),
    fromHex(scope.merchantId, { length: 32 }),
    toBigEndian(scope.counter ?? 0, 4),
  ])
  return toHex(hmac(sha256, key, message))
}
