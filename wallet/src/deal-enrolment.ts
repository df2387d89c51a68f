/**
 * Dealing an enrolment: a person's templates become one package of shares for each member of a committee, of which any
 * t say nothing, a Merkle root that commits to all packages, and a salted commitment to the templates. Pure: nothing is
 * sent here, and nothing of it is kept.
 */

import { type Hex, PalmError, type RandomBytes, toHex } from '@palmhold/base'
import { dealBits, rowLayout } from '@palmhold/matching'
import type { PalmTemplate } from '@palmhold/palm'
import { encodeRowPackage, HAND, merkleProof, merkleRoot, packageLeaf, templateCommitment } from '@palmhold/protocol'

/** Templates by hand; at least one. */
export type Templates = { readonly left?: PalmTemplate; readonly right?: PalmTemplate }

/** The committee that is dealt to: members in the order of their share numbers, of whom any `threshold` learn nothing. */
export type DealtCommittee = { readonly members: readonly Hex[]; readonly threshold: number }

/** What one operator is to receive. */
export type DealtPackage = { readonly member: Hex; readonly bytes: Uint8Array; readonly proof: readonly Hex[] }

export type DealtEnrolment = {
  readonly hands: number
  /** Salted commitment to the templates, for PalmRegistry. */
  readonly commitment: Hex
  /** Merkle root over the packages, in member order, for PalmRegistry. */
  readonly sharesRoot: Hex
  readonly packages: readonly DealtPackage[]
}

/** Deals `templates` to `committee`. @throws {NoTemplateError} neither hand is given */
export function dealEnrolment(templates: Templates, committee: DealtCommittee, random: RandomBytes): DealtEnrolment {
  const dealt = [templates.left, templates.right].filter((template) => template !== undefined)
  if (dealt.length === 0) throw new NoTemplateError()
  const hands = (templates.left ? HAND.left : 0) | (templates.right ? HAND.right : 0)
  const params = { n: committee.members.length, t: committee.threshold }
  const codes = dealt.flatMap(({ code, pooled }) => [code, pooled])
  const shares = dealBits(codes, rowLayout(dealt.length), params, random)
  const pseudonymKey = random(32)
  const packages = committee.members.map((_, i) =>
    encodeRowPackage({ salt: random(32), pseudonymKey, hands, share: shares[i]! }),
  )
  const leaves = committee.members.map((member, i) => packageLeaf(member, packages[i]!))
  return {
    hands,
    commitment: toHex(templateCommitment(dealt, random(32))),
    sharesRoot: merkleRoot(leaves),
    packages: committee.members.map((member, i) => ({ member, bytes: packages[i]!, proof: merkleProof(leaves, i) })),
  }
}

/** An enrolment without a palm. */
export class NoTemplateError extends PalmError {
  constructor() {
    super('PALM_NO_TEMPLATE', 'an enrolment needs at least one palm', {
      hints: ['Give pictures of the left palm, the right palm, or both.'],
    })
  }
}
