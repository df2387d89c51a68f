import { decideWinner, plaintextEngine } from '@palmhold/matching'
import { CODE_BITS } from '@palmhold/palm'
import { expect } from 'chai'
import fc from 'fast-check'
import {
  bitmapOf,
  dotsOf,
  flipBits,
  ROLES,
  randomCode,
  runInMemory,
  seededRandom,
  splitScores,
  startParties,
} from './in-memory.ts'

/** Delivery in a random order that keeps nothing but what the protocol itself waits for. */
function shuffled(seed: number): (waiting: number) => number {
  const random = seededRandom(seed)
  return (waiting) => new DataView(random(4).buffer).getUint32(0) % waiting
}

const thresholds = fc.array(fc.integer({ min: 1, max: CODE_BITS }), { minLength: 1, maxLength: 3 })

describe('comparison against the plain one, properties', () => {
  it('agrees at all three nodes for any rows, shifts, thresholds, chunks and order of delivery', () => {
    const query = fc.record({
      rows: fc.integer({ min: 1, max: 170 }),
      shifts: fc.integer({ min: 1, max: 30 }),
      thresholds,
      chunkRows: fc.constantFrom(32, 64, 128, 8192),
      near: fc.boolean(),
      seed: fc.nat(),
    })
    fc.assert(
      fc.property(query, ({ near, seed, ...options }) => {
        const random = seededRandom(seed)
        const { rows, shifts } = options
        const draws = new Uint16Array(random(2 * rows * shifts).buffer)
        // Near: within two bits of a threshold; else anywhere in the range of valid distances.
        const distances = Array.from(draws, (draw, k) =>
          near
            ? Math.min(CODE_BITS, Math.max(0, options.thresholds[k % options.thresholds.length]! - 2 + (draw % 5)))
            : draw % (CODE_BITS + 1),
        )
        const scores = splitScores(
          distances.map((distance) => CODE_BITS - 2 * distance),
          random,
        )
        const { results } = runInMemory(startParties(scores, options), shuffled(seed))
        const expected = options.thresholds.map((threshold) =>
          bitmapOf(rows, (row) => distances.some((distance, k) => k % rows === row && distance < threshold)),
        )
        for (const role of ROLES) expect(results[role]!.bitmaps).to.deep.equal(expected)
      }),
      { numRuns: 150 },
    )
  }).timeout(60_000)

  it('agrees with the plaintext engine from codes to the decision, inactive rows and runners-up among them', () => {
    const T = 550
    const query = fc.record({
      rows: fc.integer({ min: 1, max: 40 }),
      shifts: fc.integer({ min: 1, max: 9 }),
      /** Distances of planted rows from one of the probe's codes. */
      planted: fc.array(fc.integer({ min: T - 3, max: T + 33 }), { maxLength: 3 }),
      isActive: fc.array(fc.boolean(), { minLength: 40, maxLength: 40 }),
      committee: fc.constantFrom(
        { params: { n: 3, t: 1 }, responders: [1, 2, 3] },
        { params: { n: 3, t: 1 }, responders: [2, 3, 1] },
        { params: { n: 5, t: 1 }, responders: [5, 1, 4] },
      ),
      seed: fc.nat(),
    })
    const kinds = new Set<string>()
    fc.assert(
      fc.property(query, ({ rows, shifts, planted, isActive, committee, seed }) => {
        const random = seededRandom(seed)
        const probe = Array.from({ length: shifts }, () => randomCode(random))
        const gallery = Array.from({ length: rows }, (_, row) =>
          row < planted.length ? flipBits(probe[row % shifts]!, planted[row]!) : randomCode(random),
        )
        const active = bitmapOf(rows, (row) => isActive[row]!)
        const pair = [T, T + 30]
        const expected = plaintextEngine.match({ rows: gallery, probe, thresholds: pair, active })
        const scores = dotsOf(gallery, probe, committee.params, committee.responders, random)
        const { results } = runInMemory(startParties(scores, { rows, shifts, thresholds: pair }), shuffled(seed))
        for (const role of ROLES) {
          expect(results[role]!.bitmaps).to.deep.equal(expected.bitmaps)
          expect(decideWinner({ bitmaps: results[role]!.bitmaps, active })).to.deep.equal(expected.decision)
        }
        kinds.add(expected.decision.kind)
      }),
      { numRuns: 120, seed: 7 },
    )
    expect([...kinds].sort()).to.deep.equal(['ambiguous', 'match', 'none'])
  }).timeout(60_000)
})
