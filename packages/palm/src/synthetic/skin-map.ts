/**
 * A patch of skin as heights on a fine grid, drawn by strokes. The map covers the square from -64 to 192 of the region
 * of interest's pixels on both axes, two samples a pixel, so that a capture may be moved, turned and scaled.
 */

import type { Point } from '../point.ts'
import type { SeededRandom } from './seeded-random.ts'

/** First coordinate that the map covers, pixels of the region of interest. */
const MAP_ORIGIN = -64
const SAMPLES_PER_PIXEL = 2
const MAP_SIDE = 512

/** Heights by rows, 512 x 512; 0 is plain skin, creases are positive. */
export type SkinMap = Float32Array

/** How a line is drawn. */
export type Stroke = {
  /** Control points of a cubic Bezier curve, pixels of the region of interest. */
  readonly curve: readonly [Point, Point, Point, Point]
  /** Height in the middle of the line. */
  readonly depth: number
  /** Half width in pixels at which the line ends. */
  readonly reach: number
  /** Part of the length over which depth fades at either end, 0..0.5. */
  readonly taper: number
}

export function createSkinMap(): SkinMap {
  return new Float32Array(MAP_SIDE * MAP_SIDE)
}

/** Draws `stroke`; where lines cross, the deeper one stays. */
export function drawStroke(map: SkinMap, stroke: Stroke): void {
  const [p, q, r, s] = stroke.curve
  const length = Math.hypot(q.x - p.x, q.y - p.y) + Math.hypot(r.x - q.x, r.y - q.y) + Math.hypot(s.x - r.x, s.y - r.y)
  const steps = Math.max(2, Math.ceil(length * SAMPLES_PER_PIXEL))
  for (let i = 0; i <= steps; i++) {
    const t = i / steps
    const u = 1 - t
    const [a, b, c, d] = [u * u * u, 3 * u * u * t, 3 * u * t * t, t * t * t]
    const fade = stroke.taper > 0 ? Math.min(1, t / stroke.taper, u / stroke.taper) : 1
    const x = a * p.x + b * q.x + c * r.x + d * s.x
    const y = a * p.y + b * q.y + c * r.y + d * s.y
    stamp(map, x, y, stroke.reach * (0.5 + 0.5 * fade), stroke.depth * fade)
  }
}

/** One dab of a stroke: a smooth hollow with a finite edge, which needs no exponential. */
function stamp(map: SkinMap, x: number, y: number, reach: number, depth: number): void {
  const cx = (x - MAP_ORIGIN) * SAMPLES_PER_PIXEL
  const cy = (y - MAP_ORIGIN) * SAMPLES_PER_PIXEL
  const radius = reach * SAMPLES_PER_PIXEL
  const [left, right] = [Math.max(0, Math.ceil(cx - radius)), Math.min(MAP_SIDE - 1, Math.floor(cx + radius))]
  const [top, bottom] = [Math.max(0, Math.ceil(cy - radius)), Math.min(MAP_SIDE - 1, Math.floor(cy + radius))]
  for (let row = top; row <= bottom; row++)
    for (let column = left; column <= right; column++) {
      const far = ((column - cx) ** 2 + (row - cy) ** 2) / (radius * radius)
      if (far >= 1) continue
      const height = depth * (1 - far) * (1 - far)
      const at = row * MAP_SIDE + column
      if (height > map[at]!) map[at] = height
    }
}

/** Fills a map with smooth random relief of deviation 1; `smoothing` is the box width in samples, odd. */
export function randomRelief(random: SeededRandom, smoothing: number): SkinMap {
  let map = createSkinMap()
  for (let i = 0; i < map.length; i++) map[i] = random.unit() - 0.5
  for (let pass = 0; pass < 2; pass++) {
    map = transposedBoxMean(transposedBoxMean(map, smoothing), smoothing)
  }
  let square = 0
  for (const value of map) square += value * value
  const scale = 1 / Math.sqrt(square / map.length)
  return map.map((value) => value * scale)
}

/** Mean over `width` samples along each row, wrapped around, rows and columns swapped: twice gives the plain picture. */
function transposedBoxMean(map: SkinMap, width: number): SkinMap {
  const out = createSkinMap()
  const half = (width - 1) / 2
  const mask = MAP_SIDE - 1
  for (let row = 0; row < MAP_SIDE; row++) {
    const line = row * MAP_SIDE
    let sum = 0
    for (let i = -half; i <= half; i++) sum += map[line + (i & mask)]!
    for (let column = 0; column < MAP_SIDE; column++) {
      out[column * MAP_SIDE + row] = sum / width
      sum += map[line + ((column + half + 1) & mask)]! - map[line + ((column - half) & mask)]!
    }
  }
  return out
}

/** The height at (`x`, `y`) in pixels of the region of interest, bilinear; beyond the map its edge goes on. */
export function heightAt(map: SkinMap, x: number, y: number): number {
  const limit = MAP_SIDE - 1.001
  const cx = Math.min(limit, Math.max(0, (x - MAP_ORIGIN) * SAMPLES_PER_PIXEL))
  const cy = Math.min(limit, Math.max(0, (y - MAP_ORIGIN) * SAMPLES_PER_PIXEL))
  const column = Math.floor(cx)
  const row = Math.floor(cy)
  const fx = cx - column
  const fy = cy - row
  const at = row * MAP_SIDE + column
  const upper = map[at]! + fx * (map[at + 1]! - map[at]!)
  const lower = map[at + MAP_SIDE]! + fx * (map[at + MAP_SIDE + 1]! - map[at + MAP_SIDE]!)
  return upper + fy * (lower - upper)
}
