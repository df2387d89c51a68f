/**
 * A whole open hand of a synthetic palm on a plain ground, in colour: the palm carries the same creases as
 * {@link renderRoi}'s pictures, so that a region of interest found in it gives a code that matches theirs.
 */

import type { RgbaImage } from '../image.ts'
import type { Point } from '../point.ts'
import { ROI_SIZE } from '../responses.ts'
import { CENTRE_PER_AB, SIDE_PER_AB } from '../roi/find-roi.ts'
import { type Capture, captureConditions, createSkin, type Skin } from './capture.ts'
import { alongLimb, createHandShape, type HandShape, handDistance, handValleys, limbDistance } from './hand-shape.ts'
import { createSeededRandom } from './seeded-random.ts'
import type { SyntheticPalm } from './synthetic-palm.ts'

/** A picture of a whole hand; what is not given is drawn from the capture. */
export type HandCapture = Capture & {
  /** Default 960 x 1280. */
  readonly width?: number
  readonly height?: number
  /** Turn in the plane, clockwise on the screen, degrees; default within about 8 degrees of upright. */
  readonly turnDegrees?: number
  /** Pixels for a millimetre at 1280 px of height; default about 4.7. */
  readonly pixelsPerMm?: number
  /** Colour of the ground; default one that differs from the skin. */
  readonly ground?: Rgb
}

export type Rgb = readonly [number, number, number]

// Ends of the range of skin tones, and grounds that differ from either end.
const DARK_SKIN: Rgb = [112, 74, 58]
const LIGHT_SKIN: Rgb = [228, 184, 160]
const DARK_GROUNDS: readonly Rgb[] = [
  [34, 38, 46],
  [28, 60, 52],
  [40, 52, 92],
]
const LIGHT_GROUNDS: readonly Rgb[] = [
  [228, 230, 228],
  [176, 200, 206],
  [190, 206, 184],
]
/** The plain palm's grey level in {@link renderRoi}, which creases are relative to. */
const BASE_LEVEL = 150
/** Side of the blocks whose distance to the outline is looked at once. */
const BLOCK = 8
/** Half the width of a uniform distribution of deviation 1. */
const UNIFORM_PER_DEVIATION = Math.sqrt(3)
/** How far inside the outline the skin begins to turn away from the light. */
const EDGE_MM = 9
/** Where the joints' creases lie along a finger, 0..1. */
const JOINTS = [0.3, 0.58, 0.82]

/** One picture of the whole hand; the same for the same palm and capture, on every engine. */
export function renderHand(palm: SyntheticPalm, capture: HandCapture): RgbaImage {
  const { width = 960, height = 1280 } = capture
  const conditions = captureConditions(palm, capture)
  const pose = createSeededRandom(`pose:${palm.seed}:${capture.seed ?? ''}:${capture.session}:${capture.index}`)
  const shape = createHandShape(palm.hand, pose)
  const scale = ((capture.pixelsPerMm ?? 4.7 * (1 + pose.bell(0.04))) * height) / 1280
  const turn = capture.turnDegrees === undefined ? pose.bell(0.06) : (capture.turnDegrees * Math.PI) / 180
  const middle = { x: width * (0.5 + pose.bell(0.012)), y: height * (0.47 + pose.bell(0.012)) }
  const colour = mix(DARK_SKIN, LIGHT_SKIN, palm.hand.tone)
  const grounds = palm.hand.tone < 0.5 ? LIGHT_GROUNDS : DARK_GROUNDS
  const ground = capture.ground ?? grounds[pose.whole(0, grounds.length - 1)]!
  const cos = Math.cos(turn) / scale
  const sin = Math.sin(turn) / scale
  const mirror = palm.side === 'left' ? 1 : -1
  const handX = (column: number, row: number): number => mirror * (cos * (column - middle.x) + sin * (row - middle.y))
  const handY = (column: number, row: number): number => cos * (row - middle.y) - sin * (column - middle.x)
  const skinPlace = createSkinPlace(palm)
  const skin = createSkin(palm, conditions)
  const { random, gain } = conditions
  const { noise } = conditions.camera
  const [gradientX, gradientY] = [pose.bell(0.07), pose.bell(0.07)]
  const data = new Uint8ClampedArray(width * height * 4)
  for (let top = 0; top < height; top += BLOCK)
    for (let left = 0; left < width; left += BLOCK) {
      const [u, v] = [left + BLOCK / 2, top + BLOCK / 2]
      // The distance changes by at most a millimetre for each millimetre: blocks far from the outline need no test.
      const blockDistance = handDistance(shape, handX(u, v), handY(u, v)) * scale
      const certain = blockDistance > BLOCK + 2 || blockDistance < -(EDGE_MM * scale + BLOCK)
      for (let row = top; row < Math.min(height, top + BLOCK); row++)
        for (let column = left; column < Math.min(width, left + BLOCK); column++) {
          const x = handX(column, row)
          const y = handY(column, row)
          const distance = certain ? blockDistance / scale : handDistance(shape, x, y)
          const cover = Math.min(1, Math.max(0, 0.5 - distance * scale))
          const light = gain * (1 + (gradientX * (column - middle.x) + gradientY * (row - middle.y)) / width)
          const level = cover > 0 ? skinLight(skin, shape, skinPlace, x, y, distance) : 0
          const grain = random.between(-noise, noise) * UNIFORM_PER_DEVIATION
          const at = (row * width + column) * 4
          for (let c = 0; c < 3; c++)
            data[at + c] = light * (cover * level * colour[c]! + (1 - cover) * ground[c]!) + grain
          data[at + 3] = 255
        }
    }
  return { width, height, data }
}

/**
 * From a place of the hand (mm) to one of the region of interest (pixels), which is laid by the valleys of the hand at
 * rest: how the fingers are held for one picture moves the square that is found, as it does with real hands.
 */
function createSkinPlace(palm: SyntheticPalm): (x: number, y: number) => Point {
  const { a, b } = handValleys(createHandShape(palm.hand))
  const span = Math.hypot(b.x - a.x, b.y - a.y)
  const right = { x: (b.x - a.x) / span, y: (b.y - a.y) / span }
  const pixels = ROI_SIZE / (SIDE_PER_AB * span)
  const mirror = palm.side === 'left' ? 1 : -1
  return (x, y) => {
    const [dx, dy] = [x - (a.x + b.x) / 2, y - (a.y + b.y) / 2]
    return {
      x: (ROI_SIZE - 1) / 2 + mirror * pixels * (dx * right.x + dy * right.y),
      y: (ROI_SIZE - 1) / 2 + pixels * (dy * right.x - dx * right.y - CENTRE_PER_AB * span),
    }
  }
}

/** 1 on the palm, 0 where its map of skin ends. */
function fade(position: number): number {
  return Math.min(1, Math.max(0, Math.min((position + 62) / 30, (188 - position) / 30)))
}

/** Brightness of the skin at a place of the hand, 1 on the plain palm. */
function skinLight(
  skin: Skin,
  shape: HandShape,
  skinPlace: (x: number, y: number) => Point,
  x: number,
  y: number,
  distance: number,
): number {
  const { x: u, y: v } = skinPlace(x, y)
  const inner = Math.min(fade(u), fade(v))
  const creases = inner > 0 ? (inner * skin(u, v)) / BASE_LEVEL : 0
  // Skin turns away from the light towards the outline.
  const edge = Math.min(1, Math.max(0, -distance / EDGE_MM))
  return (0.72 + 0.28 * edge * (2 - edge)) * (1 + creases) * (1 - jointShade(shape, x, y))
}

/** How much darker the skin is in a finger's joint crease, 0..0.16. */
function jointShade(shape: HandShape, x: number, y: number): number {
  let shade = 0
  for (const finger of shape.fingers) {
    if (limbDistance(finger, x, y) > 0) continue
    const along = alongLimb(finger, x, y)
    const length = Math.hypot(finger.to.x - finger.from.x, finger.to.y - finger.from.y)
    for (const joint of JOINTS) {
      const far = ((along - joint) * length) / 1.1
      if (far * far < 1) shade = Math.max(shade, 0.16 * (1 - far * far))
    }
  }
  return shade
}

/** The colour `part` of the way from `a` to `b`. */
function mix(a: Rgb, b: Rgb, part: number): Rgb {
  return [a[0] + part * (b[0] - a[0]), a[1] + part * (b[1] - a[1]), a[2] + part * (b[2] - a[2])]
}
