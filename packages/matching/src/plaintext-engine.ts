/**
 * The same question answered in the clear, from codes: the oracle that the shared computation is tested against. It uses
 * nothing of it, neither ring nor planes. No node runs it, for no node has codes.
 */

import { distanceBits, type PalmCode } from '@palmhold/palm'
import type { ComparisonResult } from './comparison.ts'
import { type Decision, decideWinner } from './decide-winner.ts'

export type PlaintextQuery = {
  /** The codes of the gallery. */
  readonly rows: readonly PalmCode[]
  /** The codes of the scan, one for each shift. */
  readonly probe: readonly PalmCode[]
  /** Distances in bits; a match is HD < T. */
  readonly thresholds: readonly number[]
  /** Bit `row & 7` of byte `row >> 3`. */
  readonly active: Uint8Array
}

export type PlaintextCascade = PlaintextQuery & {
  /** Short codes of the gallery and of the scan, all of the same length. */
  readonly first: { readonly rows: readonly Uint8Array[]; readonly probe: Uint8Array; readonly threshold: number }
  /** Whether the thresholds are of the sum of both distances. */
  readonly isFused: boolean
}

export const plaintextEngine = {
  /**
   * For each threshold, which active rows pass both: the first one's HD < T_1, and HD < T at one shift at least.
   */
  cascade({ rows, probe, thresholds, active, first, isFused }: PlaintextCascade): ComparisonResult & {
    readonly candidates: number
  } {
    const bitmaps = thresholds.map(() => new Uint8Array(Math.ceil(rows.length / 8)))
    let candidates = 0
    rows.forEach((row, index) => {
      const firstDistance = differingBits(first.rows[index]!, first.probe)
      const isActive = ((active[index >> 3]! >> (index & 7)) & 1) === 1
      if (!isActive || firstDistance >= first.threshold) return
      candidates++
      const nearest = Math.min(...probe.map((code) => distanceBits(row, code))) + (isFused ? firstDistance : 0)
      thresholds.forEach((threshold, k) => {
        if (nearest < threshold) bitmaps[k]![index >> 3]! |= 1 << (index & 7)
      })
    })
    return { bitmaps, candidates }
  },

  /** For each threshold, which rows have HD < T at one shift at least; and the decision. */
  match({ rows, probe, thresholds, active }: PlaintextQuery): ComparisonResult & { readonly decision: Decision } {
    const bitmaps = thresholds.map(() => new Uint8Array(Math.ceil(rows.length / 8)))
    rows.forEach((row, index) => {
      const nearest = Math.min(...probe.map((code) => distanceBits(row, code)))
      thresholds.forEach((threshold, k) => {
        if (nearest < threshold) bitmaps[k]![index >> 3]! |= 1 << (index & 7)
      })
    })
    return { bitmaps, decision: decideWinner({ bitmaps, active }) }
  },
}

/** Bits in which two codes of the same length differ. */
function differingBits(a: Uint8Array, b: Uint8Array): number {
  let count = 0
  a.forEach((byte, at) => {
    for (let bits = byte ^ b[at]!; bits !== 0; bits &= bits - 1) count++
  })
  return count
}
