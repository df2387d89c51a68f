import { PalmError } from '@palmhold/base'

/** One measured number. */
export type Figure = {
  /** What was measured, e.g. `kernel, 25 probes, in cache`. */
  readonly name: string
  readonly value: number
  /** e.g. `ms`, `GMAC/s`. */
  readonly unit: string
}

/** What a benchmark is to measure. */
export type BenchOptions = {
  /** Rows of the gallery. */
  readonly rows: number
  /** Codes of a probe. */
  readonly shifts: number
  /** Queries that count. */
  readonly queries: number
  /** The share of rows that pass the first pass of a cascade; without it there is none. */
  readonly passRate?: number
  /** Sizes of galleries of people, for identification. */
  readonly persons?: readonly number[]
  /** Hands of capture, and presentations of each kind of attacks. */
  readonly hands?: number
  /** Poses of each hand. */
  readonly poses?: number
  /** Whether Semaphore is installed and measured beside the phone lane. */
  readonly semaphore?: boolean
}

/** A benchmark that cannot run on this machine. */
export class BenchSetupError extends PalmError {
  constructor(message: string) {
    super('PALM_BENCH_SETUP', message, {
      hints: ['Install the package `chromium` of your system, or set CHROME_PATH to a Chromium.'],
    })
  }
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

/** The item whose value is in the middle; of two, the lower one. There must be one. */
export function median<T>(items: readonly T[], sizeOf: (item: T) => number): T {
  const sorted = [...items].sort((a, b) => sizeOf(a) - sizeOf(b))
  return sorted[(sorted.length - 1) >> 1]!
}

/** Passes figures on, and puts what the benchmark returns at the end of `results`. */
export async function* collect<T>(figures: AsyncGenerator<Figure, readonly T[]>, results: T[]): AsyncGenerator<Figure> {
  results.push(...(yield* figures))
}
