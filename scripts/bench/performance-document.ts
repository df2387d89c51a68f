/** The text of docs/performance.md from what was measured. */

import type { MeasuredQuery, PerformanceReport } from './performance-report.ts'
import { threeDigits } from './time-plot-svg.ts'

/** What is aimed at, on two cores. */
const TARGETS = [
  { rows: 100_000, kind: 'full', seconds: 0.45 },
  { rows: 1_000_000, kind: 'full', seconds: 5 },
  { rows: 100_000, kind: 'cascade', seconds: 0.15 },
  { rows: 1_000_000, kind: 'cascade', seconds: 1.5 },
] as const

/** The document. */
export function performanceDocument(report: PerformanceReport): string {
  const { machine, usual, loading, loadBefore, loadAfter } = report
  const { baselines, kernel } = usual
  const worst = (pick: (party: (typeof usual.parties)[number]) => number) => Math.min(...usual.parties.map(pick))
  const most = (pick: (party: (typeof usual.parties)[number]) => number) => Math.max(...usual.parties.map(pick))
  const gmacs = worst(({ kernelGmacs }) => kernelGmacs)
  const encode = report.palm.find(({ name }) => name.startsWith('encode at'))!
  const rowsOfTargets = TARGETS.map(({ rows, kind, seconds }) => {
    const measured = report.overRows.find((query) => query.rows === rows && query.kind === kind)
    const what = `${kind === 'full' ? 'query' : 'cascade'}, ${rows.toLocaleString('en')} rows x ${usual.shifts}`
    return `| ${what} | at most ${seconds} s | ${measured ? `${threeDigits(measured.wallMs / 1000)} s` : 'not measured'} |`
  })
  const leftOut = report.leftOut.map((rows) => rows.toLocaleString('en')).join(', ')
  return `# Performance

Written by \`npm run bench -- performance\` (about five minutes); do not edit. \`npm run bench -- check\` fails where one of
the ratios got worse; no test asserts a time.

Measured on ${machine.cores} cores (${machine.model}), ${machine.memoryGB.toFixed(0)} GB of memory, Node ${machine.node}. The load
average was ${loadBefore.toFixed(1)} before and ${loadAfter.toFixed(1)} after${loadBefore > 0.7 ? ': other work ran beside it, so trust the ratios' : ''}.

## Beside the targets

| | target | measured |
|---|---|---|
| kernel, ${usual.shifts} probe codes, in cache, one core | at least 25 GMAC/s | ${threeDigits(gmacs)} GMAC/s |
| kernel to a loop over typed arrays | at least 20 | ${threeDigits(gmacs / baselines.typedArraysGmacs)} |
| payload sent, each comparison and party | at most 7.5 bytes | ${threeDigits(most(({ bytesPerComparison }) => bytesPerComparison))} bytes |
${rowsOfTargets.join('\n')}
| ${loading.rows.toLocaleString('en')} rows from disk | at most 4 s for a million | ${threeDigits(loading.loadMs / 1000)} s |
| the same, into memory that the system has given already | | ${threeDigits(loading.againMs / 1000)} s |
| ${encode.name} | at most 10 ms | ${threeDigits(encode.value)} ms |
${leftOut ? `\nNot measured, for want of memory: ${leftOut} rows.\n` : ''}
## Over rows

![Time of one query over the number of rows, with and without the cascade](performance-rows.svg)

${queryTable(report.overRows)}

## Over shifts

![Time of one query over the number of shifts](performance-shifts.svg)

${queryTable(report.overShifts)}

## What a query is made of

${usual.rows.toLocaleString('en')} rows x ${usual.shifts}, the query in the middle of ${usual.runsMs.length}:

| | P0 | P1 | P2 |
|---|---|---|---|
| processor time, all threads | ${cells(report, ({ cpuMs }) => `${threeDigits(cpuMs)} ms`)} |
| kernel through after, on the clock | ${cells(report, ({ kernelMs }) => `${threeDigits(kernelMs)} ms`)} |
| comparisons a second of processor time | ${cells(report, (party) => `${threeDigits(party.comparisonsPerSecond / 1e6)} million`)} |
| payload sent, each comparison | ${cells(report, ({ bytesPerComparison }) => `${threeDigits(bytesPerComparison)} bytes`)} |

| | |
|---|---|
| kernel from memory, ${usual.shifts} probe codes | ${threeDigits(kernel.fromMemoryGmacs)} GMAC/s |
| kernel from memory, 1 probe code | ${threeDigits(kernel.oneProbeFromMemoryGmacs)} GMAC/s |
| loop over typed arrays, in cache | ${threeDigits(baselines.typedArraysGmacs)} GMAC/s |
| the same search in the clear, one thread | ${threeDigits(baselines.popcountRowsPerSecond / 1e6)} million rows/s |
| ${usual.sharedPass.probes} queries at once, each | ${threeDigits(usual.sharedPass.wallMsPerProbe)} ms, alone ${threeDigits(usual.wallMs)} ms |
| check that a probe was dealt as bits, each node | ${threeDigits(usual.dealingCheckMs)} ms |
| rows of one party in memory | ${threeDigits(usual.galleryBytesPerParty / 1e9)} GB |

## How it was measured

- **Queries.** Three processes on loopback, each with the parts of an operator: a kernel pool of one thread, the data plane
  (TLS 1.3 under the node's identity), masks from AES-128-CTR, the comparison. Requests, chain and database are left out. The
  time goes from the question to the last party's answer; the median of ${usual.runsMs.length} queries after two that do not count (of three
  with 500,000 rows or more). The first threshold is compared for all rows, the second for those that passed it.
- **Right answers.** Rows repeat 509 random palms and hold three planted ones. Every bit that a party opens is compared with
  the answer computed from the codes; a wrong one ends the benchmark. What is timed does not depend on the contents.
- **Cascade.** Codes of 1,024 bits in a first pass that lets a tenth of the rows through, then all shifts on those, decided on
  the sum of both scores.
- **Kernel.** 64 rows (192 KB) in cache, 38,000 rows (117 MB) from memory; the best of five runs of 50 ms, in each party's
  process one after the other; the slowest of the three is shown. A GMAC is a thousand million 16-bit
  multiply-accumulates. The loop over typed arrays computes the same products in cache.
- **Processor time** is that of the party's whole process, with TLS and garbage collection.
- **Loading.** Segment files written just before, so that they come from the system's file cache, read in large pieces into the
  kernel's memory on as many threads as there are cores; each row is checked against its SHA-256. The same once more, into memory
  that the system has handed out already, shows what of it is the operator's own work. For one thread to write one byte into each
  page of ${threeDigits(loading.bytes / 1e9)} GB of fresh memory took ${threeDigits(loading.freshMemoryMs / 1000)} s here.
- **In the clear.** The popcount search of packages/palm over the same codes and shifts, on one thread.
`
}

function cells(
  { usual }: PerformanceReport,
  show: (party: PerformanceReport['usual']['parties'][number]) => string,
): string {
  return usual.parties.map(show).join(' | ')
}

function queryTable(queries: readonly MeasuredQuery[]): string {
  const lines = queries.map(
    ({ kind, rows, shifts, wallMs, leastMs, mostMs, cpuMs, bytesPerParty }) =>
      `| ${kind} | ${rows.toLocaleString('en')} | ${shifts} | ${threeDigits(wallMs)} | ${threeDigits(leastMs)} - ${threeDigits(mostMs)} | ${threeDigits(cpuMs)} | ${threeDigits(bytesPerParty / 1e6)} |`,
  )
  return [
    '| query | rows | shifts | median, ms | range, ms | processor time of a party, ms | sent by a party, MB |',
    '|---|---|---|---|---|---|---|',
    ...lines,
  ].join('\n')
}
