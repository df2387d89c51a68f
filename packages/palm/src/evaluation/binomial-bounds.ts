/**
 * Exact two-sided confidence bounds for an error rate from counts (Clopper and Pearson, "The use of confidence or
 * fiducial limits illustrated in the case of the binomial", 1934), as ISO/IEC 19795-1 annex B describes them.
 *
 * They take comparisons as independent. Comparisons that share a palm are not, so the true interval is wider; with no
 * error seen the upper bound is near the rule of three's, 3.7 / trials at 95 % two-sided.
 */

import { PalmError } from '@palmhold/base'

/** Lower and upper bound of a rate, 0..1. */
export type Bounds = readonly [number, number]

const CONFIDENCE = 0.95

/**
 * The 95 % bounds for `errors` of `trials`.
 * @throws {StatisticsError} not 0 <= errors <= trials, or no trial
 */
export function binomialBounds(errors: number, trials: number): Bounds {
  if (!(trials >= 1 && errors >= 0 && errors <= trials))
    throw new StatisticsError('bounds need at least one comparison and no more errors than comparisons')
  const tail = (1 - CONFIDENCE) / 2
  const lower = errors === 0 ? 0 : betaQuantile(tail, errors, trials - errors + 1)
  const upper = errors === trials ? 1 : betaQuantile(1 - tail, errors + 1, trials - errors)
  return [lower, upper]
}

/** The x with I_x(a, b) = p, by bisection on the logarithm: rates may be very small. */
function betaQuantile(p: number, a: number, b: number): number {
  let [low, high] = [-60, 0]
  for (let i = 0; i < 200 && high - low > 1e-13; i++) {
    const middle = (low + high) / 2
    if (regularizedBeta(Math.exp(middle), a, b) < p) low = middle
    else high = middle
  }
  return Math.exp((low + high) / 2)
}

/** I_x(a, b), by its continued fraction (Lentz's method; DLMF 8.17.22). */
export function regularizedBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0
  if (x >= 1) return 1
  if (x > (a + 1) / (a + b + 2)) return 1 - regularizedBeta(1 - x, b, a)
  const front = Math.exp(a * Math.log(x) + b * Math.log1p(-x) + logGamma(a + b) - logGamma(a) - logGamma(b)) / a
  const tiny = 1e-300
  let c = 1
  let d = 1 / nonZero(1 - ((a + b) * x) / (a + 1), tiny)
  let fraction = d
  for (let m = 1; m < 10_000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
    d = 1 / nonZero(1 + even * d, tiny)
    c = nonZero(1 + even / c, tiny)
    fraction *= d * c
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1))
    d = 1 / nonZero(1 + odd * d, tiny)
    c = nonZero(1 + odd / c, tiny)
    const factor = d * c
    fraction *= factor
    if (Math.abs(factor - 1) < 1e-14) break
  }
  return front * fraction
}

/** ln Gamma(x) for x > 0: Stirling's series (DLMF 5.11.1) after stepping x up to 12, where six terms give 1e-15. */
function logGamma(x: number): number {
  let shift = 0
  let z = x
  while (z < 12) shift -= Math.log(z++)
  const w = 1 / (z * z)
  const series = (1 / 12 - w * (1 / 360 - w * (1 / 1260 - w * (1 / 1680 - w * (1 / 1188 - w * (691 / 360360)))))) / z
  return shift + (z - 0.5) * Math.log(z) - z + 0.5 * Math.log(2 * Math.PI) + series
}

function nonZero(value: number, tiny: number): number {
  return Math.abs(value) < tiny ? tiny : value
}

/** Figures that no statistic can be made of. */
export class StatisticsError extends PalmError {
  constructor(message: string) {
    super('PALM_STATISTICS_INPUT', message, {
      hints: ['A benchmark needs two pictures of one palm and pictures of two palms at least.'],
    })
  }
}
