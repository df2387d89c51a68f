/** One measured number. */
export type Figure = {
  /** What was measured, e.g. `kernel, 25 probes, in cache`. */
  readonly name: string
  readonly value: number
  /** e.g. `ms`, `GMAC/s`. */
  readonly unit: string
}

/** How large a benchmark is. */
export type BenchSize = {
  /** Rows of the gallery. */
  readonly rows: number
  /** Codes of a probe. */
  readonly shifts: 25 | 81
}

const RUNS = 5
const RUN_MS = 50

/** The shortest time of one call of `work` in ms, over several runs of at least 50 ms: what the machine can, undisturbed. */
export function bestMs(work: () => void): number {
  let best = Number.POSITIVE_INFINITY
  for (let run = 0; run < RUNS; run++) {
    const start = performance.now()
    let count = 0
    while (performance.now() - start < RUN_MS) {
      work()
      count++
    }
    best = Math.min(best, (performance.now() - start) / count)
  }
  return best
}
