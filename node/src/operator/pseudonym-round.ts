/**
 * The last round of a session that found somebody, from one operator's side: each of the computing operators sends the others
 * its part s_i * Q of the pseudonym with a proof, and t + 1 parts that hold are the pseudonym, the same one whichever they
 * are. No operator learns s, nor a share of another; the terminal gets neither parts nor S.
 *
 * A part may come before this operator has a decision of its own; it is kept until then. A part that does not hold ends the
 * attempt: who sent it took part in the comparison too. One that does not come is not waited for, once t + 1 are there.
 */

import { type Hex, PalmError, type RandomBytes } from '@palmhold/base'
import {
  type CurvePoint,
  committedShare,
  type IdentityShare,
  interpolatePoints,
  isCommittedShare,
  openPartial,
  provePartial,
  pseudonymOfPoint,
} from '@palmhold/protocol'

/** Whom a pseudonym is of, and where. */
export type NamedPerson = {
  readonly identity: IdentityShare
  /** Q of the merchant, see `scopePointOf`. */
  readonly scope: CurvePoint
}

export type PseudonymRound = {
  /** Sends this operator's part. @throws {IdentityDamagedError | PartialError} */
  readonly begin: (person: NamedPerson) => void
  /** @throws {RepeatedPartialError | PartialError} */
  readonly onPartial: (from: Hex, bytes: Uint8Array) => void
}

/**
 * The round of one session.
 * @param options.onNamed called once, with the pseudonym
 */
export function createPseudonymRound(options: {
  sid: Uint8Array
  self: Hex
  /** The computing operators. */
  roles: readonly Hex[]
  /** Their share numbers, in the same order. */
  shareIds: readonly number[]
  threshold: number
  random: RandomBytes
  send: (bytes: Uint8Array) => void
  onNamed: (pseudonym: Hex) => void
}): PseudonymRound {
  const { sid, self, roles, threshold } = options
  const early = new Map<Hex, Uint8Array>()
  const points = new Map<Hex, CurvePoint>()
  let named: NamedPerson | undefined
  let isDone = false

  const idOf = (operator: Hex) => options.shareIds[roles.indexOf(operator)]!
  const contextOf = (operator: Hex, { identity, scope }: NamedPerson) => ({
    sid,
    operator,
    committed: committedShare(identity.commitments, idOf(operator)),
    scope,
  })

  const add = (operator: Hex, point: CurvePoint) => {
    points.set(operator, point)
    if (points.size <= threshold) return
    isDone = true
    const parts = [...points].map(([from, each]) => ({ id: idOf(from), point: each }))
    options.onNamed(pseudonymOfPoint(interpolatePoints(parts)))
  }
  const take = (from: Hex, bytes: Uint8Array, person: NamedPerson) => {
    if (!isDone) add(from, openPartial(bytes, contextOf(from, person)))
  }

  return {
    begin(person) {
      named = person
      // Another's proof would be held against what the disk damaged, and the other be taken for a liar.
      if (!isWhole(person.identity, idOf(self))) throw new IdentityDamagedError()
      const { point, bytes } = provePartial(person.identity.share, contextOf(self, person), options.random)
      options.send(bytes)
      add(self, point)
      for (const [from, theirs] of early) take(from, theirs, person)
    },
    onPartial(from, bytes) {
      if (early.has(from)) throw new RepeatedPartialError()
      early.set(from, Uint8Array.from(bytes))
      if (named) take(from, bytes, named)
    },
  }
}

function isWhole(identity: IdentityShare, id: number): boolean {
  try {
    return isCommittedShare(identity, id)
  } catch {
    return false
  }
}

/** An operator sends its part of a pseudonym twice. */
export class RepeatedPartialError extends PalmError {
  constructor() {
    super('PALM_MESSAGE_REPEATED', 'an operator sends its part of a pseudonym twice', {
      hints: ['Nothing was signed. Try again with a new attempt.'],
    })
  }
}

/** What this operator keeps of an identity does not fit itself any more. */
export class IdentityDamagedError extends PalmError {
  constructor() {
    super('PALM_IDENTITY_DAMAGED', "this operator's share of the identity secret does not fit the commitments to it", {
      hints: ['Its database is damaged: restore it from a backup. The other operators go on without this one.'],
    })
  }
}
