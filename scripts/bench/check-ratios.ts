/**
 * Ratios of the matching that must not get worse: of one measured figure to another of the same run, so that they hold on
 * a slower or busier machine too. Run by hand after a change of what they measure; a test would fail on other people's load.
 */

import { PalmError } from '@palmhold/base'
import { benchMatching, type MatchingReport } from './bench-matching.ts'
import type { BenchOptions, Figure } from './figure.ts'

const SIZE = { rows: 50_000, shifts: 25, queries: 7 }
const PASS_RATE = 0.1

type Ratio = {
  readonly name: string
  readonly value: number
  /** Where the ratio may not go below, or above. */
  readonly least?: number
  readonly most?: number
}

/** The figures as they come. @throws {RatioError} one of them is on the wrong side of its bound */
export async function* checkRatios(_options: BenchOptions): AsyncGenerator<Figure, object> {
  const full = yield* named('full: ', benchMatching(SIZE))
  const cascade = yield* named('cascade: ', benchMatching({ ...SIZE, passRate: PASS_RATE }))
  const ratios = ratiosOf(full, cascade)
  for (const { name, value, least, most } of ratios)
    yield { name: `ratio: ${name}`, value, unit: least === undefined ? `(at most ${most})` : `(at least ${least})` }
  const worse = ratios.filter(
    ({ value, least = Number.NEGATIVE_INFINITY, most = Number.POSITIVE_INFINITY }) =>
      !(value >= least && value <= most),
  )
  if (worse.length > 0) throw new RatioError(worse.map(({ name }) => name))
  return { ratios }
}

function ratiosOf(full: MatchingReport, cascade: MatchingReport): Ratio[] {
  const worst = (pick: (party: MatchingReport['parties'][number]) => number) => Math.min(...full.parties.map(pick))
  const kernelGmacs = worst((party) => party.kernelGmacs)
  const comparisonsPerSecond = worst((party) => party.comparisonsPerSecond)
  const comparisonGmacs = (comparisonsPerSecond * full.dimension) / 1e9
  const { typedArraysGmacs, popcountRowsPerSecond } = full.baselines
  return [
    { name: 'kernel to typed arrays, in cache', value: kernelGmacs / typedArraysGmacs, least: 20 },
    { name: 'kernel from memory to kernel in cache', value: full.kernel.fromMemoryGmacs / kernelGmacs, least: 0.6 },
    {
      name: 'whole query to typed arrays, products a second of processor time',
      value: comparisonGmacs / typedArraysGmacs,
      least: 8,
    },
    {
      name: 'popcount in the clear to whole query, comparisons a second of processor time',
      value: (popcountRowsPerSecond * full.shifts) / comparisonsPerSecond,
      most: 20,
    },
    {
      name: 'bytes a comparison and party',
      value: Math.max(...full.parties.map((party) => party.bytesPerComparison)),
      most: 5.3,
    },
    { name: 'cascade to full search, processor time', value: cpuMs(cascade) / cpuMs(full), most: 0.5 },
  ]
}

/** The most that a party spent. */
function cpuMs({ parties }: MatchingReport): number {
  return Math.max(...parties.map((party) => party.cpuMs))
}

/** The same figures under names that say what they belong to. */
async function* named<T>(prefix: string, figures: AsyncGenerator<Figure, T>): AsyncGenerator<Figure, T> {
  for (;;) {
    const next = await figures.next()
    if (next.done) return next.value
    yield { ...next.value, name: prefix + next.value.name }
  }
}

/** Something became slower, or says more, than it was. */
export class RatioError extends PalmError {
  constructor(names: readonly string[]) {
    super('PALM_BENCH_RATIO', `worse than it may be: ${names.join('; ')}`, {
      hints: [
        'Run it again on a quiet machine. If it stays, look at what changed in packages/matching and node/src/workers.',
      ],
    })
  }
}
