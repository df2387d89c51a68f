import {
  dotProducts,
  prepareProbe,
  ROW_SHARE_BYTES,
  reconstructRow,
  type SharingParams,
  shareProbe,
  shareRow,
} from '@palmhold/matching'
import { CODE_BITS } from '@palmhold/palm'
import { expect } from 'chai'
import { dotsOf, flipBits, randomCode, seededRandom } from './in-memory.ts'

const BLOCKS = CODE_BITS / 4

describe('sharing', () => {
  const random = seededRandom('sharing')
  const code = randomCode(random)

  it('deals n shares of 3,072 bytes for a row, and of 3,072 bytes a code for a probe', () => {
    const params = { n: 5, t: 2 }
    expect(shareRow(code, params, random).map(({ length }) => length)).to.deep.equal(Array(5).fill(ROW_SHARE_BYTES))
    const probe = shareProbe([code, code, code], params, random)
    expect(probe.map(({ length }) => length)).to.deep.equal(Array(5).fill(3 * ROW_SHARE_BYTES))
  })

  for (const [n, t, responders] of [
    [3, 1, [1, 2, 3]],
    [3, 1, [3, 1, 2]],
    [4, 1, [4, 1, 3]],
    [5, 2, [1, 2, 3, 4, 5]],
    [7, 3, [7, 1, 6, 2, 5, 3, 4]],
    [15, 7, Array.from({ length: 15 }, (_, k) => k + 1)],
    [15, 1, [15, 8, 11]],
  ] as [number, number, number[]][])
    it(`gives exact scores for (${n}, ${t}) and nodes ${responders}`, () => {
      const rows = [0, 1, 384, 768, 1535, 1536].map((distance) => flipBits(code, distance))
      const dots = dotsOf(rows, [code], { n, t }, responders, random)
      const scores = rows.map((_, row) => dots.reduce((sum, d) => (sum + d[row]!) & 0xffff, 0))
      // score = D - 2 HD, modulo 2^16.
      expect(scores).to.deep.equal([0, 1, 384, 768, 1535, 1536].map((hd) => (CODE_BITS - 2 * hd) & 0xffff))
    })

  it('reconstructs a row from any t + 1 shares, and not from shares of two rows', () => {
    const shares = shareRow(code, { n: 5, t: 2 }, random).map((share, k) => ({ id: k + 1, share }))
    expect(reconstructRow([shares[4]!, shares[0]!, shares[2]!])).to.deep.equal(code)
    const other = shareRow(code, { n: 5, t: 2 }, random)
    expect(() => reconstructRow([shares[4]!, shares[0]!, { id: 3, share: other[2]! }]))
      .to.throw()
      .with.property('code', 'PALM_SHARES_INCONSISTENT')
    expect(() => reconstructRow(shares.slice(0, 2)))
      .to.throw()
      .with.property('code', 'PALM_SHARES_INCONSISTENT')
  })

  it('needs 2t + 1 nodes for a score: with fewer the product polynomial is not determined', () => {
    const rows = [code]
    const dots = dotsOf(rows, [code], { n: 5, t: 2 }, [1, 2, 3, 4], random)
    expect(dots.reduce((sum, d) => (sum + d[0]!) & 0xffff, 0)).not.to.equal(CODE_BITS)
  })

  it('reads shares that lie at an odd address', () => {
    const shares = shareProbe([code], { n: 3, t: 1 }, random)
    const moved = new Uint8Array(ROW_SHARE_BYTES + 1)
    moved.set(shares[0]!, 1)
    expect(prepareProbe(moved.subarray(1), 1, [1, 2, 3])).to.deep.equal(prepareProbe(shares[0]!, 1, [1, 2, 3]))
  })

  describe('refuses', () => {
    const share = shareProbe([code], { n: 3, t: 1 }, random)[0]!
    const cases: [string, string, () => unknown][] = [
      ['t = 0', 'PALM_SHARING_PARAMS', () => shareRow(code, { n: 3, t: 0 }, random)],
      ['n < 2t + 1', 'PALM_SHARING_PARAMS', () => shareRow(code, { n: 4, t: 2 }, random)],
      ['n > 15', 'PALM_SHARING_PARAMS', () => shareProbe([code], { n: 16, t: 1 }, random)],
      ['a fraction of a node', 'PALM_SHARING_PARAMS', () => shareProbe([code], { n: 3.5, t: 1 }, random)],
      ['an empty share', 'PALM_SHARE_LENGTH', () => prepareProbe(new Uint8Array(0), 1, [1, 2, 3])],
      ['a short share', 'PALM_SHARE_LENGTH', () => prepareProbe(share.subarray(2), 1, [1, 2, 3])],
      ['a node that does not answer', 'PALM_RESPONDERS_INVALID', () => prepareProbe(share, 4, [1, 2, 3])],
      ['an id twice', 'PALM_RESPONDERS_INVALID', () => prepareProbe(share, 1, [1, 2, 2])],
      ['the id 0, where the secret stands', 'PALM_RESPONDERS_INVALID', () => prepareProbe(share, 0, [0, 1, 2])],
      ['the id 16', 'PALM_RESPONDERS_INVALID', () => prepareProbe(share, 1, [1, 2, 16])],
      ['a short row', 'PALM_SHARE_LENGTH', () => reconstructRow([{ id: 1, share: share.subarray(2) }])],
      ['half a vector', 'PALM_SHARE_LENGTH', () => dotProducts(share.subarray(16), new Uint16Array(CODE_BITS))],
    ]
    for (const [name, errorCode, work] of cases)
      it(name, () => {
        expect(work).to.throw().with.property('code', errorCode)
      })
  })
})

/**
 * Secrecy is shown exactly, not by statistics on a generator. Reduction modulo 4 is a ring homomorphism onto GR(2^2, 4),
 * so the real code, fed with every choice of the random coefficients modulo 4, must hit every value of t shares modulo 4
 * equally often; a share that depended on the secret would not. Over the whole ring the same follows from the
 * determinant prod pt(i) * prod (pt(j) - pt(i)) being a unit, whose factors galois-ring.test.ts goes through one by one.
 */
describe('secrecy of t shares, exhaustively modulo 4', () => {
  const secrets = [new Uint8Array(192), new Uint8Array(192).fill(0xff), new Uint8Array(192).fill(0x5a)]

  /** How often each value of the given nodes' shares of one block comes up when all coefficients run through modulo 4. */
  function countValues(
    params: SharingParams,
    ids: number[],
    secret: Uint8Array,
    isProbe: boolean,
  ): Map<string, number> {
    const choices = 256 ** params.t
    const counts = new Map<string, number>()
    for (let first = 0; first < choices; first += BLOCKS) {
      let draw = 0
      // Block b of a_k gets the k-th base-256 digit of the choice, four base-4 coefficients in it.
      const everyChoice = (length: number) => {
        const words = new Uint16Array(length / 2)
        for (let j = 0; j < words.length; j++)
          words[j] = (Math.floor((first + (j >> 2)) / 256 ** draw) >> (2 * (j & 3))) & 3
        draw++
        return new Uint8Array(words.buffer)
      }
      const code = flipBits(secret, 0)
      const shares = isProbe ? shareProbe([code], params, everyChoice) : shareRow(code, params, everyChoice)
      for (let block = 0; block < BLOCKS && first + block < choices; block++) {
        const seen = ids.map((id) => [0, 2, 4, 6].map((at) => shares[id - 1]![8 * block + at]! & 3).join('')).join(' ')
        counts.set(seen, (counts.get(seen) ?? 0) + 1)
      }
    }
    return counts
  }

  for (const isProbe of [false, true])
    for (const secret of secrets) {
      it(`${isProbe ? 'probe' : 'row'} 0x${secret[0]!.toString(16)}: each share of (3, 1) takes all 256 values once`, () => {
        for (const id of [1, 2, 3]) {
          const counts = countValues({ n: 3, t: 1 }, [id], secret, isProbe)
          expect(counts.size).to.equal(256)
          expect(new Set(counts.values())).to.deep.equal(new Set([1]))
        }
      })
    }

  it('two shares of (5, 2) take all 65,536 values once', () => {
    for (const ids of [
      [1, 2],
      [4, 5],
    ]) {
      const counts = countValues({ n: 5, t: 2 }, ids, secrets[2]!, false)
      expect(counts.size).to.equal(65_536)
      expect(new Set(counts.values())).to.deep.equal(new Set([1]))
    }
  })

  it('two shares of (3, 1) do not: the test would notice a leak', () => {
    const counts = countValues({ n: 3, t: 1 }, [1, 2], secrets[0]!, false)
    expect(counts.size).to.equal(256)
    expect(counts).not.to.deep.equal(countValues({ n: 3, t: 1 }, [1, 2], secrets[1]!, false))
  })
})
