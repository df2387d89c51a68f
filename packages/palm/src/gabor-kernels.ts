/**
 * The filter bank in fixed point, so that a picture has one code on every engine and processor.
 *
 * With x' = x cos t + y sin t and y' = -x sin t + y cos t, envelope e = exp(-(x'^2 + (0.5 y')^2) / (2 * 4^2)) and
 * g = e cos(2 pi x' / 12); then g -= e * sum(g) / sum(e) (no answer to even light) and g /= sum |g|.
 * Here g is scaled by 2^22 and rounded: the largest tap is 30,196, so taps are 16-bit integers, and the largest possible
 * response, 255 * 2^22 plus rounding, is below 2^31. The centre tap takes up what rounding left of the sum, so that even
 * light gives exactly 0.
 *
 * The last bit of Math.cos and Math.exp is left to engines by ECMAScript. No tap lies closer than 1e-5 to a rounding
 * boundary while those errors are near 1e-11 here; the taps are pinned by a hash in the tests.
 */

import { ORIENTATIONS } from './palm-code.ts'

/** Side of a filter in pixels. */
export const KERNEL_SIZE = 35
/** Distance from a filter's centre to its edge. */
export const KERNEL_REACH = 17
/** One unit of response (a grey value weighted by sum |g| = 1) in fixed point. */
export const RESPONSE_SCALE = 2 ** 22

/** Deviation of the envelope across the lines, its ratio to the one along them, and the wavelength, in pixels. */
const SIGMA = 4
const ASPECT = 0.5
const WAVELENGTH = 12

/** The filters before rounding: six arrays of 35 x 35 taps by rows, each with sum 0 and sum |g| = 1. */
export function exactKernels(): Float64Array[] {
  return Array.from({ length: ORIENTATIONS }, (_, k) => exactKernel((k * Math.PI) / ORIENTATIONS))
}

/** The filters in fixed point: six arrays of 35 x 35 integers by rows, each with sum 0. */
export function fixedKernels(): Int16Array[] {
  return exactKernels().map((kernel) => {
    const taps = Int16Array.from(kernel, (value) => Math.round(value * RESPONSE_SCALE))
    let sum = 0
    for (const tap of taps) sum += tap
    taps[(taps.length - 1) / 2]! -= sum
    return taps
  })
}

/** One filter, see the head of this file. */
function exactKernel(theta: number): Float64Array {
  const cos = Math.cos(theta)
  const sin = Math.sin(theta)
  const envelope = new Float64Array(KERNEL_SIZE * KERNEL_SIZE)
  const kernel = new Float64Array(KERNEL_SIZE * KERNEL_SIZE)
  let kernelSum = 0
  let envelopeSum = 0
  for (let y = -KERNEL_REACH, at = 0; y <= KERNEL_REACH; y++) {
    for (let x = -KERNEL_REACH; x <= KERNEL_REACH; x++, at++) {
      const along = x * cos + y * sin
      const across = -x * sin + y * cos
      const weight = Math.exp(-(along * along + (ASPECT * across) ** 2) / (2 * SIGMA * SIGMA))
      const value = weight * Math.cos((2 * Math.PI * along) / WAVELENGTH)
      envelope[at] = weight
      kernel[at] = value
      envelopeSum += weight
      kernelSum += value
    }
  }
  let magnitude = 0
  for (let i = 0; i < kernel.length; i++) {
    kernel[i]! -= (envelope[i]! * kernelSum) / envelopeSum
    magnitude += Math.abs(kernel[i]!)
  }
  return kernel.map((value) => value / magnitude)
}
