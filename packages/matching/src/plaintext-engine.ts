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

export const plaintextEngine = {
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
