/** Dealing bits: lengths, what the shares combine to, and that any t of them say nothing, shown exactly. */

import {
  type DealLayout,
  dealBits,
  dealtBytes,
  ELEMENT_BYTES,
  packProbe,
  packRow,
  probeLayout,
  rowLayout,
} from '@palmhold/matching'
import { expect } from 'chai'
import { dealElements } from '../../packages/matching/src/dealing.ts'
import { asUint16 } from '../../packages/matching/src/little-endian.ts'
import { randomCode, seededRandom } from './in-memory.ts'

describe('dealing', () => {
  const random = seededRandom('dealing bits')
  const code = randomCode(random)

  it('takes 8 bytes a bit, and masks once for a row and three times for a probe', () => {
    const lengths = (layout: DealLayout, codes: number, pooled = 1) =>
      dealBits([...Array(codes).fill(code), ...Array(pooled).fill(random(128))], layout, { n: 4, t: 1 }, random).map(
        ({ length }) => length,
      )
    expect(lengths(rowLayout(1), 1)).to.deep.equal(Array(4).fill(8 * (2560 + 20)))
    expect(lengths(rowLayout(2), 2, 2)).to.deep.equal(Array(4).fill(8 * (5120 + 20)))
    expect(lengths(probeLayout(25), 25)).to.deep.equal(Array(4).fill(8 * (38_400 + 1024 + 3 * 30)))
    // Three codes share no pixel, so there is nothing to compare.
    expect(dealtBytes(probeLayout(3))).to.equal(8 * (3 * 1536 + 1024 + 3 * 20))
  })

  it('takes codes of any length together, as long as they fill the layout', () => {
    const layout: DealLayout = { bits: 1536 + 1024, equal: new Uint32Array(0), checks: 1 }
    expect(dealBits([code, random(128)], layout, { n: 3, t: 1 }, random)[0]!.length).to.equal(dealtBytes(layout))
  })

  for (const [name, codes, layout, params, errorCode] of [
    ['another number of bits', [code], rowLayout(2), { n: 3, t: 1 }, 'PALM_SHARE_LENGTH'],
    ['a palm code without a pooled one', [code], rowLayout(1), { n: 3, t: 1 }, 'PALM_SHARE_LENGTH'],
    ['no code', [], rowLayout(1), { n: 3, t: 1 }, 'PALM_SHARE_LENGTH'],
    ['n < 2t + 1', [code, random(128)], rowLayout(1), { n: 4, t: 2 }, 'PALM_SHARING_PARAMS'],
    ['t = 0', [code, random(128)], rowLayout(1), { n: 3, t: 0 }, 'PALM_SHARING_PARAMS'],
  ] as const)
    it(`refuses ${name}`, () => {
      expect(() => dealBits(codes, layout, params, random))
        .to.throw()
        .with.property('code', errorCode)
    })

  it('packs whole blocks only', () => {
    for (const pack of [packRow, packProbe])
      for (const length of [0, 8, 31, 33])
        expect(() => pack(new Uint8Array(length)))
          .to.throw()
          .with.property('code', 'PALM_SHARE_LENGTH')
  })
})

/**
 * Secrecy is shown exactly, not by statistics on a generator: reduction modulo 4 is a ring homomorphism, so the real code,
 * fed with every choice of a random coefficient modulo 4, must hit every value of a share modulo 4 equally often. Over the
 * whole ring the same follows from every difference of points being a unit (galois-ring.test.ts goes through all of them).
 */
describe('secrecy of one dealt share of (3, 1), exhaustively', () => {
  const BITS = 256
  const layout: DealLayout = { bits: BITS, equal: Uint32Array.of(4, 0), checks: 1 }
  const codes = [0x00, 0xff, 0x5a].map((byte) => new Uint8Array(BITS / 8).fill(byte))

  /** Element k of a draw gets the four base-4 digits of `choice(k)`. */
  const digits = (length: number, choice: (element: number) => number) => {
    const words = new Uint16Array(length / 2)
    for (let j = 0; j < words.length; j++) words[j] = (choice(j >> 2) >> (2 * (j & 3))) & 3
    return new Uint8Array(words.buffer)
  }
  const counted = (shares: Uint8Array, modulus: number, elements: number) => {
    const counts = new Map<string, number>()
    const words = asUint16(shares)
    for (let k = 0; k < elements; k++) {
      const seen = Array.from({ length: 4 }, (_, j) => words[4 * k + j]! % modulus).join(' ')
      counts.set(seen, (counts.get(seen) ?? 0) + 1)
    }
    return counts
  }

  for (const code of codes.slice(0, 2))
    it(`a share of bits of 0x${code[0]!.toString(16)} takes all 256 values modulo 4 once`, () => {
      // Bit k is dealt with the k-th of the 256 coefficients modulo 4.
      const shares = dealBits([code], layout, { n: 3, t: 1 }, (length) => digits(length, (k) => k))
      for (const share of shares) {
        const counts = counted(share.subarray(0, ELEMENT_BYTES * BITS), 4, BITS)
        expect(counts.size).to.equal(256)
        expect(new Set(counts.values())).to.deep.equal(new Set([1]))
      }
    })

  for (const code of codes)
    for (const [name, pack] of [
      ['row', packRow],
      ['probe', packProbe],
    ] as const)
      it(`a packed ${name} of 0x${code[0]!.toString(16)} takes all 256 odd values modulo 8 once, and no even one`, () => {
        // Four blocks of one code at a time; the first bit of each block runs through all coefficients, the others stay.
        const blocks = new Map<string, number>()
        for (let first = 0; first < 256; first += BITS / 4) {
          let isFirstDraw = true
          const random = (length: number) => {
            const drawn = digits(length, (k) => (isFirstDraw && k % 4 === 0 ? first + k / 4 : 27 * (k % 4)))
            isFirstDraw = false
            return drawn
          }
          const shares = dealBits([code], layout, { n: 3, t: 1 }, random)
          const packed = pack(shares[1]!.subarray(0, ELEMENT_BYTES * BITS))
          for (const [seen, count] of counted(packed, 8, BITS / 4)) blocks.set(seen, (blocks.get(seen) ?? 0) + count)
        }
        expect(blocks.size).to.equal(256)
        expect(new Set(blocks.values())).to.deep.equal(new Set([1]))
        for (const seen of blocks.keys()) expect(seen.split(' ').every((word) => Number(word) % 2 === 1)).to.equal(true)
      })

  it('two shares of (3, 1) do tell codes apart: the test would notice a leak', () => {
    const pairOf = (code: Uint8Array) => {
      const shares = dealBits([code], layout, { n: 3, t: 1 }, (length) => digits(length, (k) => k))
      const [one, two] = shares.map((share) => asUint16(share))
      return Array.from({ length: 4 * BITS }, (_, k) => [one![k]! % 4, two![k]! % 4].join(' '))
    }
    expect(pairOf(codes[0]!)).not.to.deep.equal(pairOf(codes[1]!))
  })

  it('does not depend on the elements being bits: what a dishonest dealer shares is as hidden', () => {
    const elements = new Uint16Array(4 * BITS).fill(3)
    const shares = dealElements(elements, layout, { n: 3, t: 1 }, (length) => digits(length, (k) => k))
    expect(counted(shares[0]!.subarray(0, ELEMENT_BYTES * BITS), 4, BITS).size).to.equal(256)
  })
})
