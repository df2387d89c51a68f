/**
 * The pooled code's statistics: the shipped ones are those of the pictures that the code here draws, and the algebra
 * that makes them is right. Making all of it again takes minutes: `npm run generate`.
 */

import { createSeededRandom } from '@palmhold/palm'
import { expect } from 'chai'
import {
  POOLED_STATISTICS_BASE64,
  POOLED_TRAINING_DIGEST,
} from '../../packages/palm/src/generated/pooled-statistics.ts'
import { pooledFeatures } from '../../packages/palm/src/pooled-features.ts'
import { readStatistics } from '../../packages/palm/src/pooled-projection.ts'
import { denseResponses } from '../../packages/palm/src/responses.ts'
import { dot, squarePositions } from '../../packages/palm/statistics/covariance.ts'
import { jacobi, principalComponents } from '../../packages/palm/statistics/principal-components.ts'
import { trainingDigest } from '../../packages/palm/statistics/training-features.ts'
import { captures } from './palms.ts'

describe('pooled statistics', () => {
  it('were made of the pictures that the generator draws', () => {
    expect(trainingDigest()).to.equal(POOLED_TRAINING_DIGEST)
  })

  it('have orthogonal rows, and a mean near that of fresh palms', () => {
    const { mean, rows } = readStatistics(Buffer.from(POOLED_STATISTICS_BASE64, 'base64'))
    const row = (k: number) => Float64Array.from(rows.subarray(k * mean.length, (k + 1) * mean.length))
    for (const [a, b] of [
      [0, 1],
      [3, 90],
      [200, 511],
    ] as const) {
      const cosine = dot(row(a), row(b)) / Math.sqrt(dot(row(a), row(a)) * dot(row(b), row(b)))
      expect(Math.abs(cosine)).to.be.lessThan(0.03)
    }
    const fresh = captures('fresh', 1, 1, 2).map((roi) => pooledFeatures(denseResponses(roi)))
    const off = fresh.map((features) => features.reduce((sum, value, i) => sum + Math.abs(value - mean[i]!), 0))
    for (const sum of off) expect(sum / mean.length).to.be.lessThan(600)
  })

  it('turn a picture as its features turn', () => {
    const [roi] = captures('turned', 1, 1, 1)
    const [upright, mirrored, turned] = squarePositions()
    const features = pooledFeatures(denseResponses(roi!))
    const draw = (source: (x: number, y: number) => number) =>
      pooledFeatures(
        denseResponses({
          ...roi!,
          data: roi!.data.map((_, i) => roi!.data[source(i % 128, i >> 7)]!),
        }),
      )
    // The dense grid's pixels are odd, so a mirrored picture is sampled one pixel aside.
    const difference = (a: Int16Array, b: ArrayLike<number>) =>
      a.reduce((sum, value, i) => sum + Math.abs(value - b[i]!), 0) / a.length
    const mirror = draw((x, y) => y * 128 + 127 - x)
    const quarter = draw((x, y) => (127 - x) * 128 + y)
    expect(
      difference(
        mirror,
        Array.from(mirrored!, (from) => features[from]!),
      ),
    ).to.be.lessThan(120)
    expect(
      difference(
        quarter,
        Array.from(turned!, (from) => features[from]!),
      ),
    ).to.be.lessThan(120)
    expect(
      difference(
        mirror,
        Array.from(upright!, (from) => features[from]!),
      ),
    ).to.be.greaterThan(250)
    expect(
      difference(
        quarter,
        Array.from(upright!, (from) => features[from]!),
      ),
    ).to.be.greaterThan(250)
  })
})

describe('principalComponents', () => {
  it('finds the directions and variances that a matrix was made of', () => {
    const size = 24
    const random = createSeededRandom('components')
    const start = Array.from({ length: size }, (_, i) =>
      Float64Array.from({ length: size }, (_, j) => random.unit() - 0.5 + (i === j ? 1 : 0)),
    )
    const symmetric = start.map((row, i) => row.map((value, j) => value + start[j]![i]!))
    const { values, vectors } = jacobi(symmetric)
    for (const [k, vector] of vectors.entries()) {
      const image = Float64Array.from(symmetric, (row) => dot(row, vector))
      for (let i = 0; i < size; i++) expect(image[i]!).to.be.closeTo(values[k]! * vector[i]!, 1e-9)
    }
    const matrix = new Float64Array(size * size)
    for (const [k, vector] of vectors.entries())
      for (let i = 0; i < size; i++)
        for (let j = 0; j < size; j++) matrix[i * size + j]! += 2 ** (10 - k) * vector[i]! * vector[j]!
    const found = principalComponents(matrix, size, 5)
    for (const [k, value] of found.values.entries()) {
      expect(value).to.be.closeTo(2 ** (10 - k), 1e-6)
      expect(Math.abs(dot(found.vectors[k]!, vectors[k]!))).to.be.closeTo(1, 1e-6)
    }
  })
})
