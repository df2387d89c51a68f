/**
 * The benchmark behind `palm benchmark`: every picture of the first session is one gallery code, every picture of the
 * second session one probe, and every probe meets every gallery code. With one session only, each pair of its pictures
 * is compared once, the earlier one as the probe. Nothing is dropped for its quality; pictures that give no code
 * count as failure to extract.
 *
 * All coders are measured alike, on the same pairs. The first stage of a cascade takes the threshold at which the wanted
 * part of this data's own impostor pairs passes; how much of either kind passed is reported.
 */

import {
  CODE_BYTES,
  type DetStatistics,
  detCurve,
  detStatistics,
  loosestThreshold,
  POOLED_BYTES,
  SOFT_CODE_BYTES,
} from '@palmhold/palm'
import { type CoderSettings, type CodeSet, coderNeeds, largestDistance } from '../../workers/palm-coder.ts'
import { createPalmPool, type PalmPool } from '../../workers/palm-pool.ts'
import type { EncodeTask, MatchResult, MatchTask, PictureKind } from '../../workers/palm-tasks.ts'
import { type DatasetPicture, listDataset } from './list-dataset.ts'

export type BenchmarkOptions = {
  readonly directory: string
  readonly kind: PictureKind
  readonly shifts: 25 | 81
  readonly coder: Omit<CoderSettings, 'passBelow'>
  /** Part of the impostor pairs that may pass the first stage of a cascade, 0..1. */
  readonly passRate: number
  readonly maxPalms?: number
  readonly onProgress?: (step: 'encode' | 'match', done: number, total: number) => void
}

export type BenchmarkReport = DetStatistics & {
  /** What passed a cascade's first stage: its threshold in bits, and the parts of the pairs. */
  readonly firstStage?: { readonly passBelow: number; readonly genuine: number; readonly impostor: number }
  readonly palms: number
  /** The two sessions compared, or the one. */
  readonly sessions: readonly string[]
  readonly pictures: number
  /** Part of the pictures that gave no code, 0..1. */
  readonly failureToExtract: number
  /** How many pictures failed with which error. */
  readonly failures: Readonly<Record<string, number>>
  /** Codes a second, reading and decoding of the files included; a probe counts one for each shift. */
  readonly codesPerSecond: number
  /** Comparisons of two codes a second, each shift counted. */
  readonly comparisonsPerSecond: number
  readonly seconds: number
}

export type BenchmarkResult = {
  readonly report: BenchmarkReport
  readonly genuine: Uint32Array
  readonly impostor: Uint32Array
}

type Encoded = CodeSet & { labels: Int32Array; failures: string[] }

/** Bytes of one picture in a set of codes at so many shifts. */
function bytesEach(shifts: number): CodeSizes {
  return { codes: shifts * CODE_BYTES, pooled: POOLED_BYTES, soft: shifts * SOFT_CODE_BYTES }
}
type CodeSizes = Record<keyof CodeSet, number>
const KINDS = ['codes', 'pooled', 'soft'] as const

const FILES_A_TASK = 25
const PROBES_A_TASK = 50

/**
 * @throws {DatasetEmptyError} {@link FileUnreadableError} as listDataset
 * @throws {StatisticsError} no two pictures of one palm, or one palm only
 */
export async function runBenchmark(options: BenchmarkOptions): Promise<BenchmarkResult> {
  const { directory, kind } = options
  const shifts = options.coder.coder === 'pooled' ? 1 : options.shifts
  const dataset = await listDataset(directory, options.maxPalms)
  const sessions = dataset.sessions.slice(0, 2)
  const of = (session: string | undefined) => dataset.pictures.filter((picture) => picture.session === session)
  const within = sessions.length === 1
  await using pool = createPalmPool()
  const started = performance.now()
  const pictures = [of(sessions[0]), within ? [] : of(sessions[1])] as const
  const total = pictures[0].length + pictures[1].length
  const encode = (which: 0 | 1, codesEach: 1 | 25 | 81): Promise<Encoded> =>
    encodeAll(pool, pictures[which], { ...options, kind, shifts: codesEach }, (done) =>
      options.onProgress?.('encode', done + (which === 0 ? 0 : pictures[0].length), total),
    )
  const gallery = await encode(0, within ? shifts : 1)
  const probes = within ? gallery : await encode(1, shifts)
  const encoded = performance.now()
  const rows = within ? unshifted(gallery, shifts) : gallery
  const onDone = (done: number, all: number): void => options.onProgress?.('match', done, all)
  const first = { ...options.coder, coder: 'pooled', passBelow: 0 } as const
  const passBelow =
    options.coder.coder === 'cascade'
      ? loosestThresholdOf((await matchAll(pool, rows, probes, { settings: first, shifts, within })).impostor, options)
      : 0
  const searched = performance.now()
  const settings = { ...options.coder, passBelow }
  const { genuine, impostor, passedGenuine, passedImpostor } = await matchAll(pool, rows, probes, {
    settings,
    shifts,
    within,
    onDone,
  })
  const matched = performance.now()
  const failures = within ? gallery.failures : [...gallery.failures, ...probes.failures]
  const statistics = detStatistics(genuine, impostor)
  const codes = (within ? 0 : gallery.labels.length) + probes.labels.length * shifts
  const report: BenchmarkReport = {
    ...statistics,
    ...(options.coder.coder === 'cascade'
      ? {
          firstStage: {
            passBelow,
            genuine: passedGenuine / statistics.genuine,
            impostor: passedImpostor / statistics.impostor,
          },
        }
      : {}),
    palms: dataset.palms,
    sessions,
    pictures: total,
    failureToExtract: failures.length / total,
    failures: countEach(failures),
    codesPerSecond: Math.round((1000 * codes) / (encoded - started)),
    comparisonsPerSecond: Math.round(
      (1000 * shifts * (statistics.genuine + statistics.impostor)) / (matched - searched),
    ),
    seconds: Math.round(matched - started) / 1000,
  }
  return { report, genuine, impostor }
}

/** The largest pooled distance below which no more than the wanted part of the impostor pairs lies. */
function loosestThresholdOf(impostor: Uint32Array, { passRate }: BenchmarkOptions): number {
  return loosestThreshold(detCurve(impostor, impostor), passRate)
}

async function encodeAll(
  pool: PalmPool,
  pictures: readonly DatasetPicture[],
  options: { kind: PictureKind; shifts: 1 | 25 | 81; coder: Omit<CoderSettings, 'passBelow'> },
  onDone: (done: number) => void,
): Promise<Encoded> {
  const { kind: pictureKind, shifts } = options
  const wanted = coderNeeds({ ...options.coder, passBelow: 0 })
  const tasks: EncodeTask[] = []
  for (let at = 0; at < pictures.length; at += FILES_A_TASK) {
    const files = pictures.slice(at, at + FILES_A_TASK).map((picture) => picture.path)
    tasks.push({ kind: 'encode', files, pictureKind, shifts, wanted })
  }
  const results = await pool.run(tasks, (done) => onDone(Math.min(pictures.length, done * FILES_A_TASK)))
  const sizes = bytesEach(shifts)
  const set: Record<keyof CodeSet, Uint8Array> = { codes: empty, pooled: empty, soft: empty }
  for (const each of KINDS) if (wanted[each]) set[each] = new Uint8Array(pictures.length * sizes[each])
  const labels: number[] = []
  const failures: string[] = []
  for (const [task, result] of results.entries())
    for (const [i, failure] of result.failures.entries()) {
      if (failure !== null) {
        failures.push(failure)
        continue
      }
      for (const each of KINDS)
        if (wanted[each])
          set[each].set(result[each].subarray(i * sizes[each], (i + 1) * sizes[each]), labels.length * sizes[each])
      labels.push(pictures[task * FILES_A_TASK + i]!.palm)
    }
  return { ...partOf(set, sizes, 0, labels.length), labels: Int32Array.from(labels), failures }
}

const empty = new Uint8Array(0)

/** The codes of the pictures `from`..`to`, the last not included. */
function partOf(set: CodeSet, sizes: CodeSizes, from: number, to: number): CodeSet {
  const part = (each: keyof CodeSet): Uint8Array => set[each].slice(from * sizes[each], to * sizes[each])
  return { codes: part('codes'), pooled: part('pooled'), soft: part('soft') }
}

async function matchAll(
  pool: PalmPool,
  gallery: Encoded,
  probes: Encoded,
  options: {
    settings: CoderSettings
    shifts: number
    within: boolean
    onDone?: (done: number, total: number) => void
  },
): Promise<MatchResult> {
  const { settings, shifts, within, onDone } = options
  const { codes, pooled, soft, labels } = gallery
  await pool.setGallery({ settings, gallery: { codes, pooled, soft }, labels })
  const count = probes.labels.length
  const sizes = bytesEach(shifts)
  const tasks: MatchTask[] = []
  for (let at = 0; at < count; at += PROBES_A_TASK) {
    const end = Math.min(count, at + PROBES_A_TASK)
    tasks.push({
      kind: 'match',
      probes: partOf(probes, sizes, at, end),
      shifts,
      labels: probes.labels.slice(at, end),
      firstRows: Int32Array.from({ length: end - at }, (_, i) => (within ? at + i + 1 : 0)),
    })
  }
  const bins = largestDistance(settings) + 1
  const genuine = new Uint32Array(bins)
  const impostor = new Uint32Array(bins)
  let [passedGenuine, passedImpostor] = [0, 0]
  for (const part of await pool.run(tasks, (done) => onDone?.(Math.min(count, done * PROBES_A_TASK), count))) {
    for (let i = 0; i < bins; i++) {
      genuine[i]! += part.genuine[i]!
      impostor[i]! += part.impostor[i]!
    }
    passedGenuine += part.passedGenuine
    passedImpostor += part.passedImpostor
  }
  return { genuine, impostor, passedGenuine, passedImpostor }
}

/** Of each picture's codes the one that is not shifted, which stands in the middle of the square of shifts. */
function unshifted(encoded: Encoded, shifts: 1 | 25 | 81): Encoded {
  const middle = (bytes: Uint8Array, each: number): Uint8Array => {
    const out = new Uint8Array(bytes.length / shifts)
    for (let at = 0; at < out.length; at += each) {
      const from = at * shifts + ((shifts - 1) / 2) * each
      out.set(bytes.subarray(from, from + each), at)
    }
    return out
  }
  return { ...encoded, codes: middle(encoded.codes, CODE_BYTES), soft: middle(encoded.soft, SOFT_CODE_BYTES) }
}

function countEach(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1
  return counts
}
