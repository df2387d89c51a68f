/**
 * Answers queries: checks that a terminal may ask this, marks the request as spent before anything moves, runs the match
 * with the two other computing operators, and signs what came out.
 *
 * A query is refused with a code and nothing else. Whatever happens, one scan answers one request: the reply is kept,
 * and asked again with the same scan the operator says the same.
 */

import { type Clock, errorCode, type Hex, PalmError, type PalmErrorCode, type RandomBytes, toHex } from '@palmhold/base'
import {
  CHUNK_ROWS,
  DealingRefusedError,
  dealtBytes,
  deriveSid,
  ELEMENT_BYTES,
  FIRST_CHUNK_ROWS,
  POOLED_SHARE_BYTES,
  PROBE_CHECKS,
  packProbe,
  prepareProbe,
  probeLayout,
} from '@palmhold/matching'
import {
  type Abort,
  attestationHash,
  type Check,
  CLOCK_SKEW_S,
  type Countersign,
  decodeAbort,
  decodeCheck,
  decodeCountersign,
  decodePartial,
  decodeProbePackage,
  decodeQuery,
  decodeReveal,
  encodeAbort,
  encodeReply,
  FACTOR,
  type FirstPass,
  FRAME,
  isInMerkleTree,
  isPolicyAccepted,
  isSignedBy,
  LANE,
  type MatchAttestation,
  PROTOCOL_VERSION,
  packageLeaf,
  policyHash,
  type Query,
  REQUEST_TYPE,
  type Reply,
  type Reveal,
  readFrame,
  refuseRequest,
  refuseScan,
  requestHash,
  type SessionPartial,
  type SigningDomain,
  scanHash,
  sessionOfCompare,
  signDigest,
  ZERO_ADDRESS,
} from '@palmhold/protocol'
import { type Committee, shareIdOf } from '../runtime/committee.ts'
import type { Gallery, GallerySnapshot } from './gallery.ts'
import type { GalleryPools } from './gallery-pools.ts'
import { type ExchangeKeys, type MatchSession, type SessionOutcome, startMatchSession } from './match-session.ts'
import type { OperatorDatabase } from './operator-database.ts'
import type { OperatorMetrics } from './operator-metrics.ts'
import { createScanCap } from './scan-cap.ts'
import { createScopePoints } from './scope-points.ts'
import type { SessionFirstPass } from './session-comparison.ts'

/** An attestation may be settled this long after its request ran out. */
const SETTLE_S = 300
/** Countersignatures, and aborts, of one member that are kept for queries to come. */
const MAX_EARLY = 64
/** How long a spent request is remembered after it cannot be answered or settled any more. */
const KEEP_S = SETTLE_S + CLOCK_SKEW_S

export type MatcherOptions = {
  readonly domain: SigningDomain
  /** Address of the OperatorRegistry. */
  readonly registry: Hex
  readonly self: Hex
  readonly privateKey: Uint8Array
  readonly exchange: ExchangeKeys
  readonly committee: () => Committee
  readonly gallery: Gallery
  readonly database: OperatorDatabase
  readonly pools: Pick<GalleryPools, 'codes' | 'pooled'>
  readonly metrics: OperatorMetrics
  readonly clock: Clock
  readonly random: RandomBytes
  /** Longest time one match may take. */
  readonly timeoutMs: number
  /** Scans that one terminal may ask for in a minute. */
  readonly scansPerMinute: number
  /** Whether searches have a first pass; queries with another one are refused. */
  readonly firstPass: FirstPass
  readonly isActiveTerminal: (merchantId: Hex, terminal: Hex) => Promise<boolean>
  readonly sendTo: (operator: Hex, frame: Uint8Array) => Promise<void>
  /** Called when another operator's gallery is not this one's. */
  readonly onMismatch: () => void
}

export type Matcher = {
  /**
   * Takes one frame from the node `from`; `reply` answers on the same channel.
   * @throws {PalmError} a frame that no honest node sends: the channel should be closed
   */
  readonly onFrame: (from: Hex, frame: Uint8Array, reply: (frame: Uint8Array) => Promise<void>) => void
  /** Runs `work` while no match runs, and keeps new ones waiting meanwhile. */
  readonly whileIdle: (work: () => void) => Promise<void>
  readonly running: () => number
}

/** What members said before the query came, each by session: a member that floods has its own oldest go. */
type Early<T> = Map<Hex, Map<string, T>>

/** A matcher of one operator. */
export function createMatcher(options: MatcherOptions): Matcher {
  const { domain, self, database, gallery, metrics } = options
  const scans = createScanCap(options.scansPerMinute, options.clock)
  const scopePoint = createScopePoints(domain.chainId)
  const sessions = new Map<string, MatchSession>()
  const bySid = new Map<Hex, MatchSession>()
  /** Countersignatures of operators that had the query first. */
  const early: Early<Countersign> = new Map()
  /** Aborts of operators that had answered the scan before, and had the query first. */
  const earlyAborts: Early<PalmErrorCode> = new Map()
  let idle: Promise<void> = Promise.resolve()
  let onIdle: (() => void) | undefined

  const answer = async (from: Hex, query: Query): Promise<Reply> => {
    const startedAt = performance.now()
    const hash = requestHash(domain, query.request)
    const failure = (code: PalmErrorCode): Reply => ({ ok: false, requestHash: hash, attempt: query.attempt, code })
    try {
      const share = await admit(options, from, query, hash)
      // Only what the terminal signed counts, so that nobody uses up another's scans.
      if (!scans.take(query.request.terminal)) return failure('PALM_TOO_MANY_SCANS')
      await idle
      const keepUntil = query.request.expiry + KEEP_S
      const earlier = database.spend(hash, scanHash(domain, query.scan), query.attempt, keepUntil)
      if (earlier !== undefined) {
        const kept = keptReply(earlier, query)
        tellOthers(query, hash, kept.ok ? 'PALM_REQUEST_SPENT' : (kept.code as PalmErrorCode))
        return kept
      }
      const winner = await match(query, hash, share)
      const reply = conclude(options, query, hash, winner, performance.now() - startedAt, failure)
      // Another attempt may have ended meanwhile, under another gallery: two signed answers would be an equivocation.
      return keptReply(database.saveReply(hash, JSON.stringify(reply)), query)
    } catch (error) {
      const reply = failure(errorCode(error))
      if (!(error instanceof DealingRefusedError)) return reply
      // Another attempt would find the same: this scan has its answer.
      metrics.dealerRefusals.inc({ code: error.code })
      return keptReply(database.saveReply(hash, JSON.stringify(reply)), query)
    }
  }

  /** Lets the other computing operators go, which would wait for one that has answered already. */
  const tellOthers = ({ roles, attempt }: Query, hash: Hex, code: PalmErrorCode) => {
    for (const role of roles)
      if (role !== self)
        void options.sendTo(role, encodeAbort({ requestHash: hash, attempt, code })).catch(() => undefined)
  }

  const match = async (
    query: Query,
    hash: Hex,
    share: Uint8Array,
  ): Promise<SessionOutcome & { snapshot: GallerySnapshot }> => {
    const committee = options.committee()
    const snapshot = gallery.snapshot()
    if (snapshot.rows === 0) return { kind: 'none', snapshot }
    const responders = query.roles.map((role) => shareIdOf(committee, role))
    const sid = deriveSid({
      version: PROTOCOL_VERSION,
      chainId: domain.chainId,
      registry: options.registry,
      committeeId: committee.committeeId,
      committeeEpoch: committee.epoch,
      galleryRoot: snapshot.root,
      orderedRoles: query.roles,
      // The scan too: operators that were given different probes for one request are to find out.
      requestHashes: [hash, scanHash(domain, query.scan)],
      attempt: query.attempt,
    })
    const { thresholdBits, marginBits, firstPassBits } = query.policy
    const layout = probeLayout(query.scan.leafCount)
    const packed = packProbe(share.subarray(0, ELEMENT_BYTES * layout.bits))
    const prepared = prepareProbe(packed, shareIdOf(committee, self), responders)
    const pooledAt = prepared.length - POOLED_SHARE_BYTES / 2
    const [codes, pooled] = [prepared.subarray(0, pooledAt), prepared.subarray(pooledAt)]
    const { pools } = options
    const firstPass: SessionFirstPass = {
      dimension: pooled.length,
      threshold: firstPassBits,
      scores: (wanted, onChunk) => pools.codes.stream({ probes: codes, ...wanted, onChunk }),
      onPassed(rows) {
        metrics.firstPasses.inc()
        metrics.firstPassRows.inc(rows)
      },
    }
    const session = startMatchSession({
      sid,
      requestHash: hash,
      attempt: query.attempt,
      roles: query.roles,
      self,
      privateKey: options.privateKey,
      exchange: options.exchange,
      snapshot,
      shifts: query.scan.leafCount,
      thresholds: [thresholdBits, thresholdBits + marginBits],
      ...(firstPassBits > 0 ? { firstPass } : {}),
      scores: (onChunk) =>
        firstPassBits > 0
          ? pools.pooled.stream({ probes: pooled, rows: snapshot.rows, chunkRows: FIRST_CHUNK_ROWS, onChunk })
          : pools.codes.stream({ probes: codes, rows: snapshot.rows, chunkRows: CHUNK_ROWS, onChunk }),
      personOf(row) {
        const person = gallery.ownerOf(row)
        return person && { identity: person.identity, scope: scopePoint(query.request.merchantId) }
      },
      dealt: { share, layout, set: query.attempt - 1, threshold: committee.threshold, shareIds: responders },
      random: options.random,
      send: options.sendTo,
      signal: AbortSignal.timeout(options.timeoutMs),
    })
    // Worked out while the kernel threads compute.
    scopePoint(query.request.merchantId)
    const key = sessionKey(hash, query.attempt)
    const sidHex = toHex(sid)
    sessions.set(key, session)
    bySid.set(sidHex, session)
    metrics.running.set(sessions.size)
    for (const [from, message] of takeEarly(early, key)) session.onCountersign(from, message)
    for (const [from, code] of takeEarly(earlyAborts, key)) session.onAbort(from, code)
    try {
      return { ...(await session.outcome), snapshot }
    } catch (error) {
      if (errorCode(error) === 'PALM_GALLERY_MISMATCH') options.onMismatch()
      throw error
    } finally {
      sessions.delete(key)
      bySid.delete(sidHex)
      metrics.running.set(sessions.size)
      if (sessions.size === 0) onIdle?.()
    }
  }

  const onCountersign = (from: Hex, message: Countersign) => {
    const key = sessionKey(message.requestHash, message.attempt)
    const session = sessions.get(key)
    if (session) return session.onCountersign(from, message)
    keepEarly(early, from, key, message)
  }

  const onReveal = (from: Hex, reveal: Reveal) => bySid.get(reveal.sid)?.onReveal(from, reveal)
  const onCheck = (from: Hex, { sid, values }: Check) => bySid.get(sid)?.onCheck(from, values)
  const onPartial = (from: Hex, { sid, bytes }: SessionPartial) => bySid.get(sid)?.onPartial(from, bytes)
  const onAbort = (from: Hex, { requestHash: hash, attempt, code }: Abort) => {
    const key = sessionKey(hash, attempt)
    const session = sessions.get(key)
    if (session) return session.onAbort(from, code as PalmErrorCode)
    keepEarly(earlyAborts, from, key, code as PalmErrorCode)
  }

  return {
    onFrame(from, frame, reply) {
      const { kind, body } = readFrame(frame)
      if (kind === FRAME.query) {
        const query = decodeQuery(body)
        const told = answer(from, query).then(async (result) => {
          metrics.queries.inc({ outcome: result.ok ? 'match' : result.code })
          if (result.ok) metrics.matchSeconds.observe(result.matchMs / 1000)
          await reply(encodeReply(result))
        })
        // A line that is gone, or a disk that cannot keep the reply: it is not said then, and the node goes on.
        told.catch(() => undefined)
        return
      }
      if (!options.committee().members.includes(from)) throw new StrangerError(from)
      if (kind === FRAME.countersign) onCountersign(from, decodeCountersign(body))
      else if (kind === FRAME.reveal) onReveal(from, decodeReveal(body))
      else if (kind === FRAME.check) onCheck(from, decodeCheck(body))
      else if (kind === FRAME.partial) onPartial(from, decodePartial(body))
      else if (kind === FRAME.compare) bySid.get(sessionOfCompare(body))?.onCompare(from, body)
      else if (kind === FRAME.abort) onAbort(from, decodeAbort(body))
      else throw new StrangerError(from)
    },
    async whileIdle(work) {
      const before = idle
      const { promise, resolve } = Promise.withResolvers<void>()
      idle = promise
      await before
      try {
        if (sessions.size > 0) await new Promise<void>((done) => (onIdle = done))
        onIdle = undefined
        work()
      } finally {
        resolve()
      }
    },
    running: () => sessions.size,
  }
}

/** Whether this operator answers the query at all; returns its share of the probe's bits. @throws {QueryRefusedError} */
async function admit(options: MatcherOptions, from: Hex, query: Query, hash: Hex): Promise<Uint8Array> {
  const { request, scan, policy, roles } = query
  const { domain, self } = options
  const committee = options.committee()
  const refuse = (code: PalmErrorCode): never => {
    throw new QueryRefusedError(code)
  }
  const reason = refuseRequest(request, options.clock()) ?? refuseScan(request, hash, scan)
  if (reason) refuse(reason)
  // One palm is all that is seen here: an attestation of another lane, or without a factor asked for, settles nowhere.
  if (request.lane !== LANE.palm) refuse('PALM_LANE_UNKNOWN')
  if (request.factors !== FACTOR.palm) refuse('PALM_REQUEST_INVALID')
  if (request.committeeId !== committee.committeeId || request.committeeEpoch !== committee.epoch)
    refuse('PALM_COMMITTEE_UNKNOWN')
  if (from !== request.terminal || !isSignedBy(request.terminal, hash, query.requestSignature))
    refuse('PALM_REQUEST_SIGNATURE')
  if (!isSignedBy(request.terminal, scanHash(domain, scan), query.scanSignature)) refuse('PALM_SCAN_SIGNATURE')
  if (
    policyHash(policy) !== request.policyHash ||
    scan.leafCount > policy.maxProbeCodes ||
    !isPolicyAccepted(policy, options.gallery.activeRows(), options.firstPass)
  )
    refuse('PALM_POLICY_REFUSED')
  const isComputing = roles.includes(self) && new Set(roles).size === roles.length
  if (!isComputing || !roles.every((role) => committee.members.includes(role))) refuse('PALM_NOT_A_MEMBER')
  const leaf = packageLeaf(self, query.package)
  const at = shareIdOf(committee, self) - 1
  if (!isInMerkleTree(scan.probeSharesRoot, committee.members.length, at, leaf, query.proof))
    refuse('PALM_SHARE_INVALID')
  const share = decodeProbePackage(query.package, dealtBytes(probeLayout(scan.leafCount)))
  if (query.attempt > PROBE_CHECKS) refuse('PALM_MASKS_SPENT')
  if (!(await options.isActiveTerminal(request.merchantId, request.terminal))) refuse('PALM_TERMINAL_INACTIVE')
  return share
}

/** The reply to a decided match: a signed attestation, or why there is none. */
function conclude(
  { domain, gallery, privateKey }: MatcherOptions,
  { request, scan, attempt }: Query,
  hash: Hex,
  winner: SessionOutcome & { snapshot: GallerySnapshot },
  matchMs: number,
  failure: (code: PalmErrorCode) => Reply,
): Reply {
  if (winner.kind === 'none') return failure('PALM_NOT_RECOGNISED')
  const person = winner.kind === 'match' ? gallery.ownerOf(winner.row) : undefined
  if (winner.kind !== 'match' || !person) return failure('PALM_AMBIGUOUS')
  const attestation: MatchAttestation = {
    version: PROTOCOL_VERSION,
    lane: request.lane,
    merchantId: request.merchantId,
    terminal: request.terminal,
    requestHash: hash,
    scanHash: scanHash(domain, scan),
    pseudonym: winner.pseudonym,
    factors: FACTOR.palm,
    payer: request.requestType === REQUEST_TYPE.payment ? person.owner : ZERO_ADDRESS,
    committeeId: request.committeeId,
    committeeEpoch: request.committeeEpoch,
    galleryRoot: winner.snapshot.root,
    expiry: request.expiry + SETTLE_S,
  }
  const signature = signDigest(attestationHash(domain, attestation), privateKey)
  return { ok: true, requestHash: hash, attempt, attestation, signature, matchMs }
}

/** What was answered before, as the answer to this attempt. */
function keptReply(text: string, { attempt }: Query): Reply {
  return { ...(JSON.parse(text) as Reply), attempt }
}

/** Keeps the first that `from` says of a session. The query may never come: the oldest go first. */
function keepEarly<T>(kept: Early<T>, from: Hex, key: string, said: T): void {
  const own = kept.get(from) ?? new Map<string, T>()
  kept.set(from, own)
  if (own.has(key)) return
  if (own.size >= MAX_EARLY) own.delete(own.keys().next().value!)
  own.set(key, said)
}

/** What each member said of a session; nothing of it is kept. */
function takeEarly<T>(kept: Early<T>, key: string): [from: Hex, said: T][] {
  const said: [Hex, T][] = []
  for (const [from, own] of kept) {
    const its = own.get(key)
    if (its !== undefined) said.push([from, its])
    own.delete(key)
  }
  return said
}

function sessionKey(requestHash: Hex, attempt: number): string {
  return `${requestHash}:${attempt}`
}

/** A query that this operator does not answer. */
export class QueryRefusedError extends PalmError {
  constructor(code: PalmErrorCode) {
    super(code, 'the operator refuses the query', { hints: ['Make a new request and scan again.'] })
  }
}

/** A node that is no operator of this committee sends what only those send. */
export class StrangerError extends PalmError {
  constructor(from: Hex) {
    super('PALM_STRANGER', `${from} is not an operator of this committee`, {
      hints: ['Only members of the current epoch take part in a match.'],
    })
  }
}
