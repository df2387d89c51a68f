/**
 * The session id of one attempt at one query: every mask is derived under it, so two sessions that differ in anything
 * that matters never share one. Reused masks would open scores.
 */

import { sha256 } from '@noble/hashes/sha2.js'
import { encodeFields, fromHex, type Hex, PalmError, toBigEndian } from '@palmhold/base'

/** Bytes of a session id. */
export const SID_BYTES = 32

export type SessionFields = {
  /** Of the matching protocol. */
  readonly version: number
  readonly chainId: number | bigint
  /** Address of the operator registry, 20 bytes. */
  readonly registry: Hex
  /** 32 bytes. */
  readonly committeeId: Hex
  readonly committeeEpoch: number
  /** 32 bytes. */
  readonly galleryRoot: Hex
  /** The computing nodes P0, P1, P2 by address, distinct. */
  readonly orderedRoles: readonly Hex[]
  /** The batch manifest: the hashes of its requests, in order, at least one. */
  readonly requestHashes: readonly Hex[]
  /** Counts from 0; the node stores it durably before it sends anything, and never uses one twice. */
  readonly attempt: number
}

/**
 * sid = SHA-256(version, chain id, registry, committee and epoch, gallery root, ordered roles, manifest, attempt).
 * @throws {SessionError} roles repeated or not three, or an empty manifest
 * @throws {HexError | IntegerRangeError} a field that is not what it should be
 */
export function deriveSid(fields: SessionFields): Uint8Array {
  const { orderedRoles, requestHashes } = fields
  if (orderedRoles.length !== 3 || new Set(orderedRoles).size !== 3)
    throw new SessionError('a session has three distinct computing nodes')
  if (requestHashes.length === 0) throw new SessionError('a session answers at least one request')
  const roles = orderedRoles.map((role) => fromHex(role, { length: 20 }))
  const manifest = requestHashes.map((hash) => fromHex(hash, { length: 32 }))
  return sha256(
    encodeFields('palmhold/sid/1', [
      toBigEndian(fields.version, 4),
      toBigEndian(fields.chainId, 32),
      fromHex(fields.registry, { length: 20 }),
      fromHex(fields.committeeId, { length: 32 }),
      toBigEndian(fields.committeeEpoch, 4),
      fromHex(fields.galleryRoot, { length: 32 }),
      encodeFields('palmhold/sid-roles/1', roles),
      encodeFields('palmhold/sid-manifest/1', manifest),
      toBigEndian(fields.attempt, 8),
    ]),
  )
}

/** Fields that describe no session. */
export class SessionError extends PalmError {
  constructor(reason: string) {
    super('PALM_SESSION_INVALID', reason, {
      hints: ['Build the session from a countersigned batch manifest.'],
    })
  }
}
