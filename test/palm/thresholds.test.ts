import { bothPalmsThreshold, bothPalmsThresholdFor, falseAcceptRateAt, thresholdFor } from '@palmhold/palm'
import { expect } from 'chai'

describe('thresholdFor', () => {
  it('passes through the measured points', () => {
    expect(thresholdFor({ rows: 1000, shifts: 25 }).thresholdBits).to.equal(550)
    expect(thresholdFor({ rows: 10_000, shifts: 25 }).thresholdBits).to.equal(535)
    expect(thresholdFor({ rows: 1000, shifts: 81 }).thresholdBits).to.equal(543)
    expect(thresholdFor({ rows: 10_000, shifts: 81 }).thresholdBits).to.equal(529)
    expect(falseAcceptRateAt(25, 550)).to.be.closeTo(1e-5, 1e-12)
    expect(falseAcceptRateAt(81, 529)).to.be.closeTo(1e-6, 1e-12)
  })

  it('never loosens with more rows, and keeps its promise until it asks for a second factor', () => {
    let last = Number.POSITIVE_INFINITY
    for (let rows = 1; rows <= 1e8; rows = Math.ceil(rows * 1.7)) {
      const found = thresholdFor({ rows, shifts: 25, targetFpir: 0.01 })
      expect(found.thresholdBits).to.be.at.most(last)
      expect(found.thresholdBits).to.be.within(520, 550)
      expect(found.marginBits).to.be.within(4, 32)
      expect(found.needsSecondFactor).to.equal(found.expectedFpir > 0.01)
      if (rows <= 100_000) expect(found.needsSecondFactor, `${rows} rows`).to.equal(false)
      if (rows >= 150_000) expect(found.needsSecondFactor, `${rows} rows`).to.equal(true)
      last = found.thresholdBits
    }
  })

  it('asks for a second factor sooner when less is allowed', () => {
    expect(thresholdFor({ rows: 20_000, shifts: 25, targetFpir: 0.01 }).needsSecondFactor).to.equal(false)
    expect(thresholdFor({ rows: 20_000, shifts: 25, targetFpir: 1e-4 }).needsSecondFactor).to.equal(true)
  })

  it('gives an honest false-identification rate at a million', () => {
    expect(thresholdFor({ rows: 1e6, shifts: 25 }).expectedFpir).to.be.closeTo(1 - Math.exp(-0.1), 1e-3)
  })

  for (const query of [
    { rows: 0, shifts: 25 },
    { rows: 1.5, shifts: 25 },
    { rows: 10, shifts: 9 },
    { rows: 10, shifts: 25, targetFpir: 0 },
    { rows: 10, shifts: 25, targetFpir: Number.NaN },
  ])
    it(`refuses ${JSON.stringify(query)}`, () => {
      expect(() => thresholdFor(query))
        .to.throw()
        .with.property('code', 'PALM_THRESHOLD_INPUT')
    })
})

describe('bothPalmsThresholdFor', () => {
  it('passes through the point it is drawn from, and stays between its ends', () => {
    expect(bothPalmsThresholdFor({ rows: 1e7 }).thresholdBits).to.equal(bothPalmsThreshold)
    let last = Number.POSITIVE_INFINITY
    for (let rows = 1; rows <= 1e9; rows *= 10) {
      const found = bothPalmsThresholdFor({ rows })
      expect(found.thresholdBits).to.be.at.most(last)
      expect(found.thresholdBits).to.be.within(bothPalmsThreshold, 1140)
      expect(found.needsSecondFactor, `${rows} rows`).to.equal(rows > 1e7)
      last = found.thresholdBits
    }
  })

  it('finds many more people than one palm does at the same target', () => {
    const rows = 1_000_000
    expect(thresholdFor({ rows, shifts: 25 }).needsSecondFactor).to.equal(true)
    expect(bothPalmsThresholdFor({ rows }).needsSecondFactor).to.equal(false)
  })

  it('refuses what has no answer', () => {
    for (const query of [{ rows: 0 }, { rows: 2.5 }, { rows: 10, targetFpir: 1 }])
      expect(() => bothPalmsThresholdFor(query))
        .to.throw()
        .with.property('code', 'PALM_THRESHOLD_INPUT')
  })
})
