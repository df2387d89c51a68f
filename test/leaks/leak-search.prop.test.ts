/** Any 128 bits of a code and any 32 bytes of a picture are found, wherever and however they lie. */

import fc from 'fast-check'
import { hasTellingBits } from '../../scripts/leaks/bit-windows.ts'
import { hasTexture } from '../../scripts/leaks/byte-windows.ts'
import { createLeakSearch } from '../../scripts/leaks/leak-search.ts'
import { BIT_FORMS, bitsOf, PIXEL_FORMS, packed, palmOf } from './planted.ts'

const PALMS = Array.from({ length: 4 }, (_, i) => palmOf(`palm ${i}`))
const BITS = 1536
const PIXELS = 128 * 128

describe('leak search, properties', function () {
  this.timeout(60_000)
  const search = createLeakSearch()
  PALMS.forEach(({ code, pixels }, i) => {
    search.addCode(`code ${i}`, code)
    search.addBytes(`picture ${i}`, pixels)
  })
  const palm = fc.nat({ max: PALMS.length - 1 })
  const noise = fc.uint8Array({ minLength: 0, maxLength: 300 })
  const isFound = (label: string, ...parts: Uint8Array[]) =>
    search.search('here', Buffer.concat(parts)).some(({ secret }) => secret === label)

  it('finds 128 bits of a code in every form at every place', () => {
    fc.assert(
      fc.property(
        palm,
        fc.nat({ max: BITS - 128 }),
        fc.nat({ max: 40 }),
        fc.constantFrom(...Object.keys(BIT_FORMS)),
        noise,
        noise,
        (number, from, more, form, before, after) => {
          const { code } = PALMS[number]!
          const count = Math.min(128 + more, BITS - from)
          fc.pre(hasTellingBits({ bytes: code, bits: BITS }, from, from + count))
          return isFound(`code ${number}`, before, BIT_FORMS[form]!(bitsOf(code, from, count)), after)
        },
      ),
      { numRuns: 2_000, seed: 3 },
    )
  })

  it('finds 128 packed bits at every alignment, in either order, as they are or inverted', () => {
    fc.assert(
      fc.property(
        palm,
        fc.nat({ max: BITS - 128 }),
        fc.nat({ max: 7 }),
        fc.boolean(),
        fc.boolean(),
        noise,
        noise,
        (number, from, lead, highFirst, isInverted, before, after) => {
          const { code } = PALMS[number]!
          fc.pre(hasTellingBits({ bytes: code, bits: BITS }, from, from + 128))
          const bits = bitsOf(code, from, 128).map((bit) => (isInverted ? 1 - bit : bit))
          return isFound(`code ${number}`, before, packed(bits, lead, highFirst), after)
        },
      ),
      { numRuns: 3_000, seed: 3 },
    )
  })

  it('finds 32 textured bytes of a picture in every form at every place', () => {
    fc.assert(
      fc.property(
        palm,
        fc.nat({ max: PIXELS - 32 }),
        fc.constantFrom(...Object.keys(PIXEL_FORMS)),
        noise,
        noise,
        (number, from, form, before, after) => {
          const { pixels } = PALMS[number]!
          fc.pre(hasTexture(pixels, from, from + 32))
          return isFound(`picture ${number}`, before, PIXEL_FORMS[form]!(pixels.subarray(from, from + 32)), after)
        },
      ),
      { numRuns: 2_000, seed: 3 },
    )
  })
})
