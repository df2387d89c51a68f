/**
 * A patch of skin as heights on a fine grid, drawn by strokes. The map covers the square from -64 to 192 of the region
 * of interest's pixels on both axes, two samples a pixel, so that a capture may be moved, turned and scaled.
 */

import type { Point } from '../point.ts'
import type { SeededRandom } from './seeded-random.ts'

/** First coordinate that the map covers, pixels of the region of interest. */
export const MAP_ORIGIN = -64
/** Pixels of the region of interest that the map covers on each axis. */
export const MAP_PIXELS = 256
const SAMPLES_PER_PIXEL = 2
const MAP_SIDE = MAP_PIXELS * SAMPLES_PER_PIXEL

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
  /** How uneven the depth is along the line, 0..1: a fold that opens and closes. */
  readonly unevenness?: number
  /** Where along its length the unevenness has its waves, radians. */
  readonly phase?: number
}

export function createSkinMap(): SkinMap {
  return new Float32Array(MAP_SIDE * MAP_SIDE)
}

/** Draws `stroke`; where lines cross, the deeper one stays. */
export function drawStroke(map: SkinMap, stroke: Stroke): void {
  const [p, q, r, s] = stroke.curve
  const { unevenness = 0, phase = 0 } = stroke
  const length = Math.hypot(q.x - p.x, q.y - p.y) + Math.hypot(r.x - q.x, r.y - q.y) + Math.hypot(s.x - r.x, s.y - r.y)
  const steps = Math.max(2, Math.ceil(length * SAMPLES_PER_PIXEL))
  for (let i = 0; i <= steps; i++) {
    const t = i / steps
    const u = 1 - t
    const [a, b, c, d] = [u * u * u, 3 * u * u * t, 3 * u * t * t, t * t * t]
    const even = 1 - unevenness * (0.5 + 0.3 * Math.sin(phase + length * t * 0.11) + 0.2 * Math.sin(length * t * 0.31))
    const fade = even * (stroke.taper > 0 ? Math.min(1, t / stroke.taper, u / stroke.taper) : 1)
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

/** Samples on each axis of the coarsest octave, 64 px apart. */
const COARSEST_SIDE = 4

/**
 * Random relief of deviation 1 with a spectrum like that of skin: the sum of octaves, each twice as fine as the last.
 * `amplitudes` gives their strengths, for cells of 64, 32, 16, .. 0.5 px of the region of interest; equal ones make the
 * power fall with the square of the frequency. Each octave is a quadratic spline through random points, wrapped around.
 */
export function fractalRelief(random: SeededRandom, amplitudes: readonly number[]): SkinMap {
  let side = COARSEST_SIDE
  let map = new Float32Array(side * side)
  for (const [octave, amplitude] of amplitudes.entries()) {
    if (octave > 0) {
      map = doubled(map, side)
      side *= 2
    }
    if (amplitude > 0) for (let i = 0; i < map.length; i++) map[i]! += amplitude * (random.unit() - 0.5)
  }
  for (; side < MAP_SIDE; side *= 2) map = doubled(map, side)
  let sum = 0
  for (const value of map) sum += value
  const mean = sum / map.length
  let square = 0
  for (const value of map) square += (value - mean) ** 2
  const scale = 1 / Math.sqrt(square / map.length)
  return map.map((value) => (value - mean) * scale)
}

/** Twice as many samples on each axis: new ones at a quarter and three quarters between the old, wrapped around. */
function doubled(map: Float32Array, side: number): Float32Array<ArrayBuffer> {
  const wide = 2 * side
  const out = new Float32Array(wide * wide)
  const mask = side - 1
  for (let row = 0; row < side; row++) {
    const here = row * side
    for (const [odd, near] of [
      [0, ((row - 1) & mask) * side],
      [1, ((row + 1) & mask) * side],
    ] as const) {
      const to = (2 * row + odd) * wide
      let before = 0.75 * map[here + mask]! + 0.25 * map[near + mask]!
      let middle = 0.75 * map[here]! + 0.25 * map[near]!
      for (let column = 0; column < side; column++) {
        const next = (column + 1) & mask
        const after = 0.75 * map[here + next]! + 0.25 * map[near + next]!
        out[to + 2 * column] = 0.75 * middle + 0.25 * before
        out[to + 2 * column + 1] = 0.75 * middle + 0.25 * after
        before = middle
        middle = after
      }
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

/** The sum of `maps`, each times its factor. */
export function mixMaps(maps: readonly (readonly [SkinMap, number])[]): SkinMap {
  const out = createSkinMap()
  for (const [map, factor] of maps) for (let i = 0; i < out.length; i++) out[i]! += factor * map[i]!
  return out
}
