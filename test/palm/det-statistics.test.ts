/** Error rates against cases counted by hand, and confidence bounds against SciPy's beta quantiles. */

import { binomialBounds, CODE_BITS, detCurve, detPlotSvg, detStatistics, StatisticsError } from '@palmhold/palm'
import { expect } from 'chai'

function histogram(counts: Record<number, number>): Uint32Array {
  const out = new Uint32Array(CODE_BITS + 1)
  for (const [bits, count] of Object.entries(counts)) out[Number(bits)] = count
  return out
}

describe('detStatistics', () => {
  it('is all zero for distributions that do not meet, and keeps off the nearest impostor', () => {
    const found = detStatistics(histogram({ 100: 50, 300: 50 }), histogram({ 600: 10, 700: 90 }))
    expect(found.eer).to.equal(0)
    expect(found.frr).to.deep.equal({ '1e-1': 0, '1e-2': 0, '1e-3': 0, '1e-4': 0, '1e-5': 0, '1e-6': 0 })
    expect(found.thresholds['1e-5']).to.equal(600)
    expect([found.genuine, found.impostor]).to.deep.equal([100, 100])
  })

  it('counts false rejects at the loosest threshold that keeps to the false-accept rate', () => {
    // One impostor of a million at 400, nine more at 450: FAR is 1e-6 from T = 401, 1e-5 from T = 451.
    const impostor = histogram({ 400: 1, 450: 9, 700: 999_990 })
    const genuine = histogram({ 200: 900, 420: 60, 500: 40 })
    const found = detStatistics(genuine, impostor)
    expect(found.thresholds['1e-6']).to.equal(450)
    expect(found.frr['1e-6']).to.equal(40 / 1000)
    expect(found.thresholds['1e-5']).to.equal(700)
    expect(found.frr['1e-5']).to.equal(0)
    expect(found.bounds['1e-6'].far[0]).to.be.greaterThan(0)
  })

  it('is strict about "below": an impostor at the threshold is refused', () => {
    const curve = detCurve(histogram({ 500: 1 }), histogram({ 500: 1 }))
    expect(curve[500]).to.deep.equal({ far: 0, frr: 1 })
    expect(curve[501]).to.deep.equal({ far: 1, frr: 0 })
  })

  it('finds the equal error rate where the curves cross', () => {
    // 10 of 100 genuine at 620, 10 of 100 impostors at 580: at T = 600 both rates are 10 %.
    const found = detStatistics(histogram({ 300: 90, 620: 10 }), histogram({ 580: 10, 700: 90 }))
    expect(found.eer).to.be.closeTo(0.1, 1e-12)
    // Crossing between two thresholds: FRR falls 0.5 -> 0 while FAR rises 0 -> 0.25.
    const between = detStatistics(histogram({ 300: 1, 600: 1 }), histogram({ 600: 1, 700: 3 }))
    expect(between.eer).to.be.closeTo(1 / 6, 1e-12)
  })

  it('refuses histograms without comparisons or of another length', () => {
    expect(() => detStatistics(histogram({}), histogram({ 600: 1 }))).to.throw(StatisticsError)
    expect(() => detStatistics(histogram({ 100: 1 }), histogram({}))).to.throw(StatisticsError)
    expect(() => detStatistics(new Uint32Array(10), histogram({ 1: 1 }))).to.throw(StatisticsError)
  })
})

describe('binomialBounds', () => {
  const scipy: [number, number, number, number][] = [
    [0, 100, 0, 0.03621669264517641],
    [1, 100, 0.00025314603297742064, 0.054459385392080645],
    [5, 20, 0.08657146910143461, 0.49104587170795744],
    [100, 100, 0.9637833073548235, 1],
    [380, 40_000, 0.00857261986024195, 0.010499589814698411],
    [15, 15_960_000, 5.260267924105337e-7, 1.550138553892893e-6],
  ]
  for (const [errors, trials, low, high] of scipy)
    it(`brackets ${errors} of ${trials} as SciPy does`, () => {
      const [lower, upper] = binomialBounds(errors, trials)
      expect(lower).to.be.closeTo(low, 1e-7 * (low || 1))
      expect(upper).to.be.closeTo(high, 1e-7 * high)
    })

  for (const [errors, trials] of [
    [0, 0],
    [-1, 5],
    [6, 5],
  ] as const)
    it(`refuses ${errors} of ${trials}`, () => {
      expect(() => binomialBounds(errors, trials))
        .to.throw()
        .with.property('code', 'PALM_STATISTICS_INPUT')
    })
})

describe('detPlotSvg', () => {
  it('draws the curve inside its frame and escapes the title', () => {
    const svg = detPlotSvg(histogram({ 300: 90, 620: 10 }), histogram({ 580: 10, 700: 90 }), 'a < b & c')
    expect(svg).to.include('a &lt; b &amp; c')
    const path = /<path d="([^"]+)" stroke="#0b5fa5"/.exec(svg)![1]!
    const points = [...path.matchAll(/[ML]([\d.]+) ([\d.]+)/g)].map((match) => [Number(match[1]), Number(match[2])])
    expect(points.length).to.be.greaterThan(1)
    for (const [x, y] of points) {
      expect(x).to.be.within(84, 604)
      expect(y).to.be.within(48, 448)
    }
  })
})
