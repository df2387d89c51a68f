/**
 * What changes from one picture of a palm to the next: where the hand is held (similarity), how its skin stretches
 * (elastic warp), how deep the creases look, sharpness, light and noise. Sessions differ more than pictures of one
 * session: the depth of the creases and the stretch belong to the day.
 */

import { createSeededRandom, type SeededRandom } from './seeded-random.ts'
import { heightAt } from './skin-map.ts'
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
  readonly stretch: (x: number, y: number) => { dx: number; dy: number }
  readonly depths: { principal: number; secondary: number; wrinkles: number; texture: number }
  /** Standard deviation of the blur. */
  readonly blur: number
  readonly gain: number
  readonly offset: number
  /** Change of light from one side to the other, parts of the whole. */
  readonly gradientX: number
  readonly gradientY: number
  readonly noise: number
}

/** The conditions of `capture`; the same for the same palm and capture. */
export function captureConditions(palm: SyntheticPalm, capture: Capture): CaptureConditions {
  const name = `${palm.seed}:${capture.seed ?? ''}:${capture.session}`
  const day = createSeededRandom(`session:${name}`)
  const random = createSeededRandom(`capture:${name}:${capture.index}`)
  const dayStretch = createStretch(day, 0.75)
  const pictureStretch = createStretch(random, 0.55)
  const dayDepth = (): number => 1 + day.bell(0.13)
  const depth = (base: number): number => base * (1 + random.bell(0.08))
  const depths = {
    principal: depth(dayDepth()),
    secondary: depth(dayDepth()),
    wrinkles: depth(dayDepth()),
    texture: depth(dayDepth()),
  }
  return {
    random,
    moveX: day.bell(0.8) + random.bell(1.6),
    moveY: day.bell(0.8) + random.bell(1.6),
    turn: day.bell(0.008) + random.bell(0.013),
    scale: 1 + day.bell(0.008) + random.bell(0.011),
    stretch: (x, y) => {
      const a = dayStretch(x, y)
      const b = pictureStretch(x, y)
      return { dx: a.dx + b.dx, dy: a.dy + b.dy }
    },
    depths,
    blur: random.between(0.45, 0.95),
    gain: random.between(0.85, 1.12),
    offset: random.bell(6),
    gradientX: random.bell(0.07),
    gradientY: random.bell(0.07),
    noise: random.between(1.5, 3.5),
  }
}

/** The skin's height in grey levels at a place of the region of interest, for a capture; negative is a crease. */
export function skinAt(palm: SyntheticPalm, conditions: CaptureConditions, x: number, y: number): number {
  const { dx, dy } = conditions.stretch(x, y)
  const u = palm.side === 'left' ? x + dx : 127 - (x + dx)
  const v = y + dy
  const { depths } = conditions
  return (
    9 * heightAt(palm.relief, u, v) -
    depths.principal * heightAt(palm.principal, u, v) -
    depths.secondary * heightAt(palm.secondary, u, v) -
    depths.wrinkles * heightAt(palm.wrinkles, u, v) +
    6 * depths.texture * heightAt(palm.texture, u, v)
  )
}

/** A smooth displacement of about `deviation` pixels: three waves of 70 to 220 px in random directions. */
function createStretch(random: SeededRandom, deviation: number): (x: number, y: number) => { dx: number; dy: number } {
  const waves = Array.from({ length: 3 }, () => {
    const angle = random.between(0, 2 * Math.PI)
    const frequency = (2 * Math.PI) / random.between(70, 220)
    return {
      kx: Math.cos(angle) * frequency,
      ky: Math.sin(angle) * frequency,
      phase: random.between(0, 2 * Math.PI),
      dx: random.bell(deviation),
      dy: random.bell(deviation),
    }
  })
  return (x, y) => {
    let dx = 0
    let dy = 0
    for (const wave of waves) {
      const value = Math.sin(wave.kx * x + wave.ky * y + wave.phase)
      dx += wave.dx * value
      dy += wave.dy * value
    }
    return { dx, dy }
  }
}
