/** A region of interest of a synthetic palm, 128 x 128 grey, as a camera on one day would give it. */

import type { GreyImage } from '../image.ts'
import { ROI_SIZE } from '../responses.ts'
import { type Capture, captureConditions, skinAt } from './capture.ts'
import type { SyntheticPalm } from './synthetic-palm.ts'

const BASE_LEVEL = 150
const MIDDLE = (ROI_SIZE - 1) / 2

/** One picture of `palm`; the same for the same palm and capture, on every engine. */
export function renderRoi(palm: SyntheticPalm, capture: Capture): GreyImage {
  const conditions = captureConditions(palm, capture)
  const { moveX, moveY, turn, scale, gain, offset, gradientX, gradientY, noise, random } = conditions
  const cos = Math.cos(turn) * scale
  const sin = Math.sin(turn) * scale
  const light = new Float64Array(ROI_SIZE * ROI_SIZE)
  for (let row = 0, at = 0; row < ROI_SIZE; row++)
    for (let column = 0; column < ROI_SIZE; column++, at++) {
      const [x, y] = [column - MIDDLE, row - MIDDLE]
      const u = MIDDLE + cos * x - sin * y + moveX
      const v = MIDDLE + sin * x + cos * y + moveY
      const shade = 1 + (gradientX * x + gradientY * y) / MIDDLE
      light[at] = gain * shade * (BASE_LEVEL + offset + skinAt(palm, conditions, u, v))
    }
  const blurred = gaussianBlur(light, ROI_SIZE, ROI_SIZE, conditions.blur)
  const data = Uint8Array.from(blurred, (value) => Math.min(255, Math.max(0, Math.round(value + random.bell(noise)))))
  return { width: ROI_SIZE, height: ROI_SIZE, data }
}

/** Separable Gaussian blur of deviation `sigma` px, edges repeated. */
export function gaussianBlur(values: Float64Array, width: number, height: number, sigma: number): Float64Array {
  const reach = Math.max(1, Math.ceil(2.5 * sigma))
  const taps = Array.from({ length: 2 * reach + 1 }, (_, i) => Math.exp(-((i - reach) ** 2) / (2 * sigma * sigma)))
  const total = taps.reduce((sum, tap) => sum + tap, 0)
  const weights = taps.map((tap) => tap / total)
  const pass = (from: Float64Array, along: number, across: number, stepAlong: number, stepAcross: number) => {
    const to = new Float64Array(from.length)
    for (let line = 0; line < across; line++)
      for (let i = 0; i < along; i++) {
        let sum = 0
        for (let k = -reach; k <= reach; k++) {
          const at = Math.min(along - 1, Math.max(0, i + k))
          sum += weights[k + reach]! * from[line * stepAcross + at * stepAlong]!
        }
        to[line * stepAcross + i * stepAlong] = sum
      }
    return to
  }
  return pass(pass(values, width, height, 1, width), height, width, width, 1)
}
