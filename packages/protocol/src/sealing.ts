/**
 * Sealing: hybrid public-key encryption (RFC 9180, base mode) with X25519, HKDF-SHA-256 and AES-256-GCM, for what one
 * person may read: shares on their way to an operator, a probe on its way to the verifier that splits it.
 *
 * `purpose` separates uses of one key (the `info` of RFC 9180, section 5.1), `bound` is authenticated and not sent. A sealed
 * message is the 32-byte encapsulated key, then the ciphertext. The sender stays anonymous: who may deliver what is
 * decided by the signatures inside or around it.
 */

import { Aes256Gcm, CipherSuite, DhkemX25519HkdfSha256, HkdfSha256 } from '@hpke/core'
import { concatBytes, fromHex, type Hex, PalmError, type RandomBytes, toHex, utf8 } from '@palmhold/base'

const ENCAPSULATED_BYTES = 32

const suite = new CipherSuite({
  kem: new DhkemX25519HkdfSha256(),
  kdf: new HkdfSha256(),
  aead: new Aes256Gcm(),
})

/** A key pair for sealing: the public half travels in announcements, the secret half never leaves its owner. */
export type SealingKeys = { readonly publicKey: Hex; readonly secretKey: Uint8Array }

/** A fresh key pair from 32 bytes of `random` (RFC 9180, section 7.1.3, DeriveKeyPair). */
export async function createSealingKeys(random: RandomBytes): Promise<SealingKeys> {
  const pair = await suite.kem.deriveKeyPair(exact(random(32)))
  return {
    publicKey: toHex(new Uint8Array(await suite.kem.serializePublicKey(pair.publicKey))),
    secretKey: new Uint8Array(await suite.kem.serializePrivateKey(pair.privateKey)),
  }
}

/** Seals `plaintext` to `publicKey` (32 bytes, X25519). @throws {SealError} not a public key */
export async function seal(
  to: { publicKey: Hex; purpose: string; bound: Uint8Array },
  plaintext: Uint8Array,
  random: RandomBytes,
): Promise<Uint8Array> {
  try {
    const sender = await suite.createSenderContext({
      recipientPublicKey: await suite.kem.deserializePublicKey(exact(fromHex(to.publicKey, { length: 32 }))),
      info: exact(utf8(to.purpose)),
      // The ephemeral key comes from the caller's generator, as all randomness does.
      ekm: await suite.kem.deriveKeyPair(exact(random(32))),
    })
    const ciphertext = await sender.seal(exact(plaintext), exact(to.bound))
    return concatBytes(new Uint8Array(sender.enc), new Uint8Array(ciphertext))
  } catch (cause) {
    throw new SealError(cause)
  }
}

/** Opens what {@link seal} made. @throws {SealError} another key, purpose or bound data, or altered bytes */
export async function unseal(
  keys: { secretKey: Uint8Array; purpose: string; bound: Uint8Array },
  sealed: Uint8Array,
): Promise<Uint8Array> {
  try {
    const recipient = await suite.createRecipientContext({
      recipientKey: await suite.kem.deserializePrivateKey(exact(keys.secretKey)),
      enc: exact(sealed.subarray(0, ENCAPSULATED_BYTES)),
      info: exact(utf8(keys.purpose)),
    })
    return new Uint8Array(await recipient.open(exact(sealed.subarray(ENCAPSULATED_BYTES)), exact(keys.bound)))
  } catch (cause) {
    throw new SealError(cause)
  }
}

/** A copy in a buffer of its own, which is what WebCrypto takes. */
function exact(bytes: Uint8Array): ArrayBuffer {
  const copy = new Uint8Array(bytes.length)
  copy.set(bytes)
  return copy.buffer
}

/** A sealed message that cannot be made or opened. */
export class SealError extends PalmError {
  constructor(cause: unknown) {
    super('PALM_SEAL_INVALID', 'the sealed message cannot be opened with this key', {
      hints: ['It was sealed to another key, for another purpose, or altered. Fetch the current key and seal again.'],
      cause,
    })
  }
}
