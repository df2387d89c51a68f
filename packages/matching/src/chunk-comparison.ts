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
 * is exact for every valid score with the 13 low bits of a share: |HD - T| <= 1,536 < 2^11. (Valid means that row and
 * probe are vectors of +-1: an unchecked dealer's other vectors may wrap.)
 *
 * Only the OR over shifts is opened. A second, narrower threshold is asked only of the rows that passed the first, for
 * those are public by then and every row that passes a narrower threshold passes a wider one: the opened bits are the
 * same as with two comparisons of everything, at half the cost.
 */

import { CODE_BITS } from '@palmhold/palm'
import { addPlanes, laneOf, subtractPlanes, toBitPlanes } from './bit-planes.ts'
import type { Role } from './comparison-message.ts'
import { asUint32 } from './little-endian.ts'
import type { Prf } from './pairwise-prf.ts'
import {
  type AndSpan,
  andSpan,
  roleAfter,
  roleBefore,
  type SharedBits,
  sharedBits,
  xorSpan,
} from './replicated-bits.ts'
import { createSignCircuit, SUM_BITS } from './sign-circuit.ts'

/** Bits of a share that matter: those of the sum and the parity bit that is dropped. */
const FOLD_BITS = SUM_BITS + 1
const CIRCUIT = createSignCircuit(SUM_BITS)
const WORD_BYTES = 4

/** What a chunk waits for: the payload of `round` from `from`, so many bytes long. */
export type Expectation = { readonly round: number; readonly from: Role; readonly bytes: number }

export type ChunkOptions = {
  readonly role: Role
  readonly chunk: number
  /** Rows of this chunk, at least 1. */
  readonly rows: number
  readonly shifts: number
  /** Distances in bits, descending. */
  readonly thresholds: readonly number[]
  /** This node's d_i of a shift's row, both counted from 0 within the chunk. */
  readonly scoresOf: (shift: number) => Uint16Array
  readonly prf: Prf
  readonly send: (round: number, to: Role, words: Uint32Array) => void
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

/** Lanes of one threshold: `rows` rows padded to whole words, `shifts` times. */
type Lanes = { readonly rows: number; readonly words: number; readonly total: number }

/** Whole words for each shift, so that the OR over shifts works on words. */
function lanesOf(rows: number, shifts: number): Lanes {
  const words = Math.ceil(rows / 32)
  return { rows, words, total: words * shifts }
}

/** Runs a chunk; returns for each threshold a bit for each row, ceil(rows / 32) words. */
export function* compareChunk(options: ChunkOptions): Generator<Expectation, Uint32Array[], Uint8Array> {
  const { rows, shifts, thresholds } = options
  let lanes = lanesOf(rows, shifts)
  let addend = yield* fold(options, lanes)
  let candidates = Array.from({ length: rows }, (_, row) => row)
  const bitmaps: Uint32Array[] = []
  for (const [k, threshold] of thresholds.entries()) {
    if (k > 0) {
      const kept = candidates.flatMap((row, lane) => (isSet(bitmaps.at(-1)!, row) ? [lane] : []))
      candidates = kept.map((lane) => candidates[lane]!)
      const narrower = lanesOf(kept.length, shifts)
      // y = HD - T grows where T shrinks; the constant goes to P1's addend.
      const change = options.role === 1 ? thresholds[k - 1]! - threshold : 0
      addend = addend && selectLanes(addend, lanes, kept, narrower, shifts, change)
      lanes = narrower
    }
    const bitmap = new Uint32Array(Math.ceil(rows / 32))
    bitmaps.push(bitmap)
    if (candidates.length === 0) continue
    const bits = yield* signs(options, lanes, addend, 1 + k * roundsPerThreshold(shifts))
    candidates.forEach((row, lane) => {
      if (isSet(bits, lane)) bitmap[row >> 5]! |= 1 << (row & 31)
    })
  }
  return bitmaps
}

/** Step 1: two addends of 12 bits, one known to P1 and one to P2, whose sum is HD - T. Returns this node's, if any. */
function* fold(options: ChunkOptions, lanes: Lanes): Generator<Expectation, Uint32Array | undefined, Uint8Array> {
  const { role, chunk, thresholds, prf, send } = options
  const bytes = FOLD_BITS * lanes.total * WORD_BYTES
  // sum e_i = D - score - 2T = 2 (HD - T): the constant is P1's.
  const planes = negatedScores(options, lanes, role === 1 ? CODE_BITS - 2 * thresholds[0]! : 0)
  if (role === 0) {
    // P0: e_0 - r to P1.
    subtractPlanes(planes, asUint32(prf(2, 'fold', 0, chunk, bytes)), lanes.total, planes)
    send(0, 1, planes)
    return undefined
  }
  if (role === 1) {
    // P1: u = e_1 + e_0 - r, and the 1 that makes a shift to the right round up.
    addPlanes(planes, asUint32(yield { round: 0, from: 0, bytes }), lanes.total, 1, planes)
  } else {
    // P2: v = e_2 + r.
    addPlanes(planes, asUint32(prf(0, 'fold', 0, chunk, bytes)), lanes.total, 0, planes)
  }
  // Without the parity plane: ceil(u / 2) at P1, floor(v / 2) at P2.
  return planes.subarray(lanes.total)
}

/** Steps 2-8: shares both addends, computes the sign of their sum, ORs over shifts and opens that bit for each row. */
function* signs(
  options: ChunkOptions,
  lanes: Lanes,
  addend: Uint32Array | undefined,
  firstRound: number,
): Generator<Expectation, Uint32Array, Uint8Array> {
  const { role, shifts, send } = options
  const { total, words } = lanes
  let round = firstRound
  const registers = yield* shareAddends(options, lanes, addend, round++)
  const masks = andMasks(options, lanes, round)
  for (const [k, gates] of CIRCUIT.rounds.entries()) {
    const spans = gates.map(({ x, y }, gate) => ({ x: x * total, y: y * total, product: gate * total, words: total }))
    const product = yield* andRound(options, masks, registers, spans, round++)
    eachComponent((component) => {
      const register = registers[component]
      // p = a ^ b, wanted once a and b have gone into g = a & b.
      if (k === 0) xorSpan(register, 0, register, SUM_BITS * total, SUM_BITS * total)
      gates.forEach(({ out, add }, gate) => {
        if (add) xorSpan(register, out * total, product[component], gate * total, total)
        else register.set(product[component].subarray(gate * total, (gate + 1) * total), out * total)
      })
    })
  }
  // sign(y) = a ^ b ^ carry at the top bit; p there is a ^ b.
  const sign: SharedBits = {
    own: registers.own.subarray(CIRCUIT.top * total, (CIRCUIT.top + 1) * total),
    next: registers.next.subarray(CIRCUIT.top * total, (CIRCUIT.top + 1) * total),
  }
  eachComponent((component) => xorSpan(sign[component], 0, registers[component], CIRCUIT.carry * total, total))

  // x | y = x ^ y ^ (x & y), halving the number of shifts each round.
  for (let left = shifts; left > 1; ) {
    const kept = Math.ceil(left / 2)
    const span = { x: 0, y: kept * words, product: 0, words: (left - kept) * words }
    const product = yield* andRound(options, masks, sign, [span], round++)
    eachComponent((component) => {
      xorSpan(sign[component], 0, sign[component], span.y, span.words)
      xorSpan(sign[component], 0, product[component], 0, span.words)
    })
    left = kept
  }

  // Each node lacks one component, which the node after it has as its `next`.
  send(round, roleBefore(role), sign.next.slice(0, words))
  const missing = asUint32(yield { round, from: roleAfter(role), bytes: words * WORD_BYTES })
  return missing.map((word, k) => word ^ sign.own[k]! ^ sign.next[k]!)
}

/**
 * Step 2: P1's addend as (0, mask with P0, rest) and P2's as (rest, 0, mask with P1), each rest being sent to the node
 * that completes the pair. Registers 0..11 hold the first, 12..23 the second.
 */
function* shareAddends(
  { role, chunk, prf, send }: ChunkOptions,
  { total }: Lanes,
  addend: Uint32Array | undefined,
  round: number,
): Generator<Expectation, SharedBits, Uint8Array> {
  const size = SUM_BITS * total
  const bytes = size * WORD_BYTES
  const registers = sharedBits(CIRCUIT.registers * total)
  const { own, next } = registers
  const mask = (peer: Role, purpose: string) => asUint32(prf(peer, purpose, round, chunk, bytes))
  // Components by index, u = (0, mask 01, rest) and v = (rest, 0, mask 12); what stays zero is not written.
  if (role === 0) {
    next.set(mask(1, 'share-u'))
    own.set(asUint32(yield { round, from: 2, bytes }), size)
  } else if (role === 1) {
    own.set(mask(0, 'share-u'))
    next.set(addend!)
    xorSpan(next, 0, own, 0, size)
    send(round, 2, next.slice(0, size))
    next.set(mask(2, 'share-v'), size)
  } else {
    own.set(mask(1, 'share-v'), size)
    next.set(addend!, size)
    xorSpan(next, size, own, size, size)
    send(round, 0, next.slice(size))
    own.set(asUint32(yield { round, from: 1, bytes }))
  }
  return registers
}

/** The masks of all ANDs of one threshold, drawn at once; each word is used once, in order. */
type AndMasks = { readonly before: Uint32Array; readonly after: Uint32Array; used: number }

function andMasks({ role, chunk, shifts, prf }: ChunkOptions, { words, total }: Lanes, round: number): AndMasks {
  const gates = CIRCUIT.rounds.reduce((sum, { length }) => sum + length, 0)
  const bytes = WORD_BYTES * (gates * total + (shifts - 1) * words)
  const draw = (peer: Role) => asUint32(prf(peer, 'and', round, chunk, bytes))
  return { before: draw(roleBefore(role)), after: draw(roleAfter(role)), used: 0 }
}

/** One round of ANDs: both components of all products, one behind the other. */
function* andRound(
  { role, send }: ChunkOptions,
  masks: AndMasks,
  bits: SharedBits,
  spans: readonly AndSpan[],
  round: number,
): Generator<Expectation, SharedBits, Uint8Array> {
  const size = spans.reduce((sum, span) => sum + span.words, 0)
  const before = masks.before.subarray(masks.used, masks.used + size)
  const after = masks.after.subarray(masks.used, masks.used + size)
  masks.used += size
  const own = new Uint32Array(size)
  for (const span of spans) andSpan(bits, span, before, after, own)
  send(round, roleBefore(role), own)
  const next = asUint32(yield { round, from: roleAfter(role), bytes: size * WORD_BYTES })
  return { own, next }
}

/** -d_i + constant as 13 bit planes over the lanes; padding lanes count as d_i = 0. */
function negatedScores(
  { shifts, rows, scoresOf }: ChunkOptions,
  { words, total }: Lanes,
  constant: number,
): Uint32Array {
  const values = new Uint16Array(32 * total)
  for (let shift = 0; shift < shifts; shift++) {
    const scores = scoresOf(shift)
    const at = shift * words * 32
    for (let row = 0; row < rows; row++) values[at + row] = constant - scores[row]!
  }
  const planes = new Uint32Array(FOLD_BITS * total)
  toBitPlanes(values, FOLD_BITS, planes)
  return planes
}

/** The addend of the lanes in `kept`, plus `change`, laid out as `narrower`. */
function selectLanes(
  addend: Uint32Array,
  lanes: Lanes,
  kept: readonly number[],
  narrower: Lanes,
  shifts: number,
  change: number,
): Uint32Array {
  const values = new Uint16Array(32 * narrower.total)
  for (let shift = 0; shift < shifts; shift++)
    kept.forEach((lane, k) => {
      values[shift * narrower.words * 32 + k] = laneOf(addend, lanes.total, shift * lanes.words * 32 + lane) + change
    })
  const planes = new Uint32Array(SUM_BITS * narrower.total)
  toBitPlanes(values, SUM_BITS, planes)
  return planes
}

/** Bit `at` of a bitmap in words. */
function isSet(bits: Uint32Array, at: number): boolean {
  return ((bits[at >> 5]! >>> (at & 31)) & 1) === 1
}

/** Local operations do the same to both components. */
function eachComponent(apply: (component: 'own' | 'next') => void): void {
  apply('own')
  apply('next')
}
