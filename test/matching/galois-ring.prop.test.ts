import { expect } from 'chai'
import fc from 'fast-check'
import {
  addMatrixTimes,
  addRing,
  invertRing,
  isUnit,
  lagrangeAtZero,
  multiplicationMatrix,
  multiplyRing,
  RING_ONE,
  type RingElement,
  ringPoint,
  subtractRing,
} from '../../packages/matching/src/galois-ring.ts'

const coefficient = fc.oneof(fc.integer({ min: 0, max: 0xffff }), fc.constantFrom(0, 1, 0x7fff, 0x8000, 0xffff))
const element = fc.tuple(coefficient, coefficient, coefficient, coefficient) as fc.Arbitrary<RingElement>
const ids = fc.uniqueArray(fc.integer({ min: 1, max: 15 }), { minLength: 1, maxLength: 9 })

describe('Galois ring, properties', () => {
  it('is a commutative ring', () => {
    fc.assert(
      fc.property(element, element, element, (a, b, c) => {
        expect(multiplyRing(a, b)).to.deep.equal(multiplyRing(b, a))
        expect(multiplyRing(multiplyRing(a, b), c)).to.deep.equal(multiplyRing(a, multiplyRing(b, c)))
        expect(multiplyRing(a, addRing(b, c))).to.deep.equal(addRing(multiplyRing(a, b), multiplyRing(a, c)))
        expect(subtractRing(addRing(a, b), b)).to.deep.equal(a)
      }),
    )
  })

  it('inverts exactly the elements that are not zero modulo 2', () => {
    fc.assert(
      fc.property(element, element, (a, b) => {
        if (isUnit(a)) expect(multiplyRing(a, invertRing(a))).to.deep.equal(RING_ONE)
        // A multiple of a non-unit is zero modulo 2, so it is never one.
        else expect(multiplyRing(a, b).some((c) => c & 1)).to.equal(false)
      }),
    )
  })

  it('multiplies by matrices as by elements, block by block', () => {
    fc.assert(
      fc.property(element, fc.array(element, { minLength: 1, maxLength: 5 }), element, (a, blocks, start) => {
        const out = Uint16Array.from(blocks.flatMap(() => [...start]))
        addMatrixTimes(multiplicationMatrix(a), Uint16Array.from(blocks.flat()), out)
        expect([...out]).to.deep.equal(blocks.flatMap((block) => [...addRing(start, multiplyRing(a, block))]))
      }),
    )
  })

  it('interpolates every polynomial of degree below the number of points', () => {
    fc.assert(
      fc.property(ids, fc.array(element, { minLength: 9, maxLength: 9 }), (points, coefficients) => {
        const polynomial = coefficients.slice(0, points.length)
        const at = (x: RingElement) =>
          polynomial.reduceRight((sum, c) => addRing(multiplyRing(sum, x), c), [0, 0, 0, 0])
        const value = lagrangeAtZero(points).reduce<RingElement>(
          (sum, lagrange, k) => addRing(sum, multiplyRing(lagrange, at(ringPoint(points[k]!)))),
          [0, 0, 0, 0],
        )
        expect(value).to.deep.equal(polynomial[0])
      }),
    )
  })
})
