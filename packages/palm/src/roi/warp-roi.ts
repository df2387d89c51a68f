/** Cuts a turned square out of a picture, averaging over the area of each target pixel. */

import { type GreyImage, isGrey, type RgbaImage, toGrey } from '../image.ts'
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
export function warpRoi(image: GreyImage | RgbaImage, frame: RoiFrame): GreyImage {
  const part = isGrey(image) ? { grey: image, left: 0, top: 0 } : greyAround(image, frame)
  const centre = { x: frame.centre.x - part.left, y: frame.centre.y - part.top }
  return { width: ROI_SIZE, height: ROI_SIZE, data: sampleSquare(part.grey, { ...frame, centre }, ROI_SIZE) }
}

/**
 * The square as {@link warpRoi} gives it, but roughly: of each target pixel's area one source pixel is read. Good enough
 * to judge light and sharpness by, and a tenth of the work.
 */
export function glanceAtRoi({ width, height, data }: RgbaImage, { centre, right, sidePx }: RoiFrame): GreyImage {
  const step = sidePx / ROI_SIZE
  const grey = new Uint8Array(ROI_SIZE * ROI_SIZE)
  for (let row = 0, at = 0; row < ROI_SIZE; row++) {
    const v = (row + 0.5 - ROI_SIZE / 2) * step
    for (let column = 0; column < ROI_SIZE; column++, at++) {
      const u = (column + 0.5 - ROI_SIZE / 2) * step
      const x = Math.min(width - 1, Math.max(0, Math.round(centre.x + u * right.x - v * right.y)))
      const y = Math.min(height - 1, Math.max(0, Math.round(centre.y + u * right.y + v * right.x)))
      const from = (y * width + x) * 4
      grey[at] = (77 * data[from]! + 150 * data[from + 1]! + 29 * data[from + 2]! + 128) >> 8
    }
  }
  return { width: ROI_SIZE, height: ROI_SIZE, data: grey }
}

/** `size` x `size` samples of a square of a grey picture, by rows. */
export function sampleSquare(image: GreyImage, frame: RoiFrame, size: number): Uint8Array<ArrayBuffer> {
  const step = frame.sidePx / size
  // As many samples a side as source pixels fall on a target pixel: together they cover its area.
  const samples = Math.max(1, Math.ceil(step))
  const data = new Uint8Array(size * size)
  for (let row = 0, at = 0; row < size; row++)
    for (let column = 0; column < size; column++, at++) {
      let sum = 0
      for (let i = 0; i < samples; i++) {
        const v = (row + (i + 0.5) / samples - size / 2) * step
        for (let j = 0; j < samples; j++) {
          const u = (column + (j + 0.5) / samples - size / 2) * step
          sum += greyAt(
            image,
            frame.centre.x + u * frame.right.x - v * frame.right.y,
            frame.centre.y + u * frame.right.y + v * frame.right.x,
          )
        }
      }
      data[at] = Math.round(sum / (samples * samples))
    }
  return data
}

/** The part of a colour picture that the square touches, in grey: the rest need not be looked at. */
export function greyAround(image: RgbaImage, { centre, right, sidePx }: RoiFrame) {
  const half = (sidePx / 2) * (Math.abs(right.x) + Math.abs(right.y)) + 2
  const [left, width] = span(centre.x, half, image.width)
  const [top, height] = span(centre.y, half, image.height)
  const data = new Uint8Array(width * height * 4)
  for (let row = 0; row < height; row++) {
    const from = ((top + row) * image.width + left) * 4
    data.set(image.data.subarray(from, from + 4 * width), row * width * 4)
  }
  return { grey: toGrey({ width, height, data }), left, top }
}

/** First pixel and count of those within `half` of `middle`; at least two, so that there is something between them. */
function span(middle: number, half: number, length: number): [number, number] {
  const from = Math.min(Math.max(0, length - 2), Math.max(0, Math.floor(middle - half)))
  const to = Math.max(from + 2, Math.min(length, Math.ceil(middle + half) + 1))
  return [from, Math.min(length, to) - from]
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
