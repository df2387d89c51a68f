/**
 * Fingers that something cuts off from the hand, a ring or a dark crease: a part that is long and points at the hand, with
 * less between than it is wide, is moved along itself until it meets the hand. So the gap is filled as wide as the
 * finger is, and the valleys beside it stay as they are, which closing the gap in all directions would fill.
 */

import type { Mask } from './planes.ts'

/** Parts of the hand's area. */
const AREA = { least: 0.015, most: 0.2 }
/** How much longer than wide a finger's part is at least. */
const LEAST_LENGTH = 1.5
/** The widest gap, in widths of the finger. */
const MOST_GAP = 0.8
/** A rod's length and width over their deviations. */
const PER_DEVIATION = Math.sqrt(12)
/** The end of the part that is moved, in lengths of it. */
const END = 0.3

/** Adds to `hand` the parts of `labels` that are fingers of it; `areas` has those of label 1, 2, ... */
export function rejoinFingers(hand: Mask, labels: Int32Array, areas: readonly number[], winner: number): void {
  const handArea = areas[winner - 1]!
  for (const [i, area] of areas.entries()) {
    const name = i + 1
    if (name === winner || area < AREA.least * handArea || area > AREA.most * handArea) continue
    const rod = rodOf(labels, name, area, hand.width)
    if (rod.length < LEAST_LENGTH * rod.breadth) continue
    const gap = Math.ceil(MOST_GAP * rod.breadth)
    for (const sign of [1, -1]) {
      const [ux, uy] = [sign * rod.x, sign * rod.y]
      const reach = rod.length / 2 + gap
      if (!isHand(hand, rod.middleX + reach * ux, rod.middleY + reach * uy)) continue
      move(hand, labels, name, { ux, uy, from: rod.middleX * ux + rod.middleY * uy + (0.5 - END) * rod.length, gap })
      break
    }
  }
}

/** Middle, direction, length and width of a part, as those of a rod with the same moments. */
function rodOf(labels: Int32Array, name: number, area: number, width: number) {
  let [sumX, sumY, xx, xy, yy] = [0, 0, 0, 0, 0]
  for (let at = 0; at < labels.length; at++) {
    if (labels[at] !== name) continue
    const x = at % width
    const y = (at - x) / width
    sumX += x
    sumY += y
    xx += x * x
    xy += x * y
    yy += y * y
  }
  const [middleX, middleY] = [sumX / area, sumY / area]
  const [a, b, c] = [xx / area - middleX * middleX, xy / area - middleX * middleY, yy / area - middleY * middleY]
  const root = Math.sqrt(((a - c) / 2) ** 2 + b * b)
  const [most, least] = [(a + c) / 2 + root, Math.max(0, (a + c) / 2 - root)]
  // Of the two rows of the matrix less its eigenvalue, the longer one tells the direction better.
  const [x, y] = a > c ? [most - c, b] : [b, most - a]
  const norm = Math.sqrt(x * x + y * y) || 1
  return {
    middleX,
    middleY,
    x: x / norm,
    y: y / norm,
    length: PER_DEVIATION * Math.sqrt(most),
    breadth: PER_DEVIATION * Math.sqrt(least),
  }
}

function isHand({ width, height, data }: Mask, x: number, y: number): boolean {
  const [column, row] = [Math.round(x), Math.round(y)]
  return column >= 0 && row >= 0 && column < width && row < height && data[row * width + column] === 1
}

/** Adds the part itself, and its end moved along (`ux`, `uy`) by 1 .. `gap` pixels. */
function move(
  { width, height, data }: Mask,
  labels: Int32Array,
  name: number,
  { ux, uy, from, gap }: { ux: number; uy: number; from: number; gap: number },
): void {
  for (let at = 0; at < labels.length; at++) {
    if (labels[at] !== name) continue
    data[at] = 1
    const x = at % width
    const y = (at - x) / width
    if (x * ux + y * uy < from) continue
    for (let step = 1; step <= gap; step++) {
      const [column, row] = [Math.round(x + step * ux), Math.round(y + step * uy)]
      if (column >= 0 && row >= 0 && column < width && row < height) data[row * width + column] = 1
    }
  }
}
