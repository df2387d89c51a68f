/** What docs/performance.md is written from. */

import type { LoadingReport } from './bench-loading.ts'
import type { MatchingReport } from './bench-matching.ts'
import type { Figure } from './figure.ts'
import type { QueryKind } from './synthetic-gallery.ts'

/** One size of query that was measured. */
export type MeasuredQuery = {
  readonly kind: QueryKind
  readonly rows: number
  readonly shifts: number
  readonly wallMs: number
  readonly leastMs: number
  readonly mostMs: number
  /** The most of the three parties. */
  readonly cpuMs: number
  readonly bytesPerParty: number
}

export type PerformanceReport = {
  readonly machine: { readonly cores: number; readonly model: string; readonly node: string; readonly memoryGB: number }
  /** One-minute load averages before and after. */
  readonly loadBefore: number
  readonly loadAfter: number
  readonly overRows: readonly MeasuredQuery[]
  readonly overShifts: readonly MeasuredQuery[]
  readonly usual: MatchingReport
  readonly loading: LoadingReport
  readonly palm: readonly Figure[]
  /** Sizes that this machine has no memory for. */
  readonly leftOut: readonly number[]
}
