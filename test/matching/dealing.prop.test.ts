import {
  checkValues,
  dealBits,
  dotProducts,
  packProbe,
  packRow,
  prepareProbe,
  probeLayout,
  reconstructRow,
  rowLayout,
  verifyDealing,
} from '@palmhold/matching'
import { CODE_BITS, distanceBits } from '@palmhold/palm'
import { expect } from 'chai'
import fc from 'fast-check'
import { dealElements } from '../../packages/matching/src/dealing.ts'
import { committee } from './committees.ts'
import { aesCtr, randomCode, seededRandom } from './in-memory.ts'

const ROW_BYTES = 8 * CODE_BITS

describe('dealt and packed bits, properties', () => {
  it('give exact scores and the row back, for every committee and answering set', () => {
    fc.assert(
      fc.property(committee, ({ params, responders, seed }) => {
        const random = seededRandom(seed)
        const [row, one, two] = [randomCode(random), randomCode(random), randomCode(random)]
        const [shortRow, shortProbe] = [random(128), random(128)]
        const rows = dealBits([row, shortRow], rowLayout(1), params, random).map((share) =>
          packRow(share.subarray(0, ROW_BYTES)),
        )
        const probes = dealBits([one, two, shortProbe], probeLayout(2), params, random)
        const dots = responders.map((id) => {
          const probe = packProbe(probes[id - 1]!.subarray(0, 2 * ROW_BYTES))
          return dotProducts(rows[id - 1]!, prepareProbe(probe, id, responders))
        })
        const scores = [0, 1].map((k) => dots.reduce((sum, d) => (sum + d[k]!) & 0xffff, 0))
        expect(scores).to.deep.equal([one, two].map((code) => (CODE_BITS - 2 * distanceBits(row, code)) & 0xffff))
        const some = responders.slice(0, params.t + 1).map((id) => ({ id, share: rows[id - 1]! }))
        expect(reconstructRow(some)).to.deep.equal(row)
      }),
      { numRuns: 30 },
    )
  })

  it('are refused with any one element that is no bit, and pass with any that are', () => {
    const layout = { bits: 64, equal: new Uint32Array(0), checks: 1 }
    const element = fc.array(fc.integer({ min: 0, max: 0xffff }), { minLength: 4, maxLength: 4 })
    fc.assert(
      fc.property(committee, fc.nat({ max: 63 }), element, ({ params, responders, seed }, at, value) => {
        const random = seededRandom(seed)
        const elements = new Uint16Array(4 * layout.bits)
        for (let k = 0; k < layout.bits; k++) elements[4 * k] = random(1)[0]! & 1
        elements.set(value, 4 * at)
        const coin = random(32)
        const answers = dealElements(elements, layout, params, random).map((share, k) => ({
          id: k + 1,
          values: checkValues(share, layout, 0, coin, aesCtr),
        }))
        const isBit = value[0]! < 2 && value.slice(1).every((coefficient) => coefficient === 0)
        const answering = responders.map((id) => answers[id - 1]!)
        expect(verifyDealing(answering, layout, params.t).ok).to.equal(isBit)
        expect(verifyDealing(answers, layout, params.t).ok).to.equal(isBit)
      }),
      { numRuns: 100, examples: [[{ params: { n: 3, t: 1 }, responders: [3, 1, 2], seed: 1 }, 5, [1, 0, 0, 0]]] },
    )
  })
})
