/**
 * The comparison of one range of rows with every shift, as one of three computing nodes runs it (steps 1-8 of the
 * protocol, docs/matching.md). A generator: it sends through `send`, yields what it waits for, and is resumed with the
 * payload; so it has no I/O and its order of rounds can be read from top to bottom.
 *
 * With e_i = -d_i, and the constant in e_1, the nodes hold sum e_i = D - score - 2T = 2 (HD - T), which is even. So the
 * parity of the two addends is the same and known to both who hold one, and
 *
 *   y = HD - T = ceil(u / 2) + floor(v / 2) mod 2^12        HD < T  <=>  sign(y) = 1
 *
 * is exact for every valid score with the 13 low bits of a share, as long as HD - T stays in [-2048, 2047] for
 * all HD in 0..D. (Valid means that row and probe are vectors of +-1: other vectors may wrap.)
 *
 * Only the OR over shifts is opened. A second, narrower threshold is asked only of the rows that passed the first, for
 * those are public by then and every row that passes a narrower threshold passes a wider one: the opened bits are the
 * same as with two comparisons of everything, at half the cost.
 */

import { laneOf, returnBitKernel } from './bit-kernel.ts'
import { type ChunkWorkspace, CIRCUIT, createChunkWorkspace, FOLD_BITS, type SharedBits } from './chunk-workspace.ts'
import type { Role } from './comparison-message.ts'
import { discardBytes } from './discard-bytes.ts'
import { asBytes } from './little-endian.ts'
import type { Prf } from './pairwise-prf.ts'
import { roleAfter, roleBefore } from './replicated-bits.ts'
import { SUM_BITS } from './sign-circuit.ts'

const WORD_BYTES = 4
/** Bytes of 32 lanes of 16 bits. */
const LANES_BYTES = 64

/** What a chunk waits for: the payload of `round` from `from`, so many bytes long. */
export type Expectation = { readonly round: number; readonly from: Role; readonly bytes: number }

export type ChunkOptions = {
  readonly role: Role
  readonly chunk: number
  /** Rows of this chunk, at least 1. */
  readonly rows: number
  readonly shifts: number
  /** D: what a distance of 0 scores. */
  readonly dimension: number
  /** Distances in bits, descending. */
  readonly thresholds: readonly number[]
  /** This node's d_i of a shift's row, both counted from 0 within the chunk. */
  readonly scoresOf: (shift: number) => Uint16Array
  readonly prf: Prf
  readonly send: (round: number, to: Role, payload: Uint8Array) => void
}

/** The rounds of one threshold: sharing the bits, the carry, the OR over shifts, opening. */
export function roundsPerThreshold(shifts: number): number {
  return 1 + CIRCUIT.rounds.length + Math.ceil(Math.log2(shifts)) + 1
}

/** Who sends `role` the message of `round`, or undefined where it gets none. Round 0 folds, the rest repeat by threshold. */
export function senderOf(role: Role, round: number, shifts: number): Role | undefined {
  if (round === 0) return role === 1 ? 0 : undefined
  const isSharing = (round - 1) % roundsPerThreshold(shifts) === 0
  if (!isSharing) return roleAfter(role)
  return role === 1 ? undefined : roleBefore(role)
}

/** Bytes of the longest message about a chunk of `rows` rows: the folded score shares. */
export function longestPayload(rows: number, shifts: number): number {
  return FOLD_BITS * lanesOf(rows, shifts).plane
}

/** The last round of which an honest node sends anything about a chunk that its receiver has not begun. */
export const LAST_UNASKED_ROUND = 1

/** Lanes of one threshold: `rows` rows padded to whole words, `shifts` times; `plane` bytes hold a bit of each. */
type Lanes = { readonly rows: number; readonly words: number; readonly plane: number }

/** Whole words for each shift, so that the OR over shifts works on words. */
function lanesOf(rows: number, shifts: number): Lanes {
  const words = Math.ceil(rows / 32)
  return { rows, words, plane: WORD_BYTES * words * shifts }
}

/** Runs a chunk; returns for each threshold bit `row & 7` of byte `row >> 3`, in whole words of 32 rows. */
export function* compareChunk(options: ChunkOptions): Generator<Expectation, Uint8Array[], Uint8Array> {
  const lanes = lanesOf(options.rows, options.shifts)
  const space = createChunkWorkspace(lanes.plane)
  try {
    return yield* compareThresholds(options, lanes, space)
  } finally {
    returnBitKernel(space.kernel)
  }
}

function* compareThresholds(
  options: ChunkOptions,
  all: Lanes,
  space: ChunkWorkspace,
): Generator<Expectation, Uint8Array[], Uint8Array> {
  const { role, rows, shifts, thresholds } = options
  yield* fold(options, all, space)
  // Without the parity plane: ceil(u / 2) at P1, floor(v / 2) at P2.
  let addend = space.addend + all.plane
  let lanes = all
  let kept: number[] | undefined
  const bitmaps: Uint8Array[] = []
  for (const [k, threshold] of thresholds.entries()) {
    if (k > 0) {
      kept = setRows(bitmaps.at(-1)!, rows)
      lanes = lanesOf(kept.length, shifts)
      // y = HD - T grows where T shrinks; the constant goes to P1's addend.
      const change = role === 1 ? thresholds[0]! - threshold : 0
      if (role !== 0) selectLanes(space, all, kept, lanes, shifts, change)
      addend = space.narrowAddend
    }
    const bitmap = new Uint8Array(WORD_BYTES * all.words)
    bitmaps.push(bitmap)
    if (lanes.rows === 0) continue
    const bits = yield* signs(options, lanes, space, addend, 1 + k * roundsPerThreshold(shifts))
    for (const lane of setRows(bits, lanes.rows)) {
      const row = kept ? kept[lane]! : lane
      bitmap[row >> 3]! |= 1 << (row & 7)
    }
  }
  return bitmaps
}

/** Step 1: two addends of 13 bits, one known to P1 and one to P2, whose sum is 2 (HD - T), or that and 1. */
function* fold(options: ChunkOptions, lanes: Lanes, space: ChunkWorkspace): Generator<Expectation, void, Uint8Array> {
  const { role, chunk, dimension, thresholds, prf, send } = options
  const { plane } = lanes
  const { kernel, bytes, addend } = space
  const mask = space.masks.before
  const length = FOLD_BITS * plane
  // sum e_i = D - score - 2T = 2 (HD - T): the constant is P1's.
  negateScores(options, lanes, space, role === 1 ? dimension - 2 * thresholds[0]! : 0)
  if (role === 0) {
    // P0: e_0 - r to P1.
    takeBytes(bytes, prf(2, 'fold', 0, chunk, length), mask)
    kernel.subtractPlanes(addend, mask, FOLD_BITS, plane, addend)
    send(0, 1, bytes.slice(addend, addend + length))
  } else if (role === 1) {
    // P1: u = e_1 + e_0 - r, and the 1 that makes a shift to the right round up.
    bytes.set(yield { round: 0, from: 0, bytes: length }, mask)
    kernel.addPlanes(addend, mask, FOLD_BITS, plane, 1, addend)
  } else {
    // P2: v = e_2 + r.
    takeBytes(bytes, prf(0, 'fold', 0, chunk, length), mask)
    kernel.addPlanes(addend, mask, FOLD_BITS, plane, 0, addend)
  }
}

/** Steps 2-8: shares both addends, computes the sign of their sum, ORs over shifts and opens that bit for each row. */
function* signs(
  options: ChunkOptions,
  lanes: Lanes,
  space: ChunkWorkspace,
  addend: number,
  firstRound: number,
): Generator<Expectation, Uint8Array, Uint8Array> {
  const { role, shifts, send } = options
  const { plane, words } = lanes
  const { kernel, bytes, registers, products } = space
  let round = firstRound
  yield* shareAddends(options, lanes, space, addend, round++)
  const masks = drawMasks(options, lanes, round)
  for (const [k, gates] of CIRCUIT.rounds.entries()) {
    const spans = gates.map(({ x, y }) => ({ x: x * plane, y: y * plane, length: plane }))
    yield* andRound(options, masks, space, registers, spans, round++)
    eachComponent((component) => {
      const register = registers[component]
      // p = a ^ b, wanted once a and b have gone into g = a & b.
      if (k === 0) kernel.xorBits(register, register + SUM_BITS * plane, SUM_BITS * plane)
      gates.forEach(({ out, add }, gate) => {
        const product = products[component] + gate * plane
        if (add) kernel.xorBits(register + out * plane, product, plane)
        else bytes.copyWithin(register + out * plane, product, product + plane)
      })
    })
  }
  // sign(y) = a ^ b ^ carry at the top bit; p there is a ^ b.
  const sign: SharedBits = {
    own: registers.own + CIRCUIT.top * plane,
    next: registers.next + CIRCUIT.top * plane,
  }
  eachComponent((component) => kernel.xorBits(sign[component], registers[component] + CIRCUIT.carry * plane, plane))

  // x | y = x ^ y ^ (x & y), halving the number of shifts each round.
  const shift = WORD_BYTES * words
  for (let left = shifts; left > 1; ) {
    const half = Math.ceil(left / 2)
    const span = { x: 0, y: half * shift, length: (left - half) * shift }
    yield* andRound(options, masks, space, sign, [span], round++)
    eachComponent((component) => {
      kernel.xorBits(sign[component], sign[component] + span.y, span.length)
      kernel.xorBits(sign[component], products[component], span.length)
    })
    left = half
  }

  // Each node lacks one component, which the node after it has as its `next`.
  send(round, roleBefore(role), bytes.slice(sign.next, sign.next + shift))
  const missing = products.own
  bytes.set(yield { round, from: roleAfter(role), bytes: shift }, missing)
  eachComponent((component) => kernel.xorBits(missing, sign[component], shift))
  return bytes.slice(missing, missing + shift)
}

/**
 * Step 2: P1's addend as (0, mask with P0, rest) and P2's as (rest, 0, mask with P1), each rest being sent to the node
 * that completes the pair. Registers 0..11 hold the first, 12..23 the second.
 */
function* shareAddends(
  { role, chunk, prf, send }: ChunkOptions,
  { plane }: Lanes,
  { kernel, bytes, registers: { own, next } }: ChunkWorkspace,
  addend: number,
  round: number,
): Generator<Expectation, void, Uint8Array> {
  const size = SUM_BITS * plane
  const mask = (peer: Role, purpose: string, at: number) => takeBytes(bytes, prf(peer, purpose, round, chunk, size), at)
  const zero = (at: number) => bytes.fill(0, at, at + size)
  // The owner's third component: its addend, masked with what `other` component it holds.
  const rest = (at: number, other: number, to: Role) => {
    bytes.copyWithin(at, addend, addend + size)
    kernel.xorBits(at, other, size)
    send(round, to, bytes.slice(at, at + size))
  }
  // Components by index, u = (0, mask 01, rest) and v = (rest, 0, mask 12).
  if (role === 0) {
    zero(own)
    mask(1, 'share-u', next)
    zero(next + size)
    bytes.set(yield { round, from: 2, bytes: size }, own + size)
  } else if (role === 1) {
    mask(0, 'share-u', own)
    rest(next, own, 2)
    zero(own + size)
    mask(2, 'share-v', next + size)
  } else {
    mask(1, 'share-v', own + size)
    rest(next + size, own + size, 0)
    zero(next)
    bytes.set(yield { round, from: 1, bytes: size }, own)
  }
}

/** The masks of all ANDs of one threshold, drawn at once; each byte is used once, in order. */
type AndMasks = { readonly before: Uint8Array; readonly after: Uint8Array; used: number }

function drawMasks({ role, chunk, shifts, prf }: ChunkOptions, { words, plane }: Lanes, round: number): AndMasks {
  const gates = CIRCUIT.rounds.reduce((sum, { length }) => sum + length, 0)
  const length = gates * plane + WORD_BYTES * (shifts - 1) * words
  const draw = (peer: Role) => prf(peer, 'and', round, chunk, length)
  return { before: draw(roleBefore(role)), after: draw(roleAfter(role)), used: 0 }
}

/** One AND over `length` bytes: offsets into both components of the shared bits. */
type AndSpan = { readonly x: number; readonly y: number; readonly length: number }

/** One round of ANDs: both components of all products, one behind the other. */
function* andRound(
  { role, send }: ChunkOptions,
  masks: AndMasks,
  { kernel, bytes, masks: place, products }: ChunkWorkspace,
  { own, next }: SharedBits,
  spans: readonly AndSpan[],
  round: number,
): Generator<Expectation, void, Uint8Array> {
  const size = spans.reduce((sum, { length }) => sum + length, 0)
  bytes.set(masks.before.subarray(masks.used, masks.used + size), place.before)
  bytes.set(masks.after.subarray(masks.used, masks.used + size), place.after)
  masks.used += size
  if (masks.used === masks.before.length) {
    discardBytes(masks.before)
    discardBytes(masks.after)
  }
  let at = 0
  for (const { x, y, length } of spans) {
    const [before, after] = [place.before + at, place.after + at]
    kernel.andBits(own + x, next + x, own + y, next + y, before, after, products.own + at, length)
    at += length
  }
  send(round, roleBefore(role), bytes.slice(products.own, products.own + size))
  bytes.set(yield { round, from: roleAfter(role), bytes: size }, products.next)
}

/** The addend: constant - d_i as 13 bit planes over the lanes; padding lanes count as d_i = 0. */
function negateScores(
  { shifts, rows, scoresOf }: ChunkOptions,
  { words, plane }: Lanes,
  { kernel, bytes, lanes, addend }: ChunkWorkspace,
  constant: number,
): void {
  const each = LANES_BYTES * words
  for (let shift = 0; shift < shifts; shift++) {
    bytes.set(asBytes(scoresOf(shift)), lanes + shift * each)
    bytes.fill(0, lanes + shift * each + 2 * rows, lanes + (shift + 1) * each)
  }
  kernel.toPlanes(lanes, shifts * words, constant, FOLD_BITS, addend, plane)
}

/** The narrower addend: that of the rows in `kept`, plus `change`, laid out as `narrower`. */
function selectLanes(
  { kernel, bytes, addend, lanes, narrowAddend }: ChunkWorkspace,
  all: Lanes,
  kept: readonly number[],
  narrower: Lanes,
  shifts: number,
  change: number,
): void {
  const planes = new Uint32Array(bytes.buffer, addend + all.plane, (SUM_BITS * all.plane) / WORD_BYTES)
  const negated = new Uint16Array(32 * narrower.words * shifts)
  for (let shift = 0; shift < shifts; shift++)
    kept.forEach((row, k) => {
      const lane = shift * all.words * 32 + row
      negated[shift * narrower.words * 32 + k] = -laneOf(planes, all.plane / WORD_BYTES, lane)
    })
  bytes.set(asBytes(negated), lanes)
  kernel.toPlanes(lanes, narrower.words * shifts, change, SUM_BITS, narrowAddend, narrower.plane)
}

/** The rows below `rows` whose bit is set, ascending. */
function setRows(bitmap: Uint8Array, rows: number): number[] {
  const set: number[] = []
  for (let at = 0; 8 * at < rows; at++)
    for (let bits = bitmap[at]!; bits !== 0; bits &= bits - 1) {
      const row = 8 * at + 31 - Math.clz32(bits & -bits)
      if (row < rows) set.push(row)
    }
  return set
}

/** Copies `source`, which nobody needs afterwards. */
function takeBytes(target: Uint8Array, source: Uint8Array, at: number): void {
  target.set(source, at)
  discardBytes(source)
}

/** Local operations do the same to both components. */
function eachComponent(apply: (component: 'own' | 'next') => void): void {
  apply('own')
  apply('next')
}
