/** The canonical encoding: two lists of fields never share their bytes, and what decodes is what was encoded. */

import { concatBytes, decodeFields, EncodingError, encodeFields, equalBytes, isPalmError, utf8 } from '@palmhold/base'
import { expect } from 'chai'
import fc from 'fast-check'

const RUNS = { numRuns: 400, seed: 8949 }
const TAG = 'palmhold/test/1'
const fieldsArbitrary = fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 5 })

/** The fields, or undefined where they are refused; anything but an EncodingError fails. */
function decodeOrRefuse(tag: string, count: number, bytes: Uint8Array): Uint8Array[] | undefined {
  try {
    return decodeFields(tag, count, bytes)
  } catch (error) {
    expect(error).to.be.instanceOf(EncodingError)
    expect(isPalmError(error)).to.equal(true)
    return undefined
  }
}

describe('canonical encoding', () => {
  it('writes each length as four big-endian bytes, tag first', () => {
    expect(encodeFields('ab', [Uint8Array.of(7), new Uint8Array(0)])).to.deep.equal(
      Uint8Array.of(0, 0, 0, 2, 0x61, 0x62, 0, 0, 0, 1, 7, 0, 0, 0, 0),
    )
  })

  it('gives the fields back', () => {
    fc.assert(
      fc.property(fieldsArbitrary, (fields) => {
        expect(decodeFields(TAG, fields.length, encodeFields(TAG, fields))).to.deep.equal(fields)
      }),
      RUNS,
    )
  })

  it('reads a view that starts anywhere in its buffer', () => {
    const encoded = encodeFields(TAG, [Uint8Array.of(1, 2, 3)])
    const moved = concatBytes(new Uint8Array(3), encoded).subarray(3)
    expect(decodeFields(TAG, 1, moved)).to.deep.equal([Uint8Array.of(1, 2, 3)])
  })

  it('is injective: different fields or tags, different bytes, and none the beginning of another', () => {
    fc.assert(
      fc.property(fieldsArbitrary, fieldsArbitrary, (a, b) => {
        const same = a.length === b.length && a.every((field, i) => equalBytes(field, b[i]!))
        expect(equalBytes(encodeFields(TAG, a), encodeFields(TAG, b))).to.equal(same)
        expect(equalBytes(encodeFields(TAG, a), encodeFields(`${TAG}0`, a))).to.equal(false)
      }),
      {
        ...RUNS,
        examples: [
          [
            [utf8('ab'), utf8('c')],
            [utf8('a'), utf8('bc')],
          ],
        ],
      },
    )
  })

  it('refuses every mutation, or decodes it to what encodes to exactly those bytes', () => {
    const mutation = fc.record({
      at: fc.nat(),
      change: fc.integer({ min: 1, max: 255 }),
      kind: fc.constantFrom('flip', 'cut', 'insert', 'append'),
    })
    fc.assert(
      fc.property(fieldsArbitrary, mutation, (fields, { at, change, kind }) => {
        const bytes = encodeFields(TAG, fields)
        const place = at % bytes.length
        const mutated =
          kind === 'flip'
            ? bytes.map((byte, i) => (i === place ? byte ^ change : byte))
            : kind === 'cut'
              ? bytes.subarray(0, place)
              : kind === 'insert'
                ? concatBytes(bytes.subarray(0, place), Uint8Array.of(change), bytes.subarray(place))
                : concatBytes(bytes, Uint8Array.of(change))
        const decoded = decodeOrRefuse(TAG, fields.length, mutated)
        if (decoded) expect(encodeFields(TAG, decoded)).to.deep.equal(Uint8Array.from(mutated))
      }),
      { ...RUNS, numRuns: 2000 },
    )
  })

  it('refuses, by one error, whatever is not an encoding', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), fc.integer({ min: 0, max: 4 }), (bytes, count) => {
        const decoded = decodeOrRefuse(TAG, count, bytes)
        if (decoded) expect(encodeFields(TAG, decoded)).to.deep.equal(bytes)
      }),
      { ...RUNS, numRuns: 2000 },
    )
  })

  for (const [name, bytes, count] of [
    ['nothing', new Uint8Array(0), 0],
    ['another tag', encodeFields('palmhold/test/2', []), 0],
    ['a field less than asked for', encodeFields(TAG, [utf8('a')]), 2],
    ['a field more than asked for', encodeFields(TAG, [utf8('a'), utf8('b')]), 1],
    ['a tag behind a byte order mark', encodeFields(`\uFEFF${TAG}`, []), 0],
    ['a length beyond the end', concatBytes(encodeFields(TAG, []), Uint8Array.of(0xff, 0xff, 0xff, 0xff)), 1],
    ['half a length', concatBytes(encodeFields(TAG, []), Uint8Array.of(0, 0)), 1],
  ] as const)
    it(`refuses ${name}`, () => {
      expect(() => decodeFields(TAG, count, bytes))
        .to.throw(EncodingError)
        .with.property('code', 'PALM_ENCODING_INVALID')
    })

  it('stops at the first field too many, however many follow', () => {
    const many = encodeFields(
      TAG,
      Array.from({ length: 10_000 }, () => new Uint8Array(0)),
    )
    expect(() => decodeFields(TAG, 1, many)).to.throw(EncodingError)
  })
})
