/**
 * The valleys between the four fingers on the outline of a hand. A valley is where the outline, followed by a good part
 * of the palm's radius to either side, comes back on itself in a sharp angle that opens outwards. Of all triples of
 * valleys the fingers' one is even and compact, with the palm on the far side of the fingers.
 */

import type { Point } from '../point.ts'
import type { Circle } from './components.ts'

/** The outer two of the three valleys, and where the wrist is. */
export type ValleyLine = {
  /** The valleys beside the middle and the ring finger, on the common tangent; in no special order. */
  readonly a: Point
  readonly b: Point
  /** Unit vector from the fingers to the wrist, perpendicular to ab. */
  readonly toWrist: Point
}

/** What an outline shows of the fingers. */
export type FingerValleys = ValleyLine & {
  /** The middle and the ring finger, in no special order. */
  readonly fingers: readonly Finger[]
  /** The tips of the fingers beyond a and beyond b. */
  readonly outerTips: readonly [Point, Point]
}

/** A finger between two valleys. */
export type Finger = {
  readonly tip: Point
  /** Unit vector along its middle line, from the root to the tip. */
  readonly direction: Point
  /** How far it is along the outline from one valley over the tip to the other. */
  readonly wayPx: number
}

/** Lengths in radii of the largest circle in the palm. */
/** How far the outline is followed to either side of a hollow: half a finger's length is not reached. */
const ARM = 0.5
/** Within this much of the outline one hollow counts once. */
const WINDOW = 0.25
/** How far a valley's bottom may move along the outline to lie on the common tangent. */
const NEIGHBOURHOOD = 0.3
/** A finger's tip lies at least this far from the palm's centre; with the fingers folded nothing does. */
const FINGER_TIP = 1.55
/** From the first to the third valley: two fingers' widths. */
const SPAN = { least: 0.6, most: 1.7 }
/** Finger valleys are sharper than 78 degrees (of which this is the cosine); the hollows at the wrist are not. */
const SHARPEST_COSINE = 0.2079117
/** The middle and the ring finger are about equally wide at their roots. */
const EVENNESS = 1.9
/** The three valleys lie nearly on a line: the angle at the middle one is above 125 degrees (its cosine). */
const STRAIGHT_COSINE = -0.5735764
/** Rounds of tilting the tangent; it rests after two or three. */
const TANGENT_ROUNDS = 4
/** The bottom of a valley is the mean of the outline this near to its deepest point, in working pixels. */
const TANGENT_DEPTH_PX = 1.2
/** The parts of a finger's height, from the valleys' middle up, whose sides its middle line is drawn through. */
const LOWER_PART = { from: 0.25, to: 0.5 }
const UPPER_PART = { from: 0.6, to: 0.85 }
/** How far along the outline beyond an outer valley the next finger's tip is looked for, in lengths of AB. */
const OUTER_WAY = 3

/** A place of the outline that may be a finger valley. */
type Candidate = { readonly index: number; readonly sharpness: number }

/** The valleys on a smooth closed outline (clockwise), or nothing where it is no open hand. */
export function findFingerValleys(outline: readonly Point[], palm: Circle): FingerValleys | undefined {
  const candidates = sharpHollows(outline, palm)
  let best: { way: number; triple: readonly [number, number, number] } | undefined
  const count = candidates.length
  for (let i = 0; i < count; i++)
    for (let j = 1; j < count - 1; j++)
      for (let k = j + 1; k < count; k++) {
        const triple = [candidates[i]!, candidates[(i + j) % count]!, candidates[(i + k) % count]!]
        const indices = triple.map((candidate) => candidate.index) as [number, number, number]
        const way = tripleLength(outline, palm, indices)
        if (way !== undefined && (!best || way < best.way)) best = { way, triple: indices }
      }
  return best && onCommonTangent(outline, palm, best.triple)
}

/**
 * The hollows of the outline, in its order: the angle between the arms to both sides is sharp and opens outwards.
 * Neighbouring points of one hollow are merged into the sharpest.
 */
function sharpHollows(outline: readonly Point[], palm: Circle): Candidate[] {
  const count = outline.length
  const arm = Math.max(3, Math.round(ARM * palm.radius))
  const sharpness = new Float64Array(count)
  for (let i = 0; i < count; i++) {
    const [p, q, r] = [outline[(i - arm + count) % count]!, outline[i]!, outline[(i + arm) % count]!]
    const [ax, ay, bx, by] = [p.x - q.x, p.y - q.y, r.x - q.x, r.y - q.y]
    const cosine = (ax * bx + ay * by) / (length(ax, ay) * length(bx, by) || 1)
    // Clockwise on the screen, y downwards: a hollow turns to the other side.
    if (ax * by - ay * bx > 0 && cosine > SHARPEST_COSINE) sharpness[i] = cosine
  }
  const window = Math.max(2, Math.round(WINDOW * palm.radius))
  const hollows: Candidate[] = []
  for (let i = 0; i < count; i++) {
    if (sharpness[i] === 0) continue
    let top = true
    for (let k = 1; k <= window && top; k++)
      top = sharpness[(i - k + count) % count]! < sharpness[i]! && sharpness[(i + k) % count]! <= sharpness[i]!
    if (top) hollows.push({ index: i, sharpness: sharpness[i]! })
  }
  // More than a dozen hollows is foliage, not a hand; the sharpest are enough to say so.
  return hollows
    .sort((one, other) => other.sharpness - one.sharpness)
    .slice(0, 12)
    .sort((one, other) => one.index - other.index)
}

/** The length of the way over the three valleys if they can be a hand's, else nothing. */
function tripleLength(
  outline: readonly Point[],
  palm: Circle,
  [i, j, k]: readonly [number, number, number],
): number | undefined {
  const [a, m, b] = [outline[i]!, outline[j]!, outline[k]!]
  const [first, second, span] = [between(a, m), between(m, b), between(a, b)]
  if (span < SPAN.least * palm.radius || span > SPAN.most * palm.radius) return undefined
  if (Math.max(first, second) > EVENNESS * Math.min(first, second)) return undefined
  const cosine = ((a.x - m.x) * (b.x - m.x) + (a.y - m.y) * (b.y - m.y)) / (first * second)
  if (cosine > STRAIGHT_COSINE) return undefined
  const tips = [tipBetween(outline, palm, i, j), tipBetween(outline, palm, j, k)]
  for (const tip of tips) {
    if (between(tip, palm) < FINGER_TIP * palm.radius) return undefined
    if (sideOf(a, b, tip) * sideOf(a, b, palm) >= 0) return undefined
  }
  return first + second
}

/** The point furthest from the palm's centre on the way between two valleys. */
function tipBetween(outline: readonly Point[], palm: Circle, from: number, to: number): Point {
  const count = outline.length
  let best = outline[from]!
  for (let i = from; i !== to; i = (i + 1) % count)
    if (between(outline[i]!, palm) > between(best, palm)) best = outline[i]!
  return best
}

/**
 * The line that touches both valleys from the side of the fingers does not depend on where a valley's round bottom is
 * cut: each valley moves to where it reaches furthest to the wrist, until the line rests.
 */
function onCommonTangent(
  outline: readonly Point[],
  palm: Circle,
  [from, middle, to]: readonly [number, number, number],
): FingerValleys {
  const reach = Math.round(NEIGHBOURHOOD * palm.radius)
  let [a, b] = [outline[from]!, outline[to]!]
  let toWrist = towardsPalm(a, b, { x: palm.x - a.x, y: palm.y - a.y })
  for (let round = 0; round < TANGENT_ROUNDS; round++) {
    a = deepestPoint(neighbours(outline, from, reach), toWrist, TANGENT_DEPTH_PX)
    b = deepestPoint(neighbours(outline, to, reach), toWrist, TANGENT_DEPTH_PX)
    toWrist = towardsPalm(a, b, { x: palm.x - a.x, y: palm.y - a.y })
  }
  const finger = (first: number, last: number): Finger => ({
    ...tipAndDirection(outline, palm, first, last),
    wayPx: wayBetween(outline, first, last),
  })
  const way = Math.round(OUTER_WAY * between(a, b))
  return {
    a,
    b,
    toWrist,
    fingers: [finger(from, middle), finger(middle, to)],
    outerTips: [outerTip(outline, from, -1, way, toWrist), outerTip(outline, to, 1, way, toWrist)],
  }
}

/** The tip between two valleys, and the line through the middles of the finger's two sides. */
function tipAndDirection(
  outline: readonly Point[],
  palm: Circle,
  first: number,
  last: number,
): { tip: Point; direction: Point } {
  const tip = tipBetween(outline, palm, first, last)
  const [a, b] = [outline[first]!, outline[last]!]
  const root = { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 }
  const straight = unit({ x: tip.x - root.x, y: tip.y - root.y })
  const height = between(tip, root)
  /** The middle of the side that begins at `from`, within `part` of the height. */
  const sideMiddle = (from: number, step: 1 | -1, part: { from: number; to: number }): Point | undefined => {
    let [x, y, count] = [0, 0, 0]
    for (let i = from; outline[i] !== tip; i = (i + step + outline.length) % outline.length) {
      const point = outline[i]!
      const up = ((point.x - root.x) * straight.x + (point.y - root.y) * straight.y) / height
      if (up < part.from || up > part.to) continue
      x += point.x
      y += point.y
      count++
    }
    return count === 0 ? undefined : { x: x / count, y: y / count }
  }
  const [lowOne, lowOther] = [sideMiddle(first, 1, LOWER_PART), sideMiddle(last, -1, LOWER_PART)]
  const [highOne, highOther] = [sideMiddle(first, 1, UPPER_PART), sideMiddle(last, -1, UPPER_PART)]
  if (!lowOne || !lowOther || !highOne || !highOther) return { tip, direction: straight }
  const [x, y] = [highOne.x + highOther.x - lowOne.x - lowOther.x, highOne.y + highOther.y - lowOne.y - lowOther.y]
  return { tip, direction: unit({ x, y }) }
}

/** The point furthest from the wrist on the `way` points of the outline that follow `from`, forward or back. */
function outerTip(outline: readonly Point[], from: number, step: 1 | -1, way: number, toWrist: Point): Point {
  const count = outline.length
  let best = outline[from]!
  let height = Number.NEGATIVE_INFINITY
  for (let k = 0; k < Math.min(way, count); k++) {
    const point = outline[(from + step * k + count) % count]!
    const here = -(point.x * toWrist.x + point.y * toWrist.y)
    if (here > height) [best, height] = [point, here]
  }
  return best
}

/** Length of the outline from one of its points to another. */
function wayBetween(outline: readonly Point[], from: number, to: number): number {
  let way = 0
  for (let i = from; i !== to; i = (i + 1) % outline.length)
    way += between(outline[i]!, outline[(i + 1) % outline.length]!)
  return way
}

/** The outline's points up to `reach` to either side of `centre`. */
function neighbours(outline: readonly Point[], centre: number, reach: number): Point[] {
  const count = outline.length
  return Array.from({ length: 2 * reach + 1 }, (_, k) => outline[(centre - reach + k + count) % count]!)
}

/** The mean of those of `points` that reach furthest along `direction`, to within `depth`. There must be one. */
export function deepestPoint(points: readonly Point[], direction: Point, depth: number): Point {
  const depths = points.map((point) => point.x * direction.x + point.y * direction.y)
  const limit = Math.max(...depths) - depth
  const bottom = points.filter((_, k) => depths[k]! >= limit)
  return {
    x: bottom.reduce((sum, point) => sum + point.x, 0) / bottom.length,
    y: bottom.reduce((sum, point) => sum + point.y, 0) / bottom.length,
  }
}

/** The unit vector across ab that has a part along `direction`. */
export function towardsPalm(a: Point, b: Point, direction: Point): Point {
  const [x, y] = [-(b.y - a.y) / between(a, b), (b.x - a.x) / between(a, b)]
  return x * direction.x + y * direction.y > 0 ? { x, y } : { x: -x, y: -y }
}

/** Positive on one side of the line ab, negative on the other. */
function sideOf(a: Point, b: Point, point: Point): number {
  return (b.x - a.x) * (point.y - a.y) - (b.y - a.y) * (point.x - a.x)
}

function between(a: Point, b: Point): number {
  return length(a.x - b.x, a.y - b.y)
}

/** `vector` at length 1. */
export function unit({ x, y }: Point): Point {
  const long = length(x, y) || 1
  return { x: x / long, y: y / long }
}

/** Only the square root is exact on every engine; Math.hypot is not. */
function length(x: number, y: number): number {
  return Math.sqrt(x * x + y * y)
}
