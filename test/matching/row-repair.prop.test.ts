/** Any t + 1 nodes rebuild the share of another, whatever the committee; and what they send says nothing by itself. */

import { utf8 } from '@palmhold/base'
import { ROW_SHARE_BYTES, repairTerm, shareRow, sumRepairTerms } from '@palmhold/matching'
import { palmCode } from '@palmhold/palm'
import { expect } from 'chai'
import fc from 'fast-check'
import { seededRandom } from './in-memory.ts'

const CONTEXT = utf8('row 7, try 1')
/** The key of each pair of helpers. */
const keyOf = (a: number, b: number) => new Uint8Array(32).fill(16 * Math.min(a, b) + Math.max(a, b))

const committees = fc.constantFrom({ n: 3, t: 1 }, { n: 4, t: 1 }, { n: 5, t: 2 }, { n: 7, t: 3 }).chain((params) => {
  const ids = Array.from({ length: params.n }, (_, i) => i + 1)
  return fc.record({
    params: fc.constant(params),
    order: fc.shuffledSubarray(ids, { minLength: params.t + 2, maxLength: params.t + 2 }),
    code: fc.uint8Array({ minLength: 192, maxLength: 192 }).map((bytes) => palmCode(bytes)),
    seed: fc.string({ minLength: 1, maxLength: 8 }),
  })
})

describe('row repair', () => {
  it('rebuilds exactly the share that was lost', () => {
    fc.assert(
      fc.property(committees, ({ params, order: [damaged, ...helpers], code, seed }) => {
        const shares = shareRow(code, params, seededRandom(seed))
        const plan = { damaged: damaged!, helpers }
        const terms = helpers.map((helper) =>
          repairTerm(shares[helper - 1]!, helper, plan, (other) => keyOf(helper, other), CONTEXT),
        )
        expect(sumRepairTerms(terms, ROW_SHARE_BYTES)).to.deep.equal(shares[damaged! - 1])
      }),
      { numRuns: 40 },
    )
  })

  it('sends terms that are masked anew with each try, and rebuild nothing across tries', () => {
    const shares = shareRow(palmCode(new Uint8Array(192).fill(0x5a)), { n: 3, t: 1 }, seededRandom('masks'))
    const plan = { damaged: 1, helpers: [2, 3] }
    const term = (self: number, context: Uint8Array) =>
      repairTerm(shares[self - 1]!, self, plan, (other) => keyOf(self, other), context)
    const [first, second] = [utf8('try 1'), utf8('try 2')]
    expect(term(2, first)).not.to.deep.equal(term(2, second))
    expect(sumRepairTerms([term(2, first), term(3, first)], ROW_SHARE_BYTES)).to.deep.equal(shares[0])
    expect(sumRepairTerms([term(2, first), term(3, second)], ROW_SHARE_BYTES)).not.to.deep.equal(shares[0])
  })

  it('refuses plans that cannot be', () => {
    const share = new Uint8Array(ROW_SHARE_BYTES)
    const code = (work: () => unknown) => {
      try {
        work()
        return 'taken'
      } catch (error) {
        return (error as { code: string }).code
      }
    }
    const term = (damaged: number, helpers: number[], self = 2, row = share) =>
      code(() => repairTerm(row, self, { damaged, helpers }, () => new Uint8Array(32), CONTEXT))
    expect(term(1, [2, 3])).to.equal('taken')
    expect(term(2, [2, 3]), 'helps itself').to.equal('PALM_RESPONDERS_INVALID')
    expect(term(1, [3, 4]), 'not a helper').to.equal('PALM_RESPONDERS_INVALID')
    expect(term(1, [2, 2]), 'twice').to.equal('PALM_RESPONDERS_INVALID')
    expect(term(16, [2, 3]), 'out of range').to.equal('PALM_RESPONDERS_INVALID')
    expect(term(1, [2, 3], 2, share.subarray(2)), 'too short').to.equal('PALM_SHARE_LENGTH')
    expect(code(() => sumRepairTerms([share.subarray(2)], ROW_SHARE_BYTES))).to.equal('PALM_SHARE_LENGTH')
  })
})
