/** An identity secret on shares: any t + 1 give s * Q, and any t say nothing. */

import {
  BASE_POINT,
  committedShare,
  dealIdentity,
  interpolatePoints,
  isCommittedShare,
  multiplyPoint,
  SUBGROUP_ORDER,
  scopePointOf,
} from '@palmhold/protocol'
import { expect } from 'chai'
import fc from 'fast-check'
import { addPoints } from '../../packages/protocol/src/identity-curve.ts'
import { evaluatePolynomial, lagrangeAtZero } from '../../packages/protocol/src/identity-sharing.ts'
import { committee } from '../matching/committees.ts'
import { seededRandom } from '../matching/in-memory.ts'
import { MERCHANT_ID } from './signed.ts'

const secret = fc.bigInt(1n, SUBGROUP_ORDER - 1n)
const scope = scopePointOf({ chainId: 31337, merchantId: MERCHANT_ID })

/** All ways to choose `count` of `items`. */
function subsets<T>(items: readonly T[], count: number): T[][] {
  if (count === 0) return [[]]
  return items.flatMap((item, k) => subsets(items.slice(k + 1), count - 1).map((rest) => [item, ...rest]))
}

describe('an identity secret on shares', function () {
  this.timeout(30_000)

  for (const [n, t] of [
    [3, 1],
    [5, 2],
  ] as const)
    it(`of ${n}, t = ${t}: any t + 1 give the same s * Q`, () => {
      const dealt = dealIdentity(12345n, { n, t }, seededRandom(`any of ${n}`))
      const parts = dealt.map(({ share }, k) => ({ id: k + 1, point: multiplyPoint(scope, share) }))
      const expected = multiplyPoint(scope, 12345n)
      for (const some of subsets(parts, t + 1)) expect(interpolatePoints(some)).to.deep.equal(expected)
      for (const few of subsets(parts, t)) expect(interpolatePoints(few)).not.to.deep.equal(expected)
    })

  it('fits its commitments at every operator, and no other share does', () => {
    fc.assert(
      fc.property(committee, secret, ({ params, responders, seed }, s) => {
        const dealt = dealIdentity(s, params, seededRandom(seed))
        const { commitments } = dealt[0]!
        expect(commitments.length).to.equal(params.t + 1)
        expect(commitments[0]).to.deep.equal(multiplyPoint(BASE_POINT, s))
        const [id, other] = responders as [number, number]
        const own = dealt[id - 1]!
        expect(committedShare(commitments, id)).to.deep.equal(multiplyPoint(BASE_POINT, own.share))
        expect(isCommittedShare(own, id)).to.equal(true)
        expect(isCommittedShare(own, other)).to.equal(false)
        expect(isCommittedShare({ commitments, share: (own.share % (SUBGROUP_ORDER - 1n)) + 1n }, id)).to.equal(false)
        const some = responders.slice(0, params.t + 1)
        const points = some.map((each) => ({ id: each, point: multiplyPoint(scope, dealt[each - 1]!.share) }))
        expect(interpolatePoints(points)).to.deep.equal(multiplyPoint(scope, s))
      }),
      { numRuns: 12 },
    )
  })

  it('says nothing in any t shares: over a small field every t values come once of every secret', () => {
    const order = 11n
    for (const [n, t] of [
      [3, 1],
      [5, 2],
    ] as const) {
      const field = Array.from({ length: Number(order) }, (_, value) => BigInt(value))
      const polynomials = (secret: bigint) =>
        Array.from({ length: Number(order) ** t }, (_, k) => [
          secret,
          ...Array.from({ length: t }, (__, j) => field[Math.floor(k / 11 ** j) % 11]!),
        ])
      for (const s of field) {
        const shares = polynomials(s).map((f) =>
          Array.from({ length: n }, (_, k) => evaluatePolynomial(f, k + 1, order)),
        )
        for (const ids of subsets([1, 2, 3, 4, 5].slice(0, n), t))
          expect(new Set(shares.map((each) => ids.map((id) => each[id - 1]).join())).size).to.equal(11 ** t)
        for (const ids of subsets([1, 2, 3, 4, 5].slice(0, n), t + 1)) {
          const lagrange = lagrangeAtZero(ids, order)
          for (const each of shares)
            expect(ids.reduce((sum, id, k) => (sum + lagrange[k]! * each[id - 1]!) % order, 0n)).to.equal(s)
        }
      }
    }
  })

  it('says nothing in the commitments beyond S: with one share they follow from it', () => {
    const [first] = dealIdentity(777n, { n: 3, t: 1 }, seededRandom('simulated'))
    const [S, slope] = first!.commitments
    const minusS = multiplyPoint(S!, SUBGROUP_ORDER - 1n)
    expect(addPoints(multiplyPoint(BASE_POINT, first!.share), minusS)).to.deep.equal(slope)
  })

  it('is refused out of its range, and interpolated from distinct operators alone', () => {
    for (const s of [0n, -1n, SUBGROUP_ORDER])
      expect(() => dealIdentity(s, { n: 3, t: 1 }, seededRandom('range')))
        .to.throw()
        .with.property('code', 'PALM_POINT_INVALID')
    for (const ids of [[1, 1], [0, 1], [-1]])
      expect(() => interpolatePoints(ids.map((id) => ({ id, point: BASE_POINT }))))
        .to.throw()
        .with.property('code', 'PALM_POINT_INVALID')
  })
})
