/** Cuts a turned square out of a grey picture, averaging over the area of each target pixel. */

import type { GreyImage } from '../image.ts'
import type { Point } from '../point.ts'
import { ROI_SIZE } from '../responses.ts'

/** A square in a picture: pixel coordinates with pixel centres on whole numbers. */
export type RoiFrame = {
  readonly centre: Point
  /** Unit vector of the square's x axis; its y axis is a quarter turn clockwise from it on the screen. */
  readonly right: Point
  readonly sidePx: number
}

/** The square as 128 x 128 grey; beyond the picture its edge is repeated. */
export function warpRoi(image: GreyImage, frame: RoiFrame): GreyImage {
  const step = frame.sidePx / ROI_SIZE
  // As many samples a side as source pixels fall on a target pixel: together they cover its area.
  const samples = Math.max(1, Math.ceil(step))
  const data = new Uint8Array(ROI_SIZE * ROI_SIZE)
  for (let row = 0, at = 0; row < ROI_SIZE; row++)
    for (let column = 0; column < ROI_SIZE; column++, at++) {
      let sum = 0
      for (let i = 0; i < samples; i++) {
        const v = (row + (i + 0.5) / samples - ROI_SIZE / 2) * step
        for (let j = 0; j < samples; j++) {
          const u = (column + (j + 0.5) / samples - ROI_SIZE / 2) * step
          sum += greyAt(
            image,
            frame.centre.x + u * frame.right.x - v * frame.right.y,
            frame.centre.y + u * frame.right.y + v * frame.right.x,
          )
        }
      }
      data[at] = Math.round(sum / (samples * samples))
    }
  return { width: ROI_SIZE, height: ROI_SIZE, data }
}

/** The grey value between pixels, bilinear; beyond the picture that of its edge. */
function greyAt({ width, height, data }: GreyImage, x: number, y: number): number {
  const cx = Math.min(width - 1, Math.max(0, x))
  const cy = Math.min(height - 1, Math.max(0, y))
  const left = Math.min(Math.floor(cx), Math.max(0, width - 2))
  const top = Math.min(Math.floor(cy), Math.max(0, height - 2))
  const right = Math.min(left + 1, width - 1)
  const bottom = Math.min(top + 1, height - 1)
  const [fx, fy] = [cx - left, cy - top]
  const upper = data[top * width + left]! * (1 - fx) + data[top * width + right]! * fx
  const lower = data[bottom * width + left]! * (1 - fx) + data[bottom * width + right]! * fx
  return upper * (1 - fy) + lower * fy
}
