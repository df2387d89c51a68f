/** What a node computes with that others sent: shares, codes, and whole comparisons with a message bent or made up. */

import { concatBytes } from '@palmhold/base'
import {
  checkBytes,
  checkValues,
  dealtBytes,
  decodeMessage,
  encodeMessage,
  type Message,
  packProbe,
  packRow,
  prepareProbe,
  probeLayout,
  ROW_SHARE_BYTES,
  reconstructRow,
  step,
  verifyDealing,
} from '@palmhold/matching'
import { palmCode } from '@palmhold/palm'
import { readProbe } from '../../../node/src/verifier/split-probe.ts'
import { aesCtr, seededRandom, splitScores, startParties } from '../../matching/in-memory.ts'
import type { FuzzTarget } from '../fuzz-target.ts'
import { nearBytes } from './near-seeds.ts'

const ROWS = 40
const SHIFTS = 2
const OPTIONS = { rows: ROWS, shifts: SHIFTS, thresholds: [500, 520], chunkRows: 32 }
const LAYOUT = probeLayout(2)
const SEED = new Uint8Array(32).fill(3)
const random = seededRandom('seeds of the matching targets')
const scores = splitScores(Array<number>(ROWS * SHIFTS).fill(300), random)

/** How many messages an honest comparison of these sizes takes. */
const honest = runBent(-1, new Uint8Array()).length

/**
 * Runs a comparison in which the message at `place` is exchanged for what `bytes` say (`place` below 0: none). Returns the
 * messages that were delivered.
 */
function runBent(place: number, bytes: Uint8Array): Message[] {
  const parties = startParties(scores, OPTIONS)
  const waiting = parties.flatMap(({ send }) => send)
  const delivered: Message[] = []
  for (let next = waiting.shift(); next; next = waiting.shift()) {
    const message = delivered.length === place ? decodeMessage(bentBy(encodeMessage(next), bytes)) : next
    delivered.push(message)
    // A bent message may name another: it still comes to whom it was sent.
    waiting.push(...step(parties[next.to]!.state, message).send)
  }
  return delivered
}

/** `message` with edits as `bytes` say: each takes a place (2 bytes) and a value, and an odd byte at the end cuts. */
function bentBy(message: Uint8Array, bytes: Uint8Array): Uint8Array {
  const bent = Uint8Array.from(message)
  for (let at = 0; at + 3 <= bytes.length; at += 3) {
    const place = ((bytes[at]! << 8) | bytes[at + 1]!) % bent.length
    bent[place] = bytes[at + 2]!
  }
  return bytes.length % 3 === 1 ? concatBytes(bent, bytes.subarray(0, 1)) : bent
}

export const matchingTargets: readonly FuzzTarget[] = [
  nearBytes(() => Array.from({ length: 8 }, (_, k) => concatBytes(Uint8Array.of(k), random(6))), {
    name: 'matching/comparison',
    weight: 4,
    decode: (input) => runBent((input[0] ?? 0) % honest, input.subarray(1)),
    memoryBytes: () => 64 * 1024 * 1024,
  }),
  nearBytes(() => [1, 2].map((codes) => concatBytes(Uint8Array.of(codes), random(codes * ROW_SHARE_BYTES))), {
    name: 'matching/prepare-probe',
    weight: 6,
    decode: (input) => prepareProbe(input.subarray(1), (input[0] ?? 0) & 15, [1, 2, 3]),
  }),
  nearBytes(() => [random(2 * ROW_SHARE_BYTES)], {
    name: 'matching/reconstruct-row',
    weight: 4,
    decode(input) {
      const half = Math.floor(input.length / 2)
      return reconstructRow([
        { id: (input[0] ?? 0) & 15, share: input.slice(0, half) },
        { id: (input[1] ?? 0) & 15, share: input.slice(half) },
      ])
    },
  }),
  nearBytes(() => [random(dealtBytes(LAYOUT)), new Uint8Array(dealtBytes(LAYOUT))], {
    name: 'matching/check-of-a-share',
    weight: 4,
    decode: (input) => checkValues(input, LAYOUT, (input[0] ?? 0) & 3, SEED, aesCtr),
  }),
  nearBytes(() => [new Uint8Array(3 * checkBytes(LAYOUT)), random(3 * checkBytes(LAYOUT))], {
    name: 'matching/verdict-on-a-dealing',
    weight: 6,
    // What three nodes opened: all zeros is a dealing that holds, and nothing near it is.
    decode(input) {
      const part = Math.floor(input.length / 3)
      const answers = [1, 2, 3].map((id, k) => ({ id, values: input.slice(k * part, (k + 1) * part) }))
      return verifyDealing(answers, LAYOUT, 1)
    },
    complaint: (_, input) =>
      input.subarray(0, 3 * Math.floor(input.length / 3)).every((byte) => byte === 0)
        ? undefined
        : 'a bent dealing passes',
  }),
  nearBytes(() => [random(32), random(64)], {
    name: 'matching/pack-shares',
    weight: 10,
    decode: (input) => [packRow(input), packProbe(input)],
  }),
  nearBytes(() => [1, 2, 25].map((codes) => random(192 * codes + 128)), {
    name: 'palm/probe-codes',
    weight: 15,
    decode: (input) => readProbe(input, 25),
  }),
  nearBytes(() => [random(192)], { name: 'palm/code', weight: 15, decode: palmCode }),
]
