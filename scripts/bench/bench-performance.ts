/**
 * Measures what docs/performance.md says and writes it anew, with its plots: times over rows and over shifts, with and
 * without the cascade, loading, encoding, and the ratios that `check` looks at.
 */

import { writeFileSync } from 'node:fs'
import { cpus, loadavg, totalmem } from 'node:os'
import { join } from 'node:path'
import { askInTurn } from './ask-queries.ts'
import { benchLoading } from './bench-loading.ts'
import { benchMatching } from './bench-matching.ts'
import { benchPalm } from './bench-palm.ts'
import { type BenchOptions, collect, type Figure } from './figure.ts'
import { performanceDocument } from './performance-document.ts'
import type { MeasuredQuery, PerformanceReport } from './performance-report.ts'
import { createSyntheticGallery, type QueryKind, SHORT_ROW_BYTES } from './synthetic-gallery.ts'
import { startThreeParties, type ThreeParties } from './three-parties.ts'
import { timePlotSvg } from './time-plot-svg.ts'

const DOCS = join(import.meta.dirname, '../../docs')
const ROWS = [1_000, 10_000, 100_000, 1_000_000]
const SHIFTS = [1, 5, 9, 25, 49, 81]
const USUAL = { rows: 100_000, shifts: 25 }
const PASS_RATE = 0.1
const QUERIES = 5
/** Queries of a gallery that takes seconds each. */
const FEW_QUERIES = 3
const MANY_ROWS = 500_000
/** What three parties need for a row of both kinds, and beside the rows. */
const PARTY_ROW_BYTES = 3 * (3072 + SHORT_ROW_BYTES)
const SPARE_BYTES = 3e9

/** The figures as they come; at the end the report, after the document and its plots have been written. */
export async function* benchPerformance({ rows: most }: BenchOptions): AsyncGenerator<Figure, PerformanceReport> {
  const loadBefore = loadavg()[0]!
  const palm: Figure[] = []
  for (const figure of benchPalm({ ...USUAL, queries: QUERIES })) {
    palm.push(figure)
    yield figure
  }
  const usual = yield* benchMatching({ ...USUAL, rows: Math.min(most, USUAL.rows), queries: QUERIES })
  const loading = yield* benchLoading({ ...USUAL, rows: most, queries: QUERIES })

  const memory = process.availableMemory()
  const fits = (rows: number) => rows * PARTY_ROW_BYTES + SPARE_BYTES <= memory
  const wanted = ROWS.filter((rows) => rows <= most)
  const overRows: MeasuredQuery[] = []
  const overShifts: MeasuredQuery[] = []
  await using parties = await startThreeParties()
  for (const shifts of SHIFTS)
    yield* collect(measure(parties, Math.min(most, USUAL.rows), shifts, ['full']), overShifts)
  for (const rows of wanted.filter(fits))
    yield* collect(measure(parties, rows, USUAL.shifts, ['full', 'cascade']), overRows)

  const report = {
    machine: {
      cores: cpus().length,
      model: cpus()[0]?.model.trim() ?? 'unknown',
      node: process.version,
      memoryGB: totalmem() / 1e9,
    },
    ...{ loadBefore, loadAfter: loadavg()[0]!, overRows, overShifts, usual, loading, palm },
    leftOut: wanted.filter((rows) => !fits(rows)),
  }
  writeDocument(report)
  return report
}

/** Deals a gallery and asks it; yields a figure for each kind of query, and gives what it measured. */
async function* measure(
  parties: ThreeParties,
  rows: number,
  shifts: number,
  kinds: readonly QueryKind[],
): AsyncGenerator<Figure, MeasuredQuery[]> {
  const options = { rows, shifts, ...(kinds.includes('cascade') ? { passRate: PASS_RATE } : {}) }
  const gallery = createSyntheticGallery(options)
  await parties.load(options)
  const measured: MeasuredQuery[] = []
  for (const kind of kinds) {
    const { runsMs, middle } = await askInTurn(parties, gallery, kind, rows >= MANY_ROWS ? FEW_QUERIES : QUERIES)
    measured.push({
      ...{ kind, rows, shifts, wallMs: middle.wallMs },
      leastMs: Math.min(...runsMs),
      mostMs: Math.max(...runsMs),
      cpuMs: Math.max(...middle.parties.map(({ cpuMs }) => cpuMs)),
      bytesPerParty: Math.max(...middle.parties.map(({ sentBytes }) => sentBytes)),
    })
    yield { name: `${kind}, ${rows} rows x ${shifts}`, value: middle.wallMs, unit: 'ms' }
  }
  return measured
}

function writeDocument(report: PerformanceReport): void {
  const line = (name: string, points: readonly MeasuredQuery[], xOf: (query: MeasuredQuery) => number) => ({
    name,
    points: points.map((query) => ({ x: xOf(query), ms: query.wallMs })),
  })
  const ofKind = (kind: QueryKind) => report.overRows.filter((query) => query.kind === kind)
  const rowsPlot = timePlotSvg({
    title: `One query at ${USUAL.shifts} shifts, three parties on ${report.machine.cores} cores`,
    xName: 'rows',
    lines: [
      line('all rows at all shifts', ofKind('full'), ({ rows }) => rows),
      line(`cascade, ${100 * PASS_RATE} % pass`, ofKind('cascade'), ({ rows }) => rows),
    ],
  })
  const shiftsPlot = timePlotSvg({
    title: `One query over ${report.usual.rows.toLocaleString('en')} rows, three parties on ${report.machine.cores} cores`,
    xName: 'shifts',
    lines: [line('all rows at all shifts', report.overShifts, ({ shifts }) => shifts)],
  })
  writeFileSync(join(DOCS, 'performance-rows.svg'), rowsPlot)
  writeFileSync(join(DOCS, 'performance-shifts.svg'), shiftsPlot)
  writeFileSync(join(DOCS, 'performance.md'), performanceDocument(report))
}
