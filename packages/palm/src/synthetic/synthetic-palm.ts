/**
 * Identities of the synthetic generator: three principal creases as Bezier curves with jittered anatomical control
 * points (forked, doubled, broken and feathered at random), 4-13 secondary creases, 40-139 wrinkles in three dominant
 * directions, the skin's reflectance with a spectrum near 1 / f^2, and the light and dark of mounts and hollows.
 *
 * Synthetic palms serve tests, demonstrations, scale runs and regressions. They are NEVER evidence of accuracy.
 */

import type { Point } from '../point.ts'
import { createSeededRandom, type SeededRandom } from './seeded-random.ts'
import { createSkinMap, drawStroke, fractalRelief, type SkinMap } from './skin-map.ts'
import { addWaves, createFieldGrid, readField, type SmoothField } from './smooth-field.ts'

/** Which hand; a right palm has its thumb on the picture's right, a left one on its left. */
export type HandSide = 'left' | 'right'

/** A person's palm that never existed. */
export type SyntheticPalm = {
  readonly seed: string
  readonly side: HandSide
  /** Depths in grey levels, drawn for a left palm; a right one is mirrored when it is rendered. */
  readonly principal: SkinMap
  readonly secondary: SkinMap
  readonly wrinkles: SkinMap
  /** The skin's own light and dark, deviation 1. */
  readonly texture: SkinMap
  /** The palm's mounts and hollows: smooth light and dark in grey levels. */
  readonly relief: SmoothField
  readonly hand: HandProportions
}

/** What tells one synthetic hand from another beside its skin. Lengths are factors around 1. */
export type HandProportions = {
  readonly fingerLengths: readonly [number, number, number, number]
  readonly fingerWidth: number
  readonly thumbLength: number
  readonly palmWidth: number
  /** Skin tone, 0 (darkest) to 1 (lightest). */
  readonly tone: number
}

/** Deviation of each control point from its anatomical place. */
const PRINCIPAL_JITTER_PX = 7
const SECONDARY_COUNT = { least: 4, most: 13 }
const WRINKLE_COUNT = { least: 40, most: 139 }

/** Strengths of the octaves of the skin's reflectance, 64 px to 1 px: power falls a little more than 1 / f^2. */
const SKIN_SPECTRUM = [0, 1, 1, 0.95, 0.9, 0.8, 0.7]

type Curve = readonly [Point, Point, Point, Point]

/** The anatomy of a left palm: heart, head and life line, in pixels of the region of interest. */
const PRINCIPAL: readonly Curve[] = [
  [
    { x: 150, y: 44 },
    { x: 105, y: 58 },
    { x: 62, y: 44 },
    { x: 34, y: -2 },
  ],
  [
    { x: -24, y: 34 },
    { x: 28, y: 40 },
    { x: 76, y: 58 },
    { x: 122, y: 104 },
  ],
  [
    { x: -28, y: 30 },
    { x: 32, y: 40 },
    { x: 52, y: 92 },
    { x: 36, y: 168 },
  ],
]

/**
 * The palm that belongs to `seed`.
 * @param options.side drawn from the seed unless given
 */
export function createSyntheticPalm(seed: string | number, options: { side?: HandSide } = {}): SyntheticPalm {
  const name = String(seed)
  const random = createSeededRandom(`palm:${name}`)
  const drawnSide: HandSide = random.unit() < 0.5 ? 'left' : 'right'
  return {
    seed: name,
    side: options.side ?? drawnSide,
    principal: principalCreases(random),
    secondary: secondaryCreases(random),
    wrinkles: wrinkles(random),
    texture: fractalRelief(random, SKIN_SPECTRUM),
    relief: mounts(random),
    hand: proportions(random),
  }
}

/** Heart, head and life line, each with its own depth and width; now and then forked, doubled or broken. */
function principalCreases(random: SeededRandom): SkinMap {
  const map = createSkinMap()
  for (const plan of PRINCIPAL) {
    const curve = jitterCurve(random, plan, PRINCIPAL_JITTER_PX)
    const depth = random.between(22, 48)
    const reach = random.between(2.4, 4.6)
    const taper = random.between(0.1, 0.3)
    const unevenness = random.between(0, 0.6)
    const phase = random.between(0, 2 * Math.PI)
    drawStroke(map, { curve, depth, reach, taper, unevenness, phase })
    // A second line beside it: a fork when it leaves, a doubled line when it stays near.
    if (random.unit() < 0.5) {
      const beside = jitterCurve(random, curve, random.between(3, 9))
      drawStroke(map, { curve: beside, depth: depth * random.between(0.4, 0.8), reach: reach * 0.7, taper: 0.4, phase })
    }
    feather(map, random, curve, depth)
  }
  return map
}

/** Short lines that leave a crease at a sharp angle. */
function feather(map: SkinMap, random: SeededRandom, curve: Curve, depth: number): void {
  const count = random.whole(0, 9)
  for (let i = 0; i < count; i++) {
    const { at, angle } = alongCurve(curve, random.between(0.1, 0.9))
    const side = random.unit() < 0.5 ? -1 : 1
    const line = bentLine(random, at, angle + side * random.between(0.25, 0.9), random.between(10, 34), 0.12)
    drawStroke(map, {
      curve: line,
      depth: depth * random.between(0.3, 0.6),
      reach: random.between(1.4, 2.4),
      taper: 0.45,
    })
  }
}

/** A few long lines in any direction. */
function secondaryCreases(random: SeededRandom): SkinMap {
  const map = createSkinMap()
  const count = random.whole(SECONDARY_COUNT.least, SECONDARY_COUNT.most)
  for (let i = 0; i < count; i++) {
    const start = { x: random.between(-30, 158), y: random.between(-30, 158) }
    const angle = random.between(0, Math.PI)
    const curve = bentLine(random, start, angle, random.between(40, 110), 0.18)
    const reach = random.between(1.6, 3.2)
    const phase = random.between(0, 2 * Math.PI)
    drawStroke(map, {
      curve,
      depth: random.between(12, 32),
      reach,
      taper: 0.3,
      unevenness: random.between(0, 0.8),
      phase,
    })
  }
  return map
}

/**
 * Many short fine lines, most of them along three directions that are the person's own, and denser in some places than
 * in others: the ball of the thumb is cross-hatched in one hand and smooth in the next.
 */
function wrinkles(random: SeededRandom): SkinMap {
  const map = createSkinMap()
  const directions = [random.between(0, Math.PI), random.between(0, Math.PI), random.between(0, Math.PI)]
  const places = Array.from({ length: 3 }, () => ({ x: random.between(-30, 160), y: random.between(-30, 160) }))
  const gathered = random.between(0, 0.6)
  // The count is for the region of interest; the map beyond it needs its share, four times the area.
  const count = 4 * random.whole(WRINKLE_COUNT.least, WRINKLE_COUNT.most)
  for (let i = 0; i < count; i++) {
    const near = places[random.whole(0, 2)]!
    const start =
      random.unit() < gathered
        ? { x: near.x + random.bell(22), y: near.y + random.bell(22) }
        : { x: random.between(-80, 200), y: random.between(-80, 200) }
    const angle = directions[random.whole(0, 2)]! + random.bell(0.22)
    const curve = bentLine(random, start, angle, random.between(8, 46), 0.12)
    drawStroke(map, { curve, depth: random.between(5, 22), reach: random.between(1, 2.4), taper: 0.4 })
  }
  return map
}

/** A nearly straight curve from `start`; `bend` is the deviation of its inner control points, in lengths. */
function bentLine(random: SeededRandom, start: Point, angle: number, length: number, bend: number): Curve {
  const along = (part: number): Point => {
    const side = part === 0 || part === 1 ? 0 : random.bell(bend * length)
    return {
      x: start.x + Math.cos(angle) * length * part - Math.sin(angle) * side,
      y: start.y + Math.sin(angle) * length * part + Math.cos(angle) * side,
    }
  }
  return [along(0), along(1 / 3), along(2 / 3), along(1)]
}

/** `curve` with each control point moved by about `deviation` pixels on each axis. */
function jitterCurve(random: SeededRandom, curve: Curve, deviation: number): Curve {
  const jitter = ({ x, y }: Point): Point => ({ x: x + random.bell(deviation), y: y + random.bell(deviation) })
  return [jitter(curve[0]), jitter(curve[1]), jitter(curve[2]), jitter(curve[3])]
}

/** The place `t` along a cubic Bezier curve, 0..1, and the curve's direction there. */
function alongCurve([p, q, r, s]: Curve, t: number): { at: Point; angle: number } {
  const u = 1 - t
  const value = (a: number, b: number, c: number, d: number): number =>
    u * u * u * a + 3 * u * u * t * b + 3 * u * t * t * c + t * t * t * d
  const slope = (a: number, b: number, c: number, d: number): number =>
    u * u * (b - a) + 2 * u * t * (c - b) + t * t * (d - c)
  return {
    at: { x: value(p.x, q.x, r.x, s.x), y: value(p.y, q.y, r.y, s.y) },
    angle: Math.atan2(slope(p.y, q.y, r.y, s.y), slope(p.x, q.x, r.x, s.x)),
  }
}

/** Broad light and dark of deviation 9 grey levels. */
function mounts(random: SeededRandom): SmoothField {
  const grid = createFieldGrid()
  addWaves(grid, random, 5.2, { shortest: 60, longest: 120 })
  addWaves(grid, random, 5.2, { shortest: 100, longest: 240 })
  return readField(grid)
}

/** Lengths within a few per cent of the mean hand's. */
function proportions(random: SeededRandom): HandProportions {
  const length = (): number => 1 + random.bell(0.04)
  return {
    fingerLengths: [length(), length(), length(), length()],
    fingerWidth: 1 + random.bell(0.03),
    thumbLength: 1 + random.bell(0.05),
    palmWidth: 1 + random.bell(0.03),
    tone: random.unit(),
  }
}
