/**
 * Membership proofs of a wallet. They need no palm, so one is made while the owner reads the request; and they say the same
 * for as long as their root counts, so each is kept with its link: verifiers and contracts that have seen it need not
 * check it again. A link is used at one merchant, for one pseudonym, under one root, and nowhere else.
 */

import type { Hex, RandomBytes } from '@palmhold/base'
import {
  BASE_POINT,
  commitEnrolment,
  commitLink,
  commitTemplate,
  createSalt,
  type EnrolmentRoot,
  enrolmentLeaf,
  fieldFromHex,
  fieldToHex,
  multiplyPoint,
  NO_TEMPLATE,
  pseudonymOfPoint,
  type Request,
  refuseEnrolmentRoot,
  type SigningDomain,
  scopePointOf,
  type TemplateCommitments,
} from '@palmhold/protocol'
import { membershipWitness, type ProveOptions, type Prover } from '@palmhold/zk'
import type { EnrolledTemplate, EnrolmentSecrets } from '../enrolment-secrets.ts'
import { EnrolmentMissingError, enrolmentPath, type LeafChange, leavesUnder } from './enrolment-path.ts'

/** The enrolment tree as the chain has it. */
export type EnrolmentHistory = {
  /** In order. */
  readonly changes: readonly LeafChange[]
  /** Oldest first. */
  readonly roots: readonly EnrolmentRoot[]
  readonly minRootAgeS: number
  readonly maxRootAgeS: number
}

/** Whose membership is proven: the person's secrets, and the account and place of the enrolment. */
export type Member = EnrolmentSecrets & { readonly account: Hex; readonly index: number }

export type Membership = {
  readonly merchantId: Hex
  readonly root: Hex
  readonly pseudonym: Hex
  readonly linkSalt: bigint
  readonly link: Hex
  readonly proof: Hex
}

/** Memberships that were proven. They say who is whom at which merchant: they belong to the owner alone. */
export type MembershipCache = {
  readonly find: (merchantId: Hex, pseudonym: Hex) => readonly Membership[]
  readonly keep: (membership: Membership) => void
}

/** A cache that lives as long as the program. */
export function createMembershipCache(): MembershipCache {
  const kept: Membership[] = []
  return {
    find: (merchantId, pseudonym) =>
      kept.filter((known) => known.merchantId === merchantId && known.pseudonym === pseudonym),
    keep: (membership) => void kept.push(membership),
  }
}

/**
 * A membership for `request`: one of the cache whose root still counts, else a new one under the newest root that does.
 * @throws {EnrolmentMissingError} no root that counts has the enrolment @throws {PalmError} of the prover
 */
export async function proveMembership(options: {
  member: Member
  request: Request
  domain: SigningDomain
  history: EnrolmentHistory
  /** Seconds since 1970. */
  now: number
  cache: MembershipCache
  prover: Prover
  random: RandomBytes
  proving?: ProveOptions | undefined
}): Promise<Membership> {
  const { member, request, history, cache } = options
  const { merchantId } = request
  const scope = scopePointOf({ chainId: options.domain.chainId, merchantId })
  const pseudonym = pseudonymOfPoint(multiplyPoint(scope, member.identitySecret))
  const usable = usableRoots(request, history, options.now)
  const known = cache.find(merchantId, pseudonym).find(({ root }) => usable.includes(root))
  if (known) return known

  const templates = commitmentsOf(member)
  const leaf = leafOf(member, templates)
  const { root, path } = newestPath(usable, history.changes, member.index, leaf)
  const linkSalt = createSalt(options.random)
  const { account, identitySecret: secret } = member
  const witness = membershipWitness({
    templates,
    secret,
    account,
    path,
    root: fieldFromHex(root),
    scope,
    linkSalt,
  })
  const { proof } = await options.prover.prove('membership', witness.signals, options.proving)
  const link = fieldToHex(commitLink(templates, account, linkSalt))
  const membership = { merchantId, root, pseudonym, linkSalt, link, proof }
  cache.keep(membership)
  return membership
}

/** The commitments to a person's hands. */
export function commitmentsOf({ templates }: EnrolmentSecrets): TemplateCommitments {
  const commit = (enrolled: EnrolledTemplate | undefined) =>
    enrolled ? commitTemplate(enrolled.template.code, enrolled.salt) : NO_TEMPLATE
  return { left: commit(templates.left), right: commit(templates.right) }
}

function leafOf({ identitySecret, account }: Member, templates: TemplateCommitments): bigint {
  const commitment = commitEnrolment(templates, multiplyPoint(BASE_POINT, identitySecret))
  return enrolmentLeaf(fieldFromHex(commitment), account)
}

/** Roots that count for a scan at the end of the request's life, or at least for one now; newest first. */
function usableRoots({ issuedAt, expiry }: Request, history: EnrolmentHistory, now: number): Hex[] {
  const usableAt = (capturedAt: number) =>
    history.roots
      .map(({ root }) => root)
      .filter((root) => refuseEnrolmentRoot(root, issuedAt, capturedAt, history) === undefined)
      .reverse()
  const lasting = usableAt(expiry)
  return lasting.length > 0 ? lasting : usableAt(now)
}

function newestPath(roots: readonly Hex[], changes: readonly LeafChange[], index: number, leaf: bigint) {
  for (const root of roots) {
    const leaves = leavesUnder(root, changes)
    if (leaves[index] === leaf) return { root, path: enrolmentPath(leaves, root, index, leaf) }
  }
  throw new EnrolmentMissingError()
}
