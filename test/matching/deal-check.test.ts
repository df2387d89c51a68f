/** The check of a dealing: what passes, what each thing that is wrong is called, and what the opened values say. */

import {
  type CheckedValues,
  checkBytes,
  checkValues,
  DEAL_REFUSALS,
  type DealLayout,
  dealBits,
  dealtBytes,
  probeLayout,
  rowLayout,
  type SharingParams,
  verifyDealing,
} from '@palmhold/matching'
import { createSyntheticPalm, encodeProbeCodes, renderRoi } from '@palmhold/palm'
import { expect } from 'chai'
import { dealElements } from '../../packages/matching/src/dealing.ts'
import { multiplyRing, type RingElement, ringPoint } from '../../packages/matching/src/galois-ring.ts'
import { asBytes, asUint16 } from '../../packages/matching/src/little-endian.ts'
import { shareVector } from '../../packages/matching/src/sharing.ts'
import { aesCtr, randomCode, seededRandom } from './in-memory.ts'

const PARAMS: SharingParams = { n: 3, t: 1 }
const random = seededRandom('deal check')
const probe = encodeProbeCodes(renderRoi(createSyntheticPalm('deal check'), { session: 2, index: 1 }))
/** The probe's first `count` codes and its pooled code, as they are dealt. */
const dealt = (count: number) => [...probe.codes.slice(0, count), probe.pooled]
/** Both codes of a hand. */
const hand = () => [randomCode(random), random(128)]

/** What all nodes open of a dealing. */
function opened(shares: readonly Uint8Array[], layout: DealLayout, set = 0, seed = random(32)): CheckedValues[] {
  return shares.map((share, k) => ({ id: k + 1, values: checkValues(share, layout, set, seed, aesCtr) }))
}
/** The verdict of all nodes on a dealing: a code, or `passed`. */
function verdict(shares: readonly Uint8Array[], layout: DealLayout, t = 1): string {
  const found = verifyDealing(opened(shares, layout), layout, t)
  return found.ok ? 'passed' : found.reason
}
/** Bits as ring elements. */
function elementsOf(codes: readonly Uint8Array[]): Uint16Array {
  const bits = codes.flatMap((code) =>
    Array.from({ length: 8 * code.length }, (_, i) => (code[i >> 3]! >> (i & 7)) & 1),
  )
  return Uint16Array.from(bits.flatMap((bit) => [bit, 0, 0, 0]))
}

describe('the check of a dealing', () => {
  for (const params of [
    { n: 3, t: 1 },
    { n: 4, t: 1 },
    { n: 5, t: 2 },
    { n: 7, t: 3 },
    { n: 15, t: 7 },
  ])
    it(`passes rows and probes among all ${params.n} nodes with t = ${params.t}, and among any 2t + 1`, () => {
      const layout = rowLayout(2)
      const shares = dealBits([...hand(), ...hand()], layout, params, random)
      const answers = opened(shares, layout)
      expect(verifyDealing(answers, layout, params.t)).to.deep.equal({ ok: true })
      expect(verifyDealing(answers.slice(-(2 * params.t + 1)).reverse(), layout, params.t)).to.deep.equal({ ok: true })
      const few = probeLayout(4)
      expect(verdict(dealBits(dealt(4), few, params, random), few, params.t)).to.equal('passed')
    })

  it('passes a probe of 25 codes of one picture, once with each set of masks', () => {
    const layout = probeLayout(25)
    const shares = dealBits(dealt(25), layout, PARAMS, random)
    for (const set of [0, 1, 2])
      expect(verifyDealing(opened(shares, layout, set), layout, 1)).to.deep.equal({ ok: true })
    expect(() => opened(shares, layout, 3))
      .to.throw()
      .with.property('code', 'PALM_MASKS_SPENT')
  })

  describe('refuses', () => {
    const codes = hand()
    const honest = elementsOf(codes)
    const layout = rowLayout(1)
    /** A row in which coefficient `at` is something else. */
    const with1 = (at: number, value: number) => honest.map((word, k) => (k === at ? value : word))
    const changed = (change: (share: Uint16Array, node: number) => void, n = 3) =>
      dealBits(codes, layout, { n, t: 1 }, random).map((share, node) => {
        const words = Uint16Array.from(asUint16(share))
        change(words, node)
        return asBytes(words)
      })
    const cases: [name: string, code: string, shares: () => Uint8Array[]][] = [
      ['a row with a 2', 'PALM_SHARES_NOT_BITS', () => dealElements(with1(400, 2), layout, PARAMS, random)],
      ['a row with a -1', 'PALM_SHARES_NOT_BITS', () => dealElements(with1(0, 0xffff), layout, PARAMS, random)],
      ['a row with 2^15', 'PALM_SHARES_NOT_BITS', () => dealElements(with1(6140, 0x8000), layout, PARAMS, random)],
      ['a pooled code with a 3', 'PALM_SHARES_NOT_BITS', () => dealElements(with1(8000, 3), layout, PARAMS, random)],
      ['a row with an x', 'PALM_SHARES_NOT_BITS', () => dealElements(with1(401, 1), layout, PARAMS, random)],
      ['a bit plus 2^15 x^3', 'PALM_SHARES_NOT_BITS', () => dealElements(with1(403, 0x8000), layout, PARAMS, random)],
      [
        'a row of random ring elements',
        'PALM_SHARES_NOT_BITS',
        () => dealElements(asUint16(random(20_480)), layout, PARAMS, random),
      ],
      [
        'one bit of degree 2',
        'PALM_SHARES_DEGREE',
        () => {
          const quadratic = shareVector(honest.subarray(0, 4), 3, 2, random)
          return dealBits(codes, layout, PARAMS, random).map((share, k) => {
            share.set(quadratic[k]!)
            return share
          })
        },
      ],
      [
        'all bits of degree 2',
        'PALM_SHARES_DEGREE',
        () => {
          const quadratic = shareVector(honest, 3, 2, random)
          return dealBits(codes, layout, PARAMS, random).map((share, k) => {
            share.set(quadratic[k]!)
            return share
          })
        },
      ],
      [
        'one share of one node changed in its last bit',
        'PALM_SHARES_DEGREE',
        () => changed((share, node) => node === 1 && share[77]!++),
      ],
      [
        'one share changed by 2^15',
        'PALM_SHARES_DEGREE',
        () => changed((share, node) => node === 0 && (share[4001]! ^= 0x8000)),
      ],
      [
        'the share of the fourth of four nodes changed',
        'PALM_SHARES_DEGREE',
        () => changed((share, node) => node === 3 && share[8]!++, 4),
      ],
      [
        'a mask of the degree that is not of degree t',
        'PALM_SHARES_DEGREE',
        () => changed((share, node) => node === 2 && share[10_240]!++),
      ],
      [
        'a mask of the bits that is no sharing of 0',
        'PALM_SHARES_NOT_BITS',
        () => changed((share) => share[10_240 + 40]!++),
      ],
      [
        'a mask of the bits of degree 3 among four',
        'PALM_SHARES_NOT_BITS',
        () => changed((share, node) => node === 3 && share[10_240 + 79]!++, 4),
      ],
      [
        'shares of two dealings',
        'PALM_SHARES_DEGREE',
        () => {
          const [one, two] = [codes, codes].map((each) => dealBits(each, layout, PARAMS, random))
          return [one![0]!, two![1]!, one![2]!]
        },
      ],
      [
        'shares handed to each other’s nodes',
        'PALM_SHARES_DEGREE',
        () => {
          const [a, b, c] = dealBits(codes, layout, PARAMS, random)
          return [b!, a!, c!]
        },
      ],
    ]
    for (const [name, errorCode, shares] of cases)
      it(name, () => {
        expect(DEAL_REFUSALS).to.include(errorCode)
        for (let run = 0; run < 5; run++) expect(verdict(shares(), layout)).to.equal(errorCode)
        // The control: the same code dealt as it should be.
        expect(verdict(dealBits(codes, layout, PARAMS, random), layout)).to.equal('passed')
      })

    it('a probe in which one bit of one shift is another, where shifts meet', () => {
      const wide = probeLayout(25)
      const pair = wide.equal.length - 2
      for (const bit of [wide.equal[0]!, wide.equal[1]!, wide.equal[pair]!]) {
        const elements = elementsOf(dealt(25))
        elements[4 * bit]! ^= 1
        expect(verdict(dealElements(elements, wide, PARAMS, random), wide)).to.equal('PALM_PROBE_INCONSISTENT')
      }
    })

    it('a mask of the equal bits that is no sharing of 0', () => {
      const few = probeLayout(4)
      const shares = dealBits(dealt(4), few, PARAMS, random)
      for (const share of shares) asUint16(share)[4 * few.bits + 80]!++
      expect(verdict(shares, few)).to.equal('PALM_PROBE_INCONSISTENT')
    })
  })

  describe('takes no answers but whole ones of enough nodes', () => {
    const layout = rowLayout(1)
    const answers = opened(dealBits(hand(), layout, PARAMS, random), layout)
    for (const [name, errorCode, work] of [
      ['two of three nodes', 'PALM_RESPONDERS_INVALID', () => verifyDealing(answers.slice(0, 2), layout, 1)],
      [
        'a node twice',
        'PALM_RESPONDERS_INVALID',
        () => verifyDealing([answers[0]!, answers[0]!, answers[1]!], layout, 1),
      ],
      [
        'a node 0',
        'PALM_RESPONDERS_INVALID',
        () => verifyDealing([{ ...answers[0]!, id: 0 }, answers[1]!, answers[2]!], layout, 1),
      ],
      [
        'short values',
        'PALM_SHARE_LENGTH',
        () => verifyDealing([{ id: 1, values: answers[0]!.values.subarray(2) }, answers[1]!, answers[2]!], layout, 1),
      ],
      ['values of another layout', 'PALM_SHARE_LENGTH', () => verifyDealing(answers, probeLayout(4), 1)],
      [
        'a short share',
        'PALM_SHARE_LENGTH',
        () => checkValues(new Uint8Array(dealtBytes(layout) - 8), layout, 0, random(32), aesCtr),
      ],
      [
        'a share of two rows',
        'PALM_SHARE_LENGTH',
        () => checkValues(new Uint8Array(dealtBytes(rowLayout(2))), layout, 0, random(32), aesCtr),
      ],
      [
        'no set of masks',
        'PALM_MASKS_SPENT',
        () => checkValues(new Uint8Array(dealtBytes(layout)), layout, 0.5, random(32), aesCtr),
      ],
    ] as const)
      it(name, () => {
        expect(work).to.throw().with.property('code', errorCode)
      })

    it('any word of any answer changed: named, by what it belongs to', () => {
      const wide = probeLayout(4)
      const whole = opened(dealBits(dealt(4), wide, PARAMS, random), wide)
      for (let word = 0; word < checkBytes(wide) / 2; word++) {
        const node = word % 3
        const values = Uint16Array.from(asUint16(whole[node]!.values))
        values[word]!++
        const bent = whole.map((answer, k) => (k === node ? { ...answer, values: asBytes(values) } : answer))
        expect(verifyDealing(bent, wide, 1)).to.deep.equal({ ok: false, reason: DEAL_REFUSALS[Math.floor(word / 40)] })
      }
    })

    it('values under different coins, or different masks', () => {
      const wide = probeLayout(4)
      const shares = dealBits(dealt(4), wide, PARAMS, random)
      const seed = random(32)
      const one = opened(shares, wide, 0, seed)
      for (const other of [opened(shares, wide, 0), opened(shares, wide, 1, seed)])
        expect(verifyDealing([one[0]!, one[1]!, other[2]!], wide, 1).ok).to.equal(false)
    })
  })
})

describe('soundness of one combination, exhaustively', () => {
  it('a wrong element times the sixteen coefficients gives sixteen different values, so at most one is missed', () => {
    // Every element modulo 4 but 0, also scaled to the top of the ring, where units have the least to say.
    for (const scale of [1, 1 << 13, 1 << 14])
      for (let choice = 1; choice < 256; choice++) {
        const wrong = [0, 2, 4, 6].map((shift) => (((choice >> shift) & 3) * scale) & 0xffff) as unknown as RingElement
        const products = Array.from({ length: 16 }, (_, i) => multiplyRing(ringPoint(i), wrong).join(' '))
        expect(new Set(products).size).to.equal(16)
      }
  })
})

/**
 * What is opened is uniform over what any honest dealing may open, whatever the bits: with the bits and their shares fixed,
 * every choice of the masks' coefficients modulo 2 leads to another opening, so no opening is likelier than another.
 */
describe('what a check opens says nothing about the bits, exhaustively modulo 2', () => {
  const layout: DealLayout = { bits: 8, equal: Uint32Array.of(4, 0), checks: 1 }
  const seed = random(32)

  /** All openings of the first combination of `kind` as both mask coefficients run through GR modulo 2. */
  function openings(code: number, kind: 0 | 1 | 2): Set<string> {
    // Draws of a dealing in order: bits, then u's value and slope, z's two coefficients, e's slope.
    const drawsOfKind = ([[1, 2], [3, 4], [5]] as const)[kind]
    const seen = new Set<string>()
    for (let choice = 0; choice < 16 ** drawsOfKind.length; choice++) {
      let draw = 0
      const shares = dealBits([Uint8Array.of(code)], layout, PARAMS, (length) => {
        const index = (drawsOfKind as readonly number[]).indexOf(draw++)
        const words = new Uint16Array(length / 2)
        for (let j = 0; index >= 0 && j < words.length; j++) words[j] = (choice >> (4 * index + (j & 3))) & 1
        return new Uint8Array(words.buffer)
      })
      const values = opened(shares, layout, 0, seed).map(({ values }) =>
        asUint16(values).subarray(40 * kind, 40 * kind + 4),
      )
      seen.add(values.map((words) => words.map((word) => word & 1).join('')).join(' '))
    }
    return seen
  }

  for (const [kind, name, size] of [
    [0, 'the degree', 256],
    [1, 'the bits', 256],
    [2, 'equal bits', 16],
  ] as const)
    it(`of ${name}: ${size} masks, ${size} openings, the same for every code`, () => {
      // Codes whose bits 0 and 4 are equal, as the layout has it.
      const [first, ...others] = [0x00, 0xff, 0x31, 0xee, 0x44].map((code) => openings(code, kind))
      expect(first!.size).to.equal(size)
      for (const other of others) expect(other).to.deep.equal(first)
    })

  it('would not be so without masks: the openings then depend on the code', () => {
    const bare = (code: number) => {
      const shares = dealBits([Uint8Array.of(code)], layout, PARAMS, (length) => new Uint8Array(length))
      return opened(shares, layout, 0, seed).map(({ values }) => Buffer.from(values).toString('hex'))
    }
    expect(bare(0x00)).not.to.deep.equal(bare(0xff))
  })
})
