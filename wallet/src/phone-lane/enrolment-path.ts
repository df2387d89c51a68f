/**
 * The way from an enrolment to a root of the registry's tree, from what the chain says happened to its leaves. The root
 * that comes out is compared with the one that is asked for, so an endpoint that leaves something out is found.
 */

import { type Hex, PalmError } from '@palmhold/base'
import { enrolmentNode, fieldFromHex } from '@palmhold/protocol'
import { type EnrolmentPath, EnrolmentPathError } from '@palmhold/zk'
import { LeanIMT } from '@zk-kit/lean-imt'

/** One leaf is another from here on, and so is the root. */
export type LeafChange = {
  readonly index: number
  /** Zero where the enrolment was revoked. */
  readonly leaf: Hex
  readonly root: Hex
}

/** The leaves under `root`. @throws {EnrolmentPathError} no change led to that root, or one before it is missing */
export function leavesUnder(root: Hex, changes: readonly LeafChange[]): bigint[] {
  const last = changes.findIndex((change) => change.root === root)
  if (last < 0) throw new EnrolmentPathError('the chain shows no such root')
  const leaves: bigint[] = []
  for (const { index, leaf } of changes.slice(0, last + 1)) {
    if (index > leaves.length) throw new EnrolmentPathError('a change of the tree is missing')
    leaves[index] = fieldFromHex(leaf)
  }
  return leaves
}

/**
 * The path from leaf number `index` up to `root`.
 * @throws {EnrolmentPathError} `leaves` do not lead to that root @throws {EnrolmentMissingError} no such enrolment under it
 */
export function enrolmentPath(leaves: readonly bigint[], root: Hex, index: number, leaf: bigint): EnrolmentPath {
  if (leaves[index] !== leaf) throw new EnrolmentMissingError()
  const tree = new LeanIMT(enrolmentNode, [...leaves])
  if (tree.root !== fieldFromHex(root)) throw new EnrolmentPathError('the leaves of the chain do not lead to this root')
  const { index: turns, siblings } = tree.generateProof(index)
  return { index: turns, siblings }
}

/** An enrolment that a root does not have: it came later, was renewed, or was revoked. */
export class EnrolmentMissingError extends PalmError {
  constructor() {
    super('PALM_ENROLMENT_MISSING', 'the enrolment of this wallet is not under a root that counts', {
      hints: ['It may be too young: try again in a moment. If it was revoked, enrol again.'],
    })
  }
}
