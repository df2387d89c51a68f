/**
 * The Poseidon commitments of enrolments and probes, as the circuits of packages/zk open them (Poseidon: Grassi et al.,
 * USENIX Security 2021, with circomlib's parameters over the scalar field of BN254). This file is the plain model that
 * circuits, contracts and wallets are held against.
 *
 *   template   = H(D_TEMPLATE, limb_0 .. limb_7, salt)                  one hand; 0 where a hand is not enrolled
 *   enrolment  = H(D_ENROLMENT, template_left, template_right, S.x, S.y) what PalmRegistry is given
 *   leaf       = H(D_LEAF, enrolment, account)                          what PalmRegistry puts into its tree
 *   link       = H(D_LINK, template_left, template_right, account, salt) joins membership and match proof
 *   probe      = H(D_PROBE, limb_0 .. limb_7, salt)                     one shifted code of a probe
 *   pseudonym  = H(D_PSEUDONYM, P.x, P.y)
 *   node       = H(left, right)                                         of the enrolment tree (LeanIMT)
 *
 * Limb k holds bits 192 k .. 192 k + 191 of a code, the first one lowest: 24 bytes, little-endian, so that 8 limbs are exactly
 * a code and none can wrap around the field. A tag is its name in ASCII as a big-endian number. Salts are 31 random bytes.
 * The account is in the leaf by the contract's hand (the sender's), so nobody enrols a palm that pays from another's account.
 */

import { fromBigEndian, fromHex, type Hex, type RandomBytes, utf8 } from '@palmhold/base'
import { CODE_BYTES, type PalmCode } from '@palmhold/palm'
import { poseidon2 } from 'poseidon-lite/poseidon2'
import { poseidon3 } from 'poseidon-lite/poseidon3'
import { poseidon5 } from 'poseidon-lite/poseidon5'
import { poseidon10 } from 'poseidon-lite/poseidon10'
import type { CurvePoint } from './identity-curve.ts'
import { fieldToHex } from './identity-curve.ts'

/** Limbs of a code in a commitment. */
export const CODE_LIMBS = 8
const LIMB_BYTES = CODE_BYTES / CODE_LIMBS
const SALT_BYTES = 31

const tagOf = (name: string): bigint => fromBigEndian(utf8(name))

/** Domain separators, each the first input of its hash. */
export const COMMITMENT_TAGS = {
  template: tagOf('palmhold/template/3'),
  enrolment: tagOf('palmhold/enrolment/1'),
  leaf: tagOf('palmhold/leaf/1'),
  link: tagOf('palmhold/link/1'),
  probe: tagOf('palmhold/probe/1'),
  pseudonym: tagOf('palmhold/pseudonym/2'),
} as const

/** What stands for a hand that is not enrolled: nobody knows an opening of it. */
export const NO_TEMPLATE = 0n

/** Both hands of an enrolment as commitments. */
export type TemplateCommitments = { readonly left: bigint; readonly right: bigint }

/** A fresh salt: 248 bits. */
export function createSalt(random: RandomBytes): bigint {
  return fromBigEndian(random(SALT_BYTES))
}

/** The limbs of a code, each below 2^192. */
export function codeLimbs(code: PalmCode): bigint[] {
  return Array.from({ length: CODE_LIMBS }, (_, k) =>
    fromBigEndian(code.slice(k * LIMB_BYTES, (k + 1) * LIMB_BYTES).reverse()),
  )
}

/** The commitment to one hand's palm code. */
export function commitTemplate(code: PalmCode, salt: bigint): bigint {
  return poseidon10([COMMITMENT_TAGS.template, ...codeLimbs(code), salt])
}

/** The commitment to one shifted code of a probe. */
export function commitProbeCode(code: PalmCode, salt: bigint): bigint {
  return poseidon10([COMMITMENT_TAGS.probe, ...codeLimbs(code), salt])
}

/** The commitment that is enrolled on chain, of both hands and the identity point S. */
export function commitEnrolment(templates: TemplateCommitments, identity: CurvePoint): Hex {
  const inputs = [COMMITMENT_TAGS.enrolment, templates.left, templates.right, identity.x, identity.y]
  return fieldToHex(poseidon5(inputs))
}

/** The leaf that PalmRegistry makes of an enrolment commitment and its sender. */
export function enrolmentLeaf(commitment: bigint, account: Hex): bigint {
  return poseidon3([COMMITMENT_TAGS.leaf, commitment, fromBigEndian(fromHex(account, { length: 20 }))])
}

/** A node of the enrolment tree. */
export function enrolmentNode(left: bigint, right: bigint): bigint {
  return poseidon2([left, right])
}

/** What joins a membership proof to match proofs. */
export function commitLink(templates: TemplateCommitments, account: Hex, salt: bigint): bigint {
  const payer = fromBigEndian(fromHex(account, { length: 20 }))
  return poseidon5([COMMITMENT_TAGS.link, templates.left, templates.right, payer, salt])
}

/** The pseudonym that stands for the point P = s * Q. */
export function pseudonymOfPoint(point: CurvePoint): Hex {
  return fieldToHex(poseidon3([COMMITMENT_TAGS.pseudonym, point.x, point.y]))
}
