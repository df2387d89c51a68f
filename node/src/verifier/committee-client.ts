/**
 * Puts one query to the committee: picks three operators that answer, sends each its share, and takes the attestation as
 * soon as a quorum has signed the same one. An attempt that fails for the operators' sake is made again with the next
 * attempt number, with others where there are others; a refusal is final.
 */

import { setTimeout as delay } from 'node:timers/promises'
import { errorCode, type Hex, PalmError, type PalmErrorCode } from '@palmhold/base'
import { PROBE_CHECKS } from '@palmhold/matching'
import type { Channel } from '@palmhold/net'
import {
  attestationHash,
  decodeReply,
  encodeQuery,
  FRAME,
  isSignedBy,
  type MatchAttestation,
  type Query,
  type Reply,
  readFrame,
  type SigningDomain,
} from '@palmhold/protocol'
import type { Committee } from '../runtime/committee.ts'
import type { Links } from '../runtime/links.ts'

/** Attempts at one query at most: for each the dealer deals masks of its own. */
export const ATTEMPTS = PROBE_CHECKS
const COMPUTING_OPERATORS = 3
const SYNC_MS = 250

/** Codes after which another attempt may succeed. */
const PASSING: ReadonlySet<PalmErrorCode> = new Set<PalmErrorCode>([
  'PALM_GALLERY_MISMATCH',
  'PALM_SESSION_MISMATCH',
  'PALM_NODE_SLOW',
  'PALM_NODE_DOWN',
  'PALM_PEER_LOST',
  'PALM_PEER_TIMEOUT',
  'PALM_PEER_UNREACHABLE',
  'PALM_CHANNEL_BROKEN',
  'PALM_CHANNEL_CLOSED',
  'PALM_CHANNEL_TIMEOUT',
])

/** A query without what differs from operator to operator and from attempt to attempt. */
export type CommonQuery = Omit<Query, 'roles' | 'attempt' | 'proof' | 'package'>

export type CommitteeAnswer = {
  readonly attestation: MatchAttestation
  /** At least a quorum, ascending by signer. */
  readonly signatures: readonly { readonly signer: Hex; readonly signature: Hex }[]
  /** The longest time an operator reports for the match. */
  readonly matchMs: number
}

export type CommitteeClient = {
  /**
   * Asks the committee.
   * @throws {OperatorsMissingError} fewer than three operators answer
   * @throws {CommitteeRefusedError} the operators' refusal, such as PALM_NOT_RECOGNISED
   */
  readonly ask: (
    query: CommonQuery,
    requestHash: Hex,
    packageOf: (member: Hex) => Pick<Query, 'package' | 'proof'>,
  ) => Promise<CommitteeAnswer>
  /** To be called with every channel to an operator. */
  readonly listenTo: (channel: Channel) => void
}

type Waiting = (from: Hex, reply: Reply) => void

export function createCommitteeClient(options: {
  domain: SigningDomain
  committee: () => Committee
  links: () => Links
  timeoutMs: number
}): CommitteeClient {
  const { domain } = options
  const waiting = new Map<string, Waiting>()
  /** Operators that said nothing in an attempt that failed, until they speak again: others come first. */
  const silent = new Set<Hex>()

  const answering = async (): Promise<Hex[]> => {
    const { members } = options.committee()
    const lines = await Promise.allSettled(members.map((member) => options.links().channel(member)))
    const up = members.filter((_, i) => lines[i]!.status === 'fulfilled')
    const down = members.filter((_, i) => lines[i]!.status === 'rejected')
    if (up.length < COMPUTING_OPERATORS) throw new OperatorsMissingError(members.length, down)
    const speaking = up.filter((member) => !silent.has(member))
    const chosen = [...speaking, ...up.filter((member) => silent.has(member))].slice(0, COMPUTING_OPERATORS)
    // Roles in the order of the members, whoever was chosen.
    return members.filter((member) => chosen.includes(member))
  }

  const attemptOnce = async (
    query: Omit<Query, 'proof' | 'package'>,
    requestHash: Hex,
    packageOf: (member: Hex) => Pick<Query, 'package' | 'proof'>,
    timeoutMs: number,
  ): Promise<CommitteeAnswer> => {
    const { quorum } = options.committee()
    const { promise, resolve, reject } = Promise.withResolvers<CommitteeAnswer>()
    const key = `${requestHash}:${query.attempt}`
    const agreeing = new Map<Hex, { attestation: MatchAttestation; matchMs: number; signatures: Map<Hex, Hex> }>()
    const refusals = new Map<Hex, PalmErrorCode>()

    const refuse = (from: Hex, code: PalmErrorCode) => {
      refusals.set(from, code)
      // A quorum is out of reach: say why, preferring what no attempt can change.
      if (refusals.size > query.roles.length - quorum) {
        const codes = [...refusals.values()]
        reject(new CommitteeRefusedError(codes.find((known) => !PASSING.has(known)) ?? codes[0]!))
      }
    }
    const heard = new Set<Hex>()
    waiting.set(key, (from, reply) => {
      if (!query.roles.includes(from)) return
      heard.add(from)
      silent.delete(from)
      if (!reply.ok) return refuse(from, reply.code as PalmErrorCode)
      const digest = attestationHash(domain, reply.attestation)
      if (!isSignedBy(from, digest, reply.signature)) return refuse(from, 'PALM_SIGNATURE_INVALID')
      const same = agreeing.get(digest) ?? { attestation: reply.attestation, matchMs: 0, signatures: new Map() }
      same.signatures.set(from, reply.signature)
      agreeing.set(digest, { ...same, matchMs: Math.max(same.matchMs, reply.matchMs) })
      if (same.signatures.size < quorum) return
      const signatures = [...same.signatures].sort(([a], [b]) => (a < b ? -1 : 1))
      resolve({
        attestation: same.attestation,
        signatures: signatures.map(([signer, signature]) => ({ signer, signature })),
        matchMs: agreeing.get(digest)!.matchMs,
      })
    })
    const onTimeout = () => {
      for (const member of query.roles) if (!heard.has(member)) silent.add(member)
      reject(new CommitteeRefusedError('PALM_NODE_SLOW'))
    }
    const timer = setTimeout(onTimeout, timeoutMs)
    try {
      for (const member of query.roles) {
        const frame = encodeQuery({ ...query, ...packageOf(member) })
        options
          .links()
          .send(member, frame)
          .catch((error) => refuse(member, errorCode(error, 'PALM_NODE_DOWN')))
      }
      return await promise
    } finally {
      clearTimeout(timer)
      waiting.delete(key)
    }
  }

  return {
    async ask(common, requestHash, packageOf) {
      const deadline = performance.now() + options.timeoutMs
      for (let attempt = 1; ; attempt++) {
        const roles = await answering()
        try {
          const left = deadline - performance.now()
          // With an operator to spare, one that is silent must not use up the time in which others could answer.
          const hasSpare = options.committee().members.length > COMPUTING_OPERATORS
          const limit = hasSpare ? left / (ATTEMPTS + 1 - attempt) : left
          return await attemptOnce({ ...common, roles, attempt }, requestHash, packageOf, limit)
        } catch (error) {
          if (attempt === ATTEMPTS || performance.now() > deadline || !PASSING.has(errorCode(error))) throw error
          // The operators bring each other up to date meanwhile.
          if (errorCode(error) === 'PALM_GALLERY_MISMATCH') await delay(SYNC_MS)
        }
      }
    },
    listenTo(channel) {
      void (async () => {
        try {
          for await (const frame of channel.receive()) {
            const { kind, body } = readFrame(frame)
            if (kind !== FRAME.reply) continue
            const reply = decodeReply(body)
            waiting.get(`${reply.requestHash}:${reply.attempt}`)?.(channel.peer, reply)
          }
        } catch {
          // The operator is gone or talks nonsense: its line is closed, and dialled anew when it is needed.
          await channel.close()
        }
      })()
    },
  }
}

/** Fewer operators answer than a match needs. */
export class OperatorsMissingError extends PalmError {
  constructor(members: number, down: readonly Hex[]) {
    super('PALM_OPERATORS_MISSING', `${down.length} of ${members} operators do not answer: ${down.join(', ')}`, {
      hints: ['A match needs three. `npx palmhold status` shows which are up.'],
    })
  }
}

const REFUSALS: Partial<Record<PalmErrorCode, readonly [message: string, hint: string]>> = {
  PALM_NOT_RECOGNISED: ['the palm is not recognised', 'Hold the palm again, or pay by other means.'],
  PALM_AMBIGUOUS: ['more than one palm is close to this one', 'Use the other palm, or pay by other means.'],
  PALM_NODE_SLOW: ['the operators did not answer in time', 'Try again; `npx palmhold status` shows which are slow.'],
  PALM_REQUEST_SPENT: ['this request was answered already', 'Make a new request: one request takes one scan.'],
  PALM_REQUEST_EXPIRED: ['the request has run out', 'Make a new request; it lives for two minutes.'],
  PALM_TOO_MANY_SCANS: ['this terminal has had its scans for this minute', 'Wait a minute and make a new request.'],
  PALM_SHARES_DEGREE: ['what was dealt is no sharing of a probe', 'Make a new request and scan again.'],
  PALM_SHARES_NOT_BITS: ['what was dealt is no probe', 'Make a new request and scan again.'],
  PALM_PROBE_INCONSISTENT: ['the codes of the probe are not of one picture', 'Make a new request and scan one palm.'],
  PALM_TERMINAL_INACTIVE: ['this terminal is not active', "The merchant's owner can activate it on chain."],
  PALM_POLICY_REFUSED: [
    'the operators want other thresholds',
    'Make a new request: the gallery has grown, or `firstPass` differs here.',
  ],
}

/** The committee says no. */
export class CommitteeRefusedError extends PalmError {
  constructor(code: PalmErrorCode) {
    const [message, hint] = REFUSALS[code] ?? ['the operators refuse the scan', 'Make a new request and scan again.']
    super(code, message, { hints: [hint] })
  }
}
