import {
  buildPalmTemplate,
  createSyntheticPalm,
  encodePooled,
  FIRST_PASS_RATES,
  firstPassBitsFor,
  renderRoi,
} from '@palmhold/palm'
import { expect } from 'chai'

const PALMS = 24

describe('the first pass', function () {
  this.timeout(30_000)

  it('lets about the given part of strangers through, and all owners', () => {
    const palms = Array.from({ length: PALMS }, (_, k) => createSyntheticPalm(`first pass ${k}`))
    const rows = palms.map((palm) => encodePooled(renderRoi(palm, { session: 1, index: 1 })))
    const probes = palms.map((palm) => encodePooled(renderRoi(palm, { session: 2, index: 1 })))
    for (const rate of FIRST_PASS_RATES) {
      const passes = probes.map((probe) => rows.map((row) => differingBits(row, probe) < firstPassBitsFor(rate)))
      const all = passes.flat().filter((passed) => passed).length
      const owners = passes.filter((row, k) => row[k]).length
      expect(owners).to.equal(PALMS)
      expect((all - owners) / (PALMS * (PALMS - 1))).to.be.within(rate / 3, 3 * rate)
    }
  })

  it('compares what a template carries beside its palm code', () => {
    const frames = [1, 2].map((index) => renderRoi(createSyntheticPalm('both codes'), { session: 1, index }))
    const { code, pooled } = buildPalmTemplate(frames)
    expect([code.length, pooled.length]).to.deep.equal([192, 128])
    const probe = encodePooled(renderRoi(createSyntheticPalm('both codes'), { session: 2, index: 1 }))
    expect(differingBits(pooled, probe)).to.be.below(firstPassBitsFor(0.02))
  })
})

function differingBits(a: Uint8Array, b: Uint8Array): number {
  return a.reduce((sum, byte, i) => sum + (byte ^ b[i]!).toString(2).replaceAll('0', '').length, 0)
}
