/** Packages around any shares of bits, as a wallet that deals by hand makes them. For tests only. */

import type { Hex, RandomBytes } from '@palmhold/base'
import {
  BASE_POINT,
  commitEnrolment,
  createIdentitySecret,
  dealIdentity,
  encodeRowPackage,
  merkleProof,
  merkleRoot,
  multiplyPoint,
  NO_TEMPLATE,
  packageLeaf,
  type RowPackage,
} from '@palmhold/protocol'
import type { DealtCommittee, DealtEnrolment } from '@palmhold/wallet'

/** What an honest wallet would put into each package, before `bend` has changed it. */
export type Bend = (row: RowPackage, at: number) => RowPackage | Uint8Array

/** Deals `shares` as those of a left hand, under an identity of its own. */
export function dealAround(
  shares: readonly Uint8Array[],
  { members, threshold }: DealtCommittee,
  random: RandomBytes,
  bend: Bend = (row) => row,
  secret = createIdentitySecret(random),
): DealtEnrolment {
  const templates = { left: 7n, right: NO_TEMPLATE }
  const identities = dealIdentity(secret, { n: members.length, t: threshold }, random)
  const packages = shares.map((share, i) => {
    const bent = bend({ salt: random(32), identity: identities[i]!, templates, hands: 1, share }, i)
    return bent instanceof Uint8Array ? bent : encodeRowPackage(bent)
  })
  const leaves = members.map((member, i) => packageLeaf(member, packages[i]!))
  return {
    hands: 1,
    commitment: commitEnrolment(templates, multiplyPoint(BASE_POINT, secret)),
    sharesRoot: merkleRoot(leaves),
    packages: members.map((member, i) => ({ member, bytes: packages[i]!, proof: merkleProof(leaves, i) })),
  }
}

/** What the chain notes of a dealing. */
export function noted(
  index: number,
  owner: Hex,
  { commitment, sharesRoot }: Pick<DealtEnrolment, 'commitment' | 'sharesRoot'>,
): { index: number; owner: Hex; commitment: Hex; sharesRoot: Hex; live: boolean } {
  return { index, owner, commitment, sharesRoot, live: true }
}
