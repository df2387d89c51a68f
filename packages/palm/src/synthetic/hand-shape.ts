/**
 * The outline of an open hand as a signed distance: negative inside. Lengths in millimetres; the origin lies
 * near the valley between the middle and the ring finger, y runs to the wrist, and the thumb is on the
 * left (a left palm; a right one is mirrored by its caller).
 */

import type { Point } from '../point.ts'
import type { SeededRandom } from './seeded-random.ts'
import type { HandProportions } from './synthetic-palm.ts'

/** A limb with round ends whose radius changes evenly from one end to the other. */
export type Limb = { readonly from: Point; readonly to: Point; readonly fromRadius: number; readonly toRadius: number }

export type HandShape = {
  /** Index, middle, ring, little finger. */
  readonly fingers: readonly Limb[]
  /** The ball of the thumb and its end. */
  readonly thumb: readonly [Limb, Limb]
  /** All parts, the fingers too. */
  readonly limbs: readonly Limb[]
}

/** A finger of the mean hand: root, length, radii in mm, angle from upright in radians. */
type FingerPlan = { x: number; y: number; length: number; base: number; tip: number; angle: number }

const FINGERS: readonly FingerPlan[] = [
  { x: -29.5, y: 13, length: 82, base: 9.4, tip: 7.6, angle: -0.2 },
  { x: -10, y: 11, length: 93, base: 9.4, tip: 7.8, angle: -0.045 },
  { x: 10, y: 11, length: 87, base: 9.2, tip: 7.6, angle: 0.1 },
  { x: 28.5, y: 15, length: 70, base: 8.2, tip: 6.6, angle: 0.27 },
]
/** How far the skin between two parts rounds their meeting. */
const WEB_MM = 3.5
/** How differently the fingers are spread from picture to picture, radians. */
const SPREAD_DEVIATION = 0.018

/** The shape of a hand with these proportions; `random` draws how its fingers are held, without it they are at rest. */
export function createHandShape(proportions: HandProportions, random?: SeededRandom): HandShape {
  const { fingerLengths, fingerWidth, thumbLength, palmWidth } = proportions
  const fingers = FINGERS.map((plan, i) => {
    const angle = plan.angle + (random?.bell(SPREAD_DEVIATION) ?? 0)
    const length = plan.length * fingerLengths[i]!
    const from = { x: plan.x * palmWidth, y: plan.y }
    return {
      from,
      to: { x: from.x + Math.sin(angle) * length, y: from.y - Math.cos(angle) * length },
      fromRadius: plan.base * fingerWidth,
      toRadius: plan.tip * fingerWidth,
    }
  })
  const bend = random?.bell(0.05) ?? 0
  const knuckle = { x: -52 * palmWidth, y: 34 }
  const thumbTip = {
    x: knuckle.x - 34 * thumbLength * Math.cos(0.95 + bend),
    y: knuckle.y - 34 * thumbLength * Math.sin(0.95 + bend),
  }
  const palm: Limb[] = [
    { from: { x: -22 * palmWidth, y: 27 }, to: { x: -17, y: 88 }, fromRadius: 20, toRadius: 20 },
    { from: { x: 20 * palmWidth, y: 27 }, to: { x: 16, y: 88 }, fromRadius: 20, toRadius: 20 },
    { from: { x: 0, y: 32 }, to: { x: 0, y: 88 }, fromRadius: 26, toRadius: 28 },
    { from: { x: 0, y: 88 }, to: { x: 0, y: 400 }, fromRadius: 30, toRadius: 30 },
  ]
  const thumb: [Limb, Limb] = [
    { from: { x: -22, y: 70 }, to: knuckle, fromRadius: 20, toRadius: 11 },
    { from: knuckle, to: thumbTip, fromRadius: 11, toRadius: 8.6 },
  ]
  return { fingers, thumb, limbs: [...palm, ...thumb, ...fingers] }
}

/**
 * The valleys beside the middle and the ring finger, which the region of interest is laid by; `a` is the index
 * finger's. To a tenth of a millimetre.
 */
export function handValleys(shape: HandShape): { a: Point; b: Point } {
  return { a: bottomBetween(shape, 0), b: bottomBetween(shape, 2) }
}

/** The lowest place of the gap between a finger and the next one: down from between them until skin fills it. */
function bottomBetween(shape: HandShape, finger: number): Point {
  const [one, next] = [shape.fingers[finger]!, shape.fingers[finger + 1]!]
  let bottom = { x: (one.from.x + next.from.x) / 2, y: one.from.y }
  for (let y = -25; y < 40; y += 0.1) {
    let best = { x: 0, distance: 0 }
    for (let x = axisAt(one, y) + 2; x < axisAt(next, y) - 2; x += 0.2) {
      const distance = handDistance(shape, x, y)
      if (distance > best.distance) best = { x, distance }
    }
    if (best.distance === 0) break
    bottom = { x: best.x, y }
  }
  return bottom
}

/** Where a limb's axis crosses the height `y`. */
function axisAt({ from, to }: Limb, y: number): number {
  return from.x + ((y - from.y) / (to.y - from.y)) * (to.x - from.x)
}

/** Signed distance of (`x`, `y`) to the hand's outline in mm, rounded between neighbouring parts as skin is. */
export function handDistance(shape: HandShape, x: number, y: number): number {
  let distance = Number.POSITIVE_INFINITY
  for (const limb of shape.limbs) distance = smoothMinimum(distance, limbDistance(limb, x, y))
  return distance
}

/** Signed distance to one limb, exact but for the slope of its sides. */
export function limbDistance(limb: Limb, x: number, y: number): number {
  const [dx, dy] = [limb.to.x - limb.from.x, limb.to.y - limb.from.y]
  const along = alongLimb(limb, x, y)
  const [px, py] = [x - limb.from.x - along * dx, y - limb.from.y - along * dy]
  return Math.sqrt(px * px + py * py) - (limb.fromRadius + along * (limb.toRadius - limb.fromRadius))
}

/** How far along a limb the foot of (`x`, `y`) lies, 0..1. */
export function alongLimb(limb: Limb, x: number, y: number): number {
  const [dx, dy] = [limb.to.x - limb.from.x, limb.to.y - limb.from.y]
  const along = ((x - limb.from.x) * dx + (y - limb.from.y) * dy) / (dx * dx + dy * dy)
  return Math.min(1, Math.max(0, along))
}

/** The smaller of two distances, rounded where they are near to each other (quadratic smooth minimum). */
function smoothMinimum(a: number, b: number): number {
  const overlap = WEB_MM - Math.abs(a - b)
  return overlap > 0 ? Math.min(a, b) - (overlap * overlap) / (4 * WEB_MM) : Math.min(a, b)
}
