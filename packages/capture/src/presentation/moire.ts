/**
 * Moire and print dots: a grid of pixels or of ink, sampled by the grid of a camera, leaves sharp peaks in the spectrum;
 * skin's spectrum falls off smoothly. The score is the highest peak over the median of its ring, in decades of power,
 * and the least of the frames, since a real palm may have one odd frame.
 */

import { greyAround, sampleSquare } from '@palmhold/palm'
import type { CheckScore, PresentationFrame } from './presentation-frame.ts'
import { powerSpectrum } from './spectrum.ts'

const SIZE = 128
/** Frequencies that are looked at, cycles in the patch: below are creases. */
const RINGS = { from: 16, to: 62 }

/** How sharp the sharpest peak is, decades above its surroundings. */
export function moireScore(frames: readonly PresentationFrame[]): CheckScore {
  const scores = frames.map(peakOf)
  return scores.length === 0 ? undefined : scores.sort((a, b) => a - b)[scores.length >> 1]
}

/** The middle of the palm, one sample for each pixel of the picture. */
function peakOf({ image, frame }: PresentationFrame): number {
  const patch = { centre: frame.centre, right: { x: 1, y: 0 }, sidePx: SIZE }
  const { grey, left, top } = greyAround(image, patch)
  const centre = { x: frame.centre.x - left, y: frame.centre.y - top }
  const bytes = sampleSquare(grey, { ...patch, centre }, SIZE)
  const power = powerSpectrum(windowed(bytes), SIZE)
  const rings: number[][] = []
  const places: { ring: number; power: number }[] = []
  for (let row = 0; row < SIZE; row++)
    for (let column = 0; column < SIZE / 2; column++) {
      const fy = row < SIZE / 2 ? row : row - SIZE
      const ring = Math.round(Math.sqrt(fy * fy + column * column))
      // The axes hold what the patch's borders and blocks of 8 x 8 leave.
      if (ring < RINGS.from || ring > RINGS.to || Math.abs(fy) < 2 || column < 2) continue
      const value = Math.log10(power[row * SIZE + column]! + 1e-9)
      let group = rings[ring]
      if (!group) rings[ring] = group = []
      group.push(value)
      places.push({ ring, power: value })
    }
  const medians = rings.map((values) => values && values.sort((a, b) => a - b)[values.length >> 1]!)
  return places.reduce((best, { ring, power: value }) => Math.max(best, value - medians[ring]!), 0)
}

/** The patch without its mean, faded to its borders (Hann). */
function windowed(bytes: Uint8Array): Float64Array {
  const mean = bytes.reduce((sum, value) => sum + value, 0) / bytes.length
  const fade = Float64Array.from({ length: SIZE }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * (i + 0.5)) / SIZE))
  return Float64Array.from(bytes, (value, at) => (value - mean) * fade[at % SIZE]! * fade[Math.floor(at / SIZE)]!)
}
