import { expect } from 'chai'
import fc from 'fast-check'
import { addPlanes, laneOf, subtractPlanes, toBitPlanes } from '../../packages/matching/src/bit-planes.ts'

const lanes = fc
  .integer({ min: 1, max: 4 })
  .chain((words) =>
    fc.uint16Array({ minLength: 32 * words, maxLength: 32 * words }).map((values) => ({ words, values })),
  )

function planesOf(values: Uint16Array, planes = 16): Uint32Array {
  const out = new Uint32Array((planes * values.length) / 32)
  toBitPlanes(values, planes, out)
  return out
}

describe('bit planes', () => {
  it('hold bit b of lane k in plane b, word k >> 5, position k & 31', () => {
    fc.assert(
      fc.property(lanes, fc.integer({ min: 1, max: 16 }), ({ words, values }, planes) => {
        const out = planesOf(values, planes)
        values.forEach((value, lane) => {
          for (let bit = 0; bit < planes; bit++)
            if (((out[bit * words + (lane >> 5)]! >>> (lane & 31)) & 1) !== ((value >> bit) & 1))
              expect.fail(`lane ${lane}, bit ${bit}`)
          expect(laneOf(out, words, lane)).to.equal(value & (2 ** planes - 1))
        })
      }),
      { numRuns: 40 },
    )
  })

  it('add and subtract lane by lane modulo 2^planes, in place too', () => {
    fc.assert(
      fc.property(
        lanes,
        fc.nat(0xffff),
        fc.integer({ min: 1, max: 16 }),
        fc.constantFrom(0, 1),
        ({ words, values }, other, planes, carry) => {
          const others = values.map((value, lane) => value * 31 + other * lane)
          const [a, b] = [planesOf(values, planes), planesOf(others, planes)]
          const sum = new Uint32Array(a.length)
          addPlanes(a, b, words, carry as 0 | 1, sum)
          const difference = a.slice()
          subtractPlanes(difference, b, words, difference)
          const mask = 2 ** planes - 1
          values.forEach((value, lane) => {
            expect(laneOf(sum, words, lane)).to.equal((value + others[lane]! + carry) & mask)
            expect(laneOf(difference, words, lane)).to.equal((value - others[lane]!) & mask)
          })
        },
      ),
      { numRuns: 60 },
    )
  })
})
