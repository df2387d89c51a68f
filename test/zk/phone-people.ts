/** People of the phone lane for tests: codes, secrets and salts of a seeded generator, and an enrolment tree of them. */

import { type Hex, type RandomBytes, toHex } from '@palmhold/base'
import { CODE_BITS, CODE_BYTES, type PalmCode, palmCode } from '@palmhold/palm'
import {
  BASE_POINT,
  commitEnrolment,
  commitTemplate,
  createIdentitySecret,
  createSalt,
  enrolmentLeaf,
  enrolmentNode,
  fieldFromHex,
  multiplyPoint,
  scopePointOf,
} from '@palmhold/protocol'
import type { EnrolmentPath, MatchData, MembershipData } from '@palmhold/zk'
import { LeanIMT } from '@zk-kit/lean-imt'
import { seededRandom } from '../matching/in-memory.ts'
import { MERCHANT_ID } from '../protocol/signed.ts'

/** The scope point of the merchant of these tests. */
export const SCOPE = scopePointOf({ chainId: 31_337, merchantId: MERCHANT_ID })

export type PhonePerson = {
  readonly account: Hex
  readonly secret: bigint
  readonly code: PalmCode
  readonly salt: bigint
  /** The commitment of the left hand, which `code` is of, and of the right one. */
  readonly templates: { readonly left: bigint; readonly right: bigint }
  readonly leaf: bigint
}

/** A person of random codes. */
export function createPhonePerson(random: RandomBytes): PhonePerson {
  const account = toHex(random(20))
  const secret = createIdentitySecret(random)
  const code = randomCode(random)
  const salt = createSalt(random)
  const templates = { left: commitTemplate(code, salt), right: commitTemplate(randomCode(random), createSalt(random)) }
  const enrolment = commitEnrolment(templates, multiplyPoint(BASE_POINT, secret))
  return { account, secret, code, salt, templates, leaf: enrolmentLeaf(fieldFromHex(enrolment), account) }
}

export function randomCode(random: RandomBytes): PalmCode {
  return palmCode(random(CODE_BYTES))
}

/** `code` with its first `bits` bits turned over. */
export function codeAt(code: PalmCode, bits: number): PalmCode {
  const out = palmCode(code)
  for (let i = 0; i < Math.min(bits, CODE_BITS); i++) out[i >> 3]! ^= 1 << (i & 7)
  return out
}

/** The enrolment tree of these leaves, by a library and not by this repository. */
export function enrolmentTree(leaves: readonly bigint[]): LeanIMT<bigint> {
  return new LeanIMT(enrolmentNode, [...leaves])
}

/** The way from leaf number `i` to the root. */
export function pathOf(tree: LeanIMT<bigint>, i: number): EnrolmentPath & { readonly root: bigint } {
  const { index, siblings, root } = tree.generateProof(i)
  return { index, siblings, root }
}

/** A person's membership in a tree of `size` leaves. */
export function membershipOf(person: PhonePerson, random: RandomBytes, size = 5, place = 2): MembershipData {
  const leaves = Array.from({ length: size }, (_, i) => (i === place ? person.leaf : fieldOf(random)))
  const { root, ...path } = pathOf(enrolmentTree(leaves), place)
  const { templates, secret, account } = person
  return { templates, secret, account, path, root, scope: SCOPE, linkSalt: createSalt(random) }
}

/** A probe of the person's left hand at `distanceBits`, for a payment. */
export function matchOf(person: PhonePerson, random: RandomBytes, distanceBits: number): MatchData {
  const { code, salt, templates, account } = person
  return {
    template: { hand: 'left', code, salt, other: templates.right },
    probe: { code: codeAt(code, distanceBits), salt: createSalt(random) },
    account,
    linkSalt: createSalt(random),
    context: fieldOf(random),
    thresholdBits: 550,
    isPayment: true,
  }
}

/** A number that is surely in the field. */
export function fieldOf(random: RandomBytes): bigint {
  return createSalt(random)
}

export { seededRandom }
