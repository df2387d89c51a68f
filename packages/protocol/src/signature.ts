/**
 * ECDSA over secp256k1 as the EVM checks it: 65 bytes r || s || v with v = 27 or 28 and s in the lower half of the
 * group order (EIP-2). One key is an operator's address, its libp2p identity and its attestation key.
 *
 * Only 32-byte digests are signed; who hashes what stands in `messages.ts`.
 */

import { secp256k1 } from '@noble/curves/secp256k1.js'
import { keccak_256 } from '@noble/hashes/sha3.js'
import { concatBytes, fromHex, type Hex, PalmError, toHex } from '@palmhold/base'

const SIGNATURE_BYTES = 65

/** The lower-case address of a 32-byte private key. */
export function addressOfKey(privateKey: Uint8Array): Hex {
  return addressOfPublicKey(secp256k1.getPublicKey(privateKey, false))
}

/** The address of a public key in either encoding: the last 20 bytes of keccak256(x || y). */
export function addressOfPublicKey(publicKey: Uint8Array): Hex {
  const uncompressed = secp256k1.Point.fromBytes(publicKey).toBytes(false)
  return toHex(keccak_256(uncompressed.subarray(1)).subarray(12))
}

/** The 64-byte public key x || y of a private key, as the OperatorRegistry takes it. */
export function publicKeyXY(privateKey: Uint8Array): Hex {
  return toHex(secp256k1.getPublicKey(privateKey, false).subarray(1))
}

/** Signs a 32-byte digest; deterministic (RFC 6979). */
export function signDigest(digest: Hex, privateKey: Uint8Array): Hex {
  const signature = secp256k1.sign(fromHex(digest, { length: 32 }), privateKey, {
    prehash: false,
    lowS: true,
    format: 'recovered',
  })
  // noble writes the recovery bit first, the EVM wants it last and raised by 27
  return toHex(concatBytes(signature.subarray(1), Uint8Array.of(27 + signature[0]!)))
}

/**
 * The address whose key signed `digest`.
 * @throws {SignatureError} not 65 bytes, v not 27 or 28, s in the upper half, or no point to recover
 */
export function recoverSigner(digest: Hex, signature: Hex): Hex {
  let bytes: Uint8Array
  try {
    bytes = fromHex(signature, { length: SIGNATURE_BYTES })
  } catch (cause) {
    throw new SignatureError(cause)
  }
  const v = bytes[SIGNATURE_BYTES - 1]!
  if (v !== 27 && v !== 28) throw new SignatureError()
  try {
    const parsed = secp256k1.Signature.fromBytes(bytes.subarray(0, 64), 'compact').addRecoveryBit(v - 27)
    if (parsed.hasHighS()) throw new SignatureError()
    return addressOfPublicKey(parsed.recoverPublicKey(fromHex(digest, { length: 32 })).toBytes(false))
  } catch (cause) {
    throw new SignatureError(cause)
  }
}

/** Whether `signature` over `digest` is `signer`'s; never throws. */
export function isSignedBy(signer: Hex, digest: Hex, signature: Hex): boolean {
  try {
    return recoverSigner(digest, signature) === signer
  } catch {
    return false
  }
}

/** A signature that is not canonical, or that no key made. */
export class SignatureError extends PalmError {
  constructor(cause?: unknown) {
    super('PALM_SIGNATURE_INVALID', 'the signature is malformed or belongs to no key', {
      hints: ['A signature is r, s and v in 65 bytes, with the lower of the two possible s.'],
      ...(cause === undefined ? {} : { cause }),
    })
  }
}
