/** What `palm benchmark` does. */

import { writeFile } from 'node:fs/promises'
import { detPlotSvg, REPORTED_FAR } from '@palmhold/palm'
import type { CoderName } from '../../workers/coder-name.ts'
import type { PictureKind } from '../../workers/palm-tasks.ts'
import { printResult } from '../output.ts'
import { createProgress } from './create-progress.ts'
import { FileUnwritableError } from './file-unwritable-error.ts'
import { type BenchmarkReport, runBenchmark } from './run-benchmark.ts'

export type BenchmarkCommandOptions = {
  kind: PictureKind
  shifts: 25 | 81
  coder: CoderName
  soft?: boolean
  pooledBits: string
  passRate: number
  decision: 'bocv' | 'fused'
  plot?: string
  maxPalms?: number
  json?: boolean
}

export async function benchmark(directory: string, options: BenchmarkCommandOptions): Promise<void> {
  const progress = createProgress()
  const { coder, soft = false, decision, passRate } = options
  const settings = { coder, soft, decision, pooledBits: Number(options.pooledBits) }
  const { report, genuine, impostor } = await runBenchmark({
    directory,
    kind: options.kind,
    shifts: options.shifts,
    coder: settings,
    passRate,
    ...(options.maxPalms === undefined ? {} : { maxPalms: options.maxPalms }),
    onProgress: (step, done, total) => progress(step === 'encode' ? 'pictures' : 'probes', done, total),
  })
  if (options.plot) {
    const title = `DET curve: ${coder}, ${report.palms} palms, ${options.shifts} shifts`
    try {
      await writeFile(options.plot, detPlotSvg(genuine, impostor, title))
    } catch (cause) {
      throw new FileUnwritableError(options.plot, cause)
    }
  }
  const used = {
    coder,
    soft,
    ...(coder === 'bocv' ? {} : { pooledBits: settings.pooledBits }),
    ...(coder === 'cascade' ? { passRate, decision } : {}),
    ...(coder === 'pooled' ? {} : { shifts: options.shifts }),
  }
  printResult(options.json, { ok: true, kind: options.kind, ...used, ...report }, table(describe(used), report))
}

/** The coder and its settings in one line. */
function describe(used: Readonly<Record<string, unknown>>): string {
  return Object.entries(used)
    .map(([name, value]) => (name === 'coder' ? String(value) : `${name} ${value}`))
    .join(', ')
}

function table(coder: string, report: BenchmarkReport): string {
  const rows = REPORTED_FAR.map((far) => {
    const [low, high] = report.bounds[far].frr
    return `FRR at FAR ${far}    ${percent(report.frr[far])}  (95 %: ${percent(low)} .. ${percent(high)}), accept below ${report.thresholds[far]} bits`
  })
  const { firstStage } = report
  return [
    `coder              ${coder}`,
    `palms              ${report.palms}, pictures ${report.pictures}, sessions ${report.sessions.join(' against ') || 'one'}`,
    `comparisons        ${report.genuine} genuine, ${report.impostor} impostor`,
    `equal error rate   ${percent(report.eer)}`,
    ...(firstStage
      ? [
          `passed first stage ${percent(firstStage.genuine)} of genuine, ${percent(firstStage.impostor)} of impostor pairs, below ${firstStage.passBelow} bits`,
        ]
      : []),
    ...rows,
    ...resolution(report.impostor),
    `failure to extract ${percent(report.failureToExtract)}`,
    `speed              ${report.codesPerSecond} codes/s, ${report.comparisonsPerSecond} comparisons/s, ${report.seconds} s`,
  ].join('\n')
}

/** Rates that so few impostor pairs cannot show: none in N means below 3 / N, with 95 % confidence. */
function resolution(impostor: number): string[] {
  const least = 3 / impostor
  const blind = REPORTED_FAR.filter((far) => Number(far) < least)
  if (blind.length === 0) return []
  return [
    `                   ${impostor} impostor pairs show no rate below ${least.toPrecision(1)}: read FAR ${blind.join(', ')} with that in mind`,
  ]
}

function percent(rate: number): string {
  return `${(100 * rate).toFixed(3)} %`
}
