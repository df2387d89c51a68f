/**
 * A sheet or a screen carries its ground along: when the hand in it moves, what is beside the hand moves with it. Behind a
 * real hand the ground stands still. Patches to both sides of the hand are compared between two frames, once where they
 * were and once moved as the palm moved; the score says how much better the second fits on the side where it fits worse,
 * since the thumb is on one of them and always moves along.
 */

import type { RgbaImage, RoiFrame } from '@palmhold/palm'
import type { CheckScore, PresentationFrame } from './presentation-frame.ts'

/** The palm must have moved so far, pixels, or nothing can be told. */
const LEAST_MOVE_PX = 4
/** Where the patches are: beside the hand, where neither fingers nor wrist are; sides of the square, and radians. */
const AWAY = [1.5, 1.9, 2.3]
const ANGLES = [-0.6, -0.3, 0, 0.3, 0.6]
/** A patch is 8 x 8 cells of 4 x 4 pixels: means of cells are blind to a print's dots and a screen's pixels. */
const CELL = 4
const CELLS = 8
const REACH = (CELL * CELLS) / 2
/** Patches without any structure cannot tell: least mean difference of neighbouring cells, grey levels. */
const LEAST_STRUCTURE = 2

/** -1 for ground that stands still, 1 for ground that is carried; nothing where the palm moved too little or all is plain. */
export function carriedGroundScore(frames: readonly PresentationFrame[]): CheckScore {
  const [first] = frames
  if (!first) return undefined
  const last = frames.reduce((far, one) => (move(first.frame, one.frame) > move(first.frame, far.frame) ? one : far))
  if (move(first.frame, last.frame) < LEAST_MOVE_PX) return undefined
  const sides = [0, Math.PI].map((turn) => sideScore(first, last, turn))
  const told = sides.filter((score) => score !== undefined)
  return told.length === 2 ? Math.min(...told) : undefined
}

/** How the patches of one side fit; nothing where all of them are plain. */
function sideScore(first: PresentationFrame, last: PresentationFrame, turn: number): CheckScore {
  // Only as the palm's middle moved: its turn is not known well enough for places so far away.
  const [dx, dy] = [last.frame.centre.x - first.frame.centre.x, last.frame.centre.y - first.frame.centre.y]
  let [stillSum, carriedSum] = [0, 0]
  for (const away of AWAY)
    for (const angle of ANGLES) {
      const at = place(first.frame, away, turn + angle)
      if (structure(first.image, at) < LEAST_STRUCTURE) continue
      const still = difference(first.image, at, last.image, at)
      const carried = difference(first.image, at, last.image, { x: at.x + dx, y: at.y + dy })
      if (still === undefined || carried === undefined) continue
      stillSum += still
      carriedSum += carried
    }
  return stillSum + carriedSum === 0 ? undefined : (stillSum - carriedSum) / (stillSum + carriedSum)
}

function move(one: RoiFrame, other: RoiFrame): number {
  return Math.sqrt((one.centre.x - other.centre.x) ** 2 + (one.centre.y - other.centre.y) ** 2)
}

/** Where a patch lies that belongs to the palm's plane. */
function place({ centre, right, sidePx }: RoiFrame, away: number, angle: number): { x: number; y: number } {
  const [u, v] = [away * sidePx * Math.cos(angle), away * sidePx * Math.sin(angle)]
  return { x: centre.x + u * right.x - v * right.y, y: centre.y + u * right.y + v * right.x }
}

/** Mean difference of neighbouring cells in a patch. */
function structure(image: RgbaImage, at: { x: number; y: number }): number {
  return difference(image, at, image, { x: at.x + CELL, y: at.y + CELL }) ?? 0
}

/** Mean difference of the cells of two patches in green; nothing where one leaves its picture. */
function difference(
  one: RgbaImage,
  at: { x: number; y: number },
  other: RgbaImage,
  there: { x: number; y: number },
): number | undefined {
  const [ax, ay, bx, by] = [at.x, at.y, there.x, there.y].map(Math.round) as [number, number, number, number]
  if (!holds(one, ax, ay) || !holds(other, bx, by)) return undefined
  let sum = 0
  for (let row = 0; row < CELLS; row++)
    for (let column = 0; column < CELLS; column++) {
      const [dx, dy] = [column * CELL - REACH, row * CELL - REACH]
      sum += Math.abs(cellMean(one, ax + dx, ay + dy) - cellMean(other, bx + dx, by + dy))
    }
  return sum / (CELLS * CELLS)
}

function cellMean({ width, data }: RgbaImage, left: number, top: number): number {
  let sum = 0
  for (let y = top; y < top + CELL; y++) for (let x = left; x < left + CELL; x++) sum += data[(y * width + x) * 4 + 1]!
  return sum / (CELL * CELL)
}

function holds({ width, height }: RgbaImage, x: number, y: number): boolean {
  return x >= REACH && y >= REACH && x < width - REACH && y < height - REACH
}
