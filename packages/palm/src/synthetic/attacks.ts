/**
 * Presentations to a terminal's camera, bona fide and attacks, as short sequences of frames (ISO/IEC 30107-3 calls what is
 * presented a presentation attack instrument). They are made to measure the presentation checks with. NO drawn attack is
 * evidence for how the checks do against a real one: a printer, a screen and a camera differ in ways that are not here.
 */

import type { RgbaImage } from '../image.ts'
import { composeFrame, type Layers } from './compose-frame.ts'
import { GROUND_KINDS, type GroundKind } from './ground.ts'
import { type HandScene, renderHandScene } from './render-hand.ts'
import { renderRoi } from './render-roi.ts'
import { createSeededRandom, type SeededRandom } from './seeded-random.ts'
import { createSyntheticPalm, type SyntheticPalm } from './synthetic-palm.ts'

/** What can be presented. */
export const PRESENTATION_KINDS = [
  'bona-fide',
  'print',
  'print-cut-out',
  'screen',
  'replayed-video',
  'exact-repeat',
  'pasted-roi',
] as const
export type PresentationKind = (typeof PRESENTATION_KINDS)[number]

/** One frame, and whether the terminal's screen was bright then. */
export type PresentedFrame = { readonly image: RgbaImage; readonly screen: 'bright' | 'dark' }

export type PresentationOptions = {
  readonly kind: PresentationKind
  /** Names the hand, its pose and all the rest. */
  readonly seed: string
  /** Default 960 x 720. */
  readonly width?: number
  readonly height?: number
}

const FRAMES = 6
/** Grounds of shops; wood, which is nearly skin, would measure the finder instead. */
const GROUNDS: readonly GroundKind[] = GROUND_KINDS.filter((kind) => kind !== 'wood')
/** How far a hand that is held still moves from the first frame to the last, pixels. */
const DRIFT_PX = 9
/** Gain of a real palm, of paper, and of what lies behind, when the screen turns bright; a screen only mirrors a little. */
const GAIN = { palm: [0.09, 0.25], ground: [0.005, 0.04], screen: [0, 0.015] } as const
const NOISE = 1.6
/** What a printer makes of black and white. */
const INK = { black: 48, white: 222 }
/** Part of the picture that a sheet or a screen covers on each axis. */
const SHEET = 0.92

/** The frames of a presentation; the same for the same options. */
export function renderPresentation({ kind, seed, width = 960, height = 720 }: PresentationOptions): PresentedFrame[] {
  const random = createSeededRandom(`presentation:${kind}:${seed}`)
  const palm = createSyntheticPalm(`presented:${seed}`)
  const scene = drawScene(palm, random, { width, height })
  const within = ([least, most]: readonly [number, number]): number => random.between(least, most)
  const real = { cover: within(GAIN.palm), ground: within(GAIN.ground) }
  switch (kind) {
    case 'bona-fide':
      return sequence(scene, real, random)
    case 'print':
      return sequence(sheetOf(printed(scene.image, random), scene, random), real, random)
    case 'print-cut-out':
      return sequence({ ...scene, image: printed(scene.image, random) }, real, random)
    case 'screen': {
      const sheet = sheetOf(displayed(scene.image, random), scene, random)
      return sequence(sheet, { ...real, cover: within(GAIN.screen) }, random)
    }
    case 'replayed-video':
      // Recorded without a flash, and played while the terminal's screen flashes.
      return sequence(scene, { cover: 0, ground: 0 }, random)
    case 'exact-repeat': {
      const frames = sequence(scene, real, random)
      // What came before is played again from its first frame, as a file.
      return [...frames, ...frames]
    }
    case 'pasted-roi':
      return sequence({ ...scene, image: pasted(scene, random) }, real, random)
  }
}

function drawScene(palm: SyntheticPalm, random: SeededRandom, size: { width: number; height: number }): HandScene {
  return renderHandScene(palm, {
    ...size,
    session: 1,
    index: random.whole(1, 1_000_000),
    pixelsPerMm: (random.between(3.2, 3.6) * 1280) / size.height,
    turnDegrees: random.between(-10, 10),
    tiltDegrees: { x: random.bell(3), y: random.bell(3) },
    groundKind: GROUNDS[random.whole(0, GROUNDS.length - 1)]!,
    shadow: random.between(0, 0.3),
  })
}

/** A hand held still for some frames, under a screen that is dark and bright in turn. */
function sequence(layers: Layers, gain: { cover: number; ground: number }, random: SeededRandom): PresentedFrame[] {
  const angle = random.between(0, 2 * Math.PI)
  return Array.from({ length: FRAMES }, (_, i): PresentedFrame => {
    const far = (DRIFT_PX * i) / (FRAMES - 1)
    const screen = i % 2 === 0 ? 'dark' : 'bright'
    const lit = screen === 'bright' ? 1 : 0
    const change = {
      dx: far * Math.cos(angle) + random.bell(0.4),
      dy: far * Math.sin(angle) + random.bell(0.4),
      turn: random.bell(0.003),
      coverLight: 1 + lit * gain.cover,
      groundLight: 1 + lit * gain.ground,
      noise: NOISE,
    }
    return { image: composeFrame(layers, change, random), screen }
  })
}

/** A picture on a sheet or a screen that is held before the ground of `scene`. */
function sheetOf(image: RgbaImage, { ground }: HandScene, random: SeededRandom): Layers {
  const { width, height } = image
  const cover = new Uint8Array(width * height)
  const [marginX, marginY] = [((1 - SHEET) / 2) * width, ((1 - SHEET) / 2) * height]
  const [moveX, moveY] = [random.bell(4), random.bell(4)]
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const [u, v] = [x + moveX, y + moveY]
      if (u > marginX && u < width - marginX && v > marginY && v < height - marginY) cover[y * width + x] = 255
    }
  return { image, cover, ground }
}

/** Ink on paper: less contrast, a cast, and dots of a pitch near the camera's (ordered halftone at an angle). */
function printed(image: RgbaImage, random: SeededRandom): RgbaImage {
  const pitch = random.between(2.2, 4)
  const strength = random.between(8, 22)
  const angles = [0.26, 1.31, 0.79].map((angle) => angle + random.bell(0.05))
  const cast = [random.bell(0.03), random.bell(0.03), random.bell(0.03)]
  return mapColours(image, (value, c, x, y) => {
    const [cos, sin] = [Math.cos(angles[c]!), Math.sin(angles[c]!)]
    const dots =
      Math.sin((2 * Math.PI * (cos * x + sin * y)) / pitch) * Math.sin((2 * Math.PI * (cos * y - sin * x)) / pitch)
    const ink = INK.black + ((INK.white - INK.black) * value) / 255
    return ink * (1 + cast[c]!) + strength * dots
  })
}

/** Light-emitting pixels: a bluish white, a grid of three colours that the camera's own grid beats with. */
function displayed(image: RgbaImage, random: SeededRandom): RgbaImage {
  const pitch = random.between(1.15, 2.6)
  const turn = random.bell(0.04)
  const [cos, sin] = [Math.cos(turn), Math.sin(turn)]
  const strength = random.between(0.05, 0.16)
  const blue = random.between(1, 1.12)
  return mapColours(image, (value, c, x, y) => {
    const stripes = Math.cos(2 * Math.PI * ((cos * x + sin * y) / pitch + c / 3))
    const rows = Math.cos((2 * Math.PI * (cos * y - sin * x)) / pitch)
    return value * (c === 2 ? blue : 1) * (1 + strength * (stripes + 0.5 * rows)) + 6
  })
}

/** Another person's region of interest in the place of the hand's own, its brightness fitted. */
function pasted({ image, truth }: HandScene, random: SeededRandom): RgbaImage {
  const other = renderRoi(createSyntheticPalm(`pasted:${random.unit()}`), { session: 1, index: 1 })
  const { centre, right, sidePx } = truth.roi
  const feather = random.between(0.5, 4)
  const [sums, count] = [[0, 0, 0], [0]]
  const inside = (x: number, y: number): { u: number; v: number; part: number } => {
    const [dx, dy] = [x - centre.x, y - centre.y]
    const [u, v] = [dx * right.x + dy * right.y, dy * right.x - dx * right.y]
    const depth = sidePx / 2 - Math.max(Math.abs(u), Math.abs(v))
    return { u, v, part: Math.min(1, Math.max(0, depth / feather)) }
  }
  for (let y = 0, at = 0; y < image.height; y++)
    for (let x = 0; x < image.width; x++, at += 4)
      if (inside(x, y).part > 0) {
        for (let c = 0; c < 3; c++) sums[c]! += image.data[at + c]!
        count[0]!++
      }
  const mean = other.data.reduce((sum, value) => sum + value, 0) / other.data.length
  return mapColours(image, (value, c, x, y) => {
    const { u, v, part } = inside(x, y)
    if (part === 0) return value
    const column = Math.min(127, Math.max(0, Math.floor((u / sidePx + 0.5) * 128)))
    const row = Math.min(127, Math.max(0, Math.floor((v / sidePx + 0.5) * 128)))
    return (1 - part) * value + (part * other.data[row * 128 + column]! * sums[c]!) / count[0]! / mean
  })
}

/** `image` with each of its colours changed by its value, channel and place. */
function mapColours(image: RgbaImage, change: (value: number, c: number, x: number, y: number) => number): RgbaImage {
  const data = new Uint8ClampedArray(image.data)
  for (let y = 0, at = 0; y < image.height; y++)
    for (let x = 0; x < image.width; x++, at += 4)
      for (let c = 0; c < 3; c++) data[at + c] = change(image.data[at + c]!, c, x, y)
  return { ...image, data }
}
