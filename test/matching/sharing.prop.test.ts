import { reconstructRow, shareRow } from '@palmhold/matching'
import { CODE_BITS, distanceBits } from '@palmhold/palm'
import { expect } from 'chai'
import fc from 'fast-check'
import { committee } from './committees.ts'
import { dotsOf, randomCode, seededRandom } from './in-memory.ts'

describe('sharing, properties', () => {
  it('scores are exact for every committee and answering set', () => {
    fc.assert(
      fc.property(committee, ({ params, responders, seed }) => {
        const random = seededRandom(seed)
        const rows = [randomCode(random), randomCode(random)]
        const probe = [randomCode(random), randomCode(random)]
        const dots = dotsOf(rows, probe, params, responders, random)
        probe.forEach((code, shift) => {
          rows.forEach((row, index) => {
            const score = dots.reduce((sum, d) => (sum + d[shift * rows.length + index]!) & 0xffff, 0)
            expect(score).to.equal((CODE_BITS - 2 * distanceBits(row, code)) & 0xffff)
          })
        })
      }),
      { numRuns: 60 },
    )
  })

  it('a row comes back from any t + 1 shares', () => {
    fc.assert(
      fc.property(committee, ({ params, responders, seed }) => {
        const random = seededRandom(seed)
        const code = randomCode(random)
        const shares = shareRow(code, params, random)
        const some = responders.slice(0, params.t + 1).map((id) => ({ id, share: shares[id - 1]! }))
        expect(reconstructRow(some)).to.deep.equal(code)
      }),
      { numRuns: 60 },
    )
  })
})
