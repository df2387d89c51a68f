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
/** A picture of noise has thousands of parts, a hand five fingers. */
const MOST_FINGERS = 5

/** Where a finger's end goes: along (x, y) by 1 .. `gap` pixels, from where it is `from` far along that. */
type Move = { readonly x: number; readonly y: number; readonly from: number; readonly gap: number }

/** Adds to `hand` the parts of `labels` that are fingers of it; `areas` has those of label 1, 2, ... */
export function rejoinFingers(hand: Mask, labels: Int32Array, areas: readonly number[], winner: number): void {
  const handArea = areas[winner - 1]!
  const isOfSize = areas.map((area) => area >= AREA.least * handArea && area <= AREA.most * handArea)
  if (!isOfSize.includes(true)) return
  const moments = momentsOf(labels, areas.length, hand.width)
  const moves = new Map<number, Move>()
  for (let name = 1; name <= areas.length && moves.size < MOST_FINGERS; name++) {
    if (!isOfSize[name - 1]) continue
    const move = moveOf(hand, moments.subarray(SUMS * name, SUMS * (name + 1)), areas[name - 1]!)
    if (move) moves.set(name, move)
  }
  if (moves.size > 0) addMoved(hand, labels, moves)
}

/** Sums of x, y, x x, x y and y y. */
const SUMS = 5

function momentsOf(labels: Int32Array, count: number, width: number): Float64Array {
  const sums = new Float64Array(SUMS * (count + 1))
  for (let at = 0; at < labels.length; at++) {
    const to = SUMS * labels[at]!
    if (to === 0) continue
    const x = at % width
    const y = (at - x) / width
    sums[to]! += x
    sums[to + 1]! += y
    sums[to + 2]! += x * x
    sums[to + 3]! += x * y
    sums[to + 4]! += y * y
  }
  return sums
}

/** How a part with these moments meets the hand, as a rod that has the same; nothing where it is none, or points elsewhere. */
function moveOf(hand: Mask, sums: Float64Array, area: number): Move | undefined {
  const [middleX, middleY] = [sums[0]! / area, sums[1]! / area]
  const a = sums[2]! / area - middleX * middleX
  const b = sums[3]! / area - middleX * middleY
  const c = sums[4]! / area - middleY * middleY
  const root = Math.sqrt(((a - c) / 2) ** 2 + b * b)
  const length = PER_DEVIATION * Math.sqrt((a + c) / 2 + root)
  const breadth = PER_DEVIATION * Math.sqrt(Math.max(0, (a + c) / 2 - root))
  if (length < LEAST_LENGTH * breadth) return undefined
  // Of the two rows of the matrix less its eigenvalue, the longer one tells the direction better.
  const most = (a + c) / 2 + root
  const [dx, dy] = a > c ? [most - c, b] : [b, most - a]
  const norm = Math.sqrt(dx * dx + dy * dy) || 1
  const gap = Math.ceil(MOST_GAP * breadth)
  for (const sign of [1, -1]) {
    const [x, y] = [(sign * dx) / norm, (sign * dy) / norm]
    const reach = length / 2 + gap
    if (isHand(hand, middleX + reach * x, middleY + reach * y))
      return { x, y, from: middleX * x + middleY * y + (0.5 - END) * length, gap }
  }
  return undefined
}

function isHand({ width, height, data }: Mask, x: number, y: number): boolean {
  const [column, row] = [Math.round(x), Math.round(y)]
  return column >= 0 && row >= 0 && column < width && row < height && data[row * width + column] === 1
}

/** Adds the parts themselves, and the end of each as it is moved. */
function addMoved({ width, height, data }: Mask, labels: Int32Array, moves: ReadonlyMap<number, Move>): void {
  for (let at = 0; at < labels.length; at++) {
    const move = labels[at] === 0 ? undefined : moves.get(labels[at]!)
    if (!move) continue
    data[at] = 1
    const x = at % width
    const y = (at - x) / width
    if (x * move.x + y * move.y < move.from) continue
    for (let step = 1; step <= move.gap; step++) {
      const [column, row] = [Math.round(x + step * move.x), Math.round(y + step * move.y)]
      if (column >= 0 && row >= 0 && column < width && row < height) data[row * width + column] = 1
    }
  }
}
