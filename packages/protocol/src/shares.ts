/**
 * Commitments to shares. A dealer (wallet or terminal) deals one package to each member of a committee and commits to
 * all of them in one Merkle root, in member order; the root stands in the Scan (probes) or on chain (enrolments), so
 * every node can see that what it received is what was dealt. A package starts with 32 random bytes, so that a leaf says
 * nothing even if a share were guessable.
 *
 * Package of a row: salt(32) | pseudonym key(32) | hands(1) | share of the bits of all hands' rows.
 * Package of a probe: salt(32) | share of the bits of all shifted codes and of the pooled code.
 *
 * What such a share consists of is the business of @palmhold/matching (deal-layout.ts); here only its length counts.
 */

import { sha256 } from '@noble/hashes/sha2.js'
import { concatBytes, encodeFields, fromHex, type Hex, PalmError, type RandomBytes } from '@palmhold/base'
import { CODE_BYTES, type PalmCode, type PalmTemplate } from '@palmhold/palm'

const SALT_BYTES = 32
const KEY_BYTES = 32

/** Bit mask of the hands in an enrolment: the left hand's row comes first. */
export const HAND = { left: 1, right: 2 } as const

/** What one operator stores of one enrolment. */
export type RowPackage = {
  readonly salt: Uint8Array
  /** The person's key for pseudonyms, 32 bytes, the same at every operator. */
  readonly pseudonymKey: Uint8Array
  readonly hands: number
  /** This operator's share of what was dealt for all hands. */
  readonly share: Uint8Array
}

/** A person's hands as the bits of a mask, in the order of their rows. */
export function handsOf(mask: number): number[] {
  return [HAND.left, HAND.right].filter((hand) => (mask & hand) !== 0)
}

export function encodeRowPackage(row: RowPackage): Uint8Array {
  return concatBytes(row.salt, row.pseudonymKey, Uint8Array.of(row.hands), row.share)
}

/**
 * Reads a row package.
 * @param shareBytes the length of a share of that many hands, 1 or 2
 * @throws {PackageError} another length, or no hand
 */
export function decodeRowPackage(bytes: Uint8Array, shareBytes: (hands: number) => number): RowPackage {
  const head = SALT_BYTES + KEY_BYTES + 1
  const hands = bytes[head - 1] ?? 0
  if (hands < 1 || hands > 3 || bytes.length !== head + shareBytes(handsOf(hands).length)) throw new PackageError()
  return {
    salt: bytes.subarray(0, SALT_BYTES),
    pseudonymKey: bytes.subarray(SALT_BYTES, head - 1),
    hands,
    share: bytes.subarray(head),
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

/** The salted commitment to an enrolment's templates, both codes of each hand, that goes on chain. */
export function templateCommitment(templates: readonly PalmTemplate[], salt: Uint8Array): Uint8Array {
  if (salt.length !== SALT_BYTES) throw new PackageError()
  const codes = templates.flatMap(({ code, pooled }) => [code, pooled])
  return sha256(encodeFields('palmhold/template/2', [salt, ...codes]))
}

/** A package of shares that is not the length its content needs. */
export class PackageError extends PalmError {
  constructor() {
    super('PALM_SHARE_INVALID', 'a package of shares has another length than its content needs', {
      hints: ['The dealer runs another version, or dealt for another committee.'],
    })
  }
}
