/**
 * One attempt at one query at one of the three computing operators, from the countersignatures to the decision:
 *
 *   countersign -> (others agree on the same session) -> check of the probe -> comparison rounds
 *     -> one clear winner, nobody, or ambiguous -> the winner's pseudonym at the merchant
 *
 * Where the policy has a first pass, a cascade takes the place of the one comparison.
 *
 * The session id covers gallery, roles, request and attempt, so operators that would compare different things find out
 * before anything leaves. The shares of the score are computed while the countersignatures travel, and compared chunk by
 * chunk as they come.
 *
 * Masks come from X25519 keys that each operator signs together with the session, so a node that restarted
 * in between meets a named error and not a wrong score.
 */

import { x25519 } from '@noble/curves/ed25519.js'
import { hkdf } from '@noble/hashes/hkdf.js'
import { sha256 } from '@noble/hashes/sha2.js'
import {
  fromHex,
  type Hex,
  isPalmError,
  PalmError,
  type PalmErrorCode,
  type RandomBytes,
  toHex,
  utf8,
} from '@palmhold/base'
import {
  createPairwisePrf,
  DealingRefusedError,
  type Decision,
  decideWinner,
  decodeMessage,
  discardBytes,
  encodeMessage,
  type Role,
} from '@palmhold/matching'
import {
  type Countersign,
  encodeAbort,
  encodeCheck,
  encodeCompare,
  encodeCountersign,
  encodePartial,
  encodeReveal,
  isSignedBy,
  manifestDigest,
  type Reveal,
  signDigest,
} from '@palmhold/protocol'
import { aesCtr } from './aes-ctr.ts'
import type { GallerySnapshot } from './gallery.ts'
import { createProbeCheck, type DealtProbe } from './probe-check.ts'
import { createPseudonymRound, IdentityDamagedError, type NamedPerson } from './pseudonym-round.ts'
import {
  type OnChunk,
  type OnStep,
  type SessionComparison,
  type SessionFirstPass,
  startCascade,
  startComparison,
} from './session-comparison.ts'

/**
 * What others may send before this operator has both keys and has checked the probe. An honest one sends the first rounds of the chunks it has under
 * way, 0.4 MB each, and then waits.
 */
const MAX_EARLY_BYTES = 32 * 1024 * 1024
/** What a message takes beside its bytes. */
const EARLY_MESSAGE_BYTES = 256

/** X25519 keys of one operator process. */
export type ExchangeKeys = { readonly secretKey: Uint8Array; readonly publicKey: Hex }

export type SessionOptions = {
  readonly sid: Uint8Array
  readonly requestHash: Hex
  readonly attempt: number
  /** The computing operators in the order of their roles. */
  readonly roles: readonly Hex[]
  readonly self: Hex
  readonly privateKey: Uint8Array
  readonly exchange: ExchangeKeys
  readonly snapshot: GallerySnapshot
  readonly shifts: number
  /** Distances at which to compare: the threshold, and the threshold with its margin. */
  readonly thresholds: readonly number[]
  /**
   * Computes this operator's shares of all scores, and hands them over chunk by chunk (`KernelPool.stream`); where there is
   * a first pass, of those of the pooled codes.
   */
  readonly scores: (onChunk: OnChunk) => Promise<void>
  readonly firstPass?: SessionFirstPass
  /** This operator's share of the probe's bits, to be checked before anything is compared. */
  readonly dealt: DealtProbe
  /** Who has the row that won, and the merchant's scope point; undefined where nobody takes part with it. */
  readonly personOf: (row: number) => NamedPerson | undefined
  readonly random: RandomBytes
  readonly send: (to: Hex, frame: Uint8Array) => Promise<void>
  readonly signal: AbortSignal
}

/** What a session comes to. */
export type SessionOutcome =
  | Exclude<Decision, { kind: 'match' }>
  | { readonly kind: 'match'; readonly row: number; readonly pseudonym: Hex }

export type MatchSession = {
  readonly onCountersign: (from: Hex, message: Countersign) => void
  readonly onReveal: (from: Hex, reveal: Omit<Reveal, 'sid'>) => void
  readonly onCheck: (from: Hex, values: Uint8Array) => void
  readonly onCompare: (from: Hex, message: Uint8Array) => void
  readonly onPartial: (from: Hex, bytes: Uint8Array) => void
  /** Gives up because another computing operator did, for the reason `code`. */
  readonly onAbort: (from: Hex, code: PalmErrorCode) => void
  /** The decision, and who won. @throws {MatchAbortedError} @throws {DealingRefusedError} the probe is none */
  readonly outcome: Promise<SessionOutcome>
}

/** Starts a session: sends this operator's countersignature, and the rest follows from what arrives. */
export function startMatchSession(options: SessionOptions): MatchSession {
  const { sid, roles, self, snapshot, requestHash, attempt } = options
  const sidHex = toHex(sid)
  const role = roleOf(roles, self)
  const others = roles.filter((address) => address !== self)
  const keys: Partial<Record<Role, Uint8Array>> = {}
  const early: Uint8Array[] = []
  let earlyBytes = 0
  /** Scores of chunks that were there before the comparison. */
  const computed: [chunk: number, scores: Uint16Array][] = []
  let comparison: SessionComparison | undefined
  const { promise: outcome, resolve, reject } = Promise.withResolvers<SessionOutcome>()
  // The owner awaits the outcome; until it does, a failure must not count as unhandled.
  outcome.catch(() => undefined)
  let isOver = false

  const finish = (reached: SessionOutcome) => {
    isOver = true
    resolve(reached)
  }
  const fail = (code: PalmErrorCode, tellOthers: boolean, error: PalmError = new MatchAbortedError(code)) => {
    if (isOver) return
    isOver = true
    if (tellOthers) for (const other of others) sendQuietly(other, encodeAbort({ requestHash, attempt, code }))
    reject(error)
  }
  const sendQuietly = (to: Hex, frame: Uint8Array) =>
    void options.send(to, frame).catch((error) => fail(isPalmError(error) ? error.code : 'PALM_PEER_LOST', false))
  const sendAll = (frame: Uint8Array) => {
    for (const other of others) sendQuietly(other, frame)
  }
  const guarded = (work: () => void) => {
    if (isOver) return
    try {
      work()
    } catch (error) {
      // Of a probe that is none the others find out by themselves, and are to believe nobody; of damage here they go on.
      if (error instanceof DealingRefusedError || error instanceof IdentityDamagedError) fail(error.code, false, error)
      else fail(isPalmError(error) ? error.code : 'PALM_INTERNAL', true)
    }
  }

  const proceed: OnStep = ({ send, result }) => {
    for (const message of send) {
      const body = encodeMessage(message)
      sendQuietly(roles[message.to]!, encodeCompare(body))
      discardBytes(message.payload)
      discardBytes(body)
    }
    if (result) name(decideWinner({ bitmaps: result.bitmaps, active: snapshot.active }))
  }

  let winner = -1
  const round = createPseudonymRound({
    sid,
    self,
    roles,
    shareIds: options.dealt.shareIds,
    threshold: options.dealt.threshold,
    random: options.random,
    send(bytes) {
      // Who is gone by now is not needed, as long as t + 1 are there.
      for (const other of others) void options.send(other, encodePartial({ sid: sidHex, bytes })).catch(() => undefined)
    },
    onNamed: (pseudonym) => finish({ kind: 'match', row: winner, pseudonym }),
  })
  const name = (decision: Decision) => {
    if (decision.kind !== 'match') return finish(decision)
    const person = options.personOf(decision.row)
    if (!person) return finish({ kind: 'ambiguous' })
    winner = decision.row
    round.begin(person)
  }

  const begin = () =>
    guarded(() => {
      const prf = createPairwisePrf({ keys, sid, aesCtr })
      const { shifts, thresholds, firstPass } = options
      const { rows, active } = snapshot
      const compared = { role, sid, rows, shifts, thresholds, prf }
      const onFailure = () => fail('PALM_INTERNAL', true)
      comparison = firstPass
        ? startCascade(compared, { active, firstPass, later: guarded, onFailure }, proceed)
        : startComparison(compared, proceed)
      for (const [chunk, scores] of computed.splice(0)) comparison.supply(chunk, scores)
      for (const message of early.splice(0)) take(message)
    })

  const take = (bytes: Uint8Array) => {
    if (!isOver) comparison!.take(decodeMessage(bytes))
  }

  options.signal.addEventListener('abort', () => fail('PALM_NODE_SLOW', true), { once: true })
  const onChunk: OnChunk = (chunk, scores) => {
    if (comparison) guarded(() => comparison!.supply(chunk, scores))
    else if (!isOver) computed.push([chunk, scores])
  }
  options.scores(onChunk).catch(() => fail('PALM_INTERNAL', true))
  const check = createProbeCheck({
    sid,
    self,
    roles,
    dealt: options.dealt,
    random: options.random,
    reveal: (reveal) => sendAll(encodeReveal({ sid: sidHex, ...reveal })),
    open: (values) => sendAll(encodeCheck({ sid: sidHex, values })),
    onPassed: begin,
  })
  const own: Countersign = {
    sid: sidHex,
    requestHash,
    attempt,
    galleryRoot: snapshot.root,
    exchangeKey: options.exchange.publicKey,
    coinCommitment: check.commitment,
    signature: signDigest(manifestDigest(sidHex, options.exchange.publicKey, check.commitment), options.privateKey),
  }
  sendAll(encodeCountersign(own))

  return {
    onCountersign: (from, message) =>
      guarded(() => {
        // A member that does not compute here has no say in it.
        if (!others.includes(from)) return
        const peer = roleOf(roles, from)
        if (keys[peer]) throw new SessionMismatchError('PALM_MESSAGE_REPEATED')
        if (message.galleryRoot !== snapshot.root) throw new SessionMismatchError('PALM_GALLERY_MISMATCH')
        if (message.sid !== sidHex) throw new SessionMismatchError('PALM_SESSION_MISMATCH')
        if (!isSignedBy(from, manifestDigest(sidHex, message.exchangeKey, message.coinCommitment), message.signature))
          throw new SessionMismatchError('PALM_SIGNATURE_INVALID')
        keys[peer] = pairKey(options.exchange, message.exchangeKey)
        check.onCommitment(from, message.coinCommitment)
      }),
    onReveal: (from, reveal) =>
      guarded(() => {
        if (others.includes(from)) check.onReveal(from, reveal)
      }),
    onCheck: (from, values) =>
      guarded(() => {
        if (others.includes(from)) check.onValues(from, values)
      }),
    onCompare: (from, bytes) =>
      guarded(() => {
        if (!others.includes(from)) return
        if (roles[decodeMessage(bytes).from] !== from) throw new SessionMismatchError('PALM_SESSION_MISMATCH')
        if (comparison) return take(bytes)
        // Before the probe is checked here an honest node sends its first rounds and then waits: more is a flood.
        earlyBytes += bytes.length + EARLY_MESSAGE_BYTES
        if (earlyBytes > MAX_EARLY_BYTES) throw new SessionMismatchError('PALM_TOO_MANY_EARLY')
        early.push(bytes)
      }),
    onPartial: (from, bytes) =>
      guarded(() => {
        if (others.includes(from)) round.onPartial(from, bytes)
      }),
    onAbort(from, code) {
      if (others.includes(from)) fail(code, false)
    },
    outcome,
  }
}

function roleOf(roles: readonly Hex[], address: Hex): Role {
  const role = roles.indexOf(address)
  if (role !== 0 && role !== 1 && role !== 2) throw new SessionMismatchError('PALM_SESSION_MISMATCH')
  return role
}

/** k_ij: X25519 between two operators, through HKDF with both public keys in order. */
export function pairKey(own: ExchangeKeys, peer: Hex): Uint8Array {
  const shared = x25519.getSharedSecret(own.secretKey, fromHex(peer, { length: 32 }))
  const context = utf8([own.publicKey, peer].sort().join(','))
  return hkdf(sha256, shared, context, utf8('palmhold/pair-key/1'), 32)
}

/** Operators that do not mean the same session. */
export class SessionMismatchError extends PalmError {
  constructor(code: PalmErrorCode) {
    super(code, 'the operators do not mean the same session', {
      hints: ['They reconcile by themselves; try again with a new attempt.'],
    })
  }
}

/** A match that was given up; nothing was opened. */
export class MatchAbortedError extends PalmError {
  constructor(code: PalmErrorCode) {
    super(code, 'the match was given up and nothing was opened', { hints: ['Try again.'] })
  }
}
