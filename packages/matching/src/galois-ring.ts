/**
 * The Galois ring GR = GR(2^16, 4) = Z_2^16[x] / (x^4 - x - 1), over which rows and probes are shared.
 *
 * Z_2^16 itself has no large set of points whose differences are units, so Shamir's scheme does not work over it. GR has
 * one: x^4 - x - 1 is irreducible modulo 2, GR modulo 2 is GF(16), and a ring element is a unit exactly where it is not
 * zero modulo 2. The sixteen lifts of GF(16) therefore differ by units (Abspoel et al., TCC 2019, "Efficient
 * Information-Theoretic Secure Multiparty Computation over Z/p^kZ via Galois Rings", section 2).
 *
 * An element a_0 + a_1 x + a_2 x^2 + a_3 x^3 is written [a_0, a_1, a_2, a_3], each in 0..65535. Constant time is not
 * claimed: points and Lagrange coefficients, the only factors that choose a path, are public.
 */

import { PalmError } from '@palmhold/base'

/** Coefficients of an element. */
export const RING_DEGREE = 4
/** Points 1..15 carry shares; point 0 is where the secret stands. */
export const MAX_POINT = 15

const MASK = 0xffff

/** Four coefficients in 0..65535, the constant one first. */
export type RingElement = readonly [number, number, number, number]

export const RING_ONE: RingElement = [1, 0, 0, 0]

export function addRing(a: RingElement, b: RingElement): RingElement {
  return [(a[0] + b[0]) & MASK, (a[1] + b[1]) & MASK, (a[2] + b[2]) & MASK, (a[3] + b[3]) & MASK]
}

export function subtractRing(a: RingElement, b: RingElement): RingElement {
  return [(a[0] - b[0]) & MASK, (a[1] - b[1]) & MASK, (a[2] - b[2]) & MASK, (a[3] - b[3]) & MASK]
}

/** a * b, reduced by x^4 = x + 1, x^5 = x^2 + x, x^6 = x^3 + x^2. */
export function multiplyRing(a: RingElement, b: RingElement): RingElement {
  const [a0, a1, a2, a3] = a
  const [b0, b1, b2, b3] = b
  const c4 = Math.imul(a1, b3) + Math.imul(a2, b2) + Math.imul(a3, b1)
  const c5 = Math.imul(a2, b3) + Math.imul(a3, b2)
  const c6 = Math.imul(a3, b3)
  return [
    (Math.imul(a0, b0) + c4) & MASK,
    (Math.imul(a0, b1) + Math.imul(a1, b0) + c4 + c5) & MASK,
    (Math.imul(a0, b2) + Math.imul(a1, b1) + Math.imul(a2, b0) + c5 + c6) & MASK,
    (Math.imul(a0, b3) + Math.imul(a1, b2) + Math.imul(a2, b1) + Math.imul(a3, b0) + c6) & MASK,
  ]
}

/** Whether `a` has an inverse: its reduction to GF(16) is not zero. */
export function isUnit(a: RingElement): boolean {
  return ((a[0] | a[1] | a[2] | a[3]) & 1) === 1
}

/**
 * The inverse of a unit.
 * @throws {NotAUnitError} `a` is zero modulo 2
 */
export function invertRing(a: RingElement): RingElement {
  if (!isUnit(a)) throw new NotAUnitError()
  // a^14 inverts modulo 2, because a^15 = 1 in GF(16).
  let inverse = RING_ONE
  for (let k = 0; k < 14; k++) inverse = multiplyRing(inverse, a)
  // Newton: y <- y (2 - a y) doubles the number of right bits: 1, 2, 4, 8, 16.
  for (let bits = 1; bits < 16; bits *= 2)
    inverse = multiplyRing(inverse, subtractRing([2, 0, 0, 0], multiplyRing(a, inverse)))
  return inverse
}

/**
 * pt(i): the lift of i in GF(16), whose coefficients are the bits of i.
 * @param i 0..15
 */
export function ringPoint(i: number): RingElement {
  return [i & 1, (i >> 1) & 1, (i >> 2) & 1, (i >> 3) & 1]
}

/**
 * The Lagrange coefficients at 0 for `ids`: F(pt(0)) = sum_i L_i F(pt(i)) for every F of degree below `ids.length`.
 * @param ids distinct, each in 1..15
 */
export function lagrangeAtZero(ids: readonly number[]): RingElement[] {
  return lagrangeAt(ids, 0)
}

/**
 * The Lagrange coefficients at pt(`at`) for `ids`: L_i = prod_{j != i} (pt(j) - pt(at)) / (pt(j) - pt(i)).
 * @param ids distinct, each in 1..15
 * @param at 0..15
 */
export function lagrangeAt(ids: readonly number[], at: number): RingElement[] {
  return ids.map((i) => {
    let numerator = RING_ONE
    let denominator = RING_ONE
    for (const j of ids) {
      if (j === i) continue
      numerator = multiplyRing(numerator, subtractRing(ringPoint(j), ringPoint(at)))
      denominator = multiplyRing(denominator, subtractRing(ringPoint(j), ringPoint(i)))
    }
    return multiplyRing(numerator, invertRing(denominator))
  })
}

/** A 4 x 4 matrix over Z_2^16, by rows. */
export type RingMatrix = Uint16Array

/** M(a), for which M(a) b = a * b: column k holds the coefficients of a x^k. */
export function multiplicationMatrix(a: RingElement): RingMatrix {
  const matrix = new Uint16Array(RING_DEGREE * RING_DEGREE)
  const powers: readonly RingElement[] = [RING_ONE, [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]
  powers.forEach((power, column) => {
    multiplyRing(a, power).forEach((coefficient, row) => {
      matrix[row * RING_DEGREE + column] = coefficient
    })
  })
  return matrix
}

/**
 * The Gram matrix of 1, x, x^2, x^3 under phi(a) = a_0, the constant coefficient: G[j][k] = phi(x^(j+k)). Of x^0..x^6
 * only x^0 = 1 and x^4 = x + 1 have one, so G swaps the second and the fourth coordinate, and G^-1 = G.
 */
export const GRAM_MATRIX: RingMatrix = Uint16Array.of(1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0)

/** The product of two matrices. */
export function multiplyMatrices(a: RingMatrix, b: RingMatrix): RingMatrix {
  const out = new Uint16Array(RING_DEGREE * RING_DEGREE)
  for (let row = 0; row < RING_DEGREE; row++)
    for (let column = 0; column < RING_DEGREE; column++)
      for (let k = 0; k < RING_DEGREE; k++)
        out[row * RING_DEGREE + column]! += Math.imul(a[row * RING_DEGREE + k]!, b[k * RING_DEGREE + column]!)
  return out
}

/**
 * Adds `matrix` times each block of four of `input` to the same block of `output`.
 * @param input length a multiple of 4
 * @param output the same length
 */
export function addMatrixTimes(matrix: RingMatrix, input: Uint16Array, output: Uint16Array): void {
  const [m00, m01, m02, m03, m10, m11, m12, m13, m20, m21, m22, m23, m30, m31, m32, m33] = matrix as unknown as number[]
  for (let at = 0; at < input.length; at += RING_DEGREE) {
    const a = input[at]!
    const b = input[at + 1]!
    const c = input[at + 2]!
    const d = input[at + 3]!
    output[at]! += Math.imul(m00!, a) + Math.imul(m01!, b) + Math.imul(m02!, c) + Math.imul(m03!, d)
    output[at + 1]! += Math.imul(m10!, a) + Math.imul(m11!, b) + Math.imul(m12!, c) + Math.imul(m13!, d)
    output[at + 2]! += Math.imul(m20!, a) + Math.imul(m21!, b) + Math.imul(m22!, c) + Math.imul(m23!, d)
    output[at + 3]! += Math.imul(m30!, a) + Math.imul(m31!, b) + Math.imul(m32!, c) + Math.imul(m33!, d)
  }
}

/** A ring element without an inverse. */
export class NotAUnitError extends PalmError {
  constructor() {
    super('PALM_RING_NOT_A_UNIT', 'a ring element that is zero modulo 2 has no inverse', {
      hints: ['Points must be distinct and in 1..15: check the list of responding nodes.'],
    })
  }
}
