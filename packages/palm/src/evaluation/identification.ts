/**
 * Open-set identification (ISO/IEC 19795-1): searches by people who are in the gallery (mated) and by strangers
 * (non-mated). A search names a row when exactly one row lies below the threshold and no other below threshold and
 * margin together, as the lane decides.
 *
 * FPIR is the part of non-mated searches that name anybody; FNIR the part of mated ones that do not name their own row.
 */

import { type Bounds, binomialBounds } from './binomial-bounds.ts'

/** How a search decides, in the unit of its distances. */
export type IdentificationRule = { readonly threshold: number; readonly margin: number }

/** The distances of one search to all rows; `mate` is the row of the same person, -1 for a stranger. */
export type Search = { readonly distances: ArrayLike<number>; readonly mate: number }

/** A rate of searches with its 95 % bounds. */
export type CountedRate = {
  readonly errors: number
  readonly searches: number
  readonly rate: number
  readonly bounds: Bounds
}

export type IdentificationRates = {
  readonly fpir: CountedRate
  readonly fnir: CountedRate
  /** Mated searches that named somebody else; they are part of fnir. */
  readonly misidentified: CountedRate
  /** Comparisons of two persons below the threshold: the false-accept rate of one comparison. */
  readonly far: CountedRate
  /** 1 - (1 - far)^rows: what FPIR would be if comparisons were independent and no margin kept two winners out. */
  readonly predictedFpir: number
}

/** The row that a search names, or -1. */
export function identify(distances: ArrayLike<number>, { threshold, margin }: IdentificationRule): number {
  let [winner, near] = [-1, 0]
  for (let row = 0; row < distances.length; row++) {
    if (distances[row]! >= threshold + margin) continue
    near++
    if (distances[row]! < threshold) winner = row
  }
  return near === 1 ? winner : -1
}

/**
 * The rates of `searches` over galleries of `rows` rows.
 * @throws {StatisticsError} no mated search, or no search by a stranger
 */
export function identificationRates(
  searches: Iterable<Search>,
  rows: number,
  rule: IdentificationRule,
): IdentificationRates {
  let [mated, missed, misidentified, strangers, named, pairs, near] = [0, 0, 0, 0, 0, 0, 0]
  for (const { distances, mate } of searches) {
    const row = identify(distances, rule)
    if (mate < 0) {
      strangers++
      if (row >= 0) named++
    } else {
      mated++
      if (row !== mate) missed++
      if (row >= 0 && row !== mate) misidentified++
    }
    for (let other = 0; other < distances.length; other++) {
      if (other === mate) continue
      pairs++
      if (distances[other]! < rule.threshold) near++
    }
  }
  const far = counted(near, pairs)
  return {
    fpir: counted(named, strangers),
    fnir: counted(missed, mated),
    misidentified: counted(misidentified, mated),
    far,
    predictedFpir: overRows(far.rate, rows),
  }
}

/** 1 - (1 - rate)^rows, without the loss of small rates. */
export function overRows(rate: number, rows: number): number {
  return rate >= 1 ? 1 : -Math.expm1(rows * Math.log1p(-rate))
}

function counted(errors: number, searches: number): CountedRate {
  const bounds = binomialBounds(errors, searches)
  return { errors, searches, rate: errors / searches, bounds }
}
