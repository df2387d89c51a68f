/**
 * The largest principal components of a symmetric matrix by subspace iteration from a random start (Halko, Martinsson
 * and Tropp, "Finding structure with randomness", 2011, algorithm 4.4), then the small problem by Jacobi's rotations
 * (Golub and Van Loan, section 8.5). Only +, -, *, / and square roots: the same everywhere.
 */

import { createSeededRandom } from '../src/synthetic/seeded-random.ts'
import { dot } from './covariance.ts'

/** Eigenvalues, largest first, and their unit vectors. */
export type Components = { readonly values: Float64Array; readonly vectors: readonly Float64Array[] }

/** Directions beyond those asked for, which make the last ones settle sooner. */
const OVERSAMPLING = 64
const ITERATIONS = 6
const MOST_SWEEPS = 20

/**
 * @param matrix symmetric and positive, `size` x `size` by rows
 * @param count components wanted, fewer than `size`
 */
export function principalComponents(matrix: Float64Array, size: number, count: number): Components {
  const random = createSeededRandom('subspace')
  const width = Math.min(size, count + OVERSAMPLING)
  let basis: Float64Array[] = Array.from({ length: width }, () =>
    Float64Array.from({ length: size }, () => random.unit() - 0.5),
  )
  const times = (vectors: readonly Float64Array[]): Float64Array[] => vectors.map((vector) => product(matrix, vector))
  for (let i = 0; i < ITERATIONS; i++) basis = orthonormal(times(orthonormal(basis)))
  const images = times(basis)
  const small = basis.map((vector) => Float64Array.from(images, (image) => dot(vector, image)))
  const { values, vectors } = jacobi(small)
  const order = Array.from(values.keys()).sort((a, b) => values[b]! - values[a]!)
  const kept = order.slice(0, count)
  return {
    values: Float64Array.from(kept, (k) => values[k]!),
    vectors: kept.map((k) => combined(basis, vectors[k]!)),
  }
}

/** The vectors made orthonormal, in order (modified Gram-Schmidt, twice for accuracy). */
function orthonormal(vectors: readonly Float64Array[]): Float64Array[] {
  const done: Float64Array[] = []
  for (const vector of vectors) {
    const rest = vector.slice()
    for (let pass = 0; pass < 2; pass++) for (const unit of done) subtract(rest, unit, dot(rest, unit))
    const length = Math.sqrt(dot(rest, rest))
    done.push(rest.map((value) => value / length))
  }
  return done
}

/** Eigenvalues and eigenvectors of a small symmetric matrix; both are in the order of its diagonal. */
export function jacobi(symmetric: readonly Float64Array[]): { values: Float64Array; vectors: Float64Array[] } {
  const size = symmetric.length
  const a = symmetric.map((row) => row.slice())
  const vectors = a.map((_, i) => Float64Array.from({ length: size }, (_, j) => (i === j ? 1 : 0)))
  const scale = Math.sqrt(a.reduce((sum, row) => sum + dot(row, row), 0))
  for (let sweep = 0; sweep < MOST_SWEEPS; sweep++) {
    let largest = 0
    for (let p = 0; p < size; p++)
      for (let q = p + 1; q < size; q++) {
        const off = a[p]![q]!
        largest = Math.max(largest, Math.abs(off))
        if (Math.abs(off) <= 1e-15 * scale) continue
        const theta = (a[q]![q]! - a[p]![p]!) / (2 * off)
        const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1))
        const c = 1 / Math.sqrt(t * t + 1)
        rotate(a[p]!, a[q]!, c, t * c)
        for (const row of a) {
          const [x, y] = [row[p]!, row[q]!]
          row[p] = c * x - t * c * y
          row[q] = t * c * x + c * y
        }
        rotate(vectors[p]!, vectors[q]!, c, t * c)
      }
    if (largest <= 1e-12 * scale) break
  }
  return { values: Float64Array.from(a, (row, i) => row[i]!), vectors }
}

/** (x, y) becomes (c x - s y, s x + c y) in each place. */
function rotate(x: Float64Array, y: Float64Array, c: number, s: number): void {
  for (let i = 0; i < x.length; i++) {
    const [a, b] = [x[i]!, y[i]!]
    x[i] = c * a - s * b
    y[i] = s * a + c * b
  }
}

function product(matrix: Float64Array, vector: Float64Array): Float64Array {
  const size = vector.length
  return Float64Array.from({ length: size }, (_, i) => dot(matrix.subarray(i * size, (i + 1) * size), vector))
}

function combined(basis: readonly Float64Array[], factors: Float64Array): Float64Array {
  const out = new Float64Array(basis[0]!.length)
  for (const [k, vector] of basis.entries()) subtract(out, vector, -factors[k]!)
  return out
}

/** `from` loses `factor` times `what`. */
function subtract(from: Float64Array, what: Float64Array, factor: number): void {
  for (let i = 0; i < from.length; i++) from[i]! -= factor * what[i]!
}
