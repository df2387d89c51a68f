/**
 * Binary Merkle trees over keccak256 for the commitments that travel beside signed messages: probe codes, probe
 * shares, enrolment shares. Leaves and nodes are hashed under different prefixes, so that a node never passes for a leaf
 * (RFC 6962, section 2.1), and an odd node is carried up as it is.
 */

import { keccak_256 } from '@noble/hashes/sha3.js'
import { concatBytes, fromHex, type Hex, PalmError, toHex } from '@palmhold/base'

const LEAF = Uint8Array.of(0)
const NODE = Uint8Array.of(1)

/** The root over `leaves` (1 or more byte strings, in order). @throws {EmptyTreeError} no leaf */
export function merkleRoot(leaves: readonly Uint8Array[]): Hex {
  return toHex(levels(leaves).at(-1)![0]!)
}

/** The sibling hashes from leaf `index` up to the root. @throws {EmptyTreeError} no such leaf */
export function merkleProof(leaves: readonly Uint8Array[], index: number): Hex[] {
  if (!(index in leaves)) throw new EmptyTreeError()
  const proof: Hex[] = []
  let at = index
  for (const level of levels(leaves).slice(0, -1)) {
    const sibling = level[at ^ 1]
    if (sibling) proof.push(toHex(sibling))
    at >>= 1
  }
  return proof
}

/** Whether `leaf` is number `index` of the `count` leaves under `root`; never throws. */
export function isInMerkleTree(
  root: Hex,
  count: number,
  index: number,
  leaf: Uint8Array,
  proof: readonly Hex[],
): boolean {
  if (!Number.isInteger(index) || index < 0 || index >= count) return false
  let hash: Uint8Array = keccak_256(concatBytes(LEAF, leaf))
  let at = index
  let used = 0
  try {
    for (let width = count; width > 1; width = (width + 1) >> 1, at >>= 1) {
      // The last node of an odd level has no sibling.
      if ((at ^ 1) >= width) continue
      const sibling = proof[used++]
      if (sibling === undefined) return false
      hash = hashPair(at, hash, fromHex(sibling, { length: 32 }))
    }
  } catch {
    return false
  }
  return used === proof.length && toHex(hash) === root
}

function hashPair(at: number, hash: Uint8Array, sibling: Uint8Array): Uint8Array {
  return keccak_256(at % 2 === 0 ? concatBytes(NODE, hash, sibling) : concatBytes(NODE, sibling, hash))
}

function levels(leaves: readonly Uint8Array[]): Uint8Array[][] {
  if (leaves.length === 0) throw new EmptyTreeError()
  const all: Uint8Array[][] = [leaves.map((leaf) => keccak_256(concatBytes(LEAF, leaf)))]
  while (all.at(-1)!.length > 1) {
    const below = all.at(-1)!
    const level: Uint8Array[] = []
    for (let i = 0; i < below.length; i += 2) {
      const right = below[i + 1]
      level.push(right ? keccak_256(concatBytes(NODE, below[i]!, right)) : below[i]!)
    }
    all.push(level)
  }
  return all
}

/** A tree without leaves, or a proof asked for a leaf that is not there. */
export class EmptyTreeError extends PalmError {
  constructor() {
    super('PALM_TREE_EMPTY', 'the Merkle tree has no such leaf')
  }
}
