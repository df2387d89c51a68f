import { expect } from 'chai'
import {
  addRing,
  GRAM_MATRIX,
  invertRing,
  isUnit,
  lagrangeAtZero,
  MAX_POINT,
  multiplyMatrices,
  multiplyRing,
  NotAUnitError,
  RING_ONE,
  type RingElement,
  ringPoint,
  subtractRing,
} from '../../packages/matching/src/galois-ring.ts'

const POINTS = Array.from({ length: MAX_POINT + 1 }, (_, i) => i)

describe('Galois ring GR(2^16, 4)', () => {
  it('reduces by x^4 = x + 1', () => {
    const x: RingElement = [0, 1, 0, 0]
    const powers = [RING_ONE]
    for (let k = 1; k <= 7; k++) powers.push(multiplyRing(powers[k - 1]!, x))
    expect(powers.slice(4)).to.deep.equal([
      [1, 1, 0, 0],
      [0, 1, 1, 0],
      [0, 0, 1, 1],
      [1, 1, 0, 1],
    ])
  })

  it('is GF(16) modulo 2: every element but zero is a unit, and products with it stay units', () => {
    for (const a of POINTS.slice(1))
      for (const b of POINTS.slice(1)) expect(isUnit(multiplyRing(ringPoint(a), ringPoint(b)))).to.equal(true)
  })

  it('has sixteen points, and all 240 differences of two of them are units with an inverse', () => {
    let pairs = 0
    for (const i of POINTS)
      for (const j of POINTS) {
        if (i === j) continue
        const difference = subtractRing(ringPoint(i), ringPoint(j))
        expect(multiplyRing(difference, invertRing(difference)), `${i} - ${j}`).to.deep.equal(RING_ONE)
        pairs++
      }
    expect(pairs).to.equal(240)
  })

  it('refuses to invert what is zero modulo 2', () => {
    for (const a of [
      [0, 0, 0, 0],
      [2, 0, 0, 0],
      [0x8000, 4, 6, 0xfffe],
    ] as RingElement[])
      expect(() => invertRing(a))
        .to.throw(NotAUnitError)
        .with.property('code', 'PALM_RING_NOT_A_UNIT')
  })

  it('takes the constant coefficient as a bilinear form whose Gram matrix is its own inverse', () => {
    for (let j = 0; j < 4; j++)
      for (let k = 0; k < 4; k++) {
        const [a, b] = [j, k].map((power) => [0, 1, 2, 3].map((c) => (c === power ? 1 : 0)) as never as RingElement)
        expect(GRAM_MATRIX[4 * j + k], `x^${j + k}`).to.equal(multiplyRing(a!, b!)[0])
      }
    const identity = Uint16Array.of(1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1)
    expect(multiplyMatrices(GRAM_MATRIX, GRAM_MATRIX)).to.deep.equal(identity)
  })

  it('has Lagrange coefficients that sum to one', () => {
    for (const ids of [[1, 2, 3], [15, 4, 9], [2, 5, 11, 14, 7], POINTS.slice(1)]) {
      const sum = lagrangeAtZero(ids).reduce(addRing, [0, 0, 0, 0])
      expect(sum).to.deep.equal([1, 0, 0, 0])
    }
  })
})
