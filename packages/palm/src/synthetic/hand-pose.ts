/**
 * How a rendered hand lies before the camera, and where that puts its parts: a pinhole camera at an arm's length looks at
 * the hand's plane, which is turned, tilted, moved and nearer or farther. From a place of the picture to one of the hand
 * it is a projective map.
 */

import type { Point } from '../point.ts'
import { ROI_SIZE } from '../responses.ts'
import { squareFrame } from '../roi/find-roi.ts'
import { unit } from '../roi/finger-valleys.ts'
import type { RoiFrame } from '../roi/warp-roi.ts'
import { createHandShape, type HandShape, handValleys, type Limb } from './hand-shape.ts'
import type { SyntheticPalm } from './synthetic-palm.ts'

/** Where the hand is. */
export type HandPose = {
  /** Turn in the plane, clockwise on the screen, radians. */
  readonly turn: number
  /** Pixels for a millimetre in the middle of the hand. */
  readonly scale: number
  /** Where the hand's middle lies in the picture, pixels. */
  readonly middle: Point
  /** How far the fingers (x) and the thumb's side (y) lean away from the camera, radians. */
  readonly tilt: Point
}

/** The known truth of a rendered hand, in pixels of its picture. */
export type HandTruth = {
  /** The region of interest as the skin has it, which the fingers' holding moves by a pixel or so. */
  readonly roi: RoiFrame
  /**
   * 21 places in the order of MediaPipe's hand: wrist, then four of the thumb, the index, the middle, the ring and the
   * little finger, each from its root to its tip.
   */
  readonly landmarks: readonly Point[]
}

/** From the camera to the middle of the hand, mm. */
const CAMERA_MM = 350
/** Knuckles lie below the valleys, and joints along the fingers here, 0..1. */
const KNUCKLE_MM = 9
const JOINTS = [0.42, 0.72]
const WRIST: Point = { x: 0, y: 98 }

/** From the picture to the hand and back. */
export type HandView = {
  /** The place of the hand (mm, the thumb on the left) at a place of the picture. */
  readonly toHand: (x: number, y: number) => Point
  readonly toPicture: (hand: Point) => Point
}

/** The view of `palm` in `pose`. */
export function createHandView(palm: SyntheticPalm, { turn, scale, middle, tilt }: HandPose): HandView {
  const mirror = palm.side === 'left' ? 1 : -1
  const [cos, sin] = [Math.cos(turn), Math.sin(turn)]
  const [leanX, leanY] = [Math.sin(tilt.y), -Math.sin(tilt.x)]
  const [shortX, shortY] = [Math.cos(tilt.y), Math.cos(tilt.x)]
  // A place (X, Y) of the plane is drawn at (shortX X, shortY Y) / (1 + (leanX X + leanY Y) / distance).
  return {
    toHand: (x, y) => {
      const [dx, dy] = [(x - middle.x) / scale, (y - middle.y) / scale]
      const [u, v] = [cos * dx + sin * dy, cos * dy - sin * dx]
      // The same line by line: u = shortX X / w, v = shortY Y / w, w = 1 + (leanX X + leanY Y) / distance.
      const w = 1 / (1 - (leanX * (u / shortX) + leanY * (v / shortY)) / CAMERA_MM)
      return { x: (mirror * u * w) / shortX, y: (v * w) / shortY }
    },
    toPicture: (hand) => {
      const [x, y] = [mirror * hand.x, hand.y]
      const w = 1 + (leanX * x + leanY * y) / CAMERA_MM
      const [u, v] = [(shortX * x) / w, (shortY * y) / w]
      return { x: middle.x + scale * (cos * u - sin * v), y: middle.y + scale * (sin * u + cos * v) }
    },
  }
}

/** From a place of the hand (mm) to one of the region of interest (pixels) and back. */
export type SkinPlane = {
  readonly toRoi: (x: number, y: number) => Point
  readonly toHand: (roi: Point) => Point
}

/**
 * The region of interest is laid by the valleys and fingers of the hand at rest: how the fingers are held for one picture moves the
 * square that is found, as it does with real hands.
 */
export function createSkinPlane(palm: SyntheticPalm): SkinPlane {
  const shape = createHandShape(palm.hand)
  const { a, b } = handValleys(shape)
  const [middleFinger, ringFinger] = [shape.fingers[1]!, shape.fingers[2]!]
  const { centre, right, sidePx: sideMm } = squareFrame(a, b, limbDirection(middleFinger), limbDirection(ringFinger))
  const pixels = ROI_SIZE / sideMm
  const mirror = palm.side === 'left' ? 1 : -1
  const middle = (ROI_SIZE - 1) / 2
  return {
    toRoi: (x, y) => {
      const [dx, dy] = [x - centre.x, y - centre.y]
      return {
        x: middle + mirror * pixels * (dx * right.x + dy * right.y),
        y: middle + pixels * (dy * right.x - dx * right.y),
      }
    },
    toHand: (roi) => {
      const [u, v] = [(mirror * (roi.x - middle)) / pixels, (roi.y - middle) / pixels]
      return { x: centre.x + u * right.x - v * right.y, y: centre.y + u * right.y + v * right.x }
    },
  }
}

/** Unit vector from a limb's root to its end. */
function limbDirection({ from, to }: Limb): Point {
  return unit({ x: to.x - from.x, y: to.y - from.y })
}

/** Where the parts of a hand of `shape` lie in its picture. */
export function handTruth(palm: SyntheticPalm, shape: HandShape, view: HandView): HandTruth {
  const plane = createSkinPlane(palm)
  const place = (x: number, y: number): Point => view.toPicture(plane.toHand({ x, y }))
  const middle = (ROI_SIZE - 1) / 2
  const [centre, left, right] = [place(middle, middle), place(middle - 32, middle), place(middle + 32, middle)]
  const [dx, dy] = [right.x - left.x, right.y - left.y]
  const length = Math.sqrt(dx * dx + dy * dy)
  const thumb = shape.thumb
  return {
    roi: { centre, right: { x: dx / length, y: dy / length }, sidePx: (length * ROI_SIZE) / 64 },
    landmarks: [
      WRIST,
      alongLimb(thumb[0], 0.1),
      alongLimb(thumb[0], 0.6),
      alongLimb(thumb[1], 0),
      alongLimb(thumb[1], 1),
      ...shape.fingers.flatMap(fingerPlaces),
    ].map(view.toPicture),
  }
}

/** Knuckle, two joints and tip. */
function fingerPlaces(finger: Limb): Point[] {
  const [dx, dy] = [finger.to.x - finger.from.x, finger.to.y - finger.from.y]
  const below = KNUCKLE_MM / Math.sqrt(dx * dx + dy * dy)
  return [-below, ...JOINTS, 1].map((part) => alongLimb(finger, part))
}

function alongLimb({ from, to }: Limb, part: number): Point {
  return { x: from.x + part * (to.x - from.x), y: from.y + part * (to.y - from.y) }
}
