/** Pooled codes: repeatable, without shifts, near for one palm and far for two. */

import {
  buildPooledTemplate,
  createPooledMatcher,
  encodePooled,
  encodeProbe,
  encodeProbeCodes,
  type PooledCode,
  pooledCode,
} from '@palmhold/palm'
import { expect } from 'chai'
import { captures } from './palms.ts'
import { vectorRoi } from './vector-roi.ts'

function differingBits(a: Uint8Array, b: Uint8Array): number {
  return createPooledMatcher(a).distances(b)[0]!
}

describe('pooled code', () => {
  it('of one palm is near on another day, of other palms far', () => {
    const palms = Array.from({ length: 10 }, (_, i) => ({
      row: encodePooled(captures(`pooled ${i}`, 1, 1, 1)[0]!),
      probe: encodePooled(captures(`pooled ${i}`, 2, 1, 1)[0]!),
    }))
    for (const [i, { probe }] of palms.entries())
      for (const [j, { row }] of palms.entries()) {
        const distance = differingBits(row, probe)
        if (i === j) expect(distance).to.be.lessThan(400)
        else expect(distance).to.be.within(400, 620)
      }
  })

  it('has no bit that says the same of nearly all palms', () => {
    const codes = Array.from({ length: 24 }, (_, i) => encodePooled(captures(`even ${i}`, 1, 1, 1)[0]!))
    const ones = codes.reduce((sum, code) => sum + differingBits(code, new Uint8Array(128) as PooledCode), 0)
    expect(ones / (24 * 1024)).to.be.within(0.46, 0.54)
  })

  it('comes with the palm code in one pass', () => {
    const roi = vectorRoi()
    const both = encodeProbeCodes(roi)
    expect(both.pooled).to.deep.equal(encodePooled(roi))
    expect(both.codes).to.deep.equal(encodeProbe(roi))
    const odd = [{ dx: 3, dy: -1 }]
    expect(encodeProbeCodes(roi, odd).codes).to.deep.equal(encodeProbe(roi, odd))
    expect(() => encodeProbeCodes(roi, [{ dx: 20, dy: 0 }]))
      .to.throw()
      .with.property('code', 'PALM_SHIFT_RANGE')
  })

  it('of several frames lies nearer to later captures than one frame does', () => {
    let [single, several] = [0, 0]
    for (let i = 0; i < 6; i++) {
      const frames = captures(`several ${i}`, 1, 1, 4)
      const template = buildPooledTemplate(frames)
      for (const roi of captures(`several ${i}`, 2, 1, 2)) {
        const probe = encodePooled(roi)
        single += differingBits(encodePooled(frames[0]!), probe)
        several += differingBits(template, probe)
      }
    }
    expect(several).to.be.lessThan(0.97 * single)
  })

  it('of even light is one code, and malformed bytes are none', () => {
    const even = { width: 128, height: 128, data: new Uint8Array(128 * 128).fill(90) }
    expect(encodePooled(even)).to.deep.equal(encodePooled({ ...even, data: even.data.map(() => 200) }))
    expect(pooledCode(new Uint8Array(128))).to.have.length(128)
    expect(() => pooledCode(new Uint8Array(127)))
      .to.throw()
      .with.property('code', 'PALM_POOLED_CODE_INVALID')
    expect(() => buildPooledTemplate([]))
      .to.throw()
      .with.property('code', 'PALM_FRAMES_MISSING')
  })
})
