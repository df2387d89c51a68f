/**
 * What a wallet keeps of an enrolment and nobody else has: the identity secret, from which a person's pseudonyms follow in
 * both lanes, and the templates with the salts under which the chain commits to them.
 */

import { PalmError, type RandomBytes } from '@palmhold/base'
import type { PalmTemplate } from '@palmhold/palm'
import { createIdentitySecret, createSalt } from '@palmhold/protocol'

/** Templates by hand; at least one. */
export type Templates = { readonly left?: PalmTemplate; readonly right?: PalmTemplate }

/** A template and the salt of its commitment, 248 bits. */
export type EnrolledTemplate = { readonly template: PalmTemplate; readonly salt: bigint }

export type EnrolmentSecrets = {
  /** s, in 1 .. SUBGROUP_ORDER - 1; the same over all of a person's enrolments. */
  readonly identitySecret: bigint
  readonly templates: { readonly left?: EnrolledTemplate; readonly right?: EnrolledTemplate }
}

/** Fresh secrets of a person who enrols for the first time. @throws {NoTemplateError} neither hand is given */
export function createEnrolmentSecrets({ left, right }: Templates, random: RandomBytes): EnrolmentSecrets {
  if (!left && !right) throw new NoTemplateError()
  const salted = (template: PalmTemplate): EnrolledTemplate => ({ template, salt: createSalt(random) })
  return {
    identitySecret: createIdentitySecret(random),
    templates: { ...(left ? { left: salted(left) } : {}), ...(right ? { right: salted(right) } : {}) },
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
