/**
 * The region of interest of an open hand, the classical way (after Zhang et al. 2003, "Online palmprint identification"):
 * separate hand from ground, follow the outline, find the valleys beside the middle and the ring finger, and lay a
 * square below the line that joins them. Either hand, any turn in the plane, any ground: several ways of telling hand
 * from ground are tried, the outlines are judged by how much they look like a hand, and the valleys of the best are
 * measured anew in the full picture. This is the finder of the command line and of the terminal alike.
 *
 * The x axis lies halfway between the line AB of the valleys and the perpendicular to the middle and the ring finger:
 * valleys move along the fingers when these are spread or pressed together, and fingers turn, but neither does the
 * other. The side is 1.3 |AB|, measured along x, the centre lies 0.8 |AB| from AB's middle towards the wrist. The square
 * is never mirrored.
 */

import { PalmError } from '@palmhold/base'
import { checkShape, type GreyImage, isGrey, type RgbaImage, toGrey } from '../image.ts'
import type { Point } from '../point.ts'
import { ROI_SIZE } from '../responses.ts'
import { type Finger, unit, type ValleyLine } from './finger-valleys.ts'
import { type HandFinding, judgeHand } from './judge-hand.ts'
import { type Mask, type Planes, workingPlanes } from './planes.ts'
import { refineValleys } from './refine-valleys.ts'
import { cutMasks, handMasks } from './segment-hand.ts'
import { type RoiFrame, warpRoi } from './warp-roi.ts'

/** Side of the square in lengths of AB. */
const SIDE_PER_AB = 1.3
/** From AB to the square's centre, in lengths of AB. */
const CENTRE_PER_AB = 0.8
/** Least side of the square in the source picture, pixels. */
export const LEAST_SIDE_PX = 160

/** Longest sides of the pictures that are searched: the second only where the first shows no hand. */
const SEARCH_SIDES_PX = [400, 800]
/** A finding that is less odd than this ends the search. */
const PLAIN_HAND = 1
const CLEARLY_LESS = 0.5
/** A finding that is odder than this is none. */
const ODDEST_HAND = 2.2
/** The part of the square that must be hand; what lies outside the picture is judged apart. */
const INSIDE_HAND = 0.93
/** When even the brightest fiftieth of the picture is below this, darkness is the reason. */
const DARK_LUMA = 50

/** Why no region of interest was found. */
export type RoiReason = 'PALM_NOT_FOUND' | 'PALM_TWO_HANDS' | 'PALM_TOO_SMALL' | 'PALM_OUT_OF_PICTURE' | 'PALM_TOO_DARK'

/**
 * The 128 x 128 region of interest of `image`; a picture of just that size is one already and comes back as grey.
 * @throws {RoiError} no single open hand that is large enough
 * @throws {ImageShapeError} malformed picture
 */
export function findRoi(image: GreyImage | RgbaImage): GreyImage {
  checkShape(image, isGrey(image) ? 1 : 4)
  if (image.width === ROI_SIZE && image.height === ROI_SIZE) return isGrey(image) ? image : toGrey(image)
  return warpRoi(image, locateRoi(image))
}

/** How long to look. */
export type SearchOptions = {
  /**
   * Only the small picture, and only a finding that would end the search anyhow: for the frames of a camera, of which
   * the next one may be easier. What is found is what a whole search finds.
   */
  readonly quick?: boolean
}

/**
 * Where the region of interest lies in `image`, in its pixels.
 * @throws {RoiError} no single open hand that is large enough
 */
export function locateRoi(image: GreyImage | RgbaImage, { quick = false }: SearchOptions = {}): RoiFrame {
  let best: { finding: HandFinding; planes: Planes } | undefined
  let planes: Planes | undefined
  let twoHands = false
  for (const side of quick ? SEARCH_SIDES_PX.slice(0, 1) : SEARCH_SIDES_PX) {
    planes = workingPlanes(image, side)
    for (const masks of [handMasks, cutMasks]) {
      if (masks === cutMasks && twoHands) break
      for (const mask of masks(planes)) {
        const finding = judgeHand(mask, planes)
        if (!finding || finding.oddness > ODDEST_HAND) continue
        if (finding.hasSecondHand) {
          twoHands = true
          continue
        }
        if (insideHand(frameOf(finding.valleys, finding.valleys.fingers), finding.mask) < INSIDE_HAND) continue
        if (finding.oddness < PLAIN_HAND) return roiOf({ finding, planes }, image)
        // A rough mask blunts the valleys and looks no odder for it: a later one has to be clearly better.
        if (!best || finding.oddness < CLEARLY_LESS * best.finding.oddness) best = { finding, planes }
      }
    }
    if (best && !quick) return roiOf(best, image)
  }
  if (twoHands) throw new RoiError('PALM_TWO_HANDS')
  throw new RoiError(planes && isDark(planes) ? 'PALM_TOO_DARK' : 'PALM_NOT_FOUND')
}

/** @throws {RoiError} too small, or not wholly in the picture */
function roiOf({ finding, planes }: { finding: HandFinding; planes: Planes }, image: GreyImage | RgbaImage): RoiFrame {
  const { mask, valleys } = finding
  return checkedFrame(frameOf(refineValleys(image, planes, mask, valleys), valleys.fingers), image)
}

/** The square that belongs to the valleys and to the fingers between them, in their pixels. */
function frameOf({ a, b, toWrist }: ValleyLine, fingers: readonly Finger[]): RoiFrame {
  // With the wrist below, x runs to the right for either hand: a quarter turn back from "down".
  const ahead = (b.x - a.x) * toWrist.y - (b.y - a.y) * toWrist.x > 0
  return squareFrame(ahead ? a : b, ahead ? b : a, fingers[0]!.direction, fingers[1]!.direction)
}

/** The square for the valleys `left` and `right` (fingers up) and the unit vectors of the two fingers between them. */
export function squareFrame(left: Point, right: Point, one: Point, other: Point): RoiFrame {
  const line = unit({ x: right.x - left.x, y: right.y - left.y })
  const up = unit({ x: one.x + other.x, y: one.y + other.y })
  const across = unit({ x: line.x - up.y, y: line.y + up.x })
  const length = (right.x - left.x) * across.x + (right.y - left.y) * across.y
  return {
    centre: {
      x: (left.x + right.x) / 2 - CENTRE_PER_AB * length * across.y,
      y: (left.y + right.y) / 2 + CENTRE_PER_AB * length * across.x,
    },
    right: across,
    sidePx: SIDE_PER_AB * length,
  }
}

/** The part of the square that lies on the hand, on a grid of 16 x 16 places. */
function insideHand(frame: RoiFrame, mask: Mask): number {
  const steps = 16
  let inside = 0
  for (let i = 0; i < steps * steps; i++) {
    const u = ((i % steps) + 0.5) / steps - 0.5
    const v = (Math.floor(i / steps) + 0.5) / steps - 0.5
    const x = Math.round(frame.centre.x + frame.sidePx * (u * frame.right.x - v * frame.right.y))
    const y = Math.round(frame.centre.y + frame.sidePx * (u * frame.right.y + v * frame.right.x))
    if (x < 0 || y < 0 || x >= mask.width || y >= mask.height || mask.data[y * mask.width + x]) inside++
  }
  return inside / (steps * steps)
}

/**
 * Passes a square of the source picture that can be cut out.
 * @throws {RoiError} too small, or not wholly in the picture
 */
function checkedFrame(frame: RoiFrame, image: GreyImage | RgbaImage): RoiFrame {
  const fault = frameFault(frame, image)
  if (fault) throw new RoiError(fault)
  return frame
}

/** Why a square cannot be cut out of `image`, if it cannot. */
export function frameFault(
  { centre, right, sidePx }: RoiFrame,
  image: GreyImage | RgbaImage,
): 'PALM_TOO_SMALL' | 'PALM_OUT_OF_PICTURE' | undefined {
  if (sidePx < LEAST_SIDE_PX) return 'PALM_TOO_SMALL'
  const half = (sidePx / 2) * (Math.abs(right.x) + Math.abs(right.y))
  const spare = 0.02 * sidePx
  const isInside =
    centre.x - half >= -spare &&
    centre.y - half >= -spare &&
    centre.x + half <= image.width + spare &&
    centre.y + half <= image.height + spare
  return isInside ? undefined : 'PALM_OUT_OF_PICTURE'
}

/** Whether the picture's bright parts are dark. */
function isDark(planes: Planes): boolean {
  const sorted = Float32Array.from(planes.luma).sort()
  return sorted[Math.floor(0.98 * (sorted.length - 1))]! < DARK_LUMA
}

const ADVICE: Record<RoiReason, { message: string; hints: string[] }> = {
  PALM_NOT_FOUND: {
    message: 'no open hand was found in the picture',
    hints: [
      'Show one hand with the palm to the camera and the fingers spread.',
      'Keep all fingers in the picture, and sleeves away from the palm; a ground of another colour than skin helps.',
    ],
  },
  PALM_TWO_HANDS: {
    message: 'there is more than one hand in the picture',
    hints: ['Show one hand at a time.'],
  },
  PALM_TOO_SMALL: {
    message: `the palm is too small in the picture: its inner square needs ${LEAST_SIDE_PX} pixels`,
    hints: ['Hold the hand nearer to the camera, or use a camera with more pixels.'],
  },
  PALM_OUT_OF_PICTURE: {
    message: 'a part of the palm lies outside the picture',
    hints: ['Hold the hand in the middle of the picture.'],
  },
  PALM_TOO_DARK: {
    message: 'the picture is too dark to find a hand in it',
    hints: ['Turn a light on, or turn the palm to the light.'],
  },
}

/** A picture without one usable palm. */
export class RoiError extends PalmError {
  constructor(reason: RoiReason) {
    super(reason, ADVICE[reason].message, { hints: ADVICE[reason].hints })
  }
}
