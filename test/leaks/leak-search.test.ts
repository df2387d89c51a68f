/** The search for stretches of codes and pictures: each form of a leak is found, nothing else is, and how much counts. */

import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import { createLeakSearch, type LeakSearch } from '../../scripts/leaks/leak-search.ts'
import { BIT_FORMS, bitsOf, PIXEL_FORMS, packed, palmOf } from './planted.ts'

const PALMS = ['one', 'two', 'three'].map(palmOf)
const [{ pixels, code }] = PALMS as [(typeof PALMS)[number]]
const PIECE = 1 << 20
/** Inside a palm, away from the border of the picture. */
const TEXTURED_AT = 64 * 128 + 40

const noise = (length: number) => new Uint8Array(randomBytes(length))
const between = (bytes: Uint8Array, before = 1013, after = 517) => Buffer.concat([noise(before), bytes, noise(after)])

describe('leak search', () => {
  let search: LeakSearch

  before(() => {
    search = createLeakSearch()
    PALMS.forEach((palm, i) => {
      search.addCode(`code ${i}`, palm.code)
      search.addBytes(`picture ${i}`, palm.pixels)
    })
  })

  const secretsIn = (bytes: Uint8Array) => search.search('here', bytes).map(({ secret }) => secret)

  describe('of a code', () => {
    for (const [form, encode] of Object.entries(BIT_FORMS)) {
      it(`finds all of it as ${form}`, () => {
        expect(secretsIn(between(encode(bitsOf(code))))).to.include('code 0')
      })
      it(`finds 128 bits of it as ${form}`, () => {
        for (const from of [0, 77, 700, 1408])
          expect(secretsIn(between(encode(bitsOf(code, from, 128)), 1000 + from)), `${from}`).to.include('code 0')
      })
    }

    it('tells where, how and how much, and nothing of the secret', () => {
      const text = JSON.stringify({ level: 30, probe: Buffer.from(code).toString('base64') })
      const [found, ...others] = search.search('node.log', Buffer.from(`${' '.repeat(100)}${text}`))
      expect(found).to.deep.equal({
        source: 'node.log',
        secret: 'code 0',
        encoding: 'bytes in base64',
        offset: 100 + text.indexOf(':"') + 2,
        bits: 1536,
      })
      expect(others).to.deep.equal([])
    })

    it('takes 127 bits for no finding', () => {
      // The bit behind them is the wrong one, as a byte has no end within it.
      const bits = bitsOf(code, 200, 127)
      const wrong = 1 - bitsOf(code, 327, 1)[0]!
      const wrongBefore = 1 - bitsOf(code, 199, 1)[0]!
      expect(secretsIn(packed([wrongBefore, ...bits, wrong]))).to.deep.equal([])
      expect(secretsIn(packed([wrongBefore, ...bitsOf(code, 200, 128)]))).to.deep.equal(['code 0'])
    })

    it('finds it in a code that is wrong everywhere else', () => {
      const other = bitsOf(code).map((bit, i) => (i >= 600 && i < 728 ? bit : 1 - bit))
      const shares = bitsOf(code).map((bit, i) => (i >= 600 && i < 728 ? bit : ((i * 7) % 2) ^ bit))
      // The inverse of the rest is a leak as well.
      expect(secretsIn(packed(other))).to.deep.equal(['code 0'])
      expect(secretsIn(packed(shares))).to.deep.equal(['code 0'])
    })
  })

  describe('of a picture', () => {
    for (const [form, encode] of Object.entries(PIXEL_FORMS))
      it(`finds 32 bytes of it as ${form}`, () => {
        for (const at of [0, 1, 2, 700]) {
          const window = pixels.subarray(TEXTURED_AT + at, TEXTURED_AT + at + 32)
          expect(secretsIn(between(encode(window), 900 + 7 * at)), `${at}`).to.include('picture 0')
        }
      })

    it('takes 31 bytes for no finding', () => {
      const window = Buffer.from(pixels.subarray(TEXTURED_AT - 1, TEXTURED_AT + 33))
      expect(secretsIn(window)).to.deep.equal(['picture 0'])
      window[0]! ^= 1
      window[32]! ^= 1
      expect(secretsIn(window)).to.deep.equal([])
    })

    it('leaves even parts and shades out, which other data has too', () => {
      const even = createLeakSearch()
      even.addBytes('even', new Uint8Array(4096).fill(17))
      even.addBytes(
        'shade',
        Uint8Array.from({ length: 4096 }, (_, i) => i >> 4),
      )
      const table = Uint8Array.from({ length: 4096 }, (_, i) => i >> 4)
      expect(even.search('here', Buffer.concat([new Uint8Array(512).fill(17), table]))).to.deep.equal([])
    })
  })

  describe('of a share', () => {
    it('finds 207 bytes of it anywhere', () => {
      const shares = createLeakSearch()
      const share = noise(5000)
      shares.addShare('share', share)
      for (let at = 0; at < 60; at++)
        expect(shares.search('here', between(share.subarray(at, at + 207), 400 + at)), `${at}`).to.have.length(1)
    })
  })

  describe('of a stream', () => {
    it('finds what lies across the border of two pieces, in chunks of any size', () => {
      const planted = Buffer.from(JSON.stringify(bitsOf(code, 100, 128).map((bit) => 1 - 2 * bit)))
      for (const [at, step] of [
        [PIECE - 200, 65_536],
        [PIECE - planted.length + 1, 99_991],
        [2 * PIECE - 16_384 - 150, PIECE + 1],
      ] as const) {
        const bytes = noise(3 * PIECE)
        bytes.set(planted, at)
        const stream = search.stream('here')
        for (let from = 0; from < bytes.length; from += step) stream.push(bytes.subarray(from, from + step))
        const [found] = stream.end()
        expect(found).to.include({ secret: 'code 0', offset: at + 1, bits: 128 })
      }
    })

    it('finds what stands between empty pages', () => {
      const bytes = new Uint8Array(PIECE)
      bytes.set(code, 5 * 4096 - 60)
      expect(secretsIn(bytes)).to.deep.equal(['code 0'])
    })
  })

  describe('of anything else', () => {
    it('finds nothing in random bytes, nor in text of them', () => {
      expect(secretsIn(noise(6 * PIECE))).to.deep.equal([])
      for (const encoding of ['hex', 'base64'] as const)
        expect(secretsIn(Buffer.from(randomBytes(PIECE >> 1).toString(encoding)))).to.deep.equal([])
      expect(secretsIn(Buffer.from(JSON.stringify([...noise(PIECE >> 3)])))).to.deep.equal([])
    })

    it('finds nothing in plain data: zeros, ones, counters, tables, programs', () => {
      const counters = new Uint32Array(PIECE >> 2).map((_, i) => i)
      const alternating = Uint8Array.from({ length: PIECE >> 2 }, (_, i) => (i >> 3) & 1)
      for (const bytes of [
        new Uint8Array(PIECE),
        new Uint8Array(PIECE).fill(0xff),
        new Uint8Array(PIECE).fill(0xaa),
        new Uint8Array(counters.buffer),
        alternating,
        readFileSync(new URL('../../package-lock.json', import.meta.url)),
        readFileSync(new URL(import.meta.resolve('@palmhold/matching'))),
      ])
        expect(secretsIn(bytes)).to.deep.equal([])
    })

    it('finds no other picture or code of the same palm', () => {
      const other = palmOf('another')
      expect(secretsIn(Buffer.concat([other.pixels, other.code]))).to.deep.equal([])
    })
  })
})
