/**
 * Anchors: that an attestation existed at a time, written on chain without saying which one. A verifier node salts the
 * digest of each attestation, joins many into a Merkle tree, and anchors the root; its holder opens one leaf to somebody
 * who has the attestation. A payment needs none of it: its own charge keeps its digest on chain.
 *
 *   leaf = "palmhold/anchor/1" | salt (32 random bytes) | attestation digest, hashed as merkle-tree.ts does
 *
 * Whoever sees a root, and other openings of the same batch, learns nothing of a leaf: salts are independent.
 */

import { encodeFields, fromHex, type Hex } from '@palmhold/base'
import { z } from 'zod'
import { isInMerkleTree } from './merkle-tree.ts'
import { addressSchema, hashSchema, parseJson } from './schemas.ts'

/** Leaves of one batch at most. */
export const MOST_ANCHORED = 4096

export const anchorOpeningSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    format: z.literal('palmhold/anchor/1'),
    kind: z.literal('batch'),
    chainId: z.int().min(1),
    /** The Anchors contract. */
    contract: addressSchema,
    attestationHash: hashSchema,
    salt: hashSchema,
    root: hashSchema,
    count: z.int().min(1).max(MOST_ANCHORED),
    index: z.int().min(0),
    path: z.array(hashSchema).max(12),
  }),
  z.strictObject({
    format: z.literal('palmhold/anchor/1'),
    kind: z.literal('settlement'),
    chainId: z.int().min(1),
    /** The MatchVerifier, which spent the request. */
    contract: addressSchema,
    attestationHash: hashSchema,
    requestHash: hashSchema,
  }),
])

/** What opens one anchor to a third person. */
export type AnchorOpening = z.infer<typeof anchorOpeningSchema>
export type BatchOpening = Extract<AnchorOpening, { kind: 'batch' }>

export type AnchorRefusal = 'PALM_ANCHOR_OTHER' | 'PALM_ANCHOR_PATH'

/** Reads an opening. @throws {ShapeError} PALM_ANCHOR_MALFORMED */
export function parseAnchorOpening(text: string): AnchorOpening {
  return parseJson(anchorOpeningSchema, text, 'opening of an anchor', 'PALM_ANCHOR_MALFORMED')
}

/** The leaf that stands for an attestation's digest under a 32-byte salt. */
export function anchorLeaf(attestationHash: Hex, salt: Hex): Uint8Array {
  return encodeFields('palmhold/anchor/1', [fromHex(salt, { length: 32 }), fromHex(attestationHash, { length: 32 })])
}

/** Whether `opening` is one of the attestation with this digest; undefined when it is. The chain is asked by the caller. */
export function refuseAnchorOpening(opening: AnchorOpening, attestationHash: Hex): AnchorRefusal | undefined {
  if (opening.attestationHash !== attestationHash) return 'PALM_ANCHOR_OTHER'
  if (opening.kind === 'settlement') return undefined
  const { root, count, index, path, salt } = opening
  return isInMerkleTree(root, count, index, anchorLeaf(attestationHash, salt), path) ? undefined : 'PALM_ANCHOR_PATH'
}
