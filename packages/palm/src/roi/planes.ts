/**
 * A picture as three planes of numbers at a size that is quick to work on: luma and two colour differences (ITU-R
 * BT.601), each averaged over the area of a pixel. The differences are what they would be at a middle luma, so that a
 * colour keeps them in the shade. Grey pictures have zero differences.
 */

import { type GreyImage, isGrey, type RgbaImage } from '../image.ts'

/** Of a pixel's area at most this many places on each axis are read: it is enough against noise, and quick. */
const MOST_READ = 2

/** The luma at which colour differences count, and how far from black they begin to be believed. */
const MIDDLE_LUMA = 128
const NEAR_BLACK = 6

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

/** One byte a pixel of the working picture: 1 is hand. */
export type Mask = { readonly width: number; readonly height: number; readonly data: Uint8Array }

/** `image` averaged down until its longest side is at most `longestSide` px; smaller ones keep their size. */
export function workingPlanes(image: GreyImage | RgbaImage, longestSide: number): Planes {
  const step = Math.max(1, Math.max(image.width, image.height) / longestSide)
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
  const { data } = image
  const channels = isGrey(image) ? 1 : 4
  const [green, blue] = channels === 4 ? [1, 2] : [0, 0]
  const columns = readPlaces(width, step, image.width)
  const rows = readPlaces(height, step, image.height)
  const each = columns.length / width
  const count = each * each
  for (let i = 0; i < columns.length; i++) columns[i]! *= channels
  const stride = image.width * channels
  for (let y = 0, to = 0; y < height; y++)
    for (let x = 0; x < width; x++, to++) {
      let [r, g, b] = [0, 0, 0]
      for (let i = y * each; i < (y + 1) * each; i++) {
        const line = rows[i]! * stride
        for (let j = x * each; j < (x + 1) * each; j++) {
          const at = line + columns[j]!
          r += data[at]!
          g += data[at + green]!
          b += data[at + blue]!
        }
      }
      setColour(planes, to, r / count, g / count, b / count)
    }
  return planes
}

/** Writes a colour, 0..255 each, as luma and differences. */
export function setColour(planes: Planes, to: number, red: number, green: number, blue: number): void {
  const luma = 0.299 * red + 0.587 * green + 0.114 * blue
  planes.luma[to] = luma
  const shade = MIDDLE_LUMA / (luma + NEAR_BLACK)
  planes.blue[to] = 0.564 * shade * (blue - luma)
  planes.red[to] = 0.713 * shade * (red - luma)
}

/** For each of `count` working pixels in turn the source rows (or columns) that are read, equally many each. */
function readPlaces(count: number, step: number, length: number): Int32Array {
  const each = Math.min(MOST_READ, Math.max(1, Math.floor(step)))
  return Int32Array.from({ length: count * each }, (_, at) => {
    const [pixel, part] = [Math.floor(at / each), at % each]
    return Math.min(length - 1, Math.floor((pixel + (part + 0.5) / each) * step))
  })
}

/** Means over squares of 2 `reach` + 1 pixels, smaller at the border. */
export function boxMean(values: Float32Array, width: number, height: number, reach: number): Float32Array {
  const lines = new Float32Array(values.length)
  for (let y = 0; y < height; y++) {
    const from = y * width
    let sum = 0
    for (let x = 0; x < Math.min(reach, width); x++) sum += values[from + x]!
    for (let x = 0; x < width; x++) {
      if (x + reach < width) sum += values[from + x + reach]!
      if (x > reach) sum -= values[from + x - reach - 1]!
      lines[from + x] = sum / (Math.min(width - 1, x + reach) - Math.max(0, x - reach) + 1)
    }
  }
  const out = new Float32Array(values.length)
  const sums = new Float64Array(width)
  for (let y = 0; y < Math.min(reach, height); y++) for (let x = 0; x < width; x++) sums[x]! += lines[y * width + x]!
  for (let y = 0; y < height; y++) {
    const [entering, leaving] = [(y + reach) * width, (y - reach - 1) * width]
    const count = Math.min(height - 1, y + reach) - Math.max(0, y - reach) + 1
    if (y + reach < height) for (let x = 0; x < width; x++) sums[x]! += lines[entering + x]!
    if (leaving >= 0) for (let x = 0; x < width; x++) sums[x]! -= lines[leaving + x]!
    for (let x = 0, to = y * width; x < width; x++, to++) out[to] = sums[x]! / count
  }
  return out
}
