/** A region of interest of a synthetic palm, 128 x 128 grey, as a camera on one day would give it. */

import type { GreyImage } from '../image.ts'
import { ROI_SIZE } from '../responses.ts'
import { expose } from './camera.ts'
import { type Capture, captureConditions, createSkin } from './capture.ts'
import type { SyntheticPalm } from './synthetic-palm.ts'

/** Grey level of plain skin in even light. */
const BASE_LEVEL = 150
const MIDDLE = (ROI_SIZE - 1) / 2

/** How a region of interest lies that somebody else's method cut out, against ours: pixels, radians, a factor. */
export type RoiCut = { readonly dx: number; readonly dy: number; readonly turn: number; readonly scale: number }

/** One picture of `palm`; the same for the same palm, capture and cut, on every engine. */
export function renderRoi(palm: SyntheticPalm, capture: Capture, cut?: RoiCut): GreyImage {
  const conditions = captureConditions(palm, capture)
  const { gain, offset } = conditions
  const skin = createSkin(palm, conditions)
  const turn = conditions.turn + (cut?.turn ?? 0)
  const scale = conditions.scale * (cut?.scale ?? 1)
  const moveX = conditions.moveX + (cut?.dx ?? 0)
  const moveY = conditions.moveY + (cut?.dy ?? 0)
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
