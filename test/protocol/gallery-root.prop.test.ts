/** The gallery root: one name for one set of active enrolments, however each operator came by it. */

import { type GalleryEntry, galleryRoot } from '@palmhold/protocol'
import { expect } from 'chai'
import fc from 'fast-check'
import { hashOf } from './signed.ts'

const RUNS = { numRuns: 200, seed: 20 }
const gallery: fc.Arbitrary<GalleryEntry[]> = fc.uniqueArray(
  fc.record({
    index: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
    sharesRoot: fc.nat().map((n) => hashOf(`root ${n}`)),
    hands: fc.integer({ min: 1, max: 3 }),
  }),
  { selector: ({ index }) => index, maxLength: 12 },
)

describe('the gallery root', () => {
  it('does not depend on the order in which enrolments came', () => {
    const shuffled = gallery.chain((entries) =>
      fc.tuple(fc.constant(entries), fc.shuffledSubarray(entries, { minLength: entries.length })),
    )
    fc.assert(
      fc.property(shuffled, ([entries, other]) => {
        expect(galleryRoot(other)).to.equal(galleryRoot(entries))
      }),
      RUNS,
    )
  })

  it('changes when an enrolment is added, erased, renewed or of another hand', () => {
    fc.assert(
      fc.property(gallery, fc.nat(), (entries, pick) => {
        fc.pre(entries.length > 0)
        const at = pick % entries.length
        const entry = entries[at]!
        const others = [
          entries.toSpliced(at, 1),
          entries.with(at, { ...entry, sharesRoot: hashOf('renewed') }),
          entries.with(at, { ...entry, hands: 4 - entry.hands === entry.hands ? 1 : 4 - entry.hands }),
        ]
        for (const other of others) expect(galleryRoot(other)).not.to.equal(galleryRoot(entries))
      }),
      RUNS,
    )
  })

  it('leaves the list it is given as it was', () => {
    const entries = [2, 1, 3].map((index) => ({ index, sharesRoot: hashOf(`${index}`), hands: 1 }))
    galleryRoot(entries)
    expect(entries.map(({ index }) => index)).to.deep.equal([2, 1, 3])
  })

  it('of nothing is SHA-256 of nothing', () => {
    expect(galleryRoot([])).to.equal('0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
  })
})
