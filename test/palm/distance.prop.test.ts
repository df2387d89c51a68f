/** The Hamming distance is a metric, counts bits one by one, and the WebAssembly loop agrees with it. */

import {
  CODE_BITS,
  CODE_BYTES,
  createGalleryMatcher,
  distanceBits,
  nearestShift,
  packCodes,
  palmCode,
} from '@palmhold/palm'
import { expect } from 'chai'
import fc from 'fast-check'

const code = fc.uint8Array({ minLength: CODE_BYTES, maxLength: CODE_BYTES }).map(palmCode)

describe('distance between codes', () => {
  it('counts differing bits', () => {
    fc.assert(
      fc.property(code, code, (a, b) => {
        let bits = 0
        for (let i = 0; i < CODE_BITS; i++) if (((a[i >> 3]! ^ b[i >> 3]!) >> (i & 7)) & 1) bits++
        expect(distanceBits(a, b)).to.equal(bits)
      }),
      { numRuns: 50 },
    )
  })

  it('is a metric', () => {
    fc.assert(
      fc.property(code, code, code, (a, b, c) => {
        expect(distanceBits(a, a)).to.equal(0)
        expect(distanceBits(a, b)).to.equal(distanceBits(b, a))
        expect(distanceBits(a, c)).to.be.at.most(distanceBits(a, b) + distanceBits(b, c))
      }),
    )
  })

  it('does not depend on where the bytes lie in memory', () => {
    fc.assert(
      fc.property(code, code, fc.integer({ min: 1, max: 7 }), (a, b, offset) => {
        const moved = new Uint8Array(CODE_BYTES + offset).subarray(offset)
        moved.set(a)
        expect(distanceBits(moved as typeof a, b)).to.equal(distanceBits(a, b))
      }),
    )
  })

  it('takes the nearest of a probe’s codes, the first of equals', () => {
    fc.assert(
      fc.property(code, fc.array(code, { minLength: 1, maxLength: 9 }), (template, probe) => {
        const all = probe.map((one) => distanceBits(template, one))
        const best = Math.min(...all)
        expect(nearestShift(template, [...probe, ...probe])).to.deep.equal({
          shift: all.indexOf(best),
          distanceBits: best,
        })
      }),
    )
  })

  it('is the same in the gallery loop, for any number of rows and codes', () => {
    fc.assert(
      fc.property(
        fc.array(code, { maxLength: 12 }),
        fc.array(code, { minLength: 1, maxLength: 6 }),
        (gallery, probe) => {
          const found = createGalleryMatcher(packCodes(gallery)).distances(packCodes(probe))
          expect([...found]).to.deep.equal(gallery.map((row) => nearestShift(row, probe).distanceBits))
        },
      ),
      { numRuns: 30 },
    )
  })

  it('refuses probes without a code and bytes that are no codes', () => {
    const zero = palmCode(new Uint8Array(CODE_BYTES))
    const matcher = createGalleryMatcher(zero)
    expect(() => nearestShift(zero, []))
      .to.throw()
      .with.property('code', 'PALM_PROBE_EMPTY')
    expect(() => matcher.distances(new Uint8Array(0)))
      .to.throw()
      .with.property('code', 'PALM_PROBE_EMPTY')
    expect(() => matcher.distances(new Uint8Array(191)))
      .to.throw()
      .with.property('code', 'PALM_CODE_INVALID')
    expect(() => createGalleryMatcher(new Uint8Array(193)))
      .to.throw()
      .with.property('code', 'PALM_CODE_INVALID')
  })
})
