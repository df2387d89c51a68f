/**
 * How much a mask looks like one open hand: finger valleys with the palm where it belongs. Lengths are in units of the
 * line AB that joins the outer valleys. Ranges were set wide around those of a hundred silhouettes of real hands (palm
 * radius 0.72..0.95, palm centre 0.60..1.26 below AB and at most 0.23 aside) and of synthetic hands.
 */

import type { Point } from '../point.ts'
import { type Circle, inscribedCircle, largestPart } from './components.ts'
import { type FingerValleys, findFingerValleys } from './finger-valleys.ts'
import type { Mask, Planes } from './planes.ts'
import { smoothContour, traceContour } from './trace-contour.ts'

/** What was found in a mask. */
export type HandFinding = {
  readonly valleys: FingerValleys
  /** The largest part of the mask, without holes. */
  readonly mask: Mask
  /** 0 for the mean hand; about 1 for each measure that is as far from it as hands rarely are. */
  readonly oddness: number
  /** Another part of like size: a second hand. */
  readonly hasSecondHand: boolean
}

/** A hand covers this part of the picture. */
const AREA = { least: 0.04, most: 0.85 }
/** Two parts of like size are two hands. */
const SECOND_HAND_AREA = 0.35
/** Smaller palms have no outline to speak of, in working pixels. */
const LEAST_PALM_RADIUS_PX = 12
/** The middle of the usual range, and half its width. */
const RADIUS = { mean: 0.95, reach: 0.3 }
const DOWN = { mean: 1, reach: 0.5 }
const ASIDE_REACH = 0.3
/** From the line AB to the tips of the middle and the ring finger. */
const FINGER = { mean: 1.7, reach: 1.3 }
/**
 * The fingers beyond the valleys, of which a thumb or a piece of a finger is none: their tips' height over that of the
 * middle and the ring finger, and how far aside of AB's middle they are.
 */
const OUTER_HEIGHT = { mean: 0.8, reach: 0.4 }
const OUTER_ASIDE = { mean: 1.05, reach: 0.4 }
/** How far aside of AB's middle the middle and the ring finger's tips are on average, over their height. */
const LEAN_REACH = 0.28
/** The way around a finger in lengths of it: there and back and over the tip; a ragged edge is longer. */
const WAY = { mean: 2.2, reach: 0.65 }

/**
 * A hand is of one colour: how far from that of its palm a pixel is another's, in levels and in deviations of the palm
 * itself, and the part of such pixels, in all and around the valleys, where a piece of the ground that was taken for hand
 * moves the square.
 */
const OTHER_COLOUR = { levels: 24, nearLevels: 10, deviations: 2 }
const OTHER_COLOURED = { mean: 0, reach: 0.3 }
const OTHER_COLOURED_NEAR = { mean: 0, reach: 0.06 }
/** Around the valleys: from the fingers' upper half to the upper palm, in lengths of AB. */
const NEAR = { fromDown: -1.2, toDown: 0.5, aside: 1.3 }

/** The hand in `mask` of `planes`, or nothing where it holds none. */
export function judgeHand(mask: Mask, planes: Planes): HandFinding | undefined {
  const part = largestPart(mask)
  const pixels = mask.width * mask.height
  if (!part || part.area < AREA.least * pixels || part.area > AREA.most * pixels) return undefined
  const palm = inscribedCircle(part.mask)
  if (palm.radius < LEAST_PALM_RADIUS_PX) return undefined
  const outline = smoothContour(traceContour(part.mask), Math.max(1, Math.round(palm.radius / 30)))
  const valleys = findFingerValleys(outline, palm)
  if (!valleys) return undefined
  const { a, b, toWrist, fingers, outerTips } = valleys
  const [acrossX, acrossY] = [b.x - a.x, b.y - a.y]
  const length = Math.sqrt(acrossX * acrossX + acrossY * acrossY)
  /** Along the way to the wrist and across it, from AB's middle in lengths of AB. */
  const place = ({ x, y }: Point): { down: number; aside: number } => {
    const [dx, dy] = [(x - (a.x + b.x) / 2) / length, (y - (a.y + b.y) / 2) / length]
    return { down: dx * toWrist.x + dy * toWrist.y, aside: dx * toWrist.y - dy * toWrist.x }
  }
  const odd = (value: number, { mean, reach }: { mean: number; reach: number }): number => ((value - mean) / reach) ** 2
  const { down, aside } = place(palm)
  // As `place` has it, for every pixel.
  const [middleX, middleY] = [(a.x + b.x) / 2, (a.y + b.y) / 2]
  const otherColoured = otherColouredParts(part.mask, planes, palm, (x, y) => {
    const down = ((x - middleX) * toWrist.x + (y - middleY) * toWrist.y) / length
    if (down < NEAR.fromDown || down > NEAR.toDown) return false
    return Math.abs((x - middleX) * toWrist.y - (y - middleY) * toWrist.x) < NEAR.aside * length
  })
  let oddness =
    odd(otherColoured.all, OTHER_COLOURED) +
    odd(otherColoured.near, OTHER_COLOURED_NEAR) +
    odd(palm.radius / length, RADIUS) +
    odd(down, DOWN) +
    odd(aside, { mean: 0, reach: ASIDE_REACH })
  let [height, lean] = [0, 0]
  for (const { tip, wayPx } of fingers) {
    const at = place(tip)
    oddness += (odd(-at.down, FINGER) + odd(wayPx / length / -at.down, WAY)) / fingers.length
    height -= at.down / fingers.length
    lean += at.aside / fingers.length
  }
  oddness += odd(lean / height, { mean: 0, reach: LEAN_REACH })
  for (const tip of outerTips) {
    const at = place(tip)
    const aside = Math.abs(at.aside)
    oddness += (odd(-at.down / height, OUTER_HEIGHT) + odd(aside, OUTER_ASIDE)) / outerTips.length
  }
  return {
    valleys,
    mask: part.mask,
    oddness,
    hasSecondHand: part.runnerUpArea > SECOND_HAND_AREA * part.area,
  }
}

/** The parts of the mask whose colour is far from the mean of the palm's inner half, whatever its light. */
function otherColouredParts(
  { width, height, data }: Mask,
  { blue, red }: Planes,
  palm: Circle,
  isNear: (x: number, y: number) => boolean,
): { all: number; near: number } {
  const reach = palm.radius / 2
  let [count, blueSum, redSum, squares] = [0, 0, 0, 0]
  for (let y = Math.ceil(palm.y - reach); y <= palm.y + reach; y++)
    for (let x = Math.ceil(palm.x - reach); x <= palm.x + reach; x++) {
      const [b, r] = [blue[y * width + x]!, red[y * width + x]!]
      count++
      blueSum += b
      redSum += r
      squares += b * b + r * r
    }
  const [meanBlue, meanRed] = [blueSum / count, redSum / count]
  const variance = Math.max(0, squares / count - meanBlue * meanBlue - meanRed * meanRed)
  const nearLimit = OTHER_COLOUR.nearLevels + OTHER_COLOUR.deviations * Math.sqrt(variance)
  let [area, others, nearArea, nearOthers] = [0, 0, 0, 0]
  for (let y = 0, at = 0; y < height; y++)
    for (let x = 0; x < width; x++, at++) {
      if (!data[at]) continue
      const far = Math.abs(blue[at]! - meanBlue) + Math.abs(red[at]! - meanRed)
      area++
      if (far > OTHER_COLOUR.levels) others++
      if (!isNear(x, y)) continue
      nearArea++
      if (far > nearLimit) nearOthers++
    }
  return { all: others / area, near: nearOthers / Math.max(1, nearArea) }
}
