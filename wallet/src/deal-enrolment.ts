/**
 * Dealing an enrolment: a person's templates and identity secret become one package of shares for each member of a
 * committee, of which any t say nothing, a Merkle root that commits to all packages, and the commitment to templates and
 * identity point that the phone lane proves its statements under. Pure: nothing is sent here, and nothing of it is kept.
 */

import type { Hex, RandomBytes } from '@palmhold/base'
import { dealBits, rowLayout } from '@palmhold/matching'
import {
  BASE_POINT,
  commitEnrolment,
  commitTemplate,
  dealIdentity,
  encodeRowPackage,
  HAND,
  merkleProof,
  merkleRoot,
  multiplyPoint,
  NO_TEMPLATE,
  packageLeaf,
} from '@palmhold/protocol'
import { type EnrolledTemplate, type EnrolmentSecrets, NoTemplateError } from './enrolment-secrets.ts'

/** The committee that is dealt to: members in the order of their share numbers, of whom any `threshold` learn nothing. */
export type DealtCommittee = { readonly members: readonly Hex[]; readonly threshold: number }

/** What one operator is to receive. */
export type DealtPackage = { readonly member: Hex; readonly bytes: Uint8Array; readonly proof: readonly Hex[] }

export type DealtEnrolment = {
  readonly hands: number
  /** Commitment to templates and identity point, a field element, for PalmRegistry. */
  readonly commitment: Hex
  /** Merkle root over the packages, in member order, for PalmRegistry. */
  readonly sharesRoot: Hex
  readonly packages: readonly DealtPackage[]
}

/**
 * Deals `secrets` to `committee`.
 * @throws {NoTemplateError} neither hand is there
 * @throws {SharingParamsError} the committee cannot share
 * @throws {CurvePointError} the identity secret is out of its range
 */
export function dealEnrolment(
  { identitySecret, templates }: EnrolmentSecrets,
  committee: DealtCommittee,
  random: RandomBytes,
): DealtEnrolment {
  const dealt = [templates.left, templates.right].filter((enrolled) => enrolled !== undefined)
  if (dealt.length === 0) throw new NoTemplateError()
  const hands = (templates.left ? HAND.left : 0) | (templates.right ? HAND.right : 0)
  const params = { n: committee.members.length, t: committee.threshold }
  const codes = dealt.flatMap(({ template }) => [template.code, template.pooled])
  const shares = dealBits(codes, rowLayout(dealt.length), params, random)
  const identities = dealIdentity(identitySecret, params, random)
  const commitments = { left: commitmentOf(templates.left), right: commitmentOf(templates.right) }
  const packages = committee.members.map((_, i) =>
    encodeRowPackage({
      salt: random(32),
      identity: identities[i]!,
      templates: commitments,
      hands,
      share: shares[i]!,
    }),
  )
  const leaves = committee.members.map((member, i) => packageLeaf(member, packages[i]!))
  return {
    hands,
    commitment: commitEnrolment(commitments, multiplyPoint(BASE_POINT, identitySecret)),
    sharesRoot: merkleRoot(leaves),
    packages: committee.members.map((member, i) => ({ member, bytes: packages[i]!, proof: merkleProof(leaves, i) })),
  }
}

function commitmentOf(enrolled: EnrolledTemplate | undefined): bigint {
  return enrolled ? commitTemplate(enrolled.template.code, enrolled.salt) : NO_TEMPLATE
}
