/** Open-set identification: who is named, what counts as which error, and the prediction beside it. */

import { identificationRates, identify, overRows } from '@palmhold/palm'
import { expect } from 'chai'

const rule = { threshold: 500, margin: 20 }

describe('identify', () => {
  for (const [what, distances, row] of [
    ['the one row below the threshold', [700, 499, 690], 1],
    ['nobody at the threshold', [700, 500, 690], -1],
    ['nobody where two rows are below it', [400, 499, 690], -1],
    ['nobody where the runner-up is within the margin', [400, 519, 690], -1],
    ['the winner where the runner-up is just outside the margin', [400, 520, 690], 0],
    ['nobody in an empty gallery', [], -1],
  ] as const)
    it(`names ${what}`, () => {
      expect(identify(distances, rule)).to.equal(row)
    })
})

describe('identificationRates', () => {
  const searches = [
    { distances: [400, 700, 700], mate: 0 },
    { distances: [700, 600, 700], mate: 1 },
    { distances: [700, 480, 530], mate: 2 },
    { distances: [700, 700, 700], mate: -1 },
    { distances: [700, 480, 700], mate: -1 },
  ]

  it('counts misses, wrong names and named strangers', () => {
    const found = identificationRates(searches, 3, rule)
    expect(found.fnir).to.include({ errors: 2, searches: 3 })
    expect(found.misidentified).to.include({ errors: 1, searches: 3 })
    expect(found.fpir).to.include({ errors: 1, searches: 2, rate: 0.5 })
    expect(found.far).to.include({ errors: 2, searches: 12 })
    expect(found.predictedFpir).to.be.closeTo(1 - (5 / 6) ** 3, 1e-12)
    expect(found.fpir.bounds[0]).to.be.lessThan(0.5)
    expect(found.fpir.bounds[1]).to.be.greaterThan(0.5)
  })

  it('needs searches of both kinds', () => {
    for (const part of [searches.slice(0, 3), searches.slice(3)])
      expect(() => identificationRates(part, 3, rule))
        .to.throw()
        .with.property('code', 'PALM_STATISTICS_INPUT')
  })
})

describe('overRows', () => {
  it('is the rate for one row, keeps small rates, and ends at 1', () => {
    expect(overRows(0.3, 1)).to.be.closeTo(0.3, 1e-15)
    expect(overRows(1e-18, 10)).to.be.closeTo(1e-17, 1e-22)
    expect(overRows(1e-6, 1e6)).to.be.closeTo(1 - Math.exp(-1), 1e-6)
    expect(overRows(1, 5)).to.equal(1)
  })
})
