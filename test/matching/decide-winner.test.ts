import { decideWinner } from '@palmhold/matching'
import { expect } from 'chai'
import fc from 'fast-check'
import { bitmapOf } from './in-memory.ts'

const bitmap = (...rows: number[]) => bitmapOf(20, (row) => rows.includes(row))

describe('decideWinner', () => {
  const all = bitmapOf(20, () => true)
  const cases: [string, Uint8Array[], Uint8Array, object][] = [
    ['nobody', [bitmap(), bitmap()], all, { kind: 'none' }],
    ['one row within T', [bitmap(9), bitmap(9)], all, { kind: 'match', row: 9 }],
    ['one row within the margin only', [bitmap(), bitmap(9)], all, { kind: 'none' }],
    ['two rows within the margin only', [bitmap(), bitmap(9, 10)], all, { kind: 'none' }],
    ['a runner-up within the margin', [bitmap(9), bitmap(9, 19)], all, { kind: 'ambiguous' }],
    ['two rows within T', [bitmap(0, 9), bitmap(0, 9)], all, { kind: 'ambiguous' }],
    ['an inactive row within T', [bitmap(9), bitmap(9)], bitmap(8, 10), { kind: 'none' }],
    ['an inactive runner-up', [bitmap(9), bitmap(9, 10)], bitmap(9, 11), { kind: 'match', row: 9 }],
    ['an inactive better row', [bitmap(9, 10), bitmap(9, 10)], bitmap(10), { kind: 'match', row: 10 }],
    ['one threshold alone', [bitmap(19)], all, { kind: 'match', row: 19 }],
    ['the wider threshold first', [bitmap(9, 19), bitmap(9)], all, { kind: 'ambiguous' }],
  ]
  for (const [name, bitmaps, active, expected] of cases)
    it(`${name}: ${JSON.stringify(expected)}`, () => {
      expect(decideWinner({ bitmaps, active })).to.deep.equal(expected)
    })

  it('finds exactly the one row that passes all, with no other that passes any', () => {
    const rows = fc.array(fc.nat(19), { maxLength: 3 })
    fc.assert(
      fc.property(rows, rows, fc.array(fc.nat(19), { maxLength: 30 }), (near, within, active) => {
        const passing = [...new Set(within.filter((row) => near.includes(row) && active.includes(row)))]
        const close = [...new Set([...near, ...within].filter((row) => active.includes(row)))]
        const decision = decideWinner({ bitmaps: [bitmap(...within), bitmap(...near)], active: bitmap(...active) })
        if (passing.length === 0) expect(decision).to.deep.equal({ kind: 'none' })
        else if (close.length === 1) expect(decision).to.deep.equal({ kind: 'match', row: passing[0] })
        else expect(decision).to.deep.equal({ kind: 'ambiguous' })
      }),
    )
  })

  it('refuses bitmaps of different galleries, and none', () => {
    for (const bitmaps of [[], [new Uint8Array(2)], [bitmap(1), new Uint8Array(4)]])
      expect(() => decideWinner({ bitmaps, active: all }))
        .to.throw()
        .with.property('code', 'PALM_BITMAP_LENGTH')
  })
})
