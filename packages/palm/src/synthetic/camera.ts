/**
 * What a camera makes of the light that reaches it: optical blur, noise that grows with the light (photons) above a
 * floor (reading), the camera's own sharpening and tone curve, and a compression in blocks of 8 x 8.
 *
 * Blur, noise and sharpening are those of the region of interest's scale: a phone's picture has two to five times its
 * resolution, and what happens there is averaged before a region of interest is cut out.
 */

import { compressBlocks } from './block-compression.ts'
import type { SeededRandom } from './seeded-random.ts'

/** One camera's settings for one picture. */
export type CameraSettings = {
  /** Standard deviation of the optical blur, pixels. */
  readonly blur: number
  /** Standard deviation of the noise at grey level 128, and the part of its variance that does not depend on light. */
  readonly noise: number
  readonly noiseFloor: number
  /** How much of the difference to a blurred copy is added, 0 is none; and that blur's deviation, pixels. */
  readonly sharpening: number
  readonly sharpeningRadius: number
  /** Curvature of the tone curve: 0 is straight, 0.1 lifts the middle by a tenth of a quarter of the scale. */
  readonly tone: number
  /** Step of the brightness quantiser in grey levels at the lowest frequency; 0 is no compression. */
  readonly compressionStep: number
  /** Where the first whole block begins, 0..7. */
  readonly blockX: number
  readonly blockY: number
}

/** Draws a camera's settings for one picture: `day` for the device and its light, `random` for this frame. */
export function drawCamera(day: SeededRandom, random: SeededRandom): CameraSettings {
  const sharpening = day.between(0, 0.8)
  const noiseFloor = day.between(0.2, 0.7)
  const tone = day.bell(0.12)
  const compressed = day.unit() < 0.7
  return {
    blur: random.between(0.5, 1.15),
    noise: random.between(1.2, 3.6),
    noiseFloor,
    sharpening,
    sharpeningRadius: day.between(0.8, 1.6),
    tone,
    compressionStep: compressed ? random.between(1, 6) : 0,
    blockX: random.whole(0, 7),
    blockY: random.whole(0, 7),
  }
}

/** The picture, one byte a pixel, of `light` in grey levels; `random` is the noise. */
export function expose(
  light: Float64Array,
  width: number,
  height: number,
  settings: CameraSettings,
  random: SeededRandom,
): Uint8Array {
  let values = gaussianBlur(light, width, height, settings.blur)
  for (let i = 0; i < values.length; i++) {
    const brightness = Math.max(0, values[i]!) / 128
    const variance = settings.noiseFloor + (1 - settings.noiseFloor) * brightness
    values[i]! += random.bell(settings.noise * Math.sqrt(variance))
  }
  if (settings.sharpening > 0) {
    const soft = gaussianBlur(values, width, height, settings.sharpeningRadius)
    for (let i = 0; i < values.length; i++) values[i]! += settings.sharpening * (values[i]! - soft[i]!)
  }
  if (settings.tone !== 0) values = values.map((value) => value + settings.tone * value * (1 - value / 255))
  if (settings.compressionStep > 0) values = compressBlocks(values, width, height, settings)
  return Uint8Array.from(values, (value) => Math.min(255, Math.max(0, Math.round(value))))
}

/** Separable Gaussian blur of deviation `sigma` px, edges repeated. */
export function gaussianBlur(values: Float64Array, width: number, height: number, sigma: number): Float64Array {
  const reach = Math.max(1, Math.ceil(2.5 * sigma))
  const taps = Array.from({ length: 2 * reach + 1 }, (_, i) => Math.exp(-((i - reach) ** 2) / (2 * sigma * sigma)))
  const total = taps.reduce((sum, tap) => sum + tap, 0)
  const weights = Float64Array.from(taps, (tap) => tap / total)
  return blurRows(blurRows(values, width, height, weights), height, width, weights)
}

/** One pass along the rows; the result is transposed, so that two passes give an upright picture. */
function blurRows(from: Float64Array, width: number, height: number, weights: Float64Array): Float64Array {
  const reach = (weights.length - 1) / 2
  const to = new Float64Array(from.length)
  const line = new Float64Array(width + 2 * reach)
  for (let row = 0; row < height; row++) {
    const at = row * width
    line.set(from.subarray(at, at + width), reach)
    line.fill(from[at]!, 0, reach)
    line.fill(from[at + width - 1]!, reach + width)
    for (let column = 0; column < width; column++) {
      let sum = 0
      for (let k = 0; k < weights.length; k++) sum += weights[k]! * line[column + k]!
      to[column * height + row] = sum
    }
  }
  return to
}
