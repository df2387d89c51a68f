import {
  concatBytes,
  equalBytes,
  fromBigEndian,
  fromHex,
  HexError,
  IntegerRangeError,
  isPalmError,
  toBigEndian,
  toHex,
  utf8,
} from '@palmhold/base'
import { expect } from 'chai'
import fc from 'fast-check'

const RUNS = { numRuns: 300, seed: 16 }

describe('hexadecimal', () => {
  it('writes lower-case digits behind 0x, two a byte', () => {
    expect(toHex(Uint8Array.of(0, 1, 0xab, 0xff))).to.equal('0x0001abff')
    expect(toHex(new Uint8Array(0))).to.equal('0x')
  })

  it('reads back what it wrote', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(fromHex(toHex(bytes), { length: bytes.length })).to.deep.equal(bytes)
      }),
      RUNS,
    )
  })

  for (const [name, text] of [
    ['no prefix', '00'],
    ['an upper-case prefix', '0X00'],
    ['half a byte', '0x0'],
    ['an upper-case digit', '0xAb'],
    ['a digit that is none', '0x0g'],
    ['a blank before', ' 0x00'],
    ['a line end after', '0x00\n'],
    ['a sign', '0x-1'],
    ['nothing', ''],
  ] as const)
    it(`refuses ${name}`, () => {
      expect(() => fromHex(text))
        .to.throw(HexError)
        .with.property('code', 'PALM_HEX_INVALID')
    })

  it('refuses another length than asked for, longer and shorter', () => {
    expect(() => fromHex('0x0000', { length: 1 })).to.throw(HexError, 'expected 1 bytes, got 2')
    expect(() => fromHex('0x', { length: 1 })).to.throw(HexError, 'expected 1 bytes, got 0')
  })

  it('reads the mixed case of a checksummed address where it is told to, and nothing else more', () => {
    expect(fromHex('0xAbCd', { lenient: true })).to.deep.equal(Uint8Array.of(0xab, 0xcd))
    expect(() => fromHex('0xAbC', { lenient: true })).to.throw(HexError)
    expect(() => fromHex('0XABCD', { lenient: true })).to.throw(HexError)
  })

  it('accepts exactly the strings that it writes', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('0', 'x', 'a', 'F', 'f', '9', ' ', '\n'), maxLength: 8 }),
        (text) => {
          let read: Uint8Array
          try {
            read = fromHex(text)
          } catch (error) {
            expect(isPalmError(error)).to.equal(true)
            return
          }
          expect(toHex(read)).to.equal(text)
        },
      ),
      { ...RUNS, examples: [['0xff'], ['0x']] },
    )
  })
})

describe('big-endian integers', () => {
  it('puts the highest byte first and pads with zeros', () => {
    expect(toBigEndian(0x0102, 4)).to.deep.equal(Uint8Array.of(0, 0, 1, 2))
    expect(toBigEndian(0, 0)).to.deep.equal(new Uint8Array(0))
    expect(fromBigEndian(new Uint8Array(0))).to.equal(0n)
  })

  it('reads back every integer that fits', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }), (value) => {
        const written = toBigEndian(value, 32)
        expect(written.length).to.equal(32)
        expect(fromBigEndian(written)).to.equal(value)
      }),
      RUNS,
    )
  })

  it('takes the greatest integer of a width and refuses the next', () => {
    for (const length of [1, 2, 4, 8, 32]) {
      const limit = 2n ** BigInt(8 * length)
      expect(toBigEndian(limit - 1n, length)).to.deep.equal(new Uint8Array(length).fill(0xff))
      expect(() => toBigEndian(limit, length))
        .to.throw(IntegerRangeError)
        .with.property('code', 'PALM_INTEGER_RANGE')
    }
  })

  for (const value of [-1, -1n, 0.5, Number.NaN, Number.POSITIVE_INFINITY])
    it(`refuses ${value}${typeof value === 'bigint' ? 'n' : ''}`, () => {
      expect(() => toBigEndian(value, 4)).to.throw(IntegerRangeError)
    })
})

describe('byte strings', () => {
  it('are equal when every byte is, and only then', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1 }), fc.nat(), fc.integer({ min: 1, max: 255 }), (bytes, at, change) => {
        const other = Uint8Array.from(bytes)
        expect(equalBytes(bytes, other)).to.equal(true)
        other[at % bytes.length]! ^= change
        expect(equalBytes(bytes, other)).to.equal(false)
        expect(equalBytes(bytes, bytes.subarray(1))).to.equal(false)
      }),
      RUNS,
    )
  })

  it('are refused by name where hexadecimal of 20 MB is none', () => {
    expect(() => fromHex(`0x${'a'.repeat(20_000_000)}g0`))
      .to.throw(HexError)
      .with.property('code', 'PALM_HEX_INVALID')
  })

  it('are joined in order, into memory of their own', () => {
    const first = Uint8Array.of(1, 2)
    const joined = concatBytes(first, new Uint8Array(0), Uint8Array.of(3))
    first[0] = 9
    expect(joined).to.deep.equal(Uint8Array.of(1, 2, 3))
    expect(concatBytes()).to.deep.equal(new Uint8Array(0))
  })

  it('come from text as UTF-8', () => {
    expect(utf8('aé€')).to.deep.equal(Uint8Array.of(0x61, 0xc3, 0xa9, 0xe2, 0x82, 0xac))
  })
})
