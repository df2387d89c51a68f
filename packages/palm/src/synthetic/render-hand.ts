/**
 * A whole open hand of a synthetic palm, in colour: the palm carries the same creases as {@link renderRoi}'s pictures, so
 * that a region of interest found in it gives a code that matches theirs. Pose, ground, shadow, light and blur can be
 * given, and where everything lies in the picture is known.
 */

import type { RgbaImage } from '../image.ts'
import type { Point } from '../point.ts'
import { gaussianBlur } from './camera.ts'
import { type Capture, captureConditions, createSkin, type Skin } from './capture.ts'
import { createGround, type GroundKind, type Rgb } from './ground.ts'
import { createHandPaint, type HandDetails } from './hand-details.ts'
import { createHandView, createSkinPlane, type HandTruth, handTruth } from './hand-pose.ts'
import { alongLimb, createHandShape, type HandShape, handDistance, limbDistance } from './hand-shape.ts'
import { createSeededRandom } from './seeded-random.ts'
import type { SyntheticPalm } from './synthetic-palm.ts'

/** A picture of a whole hand; what is not given is drawn from the capture, or plain. */
export type HandCapture = Capture &
  HandDetails & {
    /** Default 960 x 1280. */
    readonly width?: number
    readonly height?: number
    /** Turn in the plane, clockwise on the screen, degrees; default within about 8 degrees of upright. */
    readonly turnDegrees?: number
    /** Pixels for a millimetre at 1280 px of height; default about 4.7. */
    readonly pixelsPerMm?: number
    /** How far the hand is moved out of the middle, parts of the picture's width and height; default 0. */
    readonly shift?: Point
    /** How far the fingers (x) and the thumb's side (y) lean away from the camera, degrees; default 0. */
    readonly tiltDegrees?: Point
    /** Colour of the ground; default one that differs from the skin. */
    readonly ground?: Rgb
    /** What is on the ground; default 'plain'. */
    readonly groundKind?: GroundKind
    /** How dark the hand's shadow on the ground is, 0..1; default 0. */
    readonly shadow?: number
    /** Factor on all light; default 1. */
    readonly light?: number
    /** Factor on how unevenly light falls; default 1. */
    readonly unevenness?: number
    /** Deviation of a blur, pixels; default 0. */
    readonly blurPx?: number
  }

/** A rendered hand, where it is, and what it is made of. */
export type HandScene = {
  readonly image: RgbaImage
  readonly truth: HandTruth
  /** How much of each pixel is hand, 0..255, by rows. */
  readonly cover: Uint8Array
  /** The picture without the hand and without noise. */
  readonly ground: RgbaImage
}

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
const DEGREE = Math.PI / 180
/** How far the edge of a shadow is soft, mm, and how far it falls. */
const SHADOW_SOFT_MM = 8
const SHADOW_OFFSET_MM = 14
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
  return renderHandScene(palm, capture).image
}

/** {@link renderHand} with the truth of it. */
export function renderHandScene(palm: SyntheticPalm, capture: HandCapture): HandScene {
  const { width = 960, height = 1280, shift = { x: 0, y: 0 }, tiltDegrees = { x: 0, y: 0 } } = capture
  const { shadow = 0, unevenness = 1, blurPx = 0, lamp = [1, 1, 1] } = capture
  const conditions = captureConditions(palm, capture)
  const name = `${palm.seed}:${capture.seed ?? ''}:${capture.session}:${capture.index}`
  const pose = createSeededRandom(`pose:${name}`)
  const shape = createHandShape(palm.hand, pose)
  const scale = ((capture.pixelsPerMm ?? 4.7 * (1 + pose.bell(0.04))) * height) / 1280
  const turn = capture.turnDegrees === undefined ? pose.bell(0.06) : capture.turnDegrees * DEGREE
  const middle = {
    x: width * (0.5 + pose.bell(0.012) + shift.x),
    y: height * (0.47 + pose.bell(0.012) + shift.y),
  }
  const colour = mix(DARK_SKIN, LIGHT_SKIN, palm.hand.tone)
  const grounds = palm.hand.tone < 0.5 ? LIGHT_GROUNDS : DARK_GROUNDS
  const base = capture.ground ?? grounds[pose.whole(0, grounds.length - 1)]!
  const [gradientX, gradientY] = [pose.bell(0.07) * unevenness, pose.bell(0.07) * unevenness]
  const scenery = createSeededRandom(`scene:${name}`)
  const ground = createGround(capture.groundKind ?? 'plain', base, { width, height }, scenery)
  const shadowAngle = scenery.between(0, 2 * Math.PI)
  const [shadowX, shadowY] = [SHADOW_OFFSET_MM * Math.cos(shadowAngle), SHADOW_OFFSET_MM * Math.sin(shadowAngle)]
  const view = createHandView(palm, {
    turn,
    scale,
    middle,
    tilt: { x: tiltDegrees.x * DEGREE, y: tiltDegrees.y * DEGREE },
  })
  const { toRoi } = createSkinPlane(palm)
  const skin = createSkin(palm, conditions)
  const { random } = conditions
  const gain = conditions.gain * (capture.light ?? 1)
  const { noise } = conditions.camera
  const paint = createHandPaint(colour, shape, capture, createSeededRandom(`details:${name}`))
  const painted = new Float64Array(3)
  const behind = new Float64Array(3)
  const covers = new Uint8Array(width * height)
  const behindAll = new Uint8ClampedArray(width * height * 4)
  const data = new Uint8ClampedArray(width * height * 4)
  for (let top = 0; top < height; top += BLOCK)
    for (let left = 0; left < width; left += BLOCK) {
      const inBlock = view.toHand(left + BLOCK / 2, top + BLOCK / 2)
      // The distance changes by at most a millimetre for each millimetre: blocks far from the outline need no test.
      const blockDistance = handDistance(shape, inBlock.x, inBlock.y) * scale
      const certain = blockDistance > BLOCK + 2 || blockDistance < -(EDGE_MM * scale + BLOCK)
      for (let row = top; row < Math.min(height, top + BLOCK); row++)
        for (let column = left; column < Math.min(width, left + BLOCK); column++) {
          const place = view.toHand(column, row)
          const distance = certain ? blockDistance / scale : handDistance(shape, place.x, place.y)
          const cover = Math.min(1, Math.max(0, 0.5 - distance * scale))
          const light = gain * (1 + (gradientX * (column - middle.x) + gradientY * (row - middle.y)) / width)
          const isSkin = cover > 0 && paint(place.x, place.y, painted)
          const level = isSkin ? skinLight(skin, shape, toRoi, place, distance) : 1
          const grain = random.between(-noise, noise) * UNIFORM_PER_DEVIATION
          ground(column, row, behind)
          const shade =
            shadow > 0 && cover < 1 && distance < 2 * SHADOW_OFFSET_MM
              ? 1 - shadow * softly(handDistance(shape, place.x - shadowX, place.y - shadowY))
              : 1
          const at = (row * width + column) * 4
          for (let c = 0; c < 3; c++) {
            data[at + c] = light * lamp[c]! * (cover * level * painted[c]! + (1 - cover) * shade * behind[c]!) + grain
            behindAll[at + c] = light * lamp[c]! * behind[c]!
          }
          data[at + 3] = 255
          behindAll[at + 3] = 255
          covers[at >> 2] = 255 * cover
        }
    }
  const image = { width, height, data }
  return {
    image: blurPx > 0 ? blurPicture(image, blurPx) : image,
    truth: handTruth(palm, shape, view),
    cover: covers,
    ground: { width, height, data: behindAll },
  }
}

/** 1 well inside a shadow, 0 well outside. */
function softly(distance: number): number {
  return Math.min(1, Math.max(0, 0.5 - distance / SHADOW_SOFT_MM))
}

/** `image` out of focus. */
export function blurPicture({ width, height, data }: RgbaImage, deviationPx: number): RgbaImage {
  const out = new Uint8ClampedArray(data)
  for (let c = 0; c < 3; c++) {
    const plane = Float64Array.from({ length: width * height }, (_, i) => data[4 * i + c]!)
    for (const [i, value] of gaussianBlur(plane, width, height, deviationPx).entries()) out[4 * i + c] = value
  }
  return { width, height, data: out }
}

/** 1 on the palm, 0 where its map of skin ends. */
function fade(position: number): number {
  return Math.min(1, Math.max(0, Math.min((position + 62) / 30, (188 - position) / 30)))
}

/** Brightness of the skin at a place of the hand, 1 on the plain palm. */
function skinLight(
  skin: Skin,
  shape: HandShape,
  toRoi: (x: number, y: number) => Point,
  { x, y }: Point,
  distance: number,
): number {
  const { x: u, y: v } = toRoi(x, y)
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
