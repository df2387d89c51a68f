/** A region of interest of a synthetic palm, 128 x 128 grey, as a camera on one day would give it. */

import type { GreyImage } from '../image.ts'
import { ROI_SIZE } from '../responses.ts'
import { expose } from './camera.ts'
import { type Capture, captureConditions, createSkin } from './capture.ts'
import type { SyntheticPalm } from './synthetic-palm.ts'

/** Grey level of plain skin in even light. */
const BASE_LEVEL = 150
const MIDDLE = (ROI_SIZE - 1) / 2

/** One picture of `palm`; the same for the same palm and capture, on every engine. */
export function renderRoi(palm: SyntheticPalm, capture: Capture): GreyImage {
  const conditions = captureConditions(palm, capture)
  const { moveX, moveY, turn, scale, gain, offset } = conditions
  const skin = createSkin(palm, conditions)
  const cos = Math.cos(turn) * scale
  const sin = Math.sin(turn) * scale
  const light = new Float64Array(ROI_SIZE * ROI_SIZE)
  for (let row = 0, at = 0; row < ROI_SIZE; row++)
    for (let column = 0; column < ROI_SIZE; column++, at++) {
      const [x, y] = [column - MIDDLE, row - MIDDLE]
      const u = MIDDLE + cos * x - sin * y + moveX
      const v = MIDDLE + sin * x + cos * y + moveY
      light[at] = gain * conditions.light(column, row) * (BASE_LEVEL + offset + skin(u, v))
    }
  const data = expose(light, ROI_SIZE, ROI_SIZE, conditions.camera, conditions.random)
  return { width: ROI_SIZE, height: ROI_SIZE, data }
}
