/**
 * Smooth fields over the skin: how it stretches, where creases open and close, how light falls. A field is a few waves
 * and a few local bumps, laid down on a coarse grid and read bilinearly, because every pixel asks for it.
 */

import type { SeededRandom } from './seeded-random.ts'
import { MAP_ORIGIN, MAP_PIXELS } from './skin-map.ts'

/** The field's value at a place, in pixels of the region of interest; beyond the skin's map its edge goes on. */
export type SmoothField = (x: number, y: number) => number

const STEP_PX = 8
const SIDE = MAP_PIXELS / STEP_PX + 1
const WAVES = 3

/** A field of zeros, to which shapes are added before it is read. */
export type FieldGrid = Float64Array

export function createFieldGrid(): FieldGrid {
  return new Float64Array(SIDE * SIDE)
}

/** Adds `value(x, y)` at each point of the grid. */
export function addToField(grid: FieldGrid, value: (x: number, y: number) => number): void {
  for (let row = 0, at = 0; row < SIDE; row++)
    for (let column = 0; column < SIDE; column++, at++)
      grid[at]! += value(MAP_ORIGIN + STEP_PX * column, MAP_ORIGIN + STEP_PX * row)
}

/** Three waves of `shortest` to `longest` px in random directions, each of about `deviation` at its crest. */
export function addWaves(
  grid: FieldGrid,
  random: SeededRandom,
  deviation: number,
  { shortest, longest }: { shortest: number; longest: number },
): void {
  for (let i = 0; i < WAVES; i++) {
    const angle = random.between(0, 2 * Math.PI)
    const frequency = (2 * Math.PI) / random.between(shortest, longest)
    const [kx, ky] = [Math.cos(angle) * frequency, Math.sin(angle) * frequency]
    const phase = random.between(0, 2 * Math.PI)
    const height = random.bell(deviation)
    addToField(grid, (x, y) => height * Math.sin(kx * x + ky * y + phase))
  }
}

/** Adds `height` in a round spot that fades to nothing `reach` px from its middle. */
export function addBump(grid: FieldGrid, middle: { x: number; y: number }, reach: number, height: number): void {
  addToField(grid, (x, y) => {
    const far = ((x - middle.x) ** 2 + (y - middle.y) ** 2) / (reach * reach)
    return far < 1 ? height * (1 - far) * (1 - far) : 0
  })
}

/** Reads `grid` between its points. */
export function readField(grid: FieldGrid): SmoothField {
  const limit = SIDE - 1.001
  return (x, y) => {
    const cx = Math.min(limit, Math.max(0, (x - MAP_ORIGIN) / STEP_PX))
    const cy = Math.min(limit, Math.max(0, (y - MAP_ORIGIN) / STEP_PX))
    const column = Math.floor(cx)
    const row = Math.floor(cy)
    const [fx, fy] = [cx - column, cy - row]
    const at = row * SIDE + column
    const upper = grid[at]! + fx * (grid[at + 1]! - grid[at]!)
    const lower = grid[at + SIDE]! + fx * (grid[at + SIDE + 1]! - grid[at + SIDE]!)
    return upper + fy * (lower - upper)
  }
}
