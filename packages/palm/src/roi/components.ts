/** Connected parts of a mask, the largest of them without holes, and how far a pixel lies inside. */

import type { Mask } from './planes.ts'
import { rejoinFingers } from './rejoin-fingers.ts'

/** A part of a mask and how it compares with the others. */
export type LargestPart = {
  readonly mask: Mask
  readonly area: number
  /** Pixels of the second largest part. */
  readonly runnerUpArea: number
}

/** The largest 4-connected part of `mask` with the fingers that belong to it, its holes filled; nothing where the mask is empty. */
export function largestPart(mask: Mask): LargestPart | undefined {
  const { labels, areas } = label(mask, 1)
  if (areas.length === 0) return undefined
  const order = [...areas.keys()].sort((a, b) => areas[b]! - areas[a]!)
  const winner = order[0]! + 1
  const data = new Uint8Array(labels.length)
  for (let at = 0; at < data.length; at++) if (labels[at] === winner) data[at] = 1
  const part = { ...mask, data }
  rejoinFingers(part, labels, areas, winner)
  const solid = fillHoles(part)
  let area = 0
  for (const value of solid.data) area += value
  return {
    mask: solid,
    area,
    runnerUpArea: order.length > 1 ? areas[order[1]!]! : 0,
  }
}

/** Ground that no way leads from to the picture's border becomes hand. */
function fillHoles(mask: Mask): Mask {
  const { width, height } = mask
  const { labels, areas } = label(mask, 0)
  const open = new Uint8Array(areas.length + 1)
  for (let x = 0; x < width; x++) {
    open[labels[x]!] = 1
    open[labels[(height - 1) * width + x]!] = 1
  }
  for (let y = 0; y < height; y++) {
    open[labels[y * width]!] = 1
    open[labels[y * width + width - 1]!] = 1
  }
  return { ...mask, data: mask.data.map((value, at) => (value === 1 || !open[labels[at]!] ? 1 : 0)) }
}

/** Numbers the 4-connected parts whose pixels are `value` from 1, and counts their pixels. */
function label({ width, height, data }: Mask, value: 0 | 1): { labels: Int32Array; areas: number[] } {
  const labels = new Int32Array(width * height)
  const areas: number[] = []
  // Each pixel is put here once.
  const stack = new Int32Array(width * height)
  const lastRow = data.length - width
  for (let start = 0; start < data.length; start++) {
    if (data[start] !== value || labels[start] !== 0) continue
    const name = areas.length + 1
    let area = 0
    let waiting = 1
    labels[start] = name
    stack[0] = start
    while (waiting > 0) {
      const at = stack[--waiting]!
      area++
      const x = at % width
      if (x > 0 && data[at - 1] === value && labels[at - 1] === 0) {
        labels[at - 1] = name
        stack[waiting++] = at - 1
      }
      if (x < width - 1 && data[at + 1] === value && labels[at + 1] === 0) {
        labels[at + 1] = name
        stack[waiting++] = at + 1
      }
      if (at >= width && data[at - width] === value && labels[at - width] === 0) {
        labels[at - width] = name
        stack[waiting++] = at - width
      }
      if (at < lastRow && data[at + width] === value && labels[at + width] === 0) {
        labels[at + width] = name
        stack[waiting++] = at + width
      }
    }
    areas.push(area)
  }
  return { labels, areas }
}

/** The largest circle inside a mask. */
export type Circle = { readonly x: number; readonly y: number; readonly radius: number }

/**
 * The largest circle inside `mask`, by the 3-4 chamfer distance (Borgefors 1986, at most 8 % off). The picture's border
 * counts as ground, so that a wrist that leaves the picture holds no circle beyond it.
 */
export function inscribedCircle({ width, height, data }: Mask): Circle {
  const far = new Int32Array(width * height)
  const at = (x: number, y: number): number => (x < 0 || y < 0 || x >= width || y >= height ? 0 : far[y * width + x]!)
  let best = { value: 0, x: 0, y: 0 }
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      if (data[y * width + x])
        far[y * width + x] = Math.min(at(x - 1, y) + 3, at(x, y - 1) + 3, at(x - 1, y - 1) + 4, at(x + 1, y - 1) + 4)
  for (let y = height - 1; y >= 0; y--)
    for (let x = width - 1; x >= 0; x--) {
      const here = y * width + x
      if (!data[here]) continue
      const back = Math.min(at(x + 1, y) + 3, at(x, y + 1) + 3, at(x + 1, y + 1) + 4, at(x - 1, y + 1) + 4)
      const value = Math.min(far[here]!, back)
      far[here] = value
      if (value > best.value) best = { value, x, y }
    }
  return { x: best.x, y: best.y, radius: best.value / 3 }
}
