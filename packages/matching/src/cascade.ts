/**
 * A query in two passes: all rows are compared once by a short code that needs no shifts, and those that pass are compared
 * by the full code at every shift. It is two comparisons in turn under one session id, a state machine without I/O like
 * each of them (comparison.ts), and answers like one: a bit for each row and threshold.
 *
 *   first    d of every row with the short code        opens: which rows have HD < T_1
 *   second   d of the active rows that passed          opens: which of those have HD < T at a shift, for each T
 *
 * Fused, the second pass decides on the sum of both scores, which is the score of the codes joined together: each node adds
 * its share of the row's first score to its share at every shift, and D = D_1 + D_2.
 *
 * Beyond the answer, nodes see which rows passed the first pass: about a tenth of the gallery, most of them strangers'. Who
 * knows the codes of thousands of scans can solve for the rows' short codes from that (docs/matching.md, What nodes see).
 */

import { PalmError } from '@palmhold/base'
import { CODE_BITS } from '@palmhold/palm'
import { LAST_UNASKED_ROUND, longestPayload } from './chunk-comparison.ts'
import {
  CHUNK_ROWS,
  type ComparisonOptions,
  type ComparisonResult,
  type ComparisonStep,
  comparisonRounds,
  createComparison,
  step,
  supplyScores,
} from './comparison.ts'
import type { Message } from './comparison-message.ts'

/** Rows in a chunk of the first pass: with one comparison a row, smaller ones are mostly waiting for messages. */
export const FIRST_CHUNK_ROWS = 32_768
/** A chunk of the second pass is a multiple of this, and at most CHUNK_ROWS. */
const CHUNK_STEP = 1024
/** Chunks that a second pass is cut into at least, where there are rows enough: so kernel and rounds overlap. */
const LEAST_CHUNKS = 4

/** Messages of the second pass that are kept for it: an honest node sends one for each chunk it has under way. */
const MOST_EARLY = 256

/** The pass that messages and scores belong to. */
export type CascadePass = 'first' | 'second'

export type CascadeOptions = Pick<
  ComparisonOptions,
  'role' | 'sid' | 'rows' | 'prf' | 't' | 'chunksUnderWay' | 'ownsMessages'
> & {
  /** The short code: its bits, and the distance under which a row passes. */
  readonly first: { readonly dimension: number; readonly threshold: number }
  /** The full code. `dimension` is its own, 1,536 unless given; thresholds are of the joined codes where `isFused`. */
  readonly second: Pick<ComparisonOptions, 'shifts' | 'thresholds' | 'dimension'> & { readonly isFused: boolean }
  /** The rows that count, bit `row & 7` of byte `row >> 3`, the same at all nodes: others never reach the second pass. */
  readonly active: Uint8Array
  /** Rows in a chunk of either pass, a multiple of 32, the same at all nodes; chosen by the number of rows unless given. */
  readonly chunkRows?: number
}

/** The rows that the second pass compares. */
export type WantedRows = {
  /** Their slots, ascending. */
  readonly rows: Uint32Array
  /** How many of them make a chunk. */
  readonly chunkRows: number
}

export type CascadeResult = ComparisonResult & {
  /** Rows that the second pass compared. */
  readonly candidates: number
}

/** The state of a cascade. It is changed in place; its fields are nobody else's business. */
export type CascadeState = {
  readonly options: CascadeOptions
  /** This node's shares of the first scores, kept to be added where the decision is fused. */
  readonly firstScores: Uint16Array
  pass: CascadePass
  current: ComparisonStep['state']
  wanted: WantedRows
  /** Messages of the second pass from nodes that are there already. */
  early: Message[]
}

/** What a node does next: send these messages, compute what is wanted, and stop where there is a result. */
export type CascadeStep = {
  readonly state: CascadeState
  readonly send: Message[]
  /**
   * Set once, when the second pass begins: the rows whose scores are wanted, at every shift. They are handed over by
   * `supplyCascade`, chunk by chunk of this list.
   */
  readonly wanted?: WantedRows
  /** Set by the last step; messages may have to be sent with it. */
  readonly result?: CascadeResult
}

/**
 * Starts a cascade; `supplyCascade` brings the scores of the first pass.
 * @throws {ScorePrivacyError} t > 1
 * @throws {ComparisonInputError} sizes of the first or the second pass that do not fit together
 * @throws {CascadeInputError} `active` has another length
 */
export function createCascade(options: CascadeOptions): CascadeStep {
  const { rows, active, first, chunkRows = FIRST_CHUNK_ROWS } = options
  if (active.length !== Math.ceil(rows / 8)) throw new CascadeInputError('there must be one active bit for each row')
  // What does not fit the second pass is to be known before anything is sent; nothing is drawn or sent here.
  createComparison(secondOptions(options, 1, options.chunkRows ?? CHUNK_ROWS))
  const { dimension, threshold } = first
  const begun = createComparison({ ...common(options), rows, shifts: 1, dimension, thresholds: [threshold], chunkRows })
  const state: CascadeState = {
    options,
    firstScores: new Uint16Array(options.second.isFused ? rows : 0),
    pass: 'first',
    current: begun.state,
    wanted: { rows: new Uint32Array(0), chunkRows },
    early: [],
  }
  return proceed(state, begun)
}

/**
 * Brings the scores of one chunk of a pass, as `supplyScores` does: of the first pass those of its rows, FIRST_CHUNK_ROWS of
 * them unless `chunkRows` was given; of the second those of the wanted rows, at [shift * rows of the chunk + row].
 * @throws {ComparisonInputError | CascadeInputError} they are not wanted, or have another size; the state is unchanged
 */
export function supplyCascade(state: CascadeState, pass: CascadePass, chunk: number, scores: Uint16Array): CascadeStep {
  if (pass !== state.pass) throw new CascadeInputError(`the ${pass} pass takes no scores`)
  const { chunkRows = FIRST_CHUNK_ROWS, second } = state.options
  const { wanted } = state
  if (!second.isFused) return proceed(state, supplyScores(state.current, chunk, scores))
  if (pass === 'first') {
    const next = supplyScores(state.current, chunk, scores)
    state.firstScores.set(scores, chunk * chunkRows)
    return proceed(state, next)
  }
  const rows = wanted.rows.subarray(chunk * wanted.chunkRows, (chunk + 1) * wanted.chunkRows)
  // Scores that do not fit the rows are as they are, to be refused.
  const fits = scores.length === rows.length * second.shifts
  return proceed(state, supplyScores(state.current, chunk, fits ? fuse(scores, firstScoresOf(state, rows)) : scores))
}

/** This node's shares of the first scores of some rows. */
function firstScoresOf({ firstScores }: CascadeState, rows: Uint32Array): Uint16Array {
  const first = new Uint16Array(rows.length)
  for (let k = 0; k < rows.length; k++) first[k] = firstScores[rows[k]!]!
  return first
}

/** The sum of both scores modulo 2^16, for each row at every shift. */
function fuse(scores: Uint16Array, first: Uint16Array): Uint16Array {
  const fused = new Uint16Array(scores.length)
  // Loops, for this runs for every row and shift: `from` with a function walks an iterator, at a tenth of the speed.
  for (let at = 0; at < scores.length; at += first.length)
    for (let k = 0; k < first.length; k++) fused[at + k] = scores[at + k]! + first[k]!
  return fused
}

/**
 * Takes one message.
 * @throws {ComparisonAbortError} it does not belong here; the state is dead from then on
 */
export function stepCascade(state: CascadeState, message: Message): CascadeStep {
  const begin = firstRounds(state.options)
  const isUnasked = message.round >= begin && message.round <= begin + LAST_UNASKED_ROUND
  if (state.pass === 'first' && isUnasked && isKept(state, message)) {
    state.early.push(message)
    return { state, send: [] }
  }
  return proceed(state, step(state.current, message))
}

/** Whether a message may wait for the second pass: not too many, and none longer than any of it. */
function isKept({ options, early }: CascadeState, { payload }: Message): boolean {
  const { rows, second, chunkRows = CHUNK_ROWS } = options
  return early.length < MOST_EARLY && payload.length <= longestPayload(Math.min(rows, chunkRows), second.shifts)
}

/** Goes on after a step of the pass under way: to the second pass after the first, to the result after the second. */
function proceed(state: CascadeState, { send, result }: ComparisonStep): CascadeStep {
  if (!result) return { state, send }
  return state.pass === 'first'
    ? beginSecond(state, send, result.bitmaps[0]!)
    : { state, send, result: spread(state, result) }
}

function beginSecond(state: CascadeState, sent: Message[], passed: Uint8Array): CascadeStep {
  const { options } = state
  state.pass = 'second'
  const rows = rowsOf(passed, options.active)
  const wanted = { rows, chunkRows: options.chunkRows ?? chunkRowsFor(rows.length) }
  state.wanted = wanted
  if (rows.length === 0) {
    const bitmaps = options.second.thresholds.map(() => new Uint8Array(passed.length))
    return { state, send: sent, result: { bitmaps, candidates: 0 } }
  }
  const begun = createComparison(secondOptions(options, rows.length, wanted.chunkRows))
  state.current = begun.state
  const send = [...sent, ...begun.send]
  for (const message of state.early.splice(0)) send.push(...step(begun.state, message).send)
  return { state, send, wanted }
}

/** The bits of the second pass at the rows they belong to. */
function spread({ options, wanted }: CascadeState, { bitmaps }: ComparisonResult): CascadeResult {
  const spreadOne = (bits: Uint8Array): Uint8Array => {
    const bitmap = new Uint8Array(Math.ceil(options.rows / 8))
    wanted.rows.forEach((row, k) => {
      if ((bits[k >> 3]! >> (k & 7)) & 1) bitmap[row >> 3]! |= 1 << (row & 7)
    })
    return bitmap
  }
  return { bitmaps: bitmaps.map(spreadOne), candidates: wanted.rows.length }
}

/** What both passes have in common. */
function common({ role, sid, prf, t, chunksUnderWay, ownsMessages }: CascadeOptions) {
  return {
    ...{ role, sid, prf },
    ...(t === undefined ? {} : { t }),
    ...(chunksUnderWay === undefined ? {} : { chunksUnderWay }),
    ...(ownsMessages === undefined ? {} : { ownsMessages }),
  }
}

/** The second pass over `rows` rows; its rounds follow those of the first. */
function secondOptions(options: CascadeOptions, rows: number, chunkRows: number): ComparisonOptions {
  const { shifts, thresholds, dimension = CODE_BITS, isFused } = options.second
  const joined = dimension + (isFused ? options.first.dimension : 0)
  return {
    ...common(options),
    rows,
    shifts,
    thresholds,
    dimension: joined,
    chunkRows,
    firstRound: firstRounds(options),
  }
}

/** Rows in a chunk of a second pass over `rows` rows. */
function chunkRowsFor(rows: number): number {
  return Math.min(CHUNK_ROWS, CHUNK_STEP * Math.ceil(rows / (LEAST_CHUNKS * CHUNK_STEP)))
}

function firstRounds({ first }: CascadeOptions): number {
  return comparisonRounds({ shifts: 1, thresholds: [first.threshold] })
}

/** Rows whose bit is set in both. */
function rowsOf(passed: Uint8Array, active: Uint8Array): Uint32Array {
  const rows: number[] = []
  passed.forEach((byte, at) => {
    for (let bits = byte & active[at]!; bits !== 0; bits &= bits - 1) rows.push(8 * at + 31 - Math.clz32(bits & -bits))
  })
  return Uint32Array.from(rows)
}

/** Inputs of a cascade that do not fit together, or come when they are not wanted. */
export class CascadeInputError extends PalmError {
  constructor(reason: string) {
    super('PALM_CASCADE_INPUT', reason, {
      hints: ['Compute the scores of a pass when the cascade asks for them, for the rows it names.'],
    })
  }
}
