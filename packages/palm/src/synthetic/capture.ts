/**
 * What changes from one picture of a palm to the next: where the hand is held (similarity and tilt), how its skin
 * stretches (elastic warp, with local bulges where it is pressed or bent), how deep and how open the creases are, from
 * where the light falls, and the camera. Sessions differ more than pictures of one session: depth, stretch, light and
 * camera belong to the day.
 */

import { type CameraSettings, drawCamera } from './camera.ts'
import { createSeededRandom, type SeededRandom } from './seeded-random.ts'
import { heightAt, mixMaps } from './skin-map.ts'
import { addBump, addToField, addWaves, createFieldGrid, readField, type SmoothField } from './smooth-field.ts'
import type { SyntheticPalm } from './synthetic-palm.ts'

/** Names one picture of a palm. */
export type Capture = {
  /** 1, 2, ...: another day. */
  readonly session: number
  /** 1, 2, ...: another picture of that day. */
  readonly index: number
  /** Distinguishes repetitions of the whole experiment; default none. */
  readonly seed?: string | number
}

/** The drawn conditions of one picture. Lengths in pixels of the region of interest, angles in radians. */
export type CaptureConditions = {
  readonly random: SeededRandom
  readonly moveX: number
  readonly moveY: number
  readonly turn: number
  readonly scale: number
  /** The displacement of the skin at a place of the region of interest. */
  readonly stretchX: SmoothField
  readonly stretchY: SmoothField
  readonly depths: { principal: number; secondary: number; wrinkles: number; texture: number }
  /** How far creases are open at a place, around 1. */
  readonly opening: SmoothField
  /** Grey levels that a crease loses to its depth alone, and gains or loses on its two flanks. */
  readonly occlusion: number
  readonly flank: { x: number; y: number }
  readonly gain: number
  readonly offset: number
  /** Light that falls unevenly, parts of the whole. */
  readonly light: SmoothField
  readonly camera: CameraSettings
}

/** The skin's level in grey levels at a place of the region of interest; 0 is plain skin, negative is a crease. */
export type Skin = (x: number, y: number) => number

const ROI_MIDDLE = { x: 63.5, y: 63.5 }
/** Half the distance over which a flank's slope is taken, pixels. */
const FLANK_PX = 0.6
/** Deviation of the skin's light and dark, grey levels. */
const TEXTURE_LEVELS = 6

/** The conditions of `capture`; the same for the same palm and capture. */
export function captureConditions(palm: SyntheticPalm, capture: Capture): CaptureConditions {
  const name = `${palm.seed}:${capture.seed ?? ''}:${capture.session}`
  const day = createSeededRandom(`session:${name}`)
  const random = createSeededRandom(`capture:${name}:${capture.index}`)
  const dayDepth = (): number => 1 + day.bell(0.13)
  const depth = (base: number): number => base * (1 + random.bell(0.07))
  const depths = {
    principal: depth(dayDepth()),
    secondary: depth(dayDepth()),
    wrinkles: depth(dayDepth()),
    texture: depth(dayDepth()),
  }
  const lightAngle = -Math.PI / 2 + day.bell(0.7) + random.bell(0.15)
  const shading = day.between(0, 0.45)
  return {
    random,
    moveX: day.bell(0.7) + random.bell(1.6),
    moveY: day.bell(0.7) + random.bell(1.6),
    turn: day.bell(0.008) + random.bell(0.013),
    scale: 1 + day.bell(0.008) + random.bell(0.01),
    ...createStretch(day, random),
    depths,
    opening: createOpening(day, random),
    occlusion: 1 - 0.35 * shading,
    flank: { x: shading * Math.cos(lightAngle), y: shading * Math.sin(lightAngle) },
    gain: random.between(0.82, 1.14),
    offset: random.bell(6),
    light: createLight(day, random),
    camera: drawCamera(day, random),
  }
}

/** The skin of `palm` under `conditions`. */
export function createSkin(palm: SyntheticPalm, conditions: CaptureConditions): Skin {
  const { depths, stretchX, stretchY, opening, occlusion, flank } = conditions
  const creases = mixMaps([
    [palm.principal, depths.principal],
    [palm.secondary, depths.secondary],
    [palm.wrinkles, depths.wrinkles],
  ])
  const texture = TEXTURE_LEVELS * depths.texture
  const mirrored = palm.side === 'right'
  const stepX = FLANK_PX * (mirrored ? -flank.x : flank.x)
  const stepY = FLANK_PX * flank.y
  return (x, y) => {
    const u = mirrored ? 127 - (x + stretchX(x, y)) : x + stretchX(x, y)
    const v = y + stretchY(x, y)
    const open = opening(x, y)
    // The flank that faces the light is brighter, the other one darker: the depth's slope along the light.
    const slope = heightAt(creases, u + stepX, v + stepY) - heightAt(creases, u - stepX, v - stepY)
    return (
      palm.relief(u, v) + texture * heightAt(palm.texture, u, v) - open * (occlusion * heightAt(creases, u, v) + slope)
    )
  }
}

/** Waves of the whole skin, a few bulges, and the foreshortening of a palm that is tilted to the camera. */
function createStretch(day: SeededRandom, random: SeededRandom): { stretchX: SmoothField; stretchY: SmoothField } {
  const axes = [createFieldGrid(), createFieldGrid()] as const
  for (const [source, deviation] of [
    [day, 0.6],
    [random, 0.62],
  ] as const) {
    for (const grid of axes) addWaves(grid, source, deviation, { shortest: 70, longest: 220 })
    for (let i = 0; i < 2; i++) {
      const middle = { x: source.between(-10, 138), y: source.between(-10, 138) }
      const reach = source.between(35, 80)
      for (const grid of axes) addBump(grid, middle, reach, source.bell(0.8))
    }
  }
  const [tiltX, tiltY] = [random.bell(1.2e-4), random.bell(1.2e-4)]
  const nearer = (x: number, y: number): number => tiltX * (x - ROI_MIDDLE.x) + tiltY * (y - ROI_MIDDLE.y)
  addToField(axes[0], (x, y) => nearer(x, y) * (x - ROI_MIDDLE.x))
  addToField(axes[1], (x, y) => nearer(x, y) * (y - ROI_MIDDLE.y))
  return { stretchX: readField(axes[0]), stretchY: readField(axes[1]) }
}

/** A hand that is cupped or pressed opens its creases in one place and closes them in another. */
function createOpening(day: SeededRandom, random: SeededRandom): SmoothField {
  const grid = createFieldGrid()
  addToField(grid, () => 1)
  addWaves(grid, day, 0.12, { shortest: 60, longest: 200 })
  addWaves(grid, random, 0.05, { shortest: 60, longest: 200 })
  return readField(grid)
}

/** A slope of the light, soft shadows, and the sheen of moist skin. */
function createLight(day: SeededRandom, random: SeededRandom): SmoothField {
  const grid = createFieldGrid()
  const [slopeX, slopeY] = [day.bell(0.05) + random.bell(0.05), day.bell(0.05) + random.bell(0.05)]
  addToField(grid, (x, y) => 1 + (slopeX * (x - ROI_MIDDLE.x) + slopeY * (y - ROI_MIDDLE.y)) / ROI_MIDDLE.x)
  addWaves(grid, random, 0.03, { shortest: 90, longest: 300 })
  const middle = { x: random.between(0, 127), y: random.between(0, 127) }
  addBump(grid, middle, random.between(30, 70), random.between(0, 0.12))
  return readField(grid)
}
