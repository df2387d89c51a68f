/**
 * The computing operators' check of a probe within one session, from one operator's side: everybody's commitment comes with
 * the countersignatures, then everybody reveals its nonce and which commitments it was told, then, where all were told the
 * same, everybody opens its masked values under the coin. Each decides by itself. Messages of one operator arrive in the
 * order in which it sent them; between operators any order is possible, and each step waits for all.
 *
 * A session opens values once. Another attempt has another coin, and takes masks of its own (`set`), since two openings
 * under the same masks would give away a combination of the probe's bits.
 */

import { equalBytes, fromHex, type Hex, PalmError, type RandomBytes, toHex } from '@palmhold/base'
import {
  COIN_BYTES,
  checkBytes,
  checkValues,
  coinCommitment,
  coinSeed,
  commitmentsDigest,
  DealingRefusedError,
  type DealLayout,
  DealtLengthError,
  opensCommitment,
  verifyDealing,
} from '@palmhold/matching'
import type { Reveal } from '@palmhold/protocol'
import { aesCtr } from './aes-ctr.ts'

/** This operator's share of a probe, and how it is checked. */
export type DealtProbe = {
  readonly share: Uint8Array
  readonly layout: DealLayout
  /** Which set of masks this attempt uses. */
  readonly set: number
  readonly threshold: number
  /** The share numbers of the computing operators, in the order of their roles. */
  readonly shareIds: readonly number[]
}

export type ProbeCheck = {
  /** This operator's commitment to its nonce. */
  readonly commitment: Hex
  readonly onCommitment: (from: Hex, commitment: Hex) => void
  /** @throws {ProbeCheckError} */
  readonly onReveal: (from: Hex, reveal: Omit<Reveal, 'sid'>) => void
  /** @throws {ProbeCheckError | DealtLengthError | DealingRefusedError} */
  readonly onValues: (from: Hex, values: Uint8Array) => void
}

/**
 * The check of one session.
 * @param options.onPassed called once, when the values of all say that the probe is one
 */
export function createProbeCheck(options: {
  sid: Uint8Array
  self: Hex
  /** The computing operators in the order of their roles. */
  roles: readonly Hex[]
  dealt: DealtProbe
  random: RandomBytes
  reveal: (reveal: Omit<Reveal, 'sid'>) => void
  open: (values: Uint8Array) => void
  onPassed: () => void
}): ProbeCheck {
  const { sid, self, roles, dealt } = options
  const nonce = options.random(COIN_BYTES)
  const commitment = toHex(coinCommitment(sid, self, nonce))
  const commitments = new Map<Hex, Hex>([[self, commitment]])
  const nonces = new Map<Hex, Uint8Array>()
  /** Of the commitments that each was told. */
  const digests = new Map<Hex, Uint8Array>()
  const opened = new Map<Hex, Uint8Array>()
  const isComplete = (from: ReadonlyMap<Hex, unknown>) => roles.every((role) => from.has(role))

  const openWhenRevealed = () => {
    if (!isComplete(nonces)) return
    const own = digests.get(self)!
    if (roles.some((role) => !equalBytes(digests.get(role)!, own))) throw new ProbeCheckError('PALM_COIN_MISMATCH')
    const seed = coinSeed(
      sid,
      roles.map((role) => nonces.get(role)!),
    )
    const values = checkValues(dealt.share, dealt.layout, dealt.set, seed, aesCtr)
    opened.set(self, values)
    options.open(values)
    decideWhenOpened()
  }
  const decideWhenOpened = () => {
    if (!isComplete(opened)) return
    const answers = roles.map((role, i) => ({ id: dealt.shareIds[i]!, values: opened.get(role)! }))
    const verdict = verifyDealing(answers, dealt.layout, dealt.threshold)
    if (!verdict.ok) throw new DealingRefusedError(verdict.reason)
    options.onPassed()
  }

  return {
    commitment,
    onCommitment(from, theirs) {
      commitments.set(from, theirs)
      if (!isComplete(commitments)) return
      const told = roles.map((role) => fromHex(commitments.get(role)!))
      const own = { nonce, commitments: commitmentsDigest(sid, told) }
      nonces.set(self, nonce)
      digests.set(self, own.commitments)
      options.reveal(own)
      openWhenRevealed()
    },
    onReveal(from, { nonce: theirs, commitments: told }) {
      const promised = commitments.get(from)
      if (promised === undefined) throw new ProbeCheckError('PALM_SESSION_MISMATCH')
      if (nonces.has(from)) throw new ProbeCheckError('PALM_MESSAGE_REPEATED')
      if (!opensCommitment(fromHex(promised), sid, from, theirs)) throw new ProbeCheckError('PALM_COIN_MISMATCH')
      nonces.set(from, Uint8Array.from(theirs))
      digests.set(from, Uint8Array.from(told))
      openWhenRevealed()
    },
    onValues(from, values) {
      if (!nonces.has(from)) throw new ProbeCheckError('PALM_SESSION_MISMATCH')
      if (opened.has(from)) throw new ProbeCheckError('PALM_MESSAGE_REPEATED')
      if (values.length !== checkBytes(dealt.layout)) throw new DealtLengthError()
      opened.set(from, Uint8Array.from(values))
      decideWhenOpened()
    },
  }
}

/** A message of the check that does not belong where it comes. */
export class ProbeCheckError extends PalmError {
  constructor(code: 'PALM_SESSION_MISMATCH' | 'PALM_MESSAGE_REPEATED' | 'PALM_COIN_MISMATCH') {
    super(code, 'an operator does not keep to the order of a check, or to its nonce', {
      hints: ['Nothing was opened but masked values. Try again with a new attempt.'],
    })
  }
}
