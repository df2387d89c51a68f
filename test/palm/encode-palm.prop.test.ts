/** Shifts against pictures that were really moved, and what a code must not depend on. */

import { distanceBits, encodePalm, encodeProbe, PROBE_SHIFTS_25, PROBE_SHIFTS_81 } from '@palmhold/palm'
import { expect } from 'chai'
import fc from 'fast-check'
import { captures, mapPixels } from './palms.ts'

const picture = captures('prop', 1, 1, 1)[0]!

describe('encoding', () => {
  it('at a shift is encoding the moved picture, but for what the border reflects', () => {
    fc.assert(
      fc.property(fc.constantFrom(...PROBE_SHIFTS_81), ({ dx, dy }) => {
        const moved = mapPixels(picture, (_, at) => {
          const x = Math.min(127, Math.max(0, (at % 128) + dx))
          const y = Math.min(127, Math.max(0, Math.floor(at / 128) + dy))
          return picture.data[y * 128 + x]!
        })
        const [shifted] = encodeProbe(picture, [{ dx, dy }])
        // The filters reach 17 px and the grid ends 18 px from the border: the outer samples may see another border.
        expect(distanceBits(shifted!, encodePalm(moved))).to.be.at.most(40)
      }),
      { numRuns: 20 },
    )
  })

  it('does not depend on which other shifts are asked for', () => {
    const all = encodeProbe(picture, PROBE_SHIFTS_81)
    for (const [i, shift] of PROBE_SHIFTS_25.entries()) {
      const at = PROBE_SHIFTS_81.findIndex(({ dx, dy }) => dx === shift.dx && dy === shift.dy)
      expect(encodeProbe(picture)[i]).to.deep.equal(all[at])
    }
  })

  it('does not depend on how bright the picture is', () => {
    const room = Math.min(255 - Math.max(...picture.data), Math.min(...picture.data))
    fc.assert(
      fc.property(fc.integer({ min: -room, max: room }), (offset) => {
        expect(encodePalm(mapPixels(picture, (value) => value + offset))).to.deep.equal(encodePalm(picture))
      }),
      { numRuns: 20 },
    )
  })

  it('turns every bit of a negative, but for responses of zero', () => {
    const negative = encodePalm(mapPixels(picture, (value) => 255 - value))
    expect(distanceBits(negative, encodePalm(picture))).to.be.greaterThan(1530)
  })
})
