/**
 * Dealers that deal something else than they should, as seen by the mathematics: for each, what operators that pack and
 * compare whatever they get would have answered, and what the check says. Each has a control that passes.
 */

import {
  checkValues,
  type DealLayout,
  dealBits,
  dotProducts,
  ELEMENT_BYTES,
  packProbe,
  packRow,
  prepareProbe,
  probeLayout,
  rowLayout,
  verifyDealing,
} from '@palmhold/matching'
import {
  CODE_BITS,
  createSyntheticPalm,
  encodePalm,
  encodeProbe,
  type PalmCode,
  POOLED_BITS,
  POOLED_BYTES,
  PROBE_SHIFTS_25,
  renderRoi,
} from '@palmhold/palm'
import { policyFor } from '@palmhold/protocol'
import { expect } from 'chai'
import { dealElements } from '../../packages/matching/src/dealing.ts'
import { asUint16 } from '../../packages/matching/src/little-endian.ts'
import { shareVector } from '../../packages/matching/src/sharing.ts'
import { aesCtr, randomCode, runInMemory, seededRandom, startParties } from '../matching/in-memory.ts'

const PARAMS = { n: 3, t: 1 }
const IDS = [1, 2, 3]
const { thresholdBits, marginBits } = policyFor(40)
const PEOPLE = 12

const random = seededRandom('dishonest dealers')
const rowCodes: PalmCode[] = []
const probes: PalmCode[][] = []

const bitOf = (code: Uint8Array, bit: number) => (code[bit >> 3]! >> (bit & 7)) & 1
const bitsLength = (layout: DealLayout) => ELEMENT_BYTES * layout.bits

/**
 * Elements for a vector of odd numbers: 1 - 2 b is the number, so b is one half of 1 minus it, a bit for -1 and +1. The
 * pooled code behind it is zero.
 */
function elementsOfVector(vector: readonly number[]): Uint16Array {
  const elements = new Uint16Array(4 * (vector.length + POOLED_BITS))
  elements.set(vector.flatMap((number) => [(1 - number) / 2, 0, 0, 0]))
  return elements
}
const signsOf = (code: Uint8Array) => Array.from({ length: CODE_BITS }, (_, bit) => 1 - 2 * bitOf(code, bit))

/**
 * Which rows match and which are near, as three operators find out that check nothing: they pack what they are dealt,
 * multiply, and compare without opening a score.
 */
function uncheckedMatch(rows: readonly Uint8Array[][], probe: readonly Uint8Array[], shifts: number): boolean[] {
  const scores = IDS.map((id) => {
    const gallery = Buffer.concat(rows.map((shares) => packRow(shares[id - 1]!.subarray(0, ELEMENT_BYTES * CODE_BITS))))
    const packed = packProbe(probe[id - 1]!.subarray(0, ELEMENT_BYTES * CODE_BITS * shifts))
    return dotProducts(gallery, prepareProbe(packed, id, IDS))
  })
  const options = { rows: rows.length, shifts, thresholds: [thresholdBits, thresholdBits + marginBits] }
  const { bitmaps } = runInMemory(startParties(scores, options)).results[0]!
  return rows.map((_, row) => bitOf(bitmaps[0]!, row) === 1)
}

/** What the check says: `passed`, or the code with which all refuse. */
function checked(shares: readonly Uint8Array[], layout: DealLayout): string {
  const seed = random(32)
  const answers = IDS.map((id) => ({ id, values: checkValues(shares[id - 1]!, layout, 0, seed, aesCtr) }))
  const verdict = verifyDealing(answers, layout, PARAMS.t)
  return verdict.ok ? 'passed' : verdict.reason
}

const dealRow = (code: PalmCode) => dealBits([code, random(POOLED_BYTES)], rowLayout(1), PARAMS, random)
const dealProbe = (codes: readonly PalmCode[]) =>
  dealBits([...codes, random(POOLED_BYTES)], probeLayout(codes.length), PARAMS, random)
/** The strangers among PEOPLE whose probe matches a row. */
const matching = (row: Uint8Array[]) => probes.filter((probe) => uncheckedMatch([row], dealProbe(probe), 25)[0]).length

describe('a dishonest dealer', function () {
  this.timeout(30_000)

  before(() => {
    for (let k = 0; k < PEOPLE; k++) {
      const palm = createSyntheticPalm(`dealer's victim ${k}`)
      rowCodes.push(encodePalm(renderRoi(palm, { session: 1, index: 1 })))
      probes.push(encodeProbe(renderRoi(palm, { session: 2, index: 1 })))
    }
  })

  it('that is none: rows and probes pass, and each person matches the own row alone', () => {
    const rows = rowCodes.map(dealRow)
    for (const row of rows) expect(checked(row, rowLayout(1))).to.equal('passed')
    probes.forEach((codes, person) => {
      const probe = dealProbe(codes)
      expect(checked(probe, probeLayout(25))).to.equal('passed')
      expect(uncheckedMatch(rows, probe, 25)).to.deep.equal(rows.map((_, row) => row === person))
    })
  })

  it('deals a row of random ring elements: it matched everybody', () => {
    const row = dealElements(asUint16(random(bitsLength(rowLayout(1)))), rowLayout(1), PARAMS, random)
    expect(matching(row)).to.equal(PEOPLE)
    expect(checked(row, rowLayout(1))).to.equal('PALM_SHARES_NOT_BITS')
    const honest = dealRow(randomCode(random))
    expect(matching(honest)).to.equal(0)
    expect(checked(honest, rowLayout(1))).to.equal('passed')
  })

  it('deals the mean palm scaled up: it matched most, also people whom it was not made of', () => {
    const half = rowCodes.slice(0, PEOPLE / 2)
    const mean = Array.from({ length: CODE_BITS }, (_, bit) => {
      const ones = half.reduce((sum, code) => sum + bitOf(code, bit), 0)
      return 2 * ones > half.length ? -1 : 1
    })
    const scaled = (factor: number) =>
      dealElements(elementsOfVector(mean.map((sign) => factor * sign)), rowLayout(1), PARAMS, random)
    const others = (row: Uint8Array[]) =>
      probes.slice(PEOPLE / 2).filter((probe) => uncheckedMatch([row], dealProbe(probe), 25)[0]).length
    expect(others(scaled(9))).to.be.greaterThan(PEOPLE / 4)
    expect(checked(scaled(9), rowLayout(1))).to.equal('PALM_SHARES_NOT_BITS')
    // Unscaled it is a code like any other: it passes, and matches none of those who did not go into it.
    expect(others(scaled(1))).to.equal(0)
    expect(checked(scaled(1), rowLayout(1))).to.equal('passed')
  })

  it('deals a probe that reads one coordinate of every row: match or not was the bit', () => {
    const rows = rowCodes.map(dealRow)
    for (const coordinate of [0, 777, 1535]) {
      // A packed share is odd everywhere, so the other coordinates get signs that nearly cancel in every code.
      const vector = signsOf(randomCode(random)).map((sign, k) => (k === coordinate ? 1001 : sign))
      const probe = dealElements(elementsOfVector(vector), probeLayout(1), PARAMS, random)
      const read = uncheckedMatch(rows, probe, 1).map((matches) => (matches ? 0 : 1))
      expect(read).to.deep.equal(rowCodes.map((code) => bitOf(code, coordinate)))
      expect(checked(probe, probeLayout(1))).to.equal('PALM_SHARES_NOT_BITS')
    }
    expect(checked(dealProbe(probes[0]!.slice(0, 1)), probeLayout(1))).to.equal('passed')
  })

  it('deals a probe of 25 unrelated hands: one scan looked for 25 people', () => {
    const hands = Array.from({ length: 25 }, (_, k) => rowCodes[k % PEOPLE]!)
    const mixed = dealProbe(hands)
    const rows = rowCodes.map(dealRow)
    expect(uncheckedMatch(rows, mixed, 25)).to.deep.equal(Array(PEOPLE).fill(true))
    expect(checked(mixed, probeLayout(25))).to.equal('PALM_PROBE_INCONSISTENT')
    expect(checked(dealProbe(probes[3]!), probeLayout(25))).to.equal('passed')
  })

  it('may still mix nine hands in a probe, one for each class of shifts, and not ten', () => {
    // Shifts whose pixels meet: an axis has the classes {-8, 4}, {-4, 8} and {0}.
    const axisClass = (shift: number) => ({ [-8]: 0, 4: 0, [-4]: 1, 8: 1, 0: 2 })[shift]!
    const classOf = ({ dx, dy }: { dx: number; dy: number }) => 3 * axisClass(dy) + axisClass(dx)
    const nine = PROBE_SHIFTS_25.map((shift, k) => probes[classOf(shift)]![k]!)
    expect(checked(dealProbe(nine), probeLayout(25))).to.equal('passed')
    const ten = nine.with(0, probes[9]![0]!)
    expect(checked(dealProbe(ten), probeLayout(25))).to.equal('PALM_PROBE_INCONSISTENT')
  })

  it('deals a row of too high a degree: scores were random, and half of the comparisons passed', () => {
    const layout = rowLayout(1)
    const elements = elementsOfVector(signsOf(rowCodes[0]!))
    const quadratic = () => {
      const bits = shareVector(elements, PARAMS.n, 2, random)
      return dealRow(rowCodes[0]!).map((share, k) => {
        share.set(bits[k]!)
        return share
      })
    }
    const rows = Array.from({ length: 200 }, quadratic)
    const probe = dealProbe(probes[5]!.slice(12, 13))
    const passed = uncheckedMatch(rows, probe, 1).filter((matches) => matches).length
    expect(passed).to.be.within(60, 140)
    for (const row of rows.slice(0, 20)) expect(checked(row, layout)).to.equal('PALM_SHARES_DEGREE')
    expect(checked(dealRow(rowCodes[0]!), layout)).to.equal('passed')
  })

  it('deals a probe of too high a degree', () => {
    const layout = probeLayout(25)
    const probe = dealProbe(probes[0]!)
    const bit = shareVector(new Uint16Array(4), PARAMS.n, 2, random)
    for (const [k, share] of probe.entries()) share.set(bit[k]!, ELEMENT_BYTES * 1000)
    expect(checked(probe, layout)).to.equal('PALM_SHARES_DEGREE')
    expect(checked(dealProbe(probes[0]!), layout)).to.equal('passed')
  })

  it('deals numbers that are no bits, one among 1,536', () => {
    for (const number of [3, -3, 5, 0x7fff]) {
      const vector = signsOf(rowCodes[1]!).with(42, number)
      const row = dealElements(elementsOfVector(vector), rowLayout(1), PARAMS, random)
      expect(checked(row, rowLayout(1))).to.equal('PALM_SHARES_NOT_BITS')
    }
    const row = dealElements(elementsOfVector(signsOf(rowCodes[1]!)), rowLayout(1), PARAMS, random)
    expect(checked(row, rowLayout(1))).to.equal('passed')
  })

  it('deals each node something else: what it commits to node by node is still no sharing', () => {
    const [one, two, three] = [rowCodes[0]!, rowCodes[1]!, rowCodes[2]!].map(dealRow)
    expect(checked([one![0]!, two![1]!, three![2]!], rowLayout(1))).to.equal('PALM_SHARES_DEGREE')
  })
})
