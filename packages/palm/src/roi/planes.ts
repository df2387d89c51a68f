/**
 * A picture as three planes of numbers at a size that is quick to work on: luma and two colour differences (ITU-R
 * BT.601), each averaged over the area of a pixel. Grey pictures have zero colour differences.
 */

import { type GreyImage, isGrey, type RgbaImage } from '../image.ts'

/** Longest side of the working picture in pixels. */
const WORKING_SIDE = 800

/** The working picture: numbers by rows, 0..255 for luma, about -128..127 for the differences. */
export type Planes = {
  readonly width: number
  readonly height: number
  /** Pixels of the source for one pixel here, 1 or more. */
  readonly step: number
  readonly luma: Float32Array
  readonly blue: Float32Array
  readonly red: Float32Array
}

/** `image` averaged down until its longest side is at most 800 px; smaller ones keep their size. */
export function workingPlanes(image: GreyImage | RgbaImage): Planes {
  const step = Math.max(1, Math.max(image.width, image.height) / WORKING_SIDE)
  const width = Math.max(1, Math.floor(image.width / step))
  const height = Math.max(1, Math.floor(image.height / step))
  const planes = {
    width,
    height,
    step,
    luma: new Float32Array(width * height),
    blue: new Float32Array(width * height),
    red: new Float32Array(width * height),
  }
  const channels = isGrey(image) ? 1 : 4
  for (let y = 0; y < height; y++) {
    const [top, bottom] = cell(y, step, image.height)
    for (let x = 0; x < width; x++) {
      const [left, right] = cell(x, step, image.width)
      let [r, g, b] = [0, 0, 0]
      for (let row = top; row < bottom; row++)
        for (let column = left; column < right; column++) {
          const at = (row * image.width + column) * channels
          r += image.data[at]!
          g += image.data[channels === 4 ? at + 1 : at]!
          b += image.data[channels === 4 ? at + 2 : at]!
        }
      const count = (bottom - top) * (right - left)
      const luma = (0.299 * r + 0.587 * g + 0.114 * b) / count
      const at = y * width + x
      planes.luma[at] = luma
      planes.blue[at] = 0.564 * (b / count - luma)
      planes.red[at] = 0.713 * (r / count - luma)
    }
  }
  return planes
}

/** The source rows (or columns) that fall into working pixel `i`, at least one. */
function cell(i: number, step: number, length: number): [number, number] {
  const from = Math.min(length - 1, Math.round(i * step))
  return [from, Math.max(from + 1, Math.min(length, Math.round((i + 1) * step)))]
}

/** Means over squares of 2 `reach` + 1 pixels, smaller at the border. */
export function boxMean(values: Float32Array, width: number, height: number, reach: number): Float32Array {
  const sums = new Float64Array((width + 1) * (height + 1))
  for (let y = 0; y < height; y++) {
    let line = 0
    for (let x = 0; x < width; x++) {
      line += values[y * width + x]!
      sums[(y + 1) * (width + 1) + x + 1] = sums[y * (width + 1) + x + 1]! + line
    }
  }
  const out = new Float32Array(values.length)
  for (let y = 0; y < height; y++) {
    const [top, bottom] = [Math.max(0, y - reach) * (width + 1), Math.min(height, y + reach + 1) * (width + 1)]
    for (let x = 0; x < width; x++) {
      const [left, right] = [Math.max(0, x - reach), Math.min(width, x + reach + 1)]
      const sum = sums[bottom + right]! - sums[bottom + left]! - sums[top + right]! + sums[top + left]!
      out[y * width + x] = sum / (((bottom - top) / (width + 1)) * (right - left))
    }
  }
  return out
}
