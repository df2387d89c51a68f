/** Policies: what operators accept follows from their number of rows, or a larger one, and from nothing else. */

import { CASCADE_ROWS, type FirstPass, isPolicyAccepted, PROBE_CODES, policyFor } from '@palmhold/protocol'
import { expect } from 'chai'
import fc from 'fast-check'

const RUNS = { numRuns: 300, seed: 25 }
const rows = fc.integer({ min: 0, max: 2_000_000 })
const by = fc.integer({ min: 0, max: 100 })

/** The policies of galleries of at least `count` rows, one for each doubling. */
const larger = (count: number) =>
  Array.from({ length: 34 }, (_, k) => 2 ** k)
    .filter((size) => size >= count)
    .map((size) => policyFor(size))

describe('policies', () => {
  it('of more rows are never looser', () => {
    fc.assert(
      fc.property(rows, rows, (a, b) => {
        const [few, many] = [policyFor(Math.min(a, b)), policyFor(Math.max(a, b))]
        expect(many.thresholdBits).to.be.at.most(few.thresholdBits)
        expect(many.maxProbeCodes).to.equal(PROBE_CODES)
      }),
      RUNS,
    )
  })

  it('change only where the number of rows doubles', () => {
    for (const most of [64, 128, 1024, 65_536])
      for (const fewer of [most / 2 + 1, most - 1]) expect(policyFor(fewer)).to.deep.equal(policyFor(most))
    expect(policyFor(0)).to.deep.equal(policyFor(64))
  })

  it('of a gallery are accepted by it, and by one with fewer active rows', () => {
    fc.assert(
      fc.property(rows, fc.integer({ min: 0, max: 8 }), (count, halvings) => {
        expect(isPolicyAccepted(policyFor(count), count)).to.equal(true)
        expect(isPolicyAccepted(policyFor(count), Math.ceil(count / 2 ** halvings))).to.equal(true)
      }),
      RUNS,
    )
  })

  it("of one's own choice are refused, also stricter ones: asked one after the other they would give distances away", () => {
    fc.assert(
      fc.property(rows, fc.integer({ min: 0, max: 40 }), by, by, (count, lower, wider, fewer) => {
        const { thresholdBits, marginBits, maxProbeCodes, firstPassBits } = policyFor(count)
        const stricter = {
          thresholdBits: thresholdBits - lower,
          marginBits: marginBits + wider,
          maxProbeCodes: Math.max(1, maxProbeCodes - fewer),
          firstPassBits,
        }
        const isListed = larger(count).some((known) => JSON.stringify(known) === JSON.stringify(stricter))
        expect(isPolicyAccepted(stricter, count)).to.equal(isListed)
      }),
      RUNS,
    )
  })

  it('are refused when they are looser in one way', () => {
    fc.assert(
      fc.property(rows, fc.integer({ min: 1, max: 200 }), (count, amount) => {
        const policy = policyFor(count)
        const looser = [
          { ...policy, thresholdBits: policy.thresholdBits + amount },
          { ...policy, maxProbeCodes: policy.maxProbeCodes + amount },
        ]
        for (const each of looser) expect(isPolicyAccepted(each, count)).to.equal(false)
      }),
      RUNS,
    )
    // Without a margin a runner-up one bit behind would not make the answer ambiguous.
    for (const count of [1, 64, 5000, 1_000_000])
      expect(isPolicyAccepted({ ...policyFor(count), marginBits: 0 }, count)).to.equal(false)
  })

  it('for few rows are refused by a gallery of many', () => {
    expect(policyFor(100_000).thresholdBits).to.be.below(policyFor(64).thresholdBits)
    expect(isPolicyAccepted(policyFor(64), 100_000)).to.equal(false)
  })

  it('always keep a threshold and a margin that a comparison can take', () => {
    fc.assert(
      fc.property(rows, (count) => {
        const { thresholdBits, marginBits } = policyFor(count)
        expect(thresholdBits).to.be.greaterThan(0)
        expect(marginBits).to.be.greaterThan(0)
        expect(thresholdBits + marginBits).to.be.at.most(1536)
      }),
      RUNS,
    )
  })

  it('have a first pass never, always, or above some thousands of rows, as operators choose', () => {
    const bits = (count: number, use: FirstPass['use'], passRate: FirstPass['passRate'] = 0.1) =>
      policyFor(count, { use, passRate }).firstPassBits
    expect([1, CASCADE_ROWS + 1].map((count) => policyFor(count).firstPassBits)).to.deep.equal([0, 0])
    expect(bits(CASCADE_ROWS, 'auto')).to.equal(0)
    expect(bits(CASCADE_ROWS + 1, 'auto')).to.equal(bits(1, 'on'))
    expect(bits(1_000_000, 'off')).to.equal(0)
    expect(bits(1_000_000, 'auto')).to.equal(bits(64, 'on'))
    expect(bits(64, 'on', 0.02)).to.be.below(bits(64, 'on', 0.1))
  })

  it('are accepted with the first pass that operators have set, and with no other', () => {
    const settings = (['auto', 'off', 'on'] as const).flatMap((use) =>
      ([0.1, 0.02] as const).map((passRate) => ({ use, passRate })),
    )
    fc.assert(
      fc.property(
        rows,
        fc.constantFrom(...settings),
        fc.integer({ min: 0, max: 1024 }),
        (count, firstPass, firstPassBits) => {
          const own = policyFor(count, firstPass)
          expect(isPolicyAccepted(own, count, firstPass)).to.equal(true)
          const listed = Array.from({ length: 34 }, (_, k) => policyFor(Math.max(1, count) * 2 ** k, firstPass))
          const isListed = listed.some((known) => JSON.stringify(known) === JSON.stringify({ ...own, firstPassBits }))
          expect(isPolicyAccepted({ ...own, firstPassBits }, count, firstPass)).to.equal(isListed)
        },
      ),
      RUNS,
    )
  })
})
