/**
 * A sheet or a screen carries its ground along: when the hand in it moves, what is beside the hand moves with it. Behind a
 * real hand the ground stands still. Patches around the hand are compared between two frames, once where they were and
 * once moved as the palm moved; the score says how much better the second fits.
 */

import type { RgbaImage, RoiFrame } from '@palmhold/palm'
import type { CheckScore, PresentationFrame } from './presentation-frame.ts'

/** The palm must have moved so far, pixels, or nothing can be told. */
const LEAST_MOVE_PX = 4
/** How far from the palm's middle the patches are, in sides of its square, and how many on the way around. */
const AWAY = 1.9
const PATCHES = 16
/** Half a patch's width in pixels. */
const REACH = 10
/** Patches without any structure cannot tell: least mean difference of neighbours, grey levels. */
const LEAST_STRUCTURE = 2.5

/** -1 for ground that stands still, 1 for ground that is carried; nothing where the palm moved too little or all is plain. */
export function carriedGroundScore(frames: readonly PresentationFrame[]): CheckScore {
  const [first] = frames
  if (!first) return undefined
  const last = frames.reduce((far, one) => (move(first.frame, one.frame) > move(first.frame, far.frame) ? one : far))
  if (move(first.frame, last.frame) < LEAST_MOVE_PX) return undefined
  const scores: number[] = []
  for (let i = 0; i < PATCHES; i++) {
    const angle = (2 * Math.PI * i) / PATCHES
    const at = place(first.frame, angle)
    if (structure(first.image, at) < LEAST_STRUCTURE) continue
    const still = difference(first.image, at, last.image, at)
    const carried = difference(first.image, at, last.image, place(last.frame, angle))
    if (still === undefined || carried === undefined || still + carried === 0) continue
    scores.push((still - carried) / (still + carried))
  }
  if (scores.length < 3) return undefined
  return scores.sort((a, b) => a - b)[scores.length >> 1]
}

function move(one: RoiFrame, other: RoiFrame): number {
  return Math.sqrt((one.centre.x - other.centre.x) ** 2 + (one.centre.y - other.centre.y) ** 2)
}

/** Where a patch lies that belongs to the palm's plane. */
function place({ centre, right, sidePx }: RoiFrame, angle: number): { x: number; y: number } {
  const [u, v] = [AWAY * sidePx * Math.cos(angle), AWAY * sidePx * Math.sin(angle)]
  return { x: centre.x + u * right.x - v * right.y, y: centre.y + u * right.y + v * right.x }
}

/** Mean difference of neighbouring pixels in a patch. */
function structure(image: RgbaImage, at: { x: number; y: number }): number {
  return difference(image, at, image, { x: at.x + 2, y: at.y + 2 }) ?? 0
}

/** Mean difference of two patches in green; nothing where one leaves its picture. */
function difference(
  one: RgbaImage,
  at: { x: number; y: number },
  other: RgbaImage,
  there: { x: number; y: number },
): number | undefined {
  const [ax, ay, bx, by] = [at.x, at.y, there.x, there.y].map(Math.round) as [number, number, number, number]
  if (!holds(one, ax, ay) || !holds(other, bx, by)) return undefined
  let sum = 0
  for (let dy = -REACH; dy <= REACH; dy++)
    for (let dx = -REACH; dx <= REACH; dx++)
      sum += Math.abs(
        one.data[((ay + dy) * one.width + ax + dx) * 4 + 1]! - other.data[((by + dy) * other.width + bx + dx) * 4 + 1]!,
      )
  return sum / (2 * REACH + 1) ** 2
}

function holds({ width, height }: RgbaImage, x: number, y: number): boolean {
  return x >= REACH && y >= REACH && x < width - REACH && y < height - REACH
}
