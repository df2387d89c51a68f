/**
 * Three parties in one process: runs comparisons by passing messages, in an order the caller may shuffle, and deals
 * shares from a seeded generator. For tests and benchmarks only.
 */

import { createCipheriv, createHash } from 'node:crypto'
import type { RandomBytes } from '@palmhold/base'
import {
  type AesCtr,
  type ComparisonResult,
  type ComparisonState,
  type ComparisonStep,
  createComparison,
  createPairwisePrf,
  dotProducts,
  type Message,
  prepareProbe,
  type Role,
  type SharingParams,
  shareProbe,
  shareRow,
  step,
} from '@palmhold/matching'
import {
  CODE_BYTES,
  type PalmCode,
  type PalmTemplate,
  POOLED_BYTES,
  type ProbeCodes,
  palmCode,
  pooledCode,
} from '@palmhold/palm'

export const ROLES = [0, 1, 2] as const
export const SID = createHash('sha256').update('a session of the tests').digest()

let zeros = Buffer.alloc(1 << 20)
const COUNTER_ZERO = Buffer.alloc(16)

/** AES-128-CTR of node:crypto over zeros that are allocated once, as a node passes it in. */
export const aesCtr: AesCtr = (key, length) => {
  if (zeros.length < length) zeros = Buffer.alloc(2 * length)
  return createCipheriv('aes-128-ctr', key, COUNTER_ZERO).update(zeros.subarray(0, length))
}

/** Bytes that depend on the seed alone. */
export function seededRandom(seed: number | string): RandomBytes {
  const key = createHash('sha256').update(`seed ${seed}`).digest()
  const cipher = createCipheriv('aes-256-ctr', key, Buffer.alloc(16))
  return (length) => Uint8Array.from(cipher.update(Buffer.alloc(length)))
}

export function randomCode(random: RandomBytes): PalmCode {
  return palmCode(random(CODE_BYTES))
}

export function randomTemplate(random: RandomBytes): PalmTemplate {
  return { code: randomCode(random), pooled: pooledCode(random(POOLED_BYTES)) }
}

/** All codes of a probe as they are dealt and sealed: the pooled one last. */
export function codesIn({ codes, pooled }: ProbeCodes): Uint8Array[] {
  return [...codes, pooled]
}

/** `code` with its first `count` bits flipped, so that its distance to `code` is `count`. */
export function flipBits(code: Uint8Array, count: number): PalmCode {
  const out = Uint8Array.from(code)
  for (let bit = 0; bit < count; bit++) out[bit >> 3]! ^= 1 << (bit & 7)
  return palmCode(out)
}

/** The masks of P0, P1, P2, each pair with a key of its own. */
export function prfsOf(sid: Uint8Array = SID) {
  const key = (i: Role, j: Role) =>
    createHash('sha256')
      .update(`pair ${Math.min(i, j)}${Math.max(i, j)}`)
      .digest()
  return ROLES.map((role) => {
    const keys = Object.fromEntries(ROLES.filter((peer) => peer !== role).map((peer) => [peer, key(role, peer)]))
    return createPairwisePrf({ keys, sid, aesCtr })
  })
}

export type InMemoryOptions = {
  readonly rows: number
  readonly shifts: number
  readonly thresholds: readonly number[]
  readonly dimension?: number
  readonly chunkRows?: number
  readonly chunksUnderWay?: number
}

/** Starts P0, P1 and P2 on their scores. */
export function startParties(scores: readonly Uint16Array[], options: InMemoryOptions): ComparisonStep[] {
  const prfs = prfsOf()
  return ROLES.map((role) => createComparison({ role, sid: SID, scores: scores[role]!, prf: prfs[role]!, ...options }))
}

export type InMemoryRun = {
  readonly results: ComparisonResult[]
  /** Every message, in the order of delivery. */
  readonly messages: Message[]
  /** Payload bytes that each party sent. */
  readonly sentBytes: number[]
}

/**
 * Delivers every message until all three have a result.
 * @param pick which of `waiting` messages comes next; the oldest where left out
 */
export function runInMemory(
  parties: readonly ComparisonStep[],
  pick: (waiting: number) => number = () => 0,
): InMemoryRun {
  const states: ComparisonState[] = parties.map(({ state }) => state)
  const results: ComparisonResult[] = []
  const waiting = parties.flatMap(({ send }) => send)
  const messages: Message[] = []
  const sentBytes = [0, 0, 0]
  while (waiting.length > 0) {
    const [message] = waiting.splice(pick(waiting.length), 1)
    messages.push(message!)
    sentBytes[message!.from]! += message!.payload.length
    const next = step(states[message!.to]!, message!)
    if (next.result) results[message!.to] = next.result
    waiting.push(...next.send)
  }
  return { results, messages, sentBytes }
}

/** Additive shares of `scores` modulo 2^16, as three nodes hold them after their dot products. */
export function splitScores(scores: readonly number[], random: RandomBytes): Uint16Array[] {
  const words = () => new Uint16Array(random(2 * scores.length).buffer)
  const [first, second] = [words(), words()]
  return [first, second, Uint16Array.from(scores, (score, k) => score - first[k]! - second[k]!)]
}

/** What each of the answering nodes computes: out[shift * rows + row]. */
export function dotsOf(
  rows: readonly PalmCode[],
  probe: readonly PalmCode[],
  params: SharingParams,
  responders: readonly number[],
  random: RandomBytes,
): Uint16Array[] {
  const rowShares = rows.map((code) => shareRow(code, params, random))
  const probeShares = shareProbe(probe, params, random)
  return responders.map((id) => {
    const gallery = Buffer.concat(rowShares.map((shares) => shares[id - 1]!))
    return dotProducts(gallery, prepareProbe(probeShares[id - 1]!, id, responders))
  })
}

export function bitmapOf(rows: number, isSet: (row: number) => boolean): Uint8Array {
  const bitmap = new Uint8Array(Math.ceil(rows / 8))
  for (let row = 0; row < rows; row++) if (isSet(row)) bitmap[row >> 3]! |= 1 << (row & 7)
  return bitmap
}
