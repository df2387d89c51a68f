/**
 * What a node tells the others about itself: where its data plane and its HTTP API are, which keys to seal and to agree
 * with, and which committee it serves in. Signed with the node's one key, so that whoever passes it on can't alter it.
 *
 * The signature is ECDSA over keccak256 of the canonical encoding (base, canonical.ts), whose tag keeps it apart from
 * everything else this key signs; 65 bytes r || s || v with v 27 or 28 and low s, as in EIP-712 messages.
 */

import { isIP } from 'node:net'
import { keccak_256 } from '@noble/hashes/sha3.js'
import {
  decodeFields,
  encodeFields,
  equalBytes,
  fromBigEndian,
  fromHex,
  type Hex,
  PalmError,
  toBigEndian,
  toHex,
  utf8,
} from '@palmhold/base'
import { isSignedBy, signDigest } from '@palmhold/protocol'
import { addressOf, addressOfPeer, peerIdOf, publicKeyOf } from './peer-identity.ts'

/** The greatest signed announcement, in bytes. */
export const MAX_ANNOUNCEMENT_BYTES = 2048

const BODY_TAG = 'palmhold/announcement/1'
const SIGNED_TAG = 'palmhold/announcement/1/signed'
const BODY_FIELDS = 11
const KEY_BYTES = 32
const SIGNATURE_BYTES = 65
const MAX_HOST_LENGTH = 253
const MAX_URL_LENGTH = 512
const HOST_NAME = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/

export type Announcement = {
  /** Lower-case address of the node's key; it must be the signer's. */
  readonly address: Hex
  /** Base58 PeerId of the same key. */
  readonly peerId: string
  /** IP address or lower-case DNS name of the data plane. */
  readonly dataHost: string
  /** 0 where the node has no data plane. */
  readonly dataPort: number
  /** http(s) URL of the API, or empty. */
  readonly httpUrl: string
  /** X25519 public key, 32 bytes, to seal messages to this node. */
  readonly sealingKey: Hex
  /** Public key, 32 bytes, for the agreement on pairwise seeds. */
  readonly exchangeKey: Hex
  /** 32 bytes; zeros for a node outside any committee. */
  readonly committeeId: Hex
  /** 0 to 2^32 - 1. */
  readonly committeeEpoch: number
  /** Grows with each announcement of a node; a Unix time in ms does. At most 2^53 - 1. */
  readonly sequence: number
  /** Whole seconds since 1970. */
  readonly issuedAt: number
}

/** What the node chooses; address and peerId follow from its key. */
export type AnnouncementBody = Omit<Announcement, 'address' | 'peerId'>

export type AnnouncementRefusal = 'too_large' | 'malformed' | 'unwanted' | 'signature' | 'identity'

export type AnnouncementResult =
  | { readonly ok: true; readonly announcement: Announcement }
  | { readonly ok: false; readonly reason: AnnouncementRefusal }

/**
 * The signed announcement of the key's node; `address` and `peerId`, where `body` has them, are not looked at.
 * @throws {AnnouncementFieldError} a field is out of its range
 * @throws {PeerKeyError} the private key is none
 */
export function signAnnouncement(privateKey: Uint8Array, body: AnnouncementBody): Uint8Array {
  const publicKey = publicKeyOf(privateKey)
  const announcement = { ...body, address: addressOf(publicKey), peerId: peerIdOf(publicKey) }
  const fault = faultyField(announcement)
  if (fault) throw new AnnouncementFieldError(fault)
  const bytes = encodeBody(announcement)
  return encodeFields(SIGNED_TAG, [bytes, fromHex(signDigest(digestOf(bytes), privateKey))])
}

/**
 * Whether the bytes are an announcement signed by the node it speaks of. Refused with `malformed` where they are not the
 * one canonical encoding of fields in range, `unwanted` where `isWanted` says so (asked before the signature is checked,
 * which costs most), `signature` where the address named did not sign, and `identity` where PeerId and address belong to
 * different keys.
 */
export function verifyAnnouncement(
  signed: Uint8Array,
  isWanted: (announcement: Announcement) => boolean = () => true,
): AnnouncementResult {
  if (signed.length > MAX_ANNOUNCEMENT_BYTES) return { ok: false, reason: 'too_large' }
  const decoded = decodeSigned(signed)
  if (!decoded) return { ok: false, reason: 'malformed' }
  const { announcement, bytes, signature } = decoded
  if (!isWanted(announcement)) return { ok: false, reason: 'unwanted' }
  if (!isSignedBy(announcement.address, digestOf(bytes), toHex(signature))) return { ok: false, reason: 'signature' }
  if (addressOfPeer(announcement.peerId) !== announcement.address) return { ok: false, reason: 'identity' }
  return { ok: true, announcement }
}

function encodeBody(a: Announcement): Uint8Array {
  return encodeFields(BODY_TAG, [
    fromHex(a.address),
    utf8(a.peerId),
    utf8(a.dataHost),
    toBigEndian(a.dataPort, 2),
    utf8(a.httpUrl),
    fromHex(a.sealingKey),
    fromHex(a.exchangeKey),
    fromHex(a.committeeId),
    toBigEndian(a.committeeEpoch, 4),
    toBigEndian(a.sequence, 8),
    toBigEndian(a.issuedAt, 8),
  ])
}

type Decoded = { announcement: Announcement; bytes: Uint8Array; signature: Uint8Array }

/** The parts, or undefined where re-encoding what was read does not give the same bytes. */
function decodeSigned(signed: Uint8Array): Decoded | undefined {
  try {
    const [bytes, signature] = decodeFields(SIGNED_TAG, 2, signed) as [Uint8Array, Uint8Array]
    const [address, peerId, dataHost, dataPort, httpUrl, sealing, exchange, committee, epoch, sequence, issuedAt] =
      decodeFields(BODY_TAG, BODY_FIELDS, bytes)
    const announcement = {
      address: toHex(address!),
      peerId: text(peerId!),
      dataHost: text(dataHost!),
      dataPort: Number(fromBigEndian(dataPort!)),
      httpUrl: text(httpUrl!),
      sealingKey: toHex(sealing!),
      exchangeKey: toHex(exchange!),
      committeeId: toHex(committee!),
      committeeEpoch: Number(fromBigEndian(epoch!)),
      sequence: Number(fromBigEndian(sequence!)),
      issuedAt: Number(fromBigEndian(issuedAt!)),
    }
    if (signature.length !== SIGNATURE_BYTES || faultyField(announcement)) return undefined
    return equalBytes(encodeBody(announcement), bytes) ? { announcement, bytes, signature } : undefined
  } catch {
    return undefined
  }
}

/** The name of the first field out of range. */
function faultyField(a: Announcement): keyof Announcement | undefined {
  const checks: Record<keyof Announcement, boolean> = {
    address: isHex(a.address, 20),
    peerId: isSecp256k1Peer(a.peerId),
    dataHost: isIP(a.dataHost) !== 0 || (a.dataHost.length <= MAX_HOST_LENGTH && HOST_NAME.test(a.dataHost)),
    dataPort: isUnsigned(a.dataPort, 0xffff),
    httpUrl: a.httpUrl === '' || isHttpUrl(a.httpUrl),
    sealingKey: isHex(a.sealingKey, KEY_BYTES),
    exchangeKey: isHex(a.exchangeKey, KEY_BYTES),
    committeeId: isHex(a.committeeId, 32),
    committeeEpoch: isUnsigned(a.committeeEpoch, 0xffffffff),
    sequence: isUnsigned(a.sequence, Number.MAX_SAFE_INTEGER),
    issuedAt: isUnsigned(a.issuedAt, Number.MAX_SAFE_INTEGER),
  }
  return (Object.keys(checks) as (keyof Announcement)[]).find((field) => !checks[field])
}

function isHex(value: string, bytes: number): boolean {
  return value.length === 2 + 2 * bytes && /^0x[0-9a-f]*$/.test(value)
}

function isUnsigned(value: number, max: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= max
}

function isSecp256k1Peer(peerId: string): boolean {
  try {
    addressOfPeer(peerId)
    return true
  } catch {
    return false
  }
}

function isHttpUrl(url: string): boolean {
  return url.length <= MAX_URL_LENGTH && URL.canParse(url) && /^https?:\/\//.test(url)
}

function text(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
}

function digestOf(bytes: Uint8Array): Hex {
  return toHex(keccak_256(bytes))
}

/** An announcement that can't be made because a field is out of its range. */
export class AnnouncementFieldError extends PalmError {
  constructor(field: string) {
    super('PALM_ANNOUNCEMENT_INVALID', `the field ${field} of the announcement is out of its range`, {
      hints: ['Give host and port where others reach the data plane, and keys of 32 bytes in lower-case hexadecimal.'],
    })
  }
}
