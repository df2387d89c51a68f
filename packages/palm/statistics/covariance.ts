/**
 * Mean and covariance of pooled features over pictures, and of pictures in the eight positions of the square (quarter
 * turns and mirror images): turning a picture moves its places and renames its orientations, so it permutes the
 * features, and no picture has to be drawn again.
 */

import { ORIENTATIONS } from '../src/palm-code.ts'
import { POOLED_CHANNELS, POOLED_FEATURES, POOLED_PLACES } from '../src/pooled-features.ts'

/** Mean (2,700) and covariance (2,700 x 2,700 by rows) in feature units. */
export type Moments = { readonly mean: Float64Array; readonly covariance: Float64Array }

/** The moments of the differences between each palm's two pictures, which lie one behind the other. */
export function differenceMoments(features: Int16Array): Moments {
  const differences = new Int16Array(features.length / 2)
  for (let i = 0; i < differences.length; i++) {
    const first = 2 * i - (i % POOLED_FEATURES)
    differences[i] = features[first]! - features[first + POOLED_FEATURES]!
  }
  return momentsOf(differences)
}

/** The moments of `features`, pictures one behind the other. Sums are whole numbers, hence exact. */
export function momentsOf(features: Int16Array): Moments {
  const count = features.length / POOLED_FEATURES
  const columns = Array.from({ length: POOLED_FEATURES }, (_, i) =>
    Float64Array.from({ length: count }, (_, n) => features[n * POOLED_FEATURES + i]!),
  )
  const mean = Float64Array.from(columns, (column) => column.reduce((sum, value) => sum + value, 0) / count)
  const covariance = new Float64Array(POOLED_FEATURES * POOLED_FEATURES)
  for (let i = 0; i < POOLED_FEATURES; i++)
    for (let j = 0; j <= i; j++) {
      const value = dot(columns[i]!, columns[j]!) / count - mean[i]! * mean[j]!
      covariance[i * POOLED_FEATURES + j] = value
      covariance[j * POOLED_FEATURES + i] = value
    }
  return { mean, covariance }
}

/** The moments where `uprightPart` of the pictures stay as they are and the others come in all eight positions alike. */
export function turnedMoments({ mean, covariance }: Moments, uprightPart: number): Moments {
  const positions = squarePositions()
  const outMean = new Float64Array(POOLED_FEATURES)
  const outSecond = new Float64Array(POOLED_FEATURES * POOLED_FEATURES)
  for (const [position, from] of positions.entries()) {
    const part = (1 - uprightPart) / positions.length + (position === 0 ? uprightPart : 0)
    for (let i = 0; i < POOLED_FEATURES; i++) {
      const row = from[i]! * POOLED_FEATURES
      outMean[i]! += part * mean[from[i]!]!
      for (let j = 0; j < POOLED_FEATURES; j++)
        outSecond[i * POOLED_FEATURES + j]! += part * (covariance[row + from[j]!]! + mean[from[i]!]! * mean[from[j]!]!)
    }
  }
  for (let i = 0; i < POOLED_FEATURES; i++)
    for (let j = 0; j < POOLED_FEATURES; j++) outSecond[i * POOLED_FEATURES + j]! -= outMean[i]! * outMean[j]!
  return { mean: outMean, covariance: outSecond }
}

/** v^T M v for a symmetric matrix by rows. */
export function quadraticForm(matrix: Float64Array, vector: Float64Array): number {
  const size = vector.length
  let sum = 0
  for (let i = 0; i < size; i++) sum += vector[i]! * dot(matrix.subarray(i * size, (i + 1) * size), vector)
  return sum
}

/** For each position of the square and each feature there, the feature of the upright picture that it is. */
export function squarePositions(): readonly Int32Array[] {
  const upright = Int32Array.from({ length: POOLED_FEATURES }, (_, i) => i)
  const positions: Int32Array[] = []
  let turned: Int32Array = upright
  for (let quarter = 0; quarter < 4; quarter++) {
    positions.push(turned, permuted(turned, mirror))
    turned = permuted(turned, quarterTurn)
  }
  return positions
}

type Place = { readonly row: number; readonly column: number; readonly orientation: number }

/** Where a place's answer comes from when the picture is turned by a quarter, clockwise on the screen. */
function quarterTurn({ row, column, orientation }: Place): Place {
  return {
    row: POOLED_PLACES - 1 - column,
    column: row,
    orientation: (orientation + ORIENTATIONS / 2) % ORIENTATIONS,
  }
}

/** The same when left and right are swapped. */
function mirror({ row, column, orientation }: Place): Place {
  return { row, column: POOLED_PLACES - 1 - column, orientation: (ORIENTATIONS - orientation) % ORIENTATIONS }
}

function permuted(before: Int32Array, source: (place: Place) => Place): Int32Array {
  return Int32Array.from(before, (_, i) => {
    const place = Math.floor(i / POOLED_CHANNELS)
    const channel = i % POOLED_CHANNELS
    const from = source({
      row: Math.floor(place / POOLED_PLACES),
      column: place % POOLED_PLACES,
      orientation: channel >> 1,
    })
    return before[(from.row * POOLED_PLACES + from.column) * POOLED_CHANNELS + 2 * from.orientation + (channel & 1)]!
  })
}

/** The inner product of two arrays of one length. */
export function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!
  return sum
}
