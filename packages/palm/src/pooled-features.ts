/**
 * What a pooled code is made of: how strongly each orientation answers around each of 15 x 15 places, dark and light
 * lines apart. Pooling over some 8 pixels forgives the shift that the plain code must try 25 times.
 *
 * Both half-waves of the six responses, each orientation divided by its mean magnitude over the picture, are averaged
 * with Gaussian weights of deviation 8 px around the pixels 8, 16, .. 120 on both axes; at each place the twelve values
 * are brought to unit length, and their square roots taken (which keeps one strong line from outvoting all others).
 *
 * Every step is exact or a single IEEE 754 division or square root, so that all engines agree to the bit.
 */

import { ORIENTATIONS } from './palm-code.ts'
import type { Responses } from './responses.ts'

/** Places along each axis. */
export const POOLED_PLACES = 15
/** Half-waves of all orientations. */
export const POOLED_CHANNELS = 2 * ORIENTATIONS
/** Numbers of one picture: place by rows, then channel (orientation, negative before positive half-wave). */
export const POOLED_FEATURES = POOLED_PLACES * POOLED_PLACES * POOLED_CHANNELS
/** A feature of 1. */
export const FEATURE_SCALE = 4096

const PLACE_STEP_PX = 8
const SIGMA_PX = 8
/** Farther samples weigh less than one in 256. */
const REACH_PX = 20
/** Weights are whole numbers, so that sums of responses stay exact. */
const WEIGHT_SCALE = 256

/**
 * The 2,700 features, 0..4096 each.
 * @param found responses on every second pixel
 */
export function pooledFeatures(found: Responses): Int16Array {
  const { xs, ys, values } = found
  const size = xs.length * ys.length
  const columns = weightsAlong(xs)
  const rows = weightsAlong(ys)
  const pooled: Float64Array[] = []
  for (let k = 0; k < ORIENTATIONS; k++) {
    const plane = values.subarray(k * size, (k + 1) * size)
    const negative = new Float64Array(size)
    const positive = new Float64Array(size)
    let magnitude = 0
    for (let i = 0; i < size; i++) {
      const value = plane[i]!
      if (value < 0) negative[i] = -value
      else positive[i] = value
      magnitude += Math.abs(value)
    }
    // An even picture answers nowhere: its zeros stay zeros.
    const mean = magnitude === 0 ? 1 : magnitude / size
    pooled.push(pool(negative, columns, rows, mean))
    pooled.push(pool(positive, columns, rows, mean))
  }
  const features = new Int16Array(POOLED_FEATURES)
  for (let place = 0; place < POOLED_PLACES * POOLED_PLACES; place++) {
    let square = 0
    for (const channel of pooled) square += channel[place]! * channel[place]!
    if (square === 0) continue
    const length = Math.sqrt(square)
    for (const [c, channel] of pooled.entries())
      features[place * POOLED_CHANNELS + c] = Math.round(FEATURE_SCALE * Math.sqrt(channel[place]! / length))
  }
  return features
}

/** Weighted sums of one half-wave around each place, over `mean`. */
function pool(wave: Float64Array, columns: readonly Weights[], rows: readonly Weights[], mean: number): Float64Array {
  const width = columns[0]!.samples
  const height = rows[0]!.samples
  const lines = new Float64Array(height * POOLED_PLACES)
  for (let y = 0; y < height; y++)
    for (let i = 0; i < POOLED_PLACES; i++) {
      const { first, weights } = columns[i]!
      const at = y * width + first
      let sum = 0
      for (let j = 0; j < weights.length; j++) sum += weights[j]! * wave[at + j]!
      lines[y * POOLED_PLACES + i] = sum
    }
  const out = new Float64Array(POOLED_PLACES * POOLED_PLACES)
  for (let row = 0; row < POOLED_PLACES; row++) {
    const { first, weights } = rows[row]!
    for (let i = 0; i < POOLED_PLACES; i++) {
      let sum = 0
      for (let j = 0; j < weights.length; j++) sum += weights[j]! * lines[(first + j) * POOLED_PLACES + i]!
      out[row * POOLED_PLACES + i] = sum / mean
    }
  }
  return out
}

/** Which samples of an axis count for a place: weights from the sample `first` on, of `samples` in all. */
type Weights = { readonly samples: number; readonly first: number; readonly weights: Uint16Array }

/** For each place the first sample within reach and the weights from there on. */
function weightsAlong(positions: readonly number[]): Weights[] {
  return Array.from({ length: POOLED_PLACES }, (_, i) => {
    const centre = PLACE_STEP_PX * (i + 1)
    const near = positions.filter((position) => Math.abs(position - centre) <= REACH_PX)
    return {
      samples: positions.length,
      first: positions.indexOf(near[0]!),
      weights: Uint16Array.from(near, (position) =>
        Math.round(WEIGHT_SCALE * Math.exp(-((position - centre) ** 2) / (2 * SIGMA_PX * SIGMA_PX))),
      ),
    }
  })
}
