/**
 * Follows a palm from frame to frame without looking for the hand anew. A coarse patch of the palm's square, taken where
 * the finder saw it, is laid on the next picture by shift, turn and scale (the inverse compositional algorithm of
 * Baker and Matthews 2004, "Lucas-Kanade 20 years on"), with mean and contrast of the light taken off. It is good enough
 * to guide a hand; what is handed over is always what the finder says of a frame.
 *
 * Only basic operations and the square root are used, so that every engine gives the same result.
 */

import { frameFault, type RgbaImage, type RoiFrame } from '@palmhold/palm'

/**
 * Samples of the patch on each side, and how far it reaches, in sides of the square: hardly beyond the palm, since the
 * ground between the fingers stays where it is.
 */
const GRID = 24
const SPAN = 1.1
const SAMPLES = GRID * GRID
/** Cells of the small picture for a side of the square, cells of it on each side, pixels read in each on each axis. */
const CELLS_PER_SIDE = 24
const CELLS = 60
const READ = 4
/** How often it is softened: its edges are then as wide as a hand moves from one frame to the next. */
const SOFTENED = 2
/** Shift in x and y, scale and turn. */
const UNKNOWNS = 4
const MOST_ROUNDS = 10
/** A round that moves less than this, in sides of the square, is the last. */
const SETTLED = 5e-4
/** Correlation of patch and picture below which the palm is lost. */
const LEAST_ALIKE = 0.96
/** Frames after which the hand is looked for anew, whatever the patch says. */
const MOST_FOLLOWED = 15

/** Follows one palm at a time. */
export type PalmFollower = {
  /** Follows the palm that was found at `frame` of `image` from now on. */
  readonly lock: (image: RgbaImage, frame: RoiFrame) => void
  /** Where the palm is in the next picture; undefined where that has to be looked for. */
  readonly follow: (image: RgbaImage) => RoiFrame | undefined
  /** Forgets the palm, and overwrites its patch. */
  readonly release: () => void
}

type Lock = {
  readonly cellPx: number
  readonly patch: Float64Array
  /** For each sample in turn how the patch changes with each unknown. */
  readonly steepest: Float64Array
  /** The inverse of the sums of their products, by rows. */
  readonly inverse: Float64Array
}

export function createPalmFollower(): PalmFollower {
  const seen = new Float64Array(SAMPLES)
  let lock: Lock | undefined
  let last: RoiFrame | undefined
  let followed = 0
  const release = () => {
    lock?.patch.fill(0)
    lock?.steepest.fill(0)
    seen.fill(0)
    lock = undefined
    last = undefined
  }
  return {
    lock(image, frame) {
      release()
      followed = 0
      last = frame
      lock = lockOn(image, frame)
    },
    follow(image) {
      if (!lock || !last || followed === MOST_FOLLOWED) return undefined
      const found = align(lock, image, last, seen)
      if (!found || frameFault(found, image) !== undefined) return undefined
      followed++
      last = found
      return found
    },
    release,
  }
}

function lockOn(image: RgbaImage, frame: RoiFrame): Lock | undefined {
  const patch = new Float64Array(SAMPLES)
  const cellPx = frame.sidePx / CELLS_PER_SIDE
  samplePatch(shrink(image, frame.centre, cellPx), frame, patch)
  if (!normalise(patch)) return undefined
  const steepest = new Float64Array(SAMPLES * UNKNOWNS)
  const products = new Float64Array(UNKNOWNS * UNKNOWNS)
  const apart = SPAN / GRID
  for (let row = 0, at = 0; row < GRID; row++)
    for (let column = 0; column < GRID; column++, at++) {
      const [before, after] = [at - (column > 0 ? 1 : 0), at + (column < GRID - 1 ? 1 : 0)]
      const [above, below] = [at - (row > 0 ? GRID : 0), at + (row < GRID - 1 ? GRID : 0)]
      const alongX = (patch[after]! - patch[before]!) / ((after - before) * apart)
      const alongY = (patch[below]! - patch[above]!) / (((below - above) / GRID) * apart)
      const [x, y] = [placeOf(column), placeOf(row)]
      steepest.set([alongX, alongY, alongX * x + alongY * y, alongY * x - alongX * y], at * UNKNOWNS)
      for (let i = 0; i < UNKNOWNS; i++)
        for (let j = 0; j < UNKNOWNS; j++)
          products[i * UNKNOWNS + j]! += steepest[at * UNKNOWNS + i]! * steepest[at * UNKNOWNS + j]!
    }
  const inverse = invert(products)
  return inverse && { cellPx, patch, steepest, inverse }
}

/** The frame near `start` at which `image` looks like the patch; undefined where it does nowhere near. */
function align({ cellPx, patch, steepest, inverse }: Lock, image: RgbaImage, start: RoiFrame, seen: Float64Array) {
  const small = shrink(image, start.centre, cellPx)
  let { centre } = start
  // Side and direction of the square as one complex number.
  let [re, im] = [start.sidePx * start.right.x, start.sidePx * start.right.y]
  const sums = new Float64Array(UNKNOWNS)
  for (let round = 0; round < MOST_ROUNDS; round++) {
    samplePatch(small, frameFrom(centre, re, im), seen)
    if (!normalise(seen)) return undefined
    sums.fill(0)
    for (let at = 0; at < SAMPLES; at++) {
      const apart = seen[at]! - patch[at]!
      for (let i = 0; i < UNKNOWNS; i++) sums[i]! += apart * steepest[at * UNKNOWNS + i]!
    }
    const [shiftX, shiftY, scale, turn] = Array.from({ length: UNKNOWNS }, (_, i) =>
      sums.reduce((sum, value, j) => sum + inverse[i * UNKNOWNS + j]! * value, 0),
    ) as [number, number, number, number]
    // The patch would have to move by this, so the square moves back.
    const square = (1 + scale) ** 2 + turn ** 2
    ;[re, im] = [(re * (1 + scale) + im * turn) / square, (im * (1 + scale) - re * turn) / square]
    centre = { x: centre.x - re * shiftX + im * shiftY, y: centre.y - im * shiftX - re * shiftY }
    if (Math.abs(shiftX) + Math.abs(shiftY) + Math.abs(scale) + Math.abs(turn) > SETTLED) continue
    let alike = 0
    for (let at = 0; at < SAMPLES; at++) alike += seen[at]! * patch[at]!
    return alike / SAMPLES >= LEAST_ALIKE ? frameFrom(centre, re, im) : undefined
  }
  return undefined
}

function frameFrom(centre: RoiFrame['centre'], re: number, im: number): RoiFrame {
  const sidePx = Math.sqrt(re * re + im * im)
  return { centre, right: { x: re / sidePx, y: im / sidePx }, sidePx }
}

/** A sample's place in sides of the square, 0 in its centre. */
function placeOf(sample: number): number {
  return ((sample + 0.5) / GRID - 0.5) * SPAN
}

/** A small picture of the surroundings of `centre`: softened means of luma, `CELLS` on each side, by rows. */
type Small = { readonly luma: Float64Array; readonly left: number; readonly top: number; readonly cellPx: number }

/** Beyond the picture its edge is repeated. */
function shrink({ width, height, data }: RgbaImage, centre: RoiFrame['centre'], cellPx: number): Small {
  const luma = new Float64Array(CELLS * CELLS)
  const [left, top] = [centre.x - (CELLS / 2) * cellPx, centre.y - (CELLS / 2) * cellPx]
  const places = (from: number, length: number) =>
    Int32Array.from({ length: CELLS * READ }, (_, i) =>
      Math.min(length - 1, Math.max(0, Math.floor(from + ((i + 0.5) / READ) * cellPx))),
    )
  const [columns, rows] = [places(left, width), places(top, height)]
  for (let i = 0; i < rows.length; i++) {
    const line = rows[i]! * width
    const row = Math.floor(i / READ) * CELLS
    for (let j = 0, cell = row; j < columns.length; cell++)
      for (const end = j + READ; j < end; j++) {
        const at = (line + columns[j]!) * 4
        luma[cell]! += 77 * data[at]! + 150 * data[at + 1]! + 29 * data[at + 2]!
      }
  }
  for (let round = 0; round < SOFTENED; round++) soften(luma)
  return { luma, left, top, cellPx }
}

/** The small picture around the square, between its cells. */
function samplePatch({ luma, left, top, cellPx }: Small, { centre, right, sidePx }: RoiFrame, to: Float64Array): void {
  const step = (SPAN * sidePx) / GRID
  for (let row = 0, at = 0; row < GRID; row++) {
    const v = (row + 0.5 - GRID / 2) * step
    for (let column = 0; column < GRID; column++, at++) {
      const u = (column + 0.5 - GRID / 2) * step
      const x = within((centre.x + u * right.x - v * right.y - left) / cellPx - 0.5)
      const y = within((centre.y + u * right.y + v * right.x - top) / cellPx - 0.5)
      const [cellX, cellY] = [Math.floor(x), Math.floor(y)]
      const [partX, partY] = [x - cellX, y - cellY]
      const cell = cellY * CELLS + cellX
      const upper = luma[cell]! * (1 - partX) + luma[cell + 1]! * partX
      const lower = luma[cell + CELLS]! * (1 - partX) + luma[cell + CELLS + 1]! * partX
      to[at] = upper * (1 - partY) + lower * partY
    }
  }
}

function within(place: number): number {
  return Math.min(CELLS - 1.001, Math.max(0, place))
}

/** Binomial means of three cells along lines and columns. */
function soften(values: Float64Array): void {
  for (const [ahead, across] of [
    [1, CELLS],
    [CELLS, 1],
  ] as const)
    for (let line = 0; line < CELLS; line++) {
      let before = values[line * across]!
      for (let i = 0, at = line * across; i < CELLS; i++, at += ahead) {
        const here = values[at]!
        const after = i < CELLS - 1 ? values[at + ahead]! : here
        values[at] = (before + 2 * here + after) / 4
        before = here
      }
    }
}

/** Takes off mean and contrast; answers whether there was any contrast. */
function normalise(values: Float64Array): boolean {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length)
  if (deviation === 0) return false
  for (let i = 0; i < values.length; i++) values[i] = (values[i]! - mean) / deviation
  return true
}

/** The inverse of a small symmetric matrix, by elimination; undefined where it has none. */
function invert(matrix: Float64Array): Float64Array | undefined {
  const rows = Array.from({ length: UNKNOWNS }, (_, i) => [
    ...matrix.subarray(i * UNKNOWNS, (i + 1) * UNKNOWNS),
    ...Array.from({ length: UNKNOWNS }, (_unused, j) => (i === j ? 1 : 0)),
  ])
  for (let column = 0; column < UNKNOWNS; column++) {
    // A sum of products has its largest values on the diagonal.
    const pivot = rows[column]!
    const scale = pivot[column]!
    if (!(scale > 0)) return undefined
    for (let k = 0; k < pivot.length; k++) pivot[k]! /= scale
    for (const [i, row] of rows.entries()) {
      if (i === column) continue
      const factor = row[column]!
      for (let k = 0; k < row.length; k++) row[k]! -= factor * pivot[k]!
    }
  }
  return Float64Array.from(rows.flatMap((row) => row.slice(UNKNOWNS)))
}
