import { expect } from 'chai'
import fc from 'fast-check'
import { borrowBitKernel, laneOf, returnBitKernel } from '../../packages/matching/src/bit-kernel.ts'

/** Lanes in whole words: counts that fill vectors of 128 bits and counts that do not. */
const lanes = fc
  .integer({ min: 1, max: 11 })
  .chain((words) =>
    fc.uint16Array({ minLength: 32 * words, maxLength: 32 * words }).map((values) => ({ words, values })),
  )
const BYTE = { min: 0, max: 255 }

/** Runs `work` with an instance whose memory begins with `inputs`, behind each other; gives the words at `from`. */
function inKernel(
  inputs: readonly ArrayBufferView[],
  work: (kernel: ReturnType<typeof borrowBitKernel>, at: number[], end: number) => { from: number; words: number },
): Uint32Array {
  const total = inputs.reduce((sum, { byteLength }) => sum + byteLength, 0)
  const kernel = borrowBitKernel(4 * total + 4096)
  const bytes = new Uint8Array(kernel.buffer)
  let end = 0
  const at = inputs.map((input) => {
    bytes.set(new Uint8Array(input.buffer, input.byteOffset, input.byteLength), end)
    end += input.byteLength
    return end - input.byteLength
  })
  const { from, words } = work(kernel, at, end)
  const result = new Uint32Array(kernel.buffer.slice(from, from + 4 * words))
  returnBitKernel(kernel)
  return result
}

function planesOf(values: Uint16Array, planes = 16, constant = 0): Uint32Array {
  const words = values.length / 32
  return inKernel([values], (kernel, [at], end) => {
    kernel.toPlanes(at!, words, constant, planes, end, 4 * words)
    return { from: end, words: planes * words }
  })
}

describe('bit kernel', () => {
  it('makes planes of constant - lane: bit b of lane k in plane b, word k >> 5, position k & 31', () => {
    fc.assert(
      fc.property(
        lanes,
        fc.integer({ min: 1, max: 16 }),
        fc.integer({ min: -4096, max: 4096 }),
        ({ words, values }, planes, constant) => {
          const out = planesOf(values, planes, constant)
          values.forEach((lane, k) => {
            const value = (constant - lane) & (2 ** planes - 1)
            expect(laneOf(out, words, k)).to.equal(value)
            for (let bit = 0; bit < planes; bit++)
              if (((out[bit * words + (k >> 5)]! >>> (k & 31)) & 1) !== ((value >> bit) & 1))
                expect.fail(`lane ${k}, bit ${bit}`)
          })
        },
      ),
      { numRuns: 40 },
    )
  })

  it('adds and subtracts lane by lane modulo 2^planes, in place too', () => {
    fc.assert(
      fc.property(
        lanes,
        fc.nat(0xffff),
        fc.integer({ min: 1, max: 16 }),
        fc.constantFrom<0 | 1>(0, 1),
        ({ words, values }, other, planes, carry) => {
          const others = values.map((value, lane) => value * 31 + other * lane)
          const operands = [values, others].map((operand) => planesOf(operand, planes, 0))
          const stride = 4 * words
          const results = [true, false].flatMap((isSum) =>
            ['apart', 'a', 'b'].map((place) =>
              inKernel(operands, (kernel, [a, b], end) => {
                const out = { apart: end, a: a!, b: b! }[place]!
                if (isSum) kernel.addPlanes(a!, b!, planes, stride, carry, out)
                else kernel.subtractPlanes(a!, b!, planes, stride, out)
                return { from: out, words: planes * words }
              }),
            ),
          )
          const mask = 2 ** planes - 1
          // The planes hold the negated values.
          values.forEach((value, lane) => {
            for (const sum of results.slice(0, 3))
              expect(laneOf(sum, words, lane)).to.equal((-value - others[lane]! + carry) & mask)
            for (const difference of results.slice(3))
              expect(laneOf(difference, words, lane)).to.equal((-value + others[lane]!) & mask)
          })
        },
      ),
      { numRuns: 60 },
    )
  })

  it('XORs, and multiplies shares of bits under masks, for every length in words and nothing beside it', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 11 }).chain((words) =>
          fc.array(fc.array(fc.integer(BYTE), { minLength: 4 * words, maxLength: 4 * words }), {
            minLength: 6,
            maxLength: 6,
          }),
        ),
        (bytes) => {
          const inputs = bytes.map((values) => Uint8Array.from(values))
          const length = inputs[0]!.length
          const product = inKernel([...inputs, new Uint8Array(length + 16).fill(0xee)], (kernel, at) => {
            const [ownX, nextX, ownY, nextY, before, after, out] = at as [
              ...[number, number, number, number],
              ...[number, number, number],
            ]
            kernel.andBits(ownX, nextX, ownY, nextY, before, after, out, length)
            return { from: out, words: length / 4 + 4 }
          })
          const [ownX, nextX, ownY, nextY, before, after] = inputs.map((input) => [...input]) as number[][]
          const expected = ownX!.map(
            (x, k) => (x & ownY![k]!) ^ (x & nextY![k]!) ^ (nextX![k]! & ownY![k]!) ^ before![k]! ^ after![k]!,
          )
          expect([...new Uint8Array(product.buffer)]).to.deep.equal([...expected, ...Array(16).fill(0xee)])

          const sum = inKernel([inputs[0]!, inputs[1]!], (kernel, [target, source]) => {
            kernel.xorBits(target!, source!, length)
            return { from: target!, words: length / 2 }
          })
          const xored = ownX!.map((x, k) => x ^ nextX![k]!)
          expect([...new Uint8Array(sum.buffer)]).to.deep.equal([...xored, ...nextX!])
        },
      ),
      { numRuns: 60 },
    )
  })
})
