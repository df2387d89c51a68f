/**
 * Further frames of a rendered scene without rendering it again: the hand (or whatever covers the ground) moves a little
 * before a ground that stands still, the light on either changes, and each frame has noise of its own.
 */

import type { RgbaImage } from '../image.ts'
import type { HandScene } from './render-hand.ts'
import type { SeededRandom } from './seeded-random.ts'

/** What differs from the scene. */
export type FrameChange = {
  /** Pixels, and radians about the picture's middle. */
  readonly dx: number
  readonly dy: number
  readonly turn: number
  /** Factors on the light of what covers, and of the ground. */
  readonly coverLight: number
  readonly groundLight: number
  /** Deviation of the noise, grey levels. */
  readonly noise: number
}

/** The parts of a scene that a frame is made of. */
export type Layers = Pick<HandScene, 'image' | 'cover' | 'ground'>

/** Samples of noise that are drawn once for each frame and used from places that differ from row to row. */
const NOISE_SAMPLES = 4099

/** The frame of `layers` after `change`. */
export function composeFrame({ image, cover, ground }: Layers, change: FrameChange, random: SeededRandom): RgbaImage {
  const { width, height } = image
  const data = new Uint8ClampedArray(width * height * 4)
  const grain = Float32Array.from({ length: NOISE_SAMPLES }, () => random.bell(change.noise))
  const [cos, sin] = [Math.cos(change.turn), Math.sin(change.turn)]
  const [middleX, middleY] = [width / 2, height / 2]
  for (let y = 0, at = 0; y < height; y++) {
    let noiseAt = random.whole(0, NOISE_SAMPLES - 1)
    for (let x = 0; x < width; x++, at += 4) {
      const [u, v] = [x - middleX - change.dx, y - middleY - change.dy]
      const fromX = Math.min(width - 1.001, Math.max(0, middleX + cos * u + sin * v))
      const fromY = Math.min(height - 1.001, Math.max(0, middleY + cos * v - sin * u))
      const [left, top] = [Math.floor(fromX), Math.floor(fromY)]
      const [fx, fy] = [fromX - left, fromY - top]
      const from = top * width + left
      const part = between(cover, from, 1, width, fx, fy) / 255
      for (let c = 0; c < 3; c++) {
        const covering = part > 0 ? between(image.data, 4 * from + c, 4, 4 * width, fx, fy) * change.coverLight : 0
        const behind = part < 1 ? ground.data[at + c]! * change.groundLight : 0
        data[at + c] = part * covering + (1 - part) * behind + grain[noiseAt]!
        noiseAt = noiseAt + 1 < NOISE_SAMPLES ? noiseAt + 1 : 0
      }
      data[at + 3] = 255
    }
  }
  return { width, height, data }
}

/** Bilinear between `at` and its neighbours `right` and `down` of it. */
function between(
  data: Uint8Array | Uint8ClampedArray,
  at: number,
  right: number,
  down: number,
  fx: number,
  fy: number,
): number {
  const upper = data[at]! * (1 - fx) + data[at + right]! * fx
  const lower = data[at + down]! * (1 - fx) + data[at + down + right]! * fx
  return upper * (1 - fy) + lower * fy
}
