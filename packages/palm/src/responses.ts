/**
 * The six filter responses of a region of interest at the places where codes sample it.
 *
 * Correlation (not convolution) of the raw grey values with the fixed-point filters of gabor-kernels.ts; beyond the
 * border the picture is reflected without repeating the edge pixel. Values are in units of 2^-22 grey levels.
 */

import { PalmError } from '@palmhold/base'
import { fixedKernels, KERNEL_REACH, KERNEL_SIZE } from './gabor-kernels.ts'
import { checkShape, type GreyImage } from './image.ts'
import { GRID, ORIENTATIONS } from './palm-code.ts'
import { createPalmKernel, type PalmKernel } from './palm-kernel.ts'
import type { Shift } from './shifts.ts'

/** Side of a region of interest in pixels. */
export const ROI_SIZE = 128

/** Pixels of the first and the last sample, and between two. */
const GRID_ORIGIN = 19
export const GRID_STEP = 6
/** Columns and rows of {@link denseResponses}: the grid's origin is odd and its step even. */
const DENSE: readonly number[] = Array.from({ length: ROI_SIZE / 2 }, (_, i) => 2 * i + 1)
const GRID_END = GRID_ORIGIN + (GRID - 1) * GRID_STEP
/** Taps of a filter's row as the kernel reads them: five vectors of eight 16-bit numbers. */
const VECTOR_TAPS = 40
const IMAGE_SIDE = ROI_SIZE + 2 * KERNEL_REACH
// The last vector of a filter's row reads five pixels past its 35; they meet zero taps, but must lie in memory.
const IMAGE_STRIDE = IMAGE_SIDE + VECTOR_TAPS - KERNEL_SIZE + 1
const IMAGE_BYTES = 2 * IMAGE_STRIDE * IMAGE_SIDE
const KERNELS_BYTES = 2 * ORIENTATIONS * KERNEL_SIZE * VECTOR_TAPS
// The kernel's memory: the reflected picture, the filters, the places, then the responses.
const IMAGE_AT = 1024
const KERNELS_AT = IMAGE_AT + IMAGE_BYTES + 64
const PLACES_AT = KERNELS_AT + KERNELS_BYTES

/** Responses on the columns `xs` and rows `ys` of a region of interest. */
export type Responses = {
  /** Sampled columns, ascending, pixels. */
  readonly xs: readonly number[]
  /** Sampled rows, ascending, pixels. */
  readonly ys: readonly number[]
  /** By orientation, row, column: `values[(k * ys.length + row) * xs.length + column]`. */
  readonly values: Int32Array
}

let kernel: PalmKernel | undefined

/**
 * The responses wherever one of `shifts` samples.
 * @param roi 128 x 128 grey
 * @throws {RoiSizeError} another size
 * @throws {ShiftError} a shift that is not whole, or leaves the picture
 */
export function responses(roi: GreyImage, shifts: readonly Shift[]): Responses {
  return responsesOn(roi, sampled(shifts.map((shift) => shift.dx)), sampled(shifts.map((shift) => shift.dy)))
}

/** The responses on every second column and row, 1, 3, .. 127: what the pooled code is made of, and even shifts sample. */
export function denseResponses(roi: GreyImage): Responses {
  return responsesOn(roi, DENSE, DENSE)
}

/** The responses on the columns `xs` and rows `ys`, both ascending pixels of the picture. */
function responsesOn(roi: GreyImage, xs: readonly number[], ys: readonly number[]): Responses {
  if (roi.width !== ROI_SIZE || roi.height !== ROI_SIZE) throw new RoiSizeError(roi.width, roi.height)
  checkShape(roi, 1)
  kernel ??= prepareKernel()
  const count = xs.length * ys.length
  const outAt = PLACES_AT + 4 * count
  kernel.reserve(outAt + 4 * ORIENTATIONS * count)
  writeReflected(roi, new Int16Array(kernel.memory.buffer, IMAGE_AT, IMAGE_STRIDE * IMAGE_SIDE))
  const places = new Uint32Array(kernel.memory.buffer, PLACES_AT, count)
  let at = 0
  for (const y of ys) for (const x of xs) places[at++] = 2 * (y * IMAGE_STRIDE + x)
  kernel.correlate(IMAGE_AT, 2 * IMAGE_STRIDE, PLACES_AT, count, KERNELS_AT, outAt)
  return { xs, ys, values: new Int32Array(kernel.memory.buffer, outAt, ORIENTATIONS * count).slice() }
}

/**
 * Columns (or rows) of the grid under one shift, as indices into `positions`.
 * @throws {ShiftError} one of them is not there
 */
export function gridIndices(positions: readonly number[], shift: number): number[] {
  const indices = Array.from({ length: GRID }, (_, i) => positions.indexOf(GRID_ORIGIN + GRID_STEP * i + shift))
  if (indices.includes(-1)) throw new ShiftError()
  return indices
}

/** The positions along one axis that any shift samples, ascending. */
function sampled(shifts: readonly number[]): number[] {
  const positions = new Set<number>()
  for (const shift of shifts) {
    if (!Number.isInteger(shift) || GRID_ORIGIN + shift < 0 || GRID_END + shift >= ROI_SIZE) throw new ShiftError()
    for (let i = 0; i < GRID; i++) positions.add(GRID_ORIGIN + GRID_STEP * i + shift)
  }
  return [...positions].sort((a, b) => a - b)
}

/** A kernel with the filter bank in its memory, rows padded by zeros. */
function prepareKernel(): PalmKernel {
  const instance = createPalmKernel()
  instance.reserve(PLACES_AT)
  const taps = new Int16Array(instance.memory.buffer, KERNELS_AT, KERNELS_BYTES / 2)
  for (const [k, kernelTaps] of fixedKernels().entries())
    for (let row = 0; row < KERNEL_SIZE; row++)
      taps.set(kernelTaps.subarray(row * KERNEL_SIZE, (row + 1) * KERNEL_SIZE), (k * KERNEL_SIZE + row) * VECTOR_TAPS)
  return instance
}

/** The picture as 16-bit numbers with 17 px of reflection on each side. */
function writeReflected(roi: GreyImage, out: Int16Array): void {
  for (let y = 0; y < IMAGE_SIDE; y++) {
    const from = reflect(y - KERNEL_REACH) * ROI_SIZE
    const to = y * IMAGE_STRIDE
    for (let x = 0; x < IMAGE_SIDE; x++) out[to + x] = roi.data[from + reflect(x - KERNEL_REACH)]!
  }
}

/** The index that stands for `i` beyond either end; the edge itself is not repeated. */
function reflect(i: number): number {
  if (i < 0) return -i
  return i < ROI_SIZE ? i : 2 * (ROI_SIZE - 1) - i
}

/** A picture that should be a 128 x 128 region of interest. */
export class RoiSizeError extends PalmError {
  constructor(width: number, height: number) {
    super(
      'PALM_ROI_SIZE',
      `a palm's region of interest is ${ROI_SIZE} x ${ROI_SIZE} pixels, got ${width} x ${height}`,
      {
        hints: ['Find the region of interest first, or say that the picture shows a whole hand.'],
      },
    )
  }
}

/** A shift that cannot be sampled. */
export class ShiftError extends PalmError {
  constructor() {
    super('PALM_SHIFT_RANGE', 'a shift is not a whole number of pixels, or moves the grid out of the picture', {
      hints: [`Shifts go from -${GRID_ORIGIN} to +${ROI_SIZE - 1 - GRID_END} px.`],
    })
  }
}
