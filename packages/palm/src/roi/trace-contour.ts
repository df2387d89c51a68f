/** The outline of a mask as a closed chain of points (Moore neighbourhood tracing with Jacob's stopping rule). */

import type { Point } from '../point.ts'
import type { Mask } from './planes.ts'

/** The eight neighbours, clockwise on the screen from the right. */
const AROUND: readonly (readonly [number, number])[] = [
  [1, 0],
  [1, 1],
  [0, 1],
  [-1, 1],
  [-1, 0],
  [-1, -1],
  [0, -1],
  [1, -1],
]

/** The outer boundary of the one part of `mask`, clockwise on the screen, pixel centres. */
export function traceContour({ width, height, data }: Mask): Point[] {
  const start = data.indexOf(1)
  if (start < 0) return []
  const set = (x: number, y: number): boolean =>
    x >= 0 && y >= 0 && x < width && y < height && data[y * width + x] === 1
  const points: Point[] = []
  let [x, y] = [start % width, Math.floor(start / width)]
  const [startX, startY] = [x, y]
  // The first pixel in reading order has ground on its left: the search begins there.
  let from = 4
  const limit = 4 * width * height
  for (let steps = 0; steps < limit; steps++) {
    points.push({ x, y })
    let turn = 1
    while (turn <= 8) {
      const [dx, dy] = AROUND[(from + turn) & 7]!
      if (set(x + dx, y + dy)) break
      turn++
    }
    if (turn > 8) return points
    const direction = (from + turn) & 7
    x += AROUND[direction]![0]
    y += AROUND[direction]![1]
    from = (direction + 4) & 7
    if (x === startX && y === startY && leavesAlike(points, set, x, y, from)) return points
  }
  return points
}

/** Whether the walk, back at its start, would take its first step again. */
function leavesAlike(points: Point[], set: (x: number, y: number) => boolean, x: number, y: number, from: number) {
  const second = points[1]
  if (!second) return true
  for (let turn = 1; turn <= 8; turn++) {
    const [dx, dy] = AROUND[(from + turn) & 7]!
    if (set(x + dx, y + dy)) return x + dx === second.x && y + dy === second.y
  }
  return true
}

/** Means of 2 `reach` + 1 neighbours along the closed chain: pixel steps would spoil its angles. */
export function smoothContour(points: readonly Point[], reach: number): Point[] {
  const count = points.length
  return points.map((_, i) => {
    let [x, y] = [0, 0]
    for (let k = -reach; k <= reach; k++) {
      const point = points[(i + k + count) % count]!
      x += point.x
      y += point.y
    }
    return { x: x / (2 * reach + 1), y: y / (2 * reach + 1) }
  })
}
