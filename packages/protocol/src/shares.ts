/**
 * Commitments to shares. A dealer (wallet or terminal) deals one package to each member of a committee and commits to
 * all of them in one Merkle root, in member order; the root stands in the Scan (probes) or on chain (enrolments), so
 * every node can see that what it received is what was dealt. A package starts with 32 random bytes, so that a leaf says
 * nothing even if a share were guessable.
 *
 * Package of a row: salt(32) | share of s(32) | F_0 .. F_t(64 each) | template commitments, left and right(32 each) |
 *                   hands(1) | share of the bits of all hands' rows.
 * Package of a probe: salt(32) | share of the bits of all shifted codes and of the pooled code.
 *
 * What such a share consists of is the business of @palmhold/matching (deal-layout.ts); here only its length counts.
 */

import { sha256 } from '@noble/hashes/sha2.js'
import { concatBytes, encodeFields, fromHex, type Hex, PalmError, type RandomBytes, toHex } from '@palmhold/base'
import { CODE_BYTES, type PalmCode } from '@palmhold/palm'
import { NO_TEMPLATE, type TemplateCommitments } from './commitments.ts'
import {
  decodePoint,
  decodeScalar,
  encodePoint,
  encodeScalar,
  fieldFromHex,
  fieldToHex,
  POINT_BYTES,
} from './identity-curve.ts'
import type { IdentityShare } from './identity-sharing.ts'

const SALT_BYTES = 32
const SCALAR_BYTES = 32
const FIELD_BYTES = 32

/** Bit mask of the hands in an enrolment: the left hand's row comes first. */
export const HAND = { left: 1, right: 2 } as const

/** What one operator stores of one enrolment. */
export type RowPackage = {
  readonly salt: Uint8Array
  readonly identity: IdentityShare
  /** What the enrolment on chain commits to beside the identity point. */
  readonly templates: TemplateCommitments
  readonly hands: number
  /** This operator's share of what was dealt for all hands. */
  readonly share: Uint8Array
}

/** A person's hands as the bits of a mask, in the order of their rows. */
export function handsOf(mask: number): number[] {
  return [HAND.left, HAND.right].filter((hand) => (mask & hand) !== 0)
}

export function encodeRowPackage({ salt, identity, templates, hands, share }: RowPackage): Uint8Array {
  return concatBytes(
    salt,
    encodeScalar(identity.share),
    ...identity.commitments.map(encodePoint),
    ...[templates.left, templates.right].map((template) => fromHex(fieldToHex(template))),
    Uint8Array.of(hands),
    share,
  )
}

/**
 * Reads a row package. What its points and commitments say of each other and of the chain is not looked at here.
 * @param threshold t of the committee, one less than there are identity commitments
 * @param shareBytes the length of a share of that many hands, 1 or 2
 * @throws {PackageError} another length, no hand, or a template commitment for a hand that is not there, or none for one that is
 * @throws {CurvePointError} the share of s is not in 1 .. l - 1, or a commitment is no point of the subgroup
 * @throws {FieldElementError} a template commitment has an alias above the field's order
 */
export function decodeRowPackage(
  bytes: Uint8Array,
  threshold: number,
  shareBytes: (hands: number) => number,
): RowPackage {
  const pointsAt = SALT_BYTES + SCALAR_BYTES
  const templatesAt = pointsAt + (threshold + 1) * POINT_BYTES
  const handsAt = templatesAt + 2 * FIELD_BYTES
  const hands = bytes[handsAt] ?? 0
  if (hands < 1 || hands > 3 || bytes.length !== handsAt + 1 + shareBytes(handsOf(hands).length))
    throw new PackageError()
  const field = (at: number) => fieldFromHex(toHex(bytes.subarray(at, at + FIELD_BYTES)))
  const templates = { left: field(templatesAt), right: field(templatesAt + FIELD_BYTES) }
  const present = (templates.left === NO_TEMPLATE ? 0 : HAND.left) | (templates.right === NO_TEMPLATE ? 0 : HAND.right)
  if (present !== hands) throw new PackageError('a package of shares is of other hands than its template commitments')
  return {
    salt: bytes.subarray(0, SALT_BYTES),
    identity: {
      share: decodeScalar(bytes.subarray(SALT_BYTES, pointsAt)),
      commitments: Array.from({ length: threshold + 1 }, (_, k) =>
        decodePoint(bytes.subarray(pointsAt + k * POINT_BYTES, pointsAt + (k + 1) * POINT_BYTES)),
      ),
    },
    templates,
    hands,
    share: bytes.subarray(handsAt + 1),
  }
}

/** A probe share behind its salt. */
export function encodeProbePackage(share: Uint8Array, random: RandomBytes): Uint8Array {
  return concatBytes(random(SALT_BYTES), share)
}

/** The share in a probe package. @throws {PackageError} not `shareBytes` long behind its salt */
export function decodeProbePackage(bytes: Uint8Array, shareBytes: number): Uint8Array {
  if (bytes.length !== SALT_BYTES + shareBytes) throw new PackageError()
  return bytes.subarray(SALT_BYTES)
}

/** The Merkle leaf of one member's package: its address, then SHA-256 of the package. */
export function packageLeaf(member: Hex, packageBytes: Uint8Array): Uint8Array {
  return encodeFields('palmhold/share-leaf/1', [fromHex(member, { length: 20 }), sha256(packageBytes)])
}

/** The Merkle leaf of one probe code: SHA-256 over a 32-byte salt and the code. */
export function probeCodeLeaf(code: PalmCode, salt: Uint8Array): Uint8Array {
  if (salt.length !== SALT_BYTES || code.length !== CODE_BYTES) throw new PackageError()
  return sha256(encodeFields('palmhold/probe-leaf/1', [salt, code]))
}

/** A package of shares that is not what its content needs. */
export class PackageError extends PalmError {
  constructor(message = 'a package of shares has another length than its content needs') {
    super('PALM_SHARE_INVALID', message, {
      hints: ['The dealer runs another version, or dealt for another committee.'],
    })
  }
}
