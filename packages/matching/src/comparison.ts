/**
 * One of three computing nodes comparing the scores of a query with thresholds: a state machine without I/O. Feed it the
 * messages of the other two in any order; it answers with what to send and, at the end, with a bit for each row and
 * threshold: whether HD < T at any shift. Nothing else is opened.
 *
 * Rows are cut into chunks that run through the rounds independently, so that sending, receiving and computing overlap: a
 * chunk begins as soon as its scores are there, while the kernel is at the next.
 * Semi-honest: a node that follows the protocol learns nothing from up to one view; a lying node may change the answer.
 * A message that does not fit aborts the comparison for good: begin again with the next `attempt`, never resume.
 */

import { equalBytes, PalmError, type PalmErrorCode } from '@palmhold/base'
import { CODE_BITS } from '@palmhold/palm'
import {
  type ChunkOptions,
  compareChunk,
  type Expectation,
  LAST_UNASKED_ROUND,
  longestPayload,
  roundsPerThreshold,
  senderOf,
} from './chunk-comparison.ts'
import type { Message, Role } from './comparison-message.ts'
import { discardBuffer } from './discard-bytes.ts'
import type { Prf } from './pairwise-prf.ts'
import { SID_BYTES } from './session-id.ts'
import { SUM_BITS } from './sign-circuit.ts'

/** Rows in one chunk: with 25 shifts its planes fill about 4 MB of a core's caches. */
export const CHUNK_ROWS = 8192
/** Chunks under way at once: few keep their planes in the caches (a fifth less CPU than with all of them). */
const CHUNKS_UNDER_WAY = 4
const MAX_SHIFTS = 128
/** What 12 bits hold of HD - T, from -2,048 to 2,047. */
const SUM_LIMIT = 2 ** (SUM_BITS - 1)

export type ComparisonOptions = {
  readonly role: Role
  /** 32 bytes, see `deriveSid`. */
  readonly sid: Uint8Array
  readonly rows: number
  /** Probe codes, 1..128. */
  readonly shifts: number
  /** D: bits of what is compared, and the score of a distance of 0; 1,536 unless given. */
  readonly dimension?: number
  /** Distances T in bits, in any order: a match is HD < T. 1 <= T <= 2,048 and D - T <= 2,047, so that 12 bits hold HD - T. */
  readonly thresholds: readonly number[]
  /**
   * This node's d_i modulo 2^16, the score of `row` at `shift` at [shift * rows + row]. Left out, {@link supplyScores}
   * brings them chunk by chunk.
   */
  readonly scores?: Uint16Array
  /** Masks of this session, each used once. */
  readonly prf: Prf
  /** How many nodes may collude under the sharing that made the scores; more than 1 is refused. */
  readonly t?: number
  /** Rows in one chunk, a multiple of 32, the same at all three nodes. */
  readonly chunkRows?: number
  /** Chunks under way at once, 4 unless told. Each waits for 13 messages in turn, so take more where nodes are far apart. */
  readonly chunksUnderWay?: number
  /** Whether the buffers behind messages are freed once their payloads are taken; nobody else may need them then. */
  readonly ownsMessages?: boolean
  /** The number of its first round, 0 unless given: two comparisons under one session id share no round. */
  readonly firstRound?: number
}

export type ComparisonResult = {
  /** For each threshold as it was given, bit `row & 7` of byte `row >> 3`: HD < T at one shift at least. */
  readonly bitmaps: Uint8Array[]
}

/** A range of rows under way: its program, and what that waits for until it is through. */
type Chunk = {
  readonly program: Generator<Expectation, Uint8Array[], Uint8Array>
  expected: Expectation | undefined
}

/** The state of a comparison. It is changed in place; its fields are nobody else's business. */
export type ComparisonState = {
  readonly options: ComparisonOptions
  readonly chunkCount: number
  /** Scores of chunks that have not begun, the score of its `row` at `shift` at [shift * its rows + row]. */
  readonly supplied: Map<number, Uint16Array>
  /** Those under way, by index. */
  readonly chunks: Map<number, Chunk>
  /** Payloads that came before their turn, by chunk and round. */
  readonly early: Map<string, Uint8Array>
  /** Every chunk and round that a message came for, so that none counts twice. */
  readonly seen: Set<string>
  /** Results of the chunks that are through; they come in any order. */
  readonly finished: Map<number, Uint8Array[]>
  /** Thresholds as the chunks take them: descending. */
  readonly order: readonly number[]
  /** Chunks started so far; they start in order. */
  started: number
  /** What the step under way has to send. */
  outbox: Message[]
  phase: 'running' | 'done' | 'aborted'
}

/** What a node does next: send these messages, and stop where there is a result. */
export type ComparisonStep = {
  readonly state: ComparisonState
  readonly send: Message[]
  /** Set by the last step; messages may have to be sent with it. */
  readonly result?: ComparisonResult
}

/**
 * Starts a comparison.
 * @throws {ScorePrivacyError} t > 1
 * @throws {ComparisonInputError} sizes that do not fit together
 */
export function createComparison(options: ComparisonOptions): ComparisonStep {
  assertOptions(options)
  const chunkRows = options.chunkRows ?? CHUNK_ROWS
  const state: ComparisonState = {
    options,
    chunkCount: Math.ceil(options.rows / chunkRows),
    supplied: new Map(),
    chunks: new Map(),
    early: new Map(),
    seen: new Set(),
    finished: new Map(),
    order: [...options.thresholds.keys()].sort((a, b) => options.thresholds[b]! - options.thresholds[a]!),
    started: 0,
    outbox: [],
    phase: 'running',
  }
  startChunks(state)
  return takeStep(state)
}

/**
 * Brings the scores of one chunk: of `shifts` times its rows, the score of `row` at `shift` at [shift * its rows + row],
 * where every chunk has `chunkRows` rows and the last one the rest. Any order will do, each once.
 * @throws {ComparisonInputError} a chunk that does not exist, has its scores, or has another size; the state is unchanged
 */
export function supplyScores(state: ComparisonState, chunk: number, scores: Uint16Array): ComparisonStep {
  if (state.phase !== 'running') return takeStep(state)
  const isDue = !state.options.scores && chunk >= state.started && chunk < state.chunkCount
  if (!isDue || !Number.isInteger(chunk) || state.supplied.has(chunk))
    throw new ComparisonInputError(`chunk ${chunk} takes no scores`)
  if (scores.length !== rangeOf(state.options, chunk).count * state.options.shifts)
    throw new ComparisonInputError('there must be one score for each row and shift of the chunk')
  state.supplied.set(chunk, scores)
  return guarded(state, () => startChunks(state))
}

/** How many rounds a comparison takes, so that another one may follow it under the same session id. */
export function comparisonRounds({ shifts, thresholds }: Pick<ComparisonOptions, 'shifts' | 'thresholds'>): number {
  return 1 + thresholds.length * roundsPerThreshold(shifts)
}

/**
 * Takes one message.
 * @throws {ComparisonAbortError} it does not belong here; the state is dead from then on
 */
export function step(state: ComparisonState, message: Message): ComparisonStep {
  if (state.phase !== 'running')
    throw new ComparisonAbortError('PALM_COMPARISON_ENDED', `the comparison is ${state.phase} and takes no message`)
  return guarded(state, () => {
    assertExpected(state, message)
    const key = `${message.chunk}/${message.round}`
    state.seen.add(key)
    state.early.set(key, message.payload)
    advance(state, message.chunk)
    startChunks(state)
  })
}

/** What `work` leads to; a comparison in which anything goes wrong is over. */
function guarded(state: ComparisonState, work: () => void): ComparisonStep {
  try {
    work()
    return takeStep(state)
  } catch (error) {
    state.phase = 'aborted'
    release(state)
    throw error
  }
}

/** Runs a chunk for as long as what it waits for is there. */
function advance(state: ComparisonState, index: number): void {
  const chunk = state.chunks.get(index)
  while (chunk?.expected) {
    const { bytes } = chunk.expected
    const round = chunk.expected.round + (state.options.firstRound ?? 0)
    const key = `${index}/${round}`
    const payload = state.early.get(key)
    if (!payload) return
    if (payload.length !== bytes)
      throw new ComparisonAbortError('PALM_COMPARISON_LENGTH', `the payload of round ${round} has another length`)
    state.early.delete(key)
    resume(state, index, chunk, payload)
    if (state.options.ownsMessages) discardBuffer(payload)
  }
}

/** Hands a program what it waited for (nothing, to begin with) and keeps what it waits for next, or its result. */
function resume(state: ComparisonState, index: number, chunk: Chunk, payload?: Uint8Array): void {
  const { done, value } = payload ? chunk.program.next(payload) : chunk.program.next()
  chunk.expected = done ? undefined : value
  if (!done) return
  state.chunks.delete(index)
  state.finished.set(index, value)
}

/** The rows of a chunk: where they begin, and how many there are. */
function rangeOf({ rows, chunkRows = CHUNK_ROWS }: ComparisonOptions, chunk: number): { first: number; count: number } {
  const first = chunk * chunkRows
  return { first, count: Math.min(chunkRows, rows - first) }
}

/** The scores of a chunk at a shift, or undefined as long as they are not there. */
function scoresOfChunk({ options, supplied }: ComparisonState, chunk: number): ChunkOptions['scoresOf'] | undefined {
  const { first, count } = rangeOf(options, chunk)
  const { rows, scores } = options
  if (scores) return (shift) => scores.subarray(shift * rows + first, shift * rows + first + count)
  const own = supplied.get(chunk)
  supplied.delete(chunk)
  return own && ((shift) => own.subarray(shift * count, (shift + 1) * count))
}

/**
 * Starts chunks until enough are under way, in order: the earliest that is not through is under way at every node, so they
 * never wait for each other. A chunk's early messages wait for it in `early`.
 */
function startChunks(state: ComparisonState): void {
  const { role, sid, shifts, dimension = CODE_BITS, thresholds, prf, firstRound = 0 } = state.options
  const { chunksUnderWay = CHUNKS_UNDER_WAY } = state.options
  while (state.started < state.chunkCount && state.chunks.size < chunksUnderWay) {
    const index = state.started
    const scoresOf = scoresOfChunk(state, index)
    if (!scoresOf) return
    state.started++
    const program = compareChunk({
      role,
      chunk: index,
      rows: rangeOf(state.options, index).count,
      shifts,
      dimension,
      thresholds: state.order.map((k) => thresholds[k]!),
      scoresOf,
      prf: (peer, purpose, round, chunk, length) => prf(peer, purpose, firstRound + round, chunk, length),
      send: (round, to, payload) =>
        state.outbox.push({ sid, round: firstRound + round, from: role, to, chunk: index, payload }),
    })
    const chunk: Chunk = { program, expected: undefined }
    state.chunks.set(index, chunk)
    resume(state, index, chunk)
    advance(state, index)
  }
}

/** Empties the outbox; puts the result together once every chunk is through. */
function takeStep(state: ComparisonState): ComparisonStep {
  const send = state.outbox
  state.outbox = []
  if (state.finished.size < state.chunkCount) return { state, send }
  state.phase = 'done'
  const { rows, thresholds, chunkRows = CHUNK_ROWS } = state.options
  const bitmaps = thresholds.map(() => new Uint8Array(Math.ceil(rows / 8)))
  for (const [index, chunkBitmaps] of state.finished)
    chunkBitmaps.forEach((bits, k) => {
      // A chunk is a multiple of 32 rows, so its bits begin with a byte.
      const at = (index * chunkRows) / 8
      const bitmap = bitmaps[state.order[k]!]!
      bitmap.set(bits.subarray(0, bitmap.length - at), at)
    })
  release(state)
  return { state, send, result: { bitmaps } }
}

/** Lets go of everything that holds shares. */
function release(state: ComparisonState): void {
  for (const { program } of state.chunks.values()) program.return([])
  state.chunks.clear()
  state.supplied.clear()
  state.early.clear()
  state.finished.clear()
  state.outbox = []
}

/**
 * Everything that can be said of a message but its length, which is known when its turn comes. The session comes first:
 * nothing else of a message from another one means anything.
 */
function assertExpected(state: ComparisonState, { sid, round, from, to, chunk, payload }: Message): void {
  const { role, shifts, thresholds } = state.options
  const abort = (code: PalmErrorCode, reason: string) => {
    throw new ComparisonAbortError(code, reason)
  }
  if (!equalBytes(sid, state.options.sid)) abort('PALM_COMPARISON_SESSION', 'a message belongs to another session')
  const own = round - (state.options.firstRound ?? 0)
  const isRound = own >= 0 && own < comparisonRounds({ shifts, thresholds })
  const sender = isRound ? senderOf(role, own, shifts) : undefined
  if (chunk >= state.chunkCount || sender === undefined)
    abort('PALM_COMPARISON_ROUND', `P${role} takes no message of round ${round}, chunk ${chunk}`)
  if (to !== role || from !== sender)
    abort('PALM_COMPARISON_SENDER', `round ${round} came from P${from} for P${to}, P${sender} for P${role} was due`)
  // What comes early is kept, so a lying node is not to fill the memory with it.
  if (chunk >= state.started && own > LAST_UNASKED_ROUND)
    abort('PALM_COMPARISON_ROUND', `round ${round} of chunk ${chunk} came before this node sent anything about it`)
  if (payload.length > longestPayload(rangeOf(state.options, chunk).count, shifts))
    abort('PALM_COMPARISON_LENGTH', `the payload of round ${round} has another length`)
  if (state.seen.has(`${chunk}/${round}`))
    abort('PALM_COMPARISON_DUPLICATE', `round ${round} of chunk ${chunk} came twice`)
}

function assertOptions(options: ComparisonOptions): void {
  const { sid, rows, shifts, thresholds, scores, dimension = CODE_BITS, t = 1, firstRound = 0 } = options
  const { chunkRows = CHUNK_ROWS, chunksUnderWay = 1 } = options
  if (t !== 1) throw new ScorePrivacyError(t)
  const isWhole = (value: number, least: number) => Number.isInteger(value) && value >= least
  const least = Math.max(1, dimension - SUM_LIMIT + 1)
  const most = Math.min(dimension, SUM_LIMIT)
  const faults: [boolean, string][] = [
    [sid.length !== SID_BYTES, `a session id has ${SID_BYTES} bytes`],
    [!isWhole(rows, 1), 'there must be one row at least'],
    [!isWhole(shifts, 1) || shifts > MAX_SHIFTS, `shifts must be in 1..${MAX_SHIFTS}`],
    [!!scores && scores.length !== rows * shifts, 'there must be one score for each row and shift'],
    [!isWhole(chunkRows, 32) || chunkRows % 32 !== 0, 'a chunk is a multiple of 32 rows'],
    [!isWhole(chunksUnderWay, 1), 'there must be one chunk under way at least'],
    [!isWhole(firstRound, 0), 'rounds are counted from 0'],
    [!isWhole(dimension, 1) || dimension % 2 !== 0, 'the dimension is a positive even number'],
    [
      thresholds.length === 0 || thresholds.some((T) => !isWhole(T, least) || T > most),
      `thresholds must be whole bits in ${least}..${most} with ${dimension} bits`,
    ],
  ]
  const fault = faults.find(([isFaulty]) => isFaulty)
  if (fault) throw new ComparisonInputError(fault[1])
}

/** Sizes of a comparison that do not fit together. */
export class ComparisonInputError extends PalmError {
  constructor(reason: string) {
    super('PALM_COMPARISON_INPUT', reason, { hints: ['Take rows, shifts and thresholds from the batch manifest.'] })
  }
}

/** More than one node may collude, which this comparison does not withstand: two nodes together see every score. */
export class ScorePrivacyError extends PalmError {
  constructor(t: number) {
    super('PALM_SCORE_PRIVACY', `scores stay private against one node, not against t = ${t}`, {
      hints: ['Use a committee with t = 1, for example three nodes.'],
    })
  }
}

/** A message that does not belong where it arrived; the comparison has ended. The code says which rule it broke. */
export class ComparisonAbortError extends PalmError {
  constructor(code: PalmErrorCode, reason: string) {
    super(code, reason, { hints: ['Begin a new attempt, which has a session id of its own; never resume.'] })
  }
}
