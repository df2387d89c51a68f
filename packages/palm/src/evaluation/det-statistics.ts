/**
 * Error rates of a comparison algorithm in the manner of ISO/IEC 19795-1 (technology evaluation): false accepts and
 * false rejects over the threshold, from the histograms of distances. Pictures that gave no code are not in them; report
 * them apart, as failure to extract.
 *
 * A comparison is accepted when its distance is BELOW the threshold. The false-accept rate (FAR) at T is the part of
 * impostor comparisons below T, the false-reject rate (FRR) the part of genuine ones at T or above.
 */

import { type Bounds, binomialBounds, StatisticsError } from './binomial-bounds.ts'

/** The false-accept rates that are reported, as they are named in results. */
export const REPORTED_FAR = ['1e-1', '1e-2', '1e-3', '1e-4', '1e-5', '1e-6'] as const
export type ReportedFar = (typeof REPORTED_FAR)[number]

/** Counts of comparisons by distance, index 0 to the largest one: 1,536 bits for palm codes. */
export type DistanceHistogram = ArrayLike<number>

export type DetStatistics = {
  /** The rate at which FAR and FRR are equal, on the line between the two thresholds where they cross. */
  readonly eer: number
  /** FRR at the loosest threshold whose FAR does not exceed the named one. */
  readonly frr: Record<ReportedFar, number>
  /** Those thresholds: accept below, bits. */
  readonly thresholds: Record<ReportedFar, number>
  /** Numbers of comparisons. */
  readonly genuine: number
  readonly impostor: number
  /** 95 % Clopper-Pearson bounds of FRR and FAR at those thresholds. */
  readonly bounds: Record<ReportedFar, { readonly frr: Bounds; readonly far: Bounds }>
}

/**
 * @param genuine distances between pictures of one palm
 * @param impostor distances between pictures of two palms
 * @throws {StatisticsError} a histogram of another length, or without a comparison
 */
export function detStatistics(genuine: DistanceHistogram, impostor: DistanceHistogram): DetStatistics {
  const curve = detCurve(genuine, impostor)
  const genuineCount = sum(genuine)
  const impostorCount = sum(impostor)
  const frr = {} as Record<ReportedFar, number>
  const thresholds = {} as Record<ReportedFar, number>
  const bounds = {} as Record<ReportedFar, { frr: Bounds; far: Bounds }>
  for (const name of REPORTED_FAR) {
    const threshold = loosestThreshold(curve, Number(name))
    const point = curve[threshold]!
    frr[name] = point.frr
    thresholds[name] = threshold
    bounds[name] = {
      frr: binomialBounds(Math.round(point.frr * genuineCount), genuineCount),
      far: binomialBounds(Math.round(point.far * impostorCount), impostorCount),
    }
  }
  return { eer: equalErrorRate(curve), frr, thresholds, genuine: genuineCount, impostor: impostorCount, bounds }
}

/** FAR and FRR at one threshold. */
export type DetPoint = { readonly far: number; readonly frr: number }

/**
 * FAR and FRR at every threshold from 0 to one above the largest distance.
 * @throws {StatisticsError} a histogram of another length, or without a comparison
 */
export function detCurve(genuine: DistanceHistogram, impostor: DistanceHistogram): DetPoint[] {
  if (genuine.length !== impostor.length)
    throw new StatisticsError('the two histograms of distances do not have one length')
  const [genuineCount, impostorCount] = [sum(genuine), sum(impostor)]
  if (genuineCount === 0 || impostorCount === 0)
    throw new StatisticsError('there are no comparisons of one palm with itself, or none of different palms')
  const curve: DetPoint[] = []
  let [accepted, falselyAccepted] = [0, 0]
  for (let threshold = 0; threshold <= genuine.length; threshold++) {
    curve.push({ far: falselyAccepted / impostorCount, frr: (genuineCount - accepted) / genuineCount })
    accepted += genuine[threshold] ?? 0
    falselyAccepted += impostor[threshold] ?? 0
  }
  return curve
}

/** The largest threshold whose false-accept rate does not exceed `far`. */
export function loosestThreshold(curve: readonly DetPoint[], far: number): number {
  let threshold = 0
  while (threshold + 1 < curve.length && curve[threshold + 1]!.far <= far) threshold++
  return threshold
}

/** FAR rises and FRR falls with the threshold: they cross once, between two neighbouring thresholds. */
function equalErrorRate(curve: readonly DetPoint[]): number {
  const above = curve.findIndex(({ far, frr }) => far >= frr)
  const [before, after] = [curve[Math.max(0, above - 1)]!, curve[above]!]
  const gap = before.frr - before.far
  const step = gap + (after.far - after.frr)
  const part = step === 0 ? 0 : gap / step
  return before.far + part * (after.far - before.far)
}

function sum(histogram: DistanceHistogram): number {
  let total = 0
  for (let i = 0; i < histogram.length; i++) total += histogram[i]!
  return total
}
