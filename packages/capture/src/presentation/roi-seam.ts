/**
 * The seam of a palm that was pasted into the picture of another hand: a step in brightness along the straight sides of
 * the square, where skin has none. The score is the mean step across the square's sides over the mean step across lines
 * that run beside them.
 */

import { greyAround, type RoiFrame, sampleSquare } from '@palmhold/palm'
import type { CheckScore, PresentationFrame } from './presentation-frame.ts'

/** The square and a margin around it, sampled at twice the region's resolution. */
const SIZE = 320
const MARGIN = 1.25
/** How far from the true sides a seam may lie, in sides of the square: the paste was aligned by eye. */
const NEAR = 0.05
/** Lines beside it that are compared with, in sides of the square. */
const BESIDE = 0.1

/** 1 for plain skin, more for a seam: the median over the frames of the third strongest of the four sides. */
export function seamScore(frames: readonly PresentationFrame[]): CheckScore {
  const scores = frames.map(({ image, frame }) => {
    const wide: RoiFrame = { ...frame, sidePx: frame.sidePx * MARGIN }
    const { grey, left, top } = greyAround(image, wide)
    const centre = { x: frame.centre.x - left, y: frame.centre.y - top }
    const data = sampleSquare(grey, { ...wide, centre }, SIZE)
    const sides = [0, 1, 2, 3].map((side) => sideScore(data, side)).sort((a, b) => b - a)
    return sides[2]!
  })
  return scores.length === 0 ? undefined : scores.sort((a, b) => a - b)[scores.length >> 1]
}

/** The strongest line near one side over the median of those beside it. */
function sideScore(data: Uint8Array, side: number): number {
  const perSide = SIZE / MARGIN
  const at = (SIZE - perSide) / 2
  const line = side < 2 ? at : SIZE - at
  const steps = (from: number, to: number): number[] => {
    const values: number[] = []
    for (let i = Math.round(from); i <= Math.round(to); i++) values.push(stepAcross(data, side % 2 === 0, i))
    return values
  }
  const near = Math.max(...steps(line - NEAR * perSide, line + NEAR * perSide))
  const beside = [
    ...steps(line - BESIDE * perSide, line - NEAR * perSide - 3),
    ...steps(line + NEAR * perSide + 3, line + BESIDE * perSide),
  ].sort((a, b) => a - b)
  return near / (beside[beside.length >> 1]! + 0.3)
}

/** The mean over a line of how the brightness steps across it, its sign kept in thirds so that creases cancel. */
function stepAcross(data: Uint8Array, horizontal: boolean, line: number): number {
  const perSide = SIZE / MARGIN
  const from = Math.round((SIZE - perSide) / 2)
  const part = Math.floor(perSide / 3)
  let total = 0
  for (let third = 0; third < 3; third++) {
    let sum = 0
    for (let i = from + third * part; i < from + (third + 1) * part; i++) {
      const value = (offset: number): number => {
        const place = Math.min(SIZE - 1, Math.max(0, line + offset))
        return horizontal ? data[place * SIZE + i]! : data[i * SIZE + place]!
      }
      sum += value(1) + value(2) - value(-1) - value(-2)
    }
    total += Math.abs(sum / (2 * part))
  }
  return total / 3
}
