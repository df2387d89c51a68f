/**
 * What one frame shows, in the measures that guidance goes by. The region of interest is that of `locateRoi`, which works
 * without landmarks; landmarks add how many hands there are, which one it is, whether its palm faces the camera, whether
 * it is open, and its tilt. All is a function of the frame alone, unless a follower is given: then a palm that was found
 * is followed, which takes a tenth of the time and tells the same to a few pixels.
 */

import {
  assessRoi,
  type GreyImage,
  glanceAtRoi,
  type HandSide,
  locateRoi,
  type QualityReason,
  type RgbaImage,
  RoiError,
  type RoiFrame,
  type RoiReason,
  warpRoi,
} from '@palmhold/palm'
import type { TrackedHand } from '../tracking/hand-tracker.ts'
import type { PalmFollower } from '../tracking/palm-follower.ts'

/** What one frame shows. */
export type Observation = {
  readonly atMs: number
  /** How many hands, as far as landmarks tell; without a tracker 1 where a palm was found. */
  readonly hands: number
  /** Which hand; only landmarks tell. */
  readonly side: HandSide | undefined
  /** Whether the palm, not the back of the hand, faces the camera; only landmarks tell. */
  readonly facesCamera: boolean
  /** Whether all four fingers are stretched; only landmarks tell. */
  readonly open: boolean
  /** How far the palm leans away from the camera, degrees; only landmarks tell, else 0. */
  readonly tiltDegrees: number
  /** The palm, or why there is none. */
  readonly palm: ObservedPalm | RoiReason
}

/** A palm in a frame. */
export type ObservedPalm = {
  readonly frame: RoiFrame
  /** 128 x 128 grey; of a palm that was followed, a rough one. */
  readonly roi: GreyImage
  /** Whether it was followed here from an earlier frame, not found in this one. */
  readonly isFollowed: boolean
  /** Why it is not good enough, if it is not. */
  readonly fault: QualityReason | undefined
  readonly sharpness: number
  /** Side of the region of interest over the picture's shorter side. */
  readonly size: number
  /** Turn in the plane, degrees, 0 for fingers up. */
  readonly turnDegrees: number
}

// Places in MediaPipe's hand.
const WRIST = 0
const INDEX_KNUCKLE = 5
const LITTLE_KNUCKLE = 17
/** Knuckle, middle joint and tip of each finger. */
const FINGERS = [
  [5, 6, 8],
  [9, 10, 12],
  [13, 14, 16],
  [17, 18, 20],
] as const
/** A stretched finger's tip is this much farther from the wrist than its middle joint. */
const STRETCHED = 1.12
/** The palm that was found lies on the hand that landmarks show, in sides of its square. */
const MOST_APART = 0.75

/** How the palm of a frame is come by. */
export type PalmSearch = {
  /** Follows the palm from the frames before; without one it is looked for in each. */
  readonly follower?: PalmFollower | undefined
  /** Whether a palm that does not look plain is looked for too, which takes several times as long; default false. */
  readonly isWhole?: boolean
}

/**
 * @param hands what a tracker says of this frame; undefined without one
 */
export function observeFrame(
  image: RgbaImage,
  atMs: number,
  hands?: readonly TrackedHand[],
  search: PalmSearch = {},
): Observation {
  const palm = observePalm(image, search)
  const found = typeof palm !== 'string'
  if (!hands) {
    const count = found ? 1 : palm === 'PALM_TWO_HANDS' ? 2 : 0
    return { atMs, hands: count, side: undefined, facesCamera: true, open: true, tiltDegrees: 0, palm }
  }
  const hand = hands.length === 1 ? hands[0] : undefined
  const isBeside = hand !== undefined && found && !liesOn(palm.frame, hand)
  // Something else than the hand was found: it is not followed any further.
  if (isBeside) search.follower?.release()
  if (!hand) return { atMs, hands: hands.length, side: undefined, facesCamera: true, open: true, tiltDegrees: 0, palm }
  return {
    atMs,
    hands: 1,
    side: hand.side,
    facesCamera: facesCamera(hand),
    open: FINGERS.every((finger) => isStretched(hand, finger)),
    tiltDegrees: tiltOf(hand),
    palm: isBeside ? 'PALM_NOT_FOUND' : palm,
  }
}

/** The palm as far as the picture alone tells. */
export function observePalm(
  image: RgbaImage,
  { follower, isWhole = false }: PalmSearch = {},
): ObservedPalm | RoiReason {
  const followed = follower?.follow(image)
  if (followed) return describePalm(image, followed, { roi: glanceAtRoi(image, followed), isFollowed: true })
  let frame: RoiFrame
  try {
    frame = locateRoi(image, { quick: !isWhole })
  } catch (error) {
    follower?.release()
    if (error instanceof RoiError) return error.code as RoiReason
    throw error
  }
  follower?.lock(image, frame)
  return describePalm(image, frame, { roi: warpRoi(image, frame), isFollowed: false })
}

function describePalm(
  image: RgbaImage,
  frame: RoiFrame,
  { roi, isFollowed }: Pick<ObservedPalm, 'roi' | 'isFollowed'>,
): ObservedPalm {
  const quality = assessRoi(roi)
  return {
    frame,
    roi,
    isFollowed,
    fault: quality.ok ? undefined : quality.reason,
    sharpness: quality.sharpness,
    size: frame.sidePx / Math.min(image.width, image.height),
    turnDegrees: (Math.atan2(frame.right.y, frame.right.x) * 180) / Math.PI,
  }
}

/** With the palm to the camera and the fingers up, the index finger of a left hand is on the left. */
function facesCamera({ landmarks, side }: TrackedHand): boolean {
  const [wrist, index, little] = [landmarks[WRIST]!, landmarks[INDEX_KNUCKLE]!, landmarks[LITTLE_KNUCKLE]!]
  const turn = (index.x - wrist.x) * (little.y - wrist.y) - (index.y - wrist.y) * (little.x - wrist.x)
  return side === 'left' ? turn > 0 : turn < 0
}

function isStretched({ landmarks }: TrackedHand, [, joint, tip]: readonly [number, number, number]): boolean {
  const wrist = landmarks[WRIST]!
  const reach = (place: number): number => distance(landmarks[place]!, wrist)
  return reach(tip) > STRETCHED * reach(joint)
}

/** The angle between the camera's axis and the plane of wrist, index and little finger's knuckle. */
function tiltOf({ landmarks }: TrackedHand): number {
  const [wrist, index, little] = [landmarks[WRIST]!, landmarks[INDEX_KNUCKLE]!, landmarks[LITTLE_KNUCKLE]!]
  const [ax, ay, az] = [index.x - wrist.x, index.y - wrist.y, index.z - wrist.z]
  const [bx, by, bz] = [little.x - wrist.x, little.y - wrist.y, little.z - wrist.z]
  const [nx, ny, nz] = [ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx]
  const length = Math.sqrt(nx * nx + ny * ny + nz * nz)
  return length === 0 ? 90 : (Math.acos(Math.min(1, Math.abs(nz) / length)) * 180) / Math.PI
}

function liesOn(frame: RoiFrame, { landmarks }: TrackedHand): boolean {
  const places = [WRIST, INDEX_KNUCKLE, LITTLE_KNUCKLE].map((place) => landmarks[place]!)
  const middle = {
    x: places.reduce((sum, { x }) => sum + x, 0) / places.length,
    y: places.reduce((sum, { y }) => sum + y, 0) / places.length,
  }
  return distance(frame.centre, middle) < MOST_APART * frame.sidePx
}

function distance(a: { x: number; y: number }, b: { x: number; y: number }): number {
  return Math.sqrt((a.x - b.x) ** 2 + (a.y - b.y) ** 2)
}
