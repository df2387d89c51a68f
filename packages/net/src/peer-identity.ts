/**
 * One secp256k1 key is a node's Ethereum address, its libp2p PeerId and what its attestations are signed with.
 *
 * A secp256k1 PeerId is the identity multihash of the protobuf of the compressed public key (libp2p specs,
 * peer-ids/peer-ids.md), so that it contains the key; the address is the last 20 bytes of keccak256 of the uncompressed
 * point (Yellow Paper, appendix F). Both follow from the key, and neither needs a look-up.
 */

import { publicKeyFromRaw } from '@libp2p/crypto/keys'
import { peerIdFromPublicKey, peerIdFromString } from '@libp2p/peer-id'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { type Hex, PalmError } from '@palmhold/base'
import { addressOfPublicKey } from '@palmhold/protocol'

/** A node, by both of its names. */
export type PeerName = {
  /** Lower-case Ethereum address. */
  readonly address: Hex
  /** Base58, begins with 16Uiu2. */
  readonly peerId: string
}

/**
 * The compressed public key (33 bytes) of a 32-byte private key.
 * @throws {PeerKeyError} not a scalar of secp256k1
 */
export function publicKeyOf(privateKey: Uint8Array): Uint8Array {
  if (!secp256k1.utils.isValidSecretKey(privateKey)) throw new PeerKeyError('the private key is no secp256k1 scalar')
  return secp256k1.getPublicKey(privateKey, true)
}

/**
 * The PeerId, in base58, of a compressed public key (33 bytes).
 * @throws {PeerKeyError} not a compressed point of secp256k1
 */
export function peerIdOf(publicKey: Uint8Array): string {
  if (publicKey.length !== 33 || !secp256k1.utils.isValidPublicKey(publicKey, true))
    throw new PeerKeyError('the public key is no compressed secp256k1 point')
  return peerIdFromPublicKey(publicKeyFromRaw(publicKey)).toString()
}

/**
 * The lower-case Ethereum address of a public key, compressed (33 bytes) or not (65 bytes).
 * @throws {PeerKeyError} not a point of secp256k1
 */
export function addressOf(publicKey: Uint8Array): Hex {
  if (!secp256k1.utils.isValidPublicKey(publicKey)) throw new PeerKeyError('the public key is no secp256k1 point')
  return addressOfPublicKey(publicKey)
}

/**
 * The lower-case Ethereum address of the key that a PeerId contains.
 * @throws {PeerKeyError} not a PeerId, or one of another kind of key
 */
export function addressOfPeer(peerId: string): Hex {
  const parsed = parsePeerId(peerId)
  if (parsed?.type !== 'secp256k1') throw new PeerKeyError('the PeerId holds no secp256k1 key')
  return addressOf(parsed.publicKey.raw)
}

/**
 * Both names of a node, from its PeerId.
 * @throws {PeerKeyError} not a PeerId, or one of another kind of key
 */
export function nameOfPeer(peerId: string): PeerName {
  return { address: addressOfPeer(peerId), peerId }
}

function parsePeerId(peerId: string): ReturnType<typeof peerIdFromString> | undefined {
  try {
    const parsed = peerIdFromString(peerId)
    // The library reads letters that base58 does not have as others: a name has one spelling here.
    return parsed.toString() === peerId ? parsed : undefined
  } catch {
    return undefined
  }
}

/** A key or PeerId that can't be a node's identity. */
export class PeerKeyError extends PalmError {
  constructor(message: string) {
    super('PALM_PEER_KEY_INVALID', message, {
      hints: ['A node is identified by a secp256k1 key: a PeerId of one begins with 16Uiu2.'],
    })
  }
}
