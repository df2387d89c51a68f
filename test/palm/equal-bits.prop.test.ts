import {
  CODE_BITS,
  createSyntheticPalm,
  encodeProbe,
  equalBits,
  type PalmCode,
  PROBE_SHIFTS_25,
  PROBE_SHIFTS_81,
  renderRoi,
  type Shift,
} from '@palmhold/palm'
import { expect } from 'chai'
import fc from 'fast-check'

/** Bit `number` of all codes, code k from k * 1,536 on. */
function bitOf(codes: readonly PalmCode[], number: number): number {
  const bit = number % CODE_BITS
  return (codes[Math.floor(number / CODE_BITS)]![bit >> 3]! >> (bit & 7)) & 1
}

function unequalPairs(codes: readonly PalmCode[], shifts: readonly Shift[]): number {
  const pairs = equalBits(shifts)
  let unequal = 0
  for (let at = 0; at < pairs.length; at += 2) if (bitOf(codes, pairs[at]!) !== bitOf(codes, pairs[at + 1]!)) unequal++
  return unequal
}

describe('bits that shifts share', () => {
  it('are equal in every picture at the 25 and at the 81 shifts', function () {
    this.timeout(30_000)
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000_000 }), fc.integer({ min: 1, max: 9 }), (seed, index) => {
        const roi = renderRoi(createSyntheticPalm(`equal bits ${seed}`), { session: 2, index })
        for (const shifts of [PROBE_SHIFTS_25, PROBE_SHIFTS_81])
          expect(unequalPairs(encodeProbe(roi, shifts), shifts)).to.equal(0)
      }),
      { numRuns: 6 },
    )
  })

  it('are 22,176 of the 38,400 at 25 shifts: the others lie at 52 x 52 pixels under six filters', () => {
    expect(equalBits(PROBE_SHIFTS_25).length / 2).to.equal(25 * CODE_BITS - 6 * 52 * 52)
  })

  it('join shifts that differ by 12 px along an axis: nine classes, in which two neighbours share 224 of 256 places', () => {
    const pairs = equalBits(PROBE_SHIFTS_25)
    const classOf = PROBE_SHIFTS_25.map((_, k) => k)
    const shared = new Map<string, number>()
    for (let at = 0; at < pairs.length; at += 2) {
      const [a, b] = [Math.floor(pairs[at]! / CODE_BITS), Math.floor(pairs[at + 1]! / CODE_BITS)]
      const known = shared.get(`${a} ${b}`) ?? 0
      shared.set(`${a} ${b}`, known + 1)
      if (known > 0) continue
      const [from, to] = [classOf[a]!, classOf[b]!]
      classOf.forEach((found, k) => {
        if (found === from) classOf[k] = to
      })
      const difference = (axis: 'dx' | 'dy') => PROBE_SHIFTS_25[a]![axis] - PROBE_SHIFTS_25[b]![axis]
      expect([-12, 0, 12]).to.include(difference('dx'))
      expect([-12, 0, 12]).to.include(difference('dy'))
    }
    expect(new Set(classOf).size).to.equal(9)
    // (-8, -8) and (4, -8) share fourteen of sixteen columns under each of six filters.
    const at = (dx: number, dy: number) => PROBE_SHIFTS_25.findIndex((shift) => shift.dx === dx && shift.dy === dy)
    expect(shared.get(`${at(4, -8)} ${at(-8, -8)}`)).to.equal(6 * 14 * 16)
  })

  it('are none where no two shifts meet', () => {
    expect(equalBits([{ dx: 0, dy: 0 }]).length).to.equal(0)
    expect(equalBits(PROBE_SHIFTS_25.slice(0, 3)).length).to.equal(0)
  })

  it('differ between hands: codes of two pictures do not pass for one', () => {
    const probe = (name: string) => encodeProbe(renderRoi(createSyntheticPalm(name), { session: 2, index: 1 }))
    const [one, other] = [probe('one hand'), probe('another hand')]
    const mixed = one.map((code, k) => (k % 2 === 0 ? code : other[k]!))
    expect(unequalPairs(mixed, PROBE_SHIFTS_25)).to.be.greaterThan(1_000)
  })
})
