/**
 * Identities of the synthetic generator: three principal creases as Bezier curves with jittered anatomical control
 * points, 4-13 secondary creases, 40-139 wrinkles in three dominant directions, and skin texture.
 *
 * Synthetic palms serve tests, demonstrations, scale runs and regressions. They are NEVER evidence of accuracy.
 */

import type { Point } from '../point.ts'
import { createSeededRandom, type SeededRandom } from './seeded-random.ts'
import { createSkinMap, drawStroke, randomRelief, type SkinMap } from './skin-map.ts'

/** Which hand; a right palm has its thumb on the picture's right, a left one on its left. */
export type HandSide = 'left' | 'right'

/** A person's palm that never existed. */
export type SyntheticPalm = {
  readonly seed: string
  readonly side: HandSide
  /** Heights in grey levels, drawn for a left palm; a right one is mirrored when it is rendered. */
  readonly principal: SkinMap
  readonly secondary: SkinMap
  readonly wrinkles: SkinMap
  readonly texture: SkinMap
  /** The palm's mounts and hollows: smooth light and dark. */
  readonly relief: SkinMap
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

/** The anatomy of a left palm: heart, head and life line, in pixels of the region of interest. */
const PRINCIPAL: readonly (readonly [Point, Point, Point, Point])[] = [
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
    texture: randomRelief(random, 5),
    relief: randomRelief(random, 61),
    hand: proportions(random),
  }
}

/** Heart, head and life line, each with its own depth and width. */
function principalCreases(random: SeededRandom): SkinMap {
  const map = createSkinMap()
  for (const curve of PRINCIPAL) {
    const [a, b, c, d] = curve.map((point) => jitter(random, point, PRINCIPAL_JITTER_PX)) as [
      Point,
      Point,
      Point,
      Point,
    ]
    const depth = random.between(26, 46)
    const reach = random.between(2.6, 4.2)
    drawStroke(map, { curve: [a, b, c, d], depth, reach, taper: random.between(0.1, 0.3) })
  }
  return map
}

/** A few long lines in any direction. */
function secondaryCreases(random: SeededRandom): SkinMap {
  const map = createSkinMap()
  const count = random.whole(SECONDARY_COUNT.least, SECONDARY_COUNT.most)
  for (let i = 0; i < count; i++) {
    const start = { x: random.between(-30, 158), y: random.between(-30, 158) }
    const angle = random.between(0, Math.PI)
    const curve = bentLine(random, start, angle, random.between(40, 110), 0.18)
    drawStroke(map, { curve, depth: random.between(14, 30), reach: random.between(1.8, 3), taper: 0.3 })
  }
  return map
}

/** Many short fine lines, most of them along three directions that are the person's own. */
function wrinkles(random: SeededRandom): SkinMap {
  const map = createSkinMap()
  const directions = [random.between(0, Math.PI), random.between(0, Math.PI), random.between(0, Math.PI)]
  // The count is for the region of interest; the map beyond it needs its share, four times the area.
  const count = 4 * random.whole(WRINKLE_COUNT.least, WRINKLE_COUNT.most)
  for (let i = 0; i < count; i++) {
    const start = { x: random.between(-80, 200), y: random.between(-80, 200) }
    const angle = directions[random.whole(0, 2)]! + random.bell(0.22)
    const curve = bentLine(random, start, angle, random.between(12, 44), 0.12)
    drawStroke(map, { curve, depth: random.between(7, 22), reach: random.between(1.2, 2.3), taper: 0.4 })
  }
  return map
}

/** A nearly straight curve from `start`; `bend` is the deviation of its inner control points, in lengths. */
function bentLine(
  random: SeededRandom,
  start: Point,
  angle: number,
  length: number,
  bend: number,
): [Point, Point, Point, Point] {
  const along = (part: number): Point => {
    const side = part === 0 || part === 1 ? 0 : random.bell(bend * length)
    return {
      x: start.x + Math.cos(angle) * length * part - Math.sin(angle) * side,
      y: start.y + Math.sin(angle) * length * part + Math.cos(angle) * side,
    }
  }
  return [along(0), along(1 / 3), along(2 / 3), along(1)]
}

function jitter(random: SeededRandom, point: Point, deviation: number): Point {
  return { x: point.x + random.bell(deviation), y: point.y + random.bell(deviation) }
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
