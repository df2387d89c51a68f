/**
 * The benchmark behind `palm benchmark`: every picture of the first session is one gallery code, every picture of the
 * second session one probe, and every probe meets every gallery code. With one session only, each pair of its pictures
 * is compared once, the earlier one as the probe. Nothing is dropped for its quality; pictures that give no code
 * count as failure to extract.
 */

import { CODE_BITS, CODE_BYTES, type DetStatistics, detStatistics } from '@palmhold/palm'
import { createPalmPool, type PalmPool } from '../../workers/palm-pool.ts'
import type { EncodeTask, MatchTask, PictureKind } from '../../workers/palm-tasks.ts'
import { type DatasetPicture, listDataset } from './list-dataset.ts'

export type BenchmarkOptions = {
  readonly directory: string
  readonly kind: PictureKind
  readonly shifts: 25 | 81
  readonly maxPalms?: number
  readonly onProgress?: (step: 'encode' | 'match', done: number, total: number) => void
}

export type BenchmarkReport = DetStatistics & {
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

type Encoded = { codes: Uint8Array; labels: Int32Array; failures: string[] }

const FILES_A_TASK = 25
const PROBES_A_TASK = 50

/**
 * @throws {DatasetEmptyError} {@link FileUnreadableError} as listDataset
 * @throws {StatisticsError} no two pictures of one palm, or one palm only
 */
export async function runBenchmark(options: BenchmarkOptions): Promise<BenchmarkResult> {
  const { directory, kind, shifts } = options
  const dataset = await listDataset(directory, options.maxPalms)
  const sessions = dataset.sessions.slice(0, 2)
  const of = (session: string | undefined) => dataset.pictures.filter((picture) => picture.session === session)
  const within = sessions.length === 1
  await using pool = createPalmPool()
  const started = performance.now()
  const pictures = [of(sessions[0]), within ? [] : of(sessions[1])] as const
  const total = pictures[0].length + pictures[1].length
  const encode = (which: 0 | 1, codesEach: 1 | 25 | 81): Promise<Encoded> =>
    encodeAll(pool, pictures[which], kind, codesEach, (done) =>
      options.onProgress?.('encode', done + (which === 0 ? 0 : pictures[0].length), total),
    )
  const gallery = await encode(0, within ? shifts : 1)
  const probes = within ? gallery : await encode(1, shifts)
  const encoded = performance.now()
  const { genuine, impostor } = await matchAll(pool, within ? unshifted(gallery, shifts) : gallery, probes, {
    shifts,
    within,
    onDone: (done, all) => options.onProgress?.('match', done, all),
  })
  const matched = performance.now()
  const failures = within ? gallery.failures : [...gallery.failures, ...probes.failures]
  const statistics = detStatistics(genuine, impostor)
  const codes = (within ? 0 : gallery.labels.length) + probes.labels.length * shifts
  const report: BenchmarkReport = {
    ...statistics,
    palms: dataset.palms,
    sessions,
    pictures: total,
    failureToExtract: failures.length / total,
    failures: countEach(failures),
    codesPerSecond: Math.round((1000 * codes) / (encoded - started)),
    comparisonsPerSecond: Math.round(
      (1000 * shifts * (statistics.genuine + statistics.impostor)) / (matched - encoded),
    ),
    seconds: Math.round(matched - started) / 1000,
  }
  return { report, genuine, impostor }
}

async function encodeAll(
  pool: PalmPool,
  pictures: readonly DatasetPicture[],
  pictureKind: PictureKind,
  shifts: 1 | 25 | 81,
  onDone: (done: number) => void,
): Promise<Encoded> {
  const tasks: EncodeTask[] = []
  for (let at = 0; at < pictures.length; at += FILES_A_TASK) {
    const files = pictures.slice(at, at + FILES_A_TASK).map((picture) => picture.path)
    tasks.push({ kind: 'encode', files, pictureKind, shifts })
  }
  const results = await pool.run(tasks, (done) => onDone(Math.min(pictures.length, done * FILES_A_TASK)))
  const bytes = shifts * CODE_BYTES
  const codes = new Uint8Array(pictures.length * bytes)
  const labels: number[] = []
  const failures: string[] = []
  for (const [task, result] of results.entries())
    for (const [i, failure] of result.failures.entries()) {
      if (failure !== null) {
        failures.push(failure)
        continue
      }
      codes.set(result.codes.subarray(i * bytes, (i + 1) * bytes), labels.length * bytes)
      labels.push(pictures[task * FILES_A_TASK + i]!.palm)
    }
  return { codes: codes.subarray(0, labels.length * bytes), labels: Int32Array.from(labels), failures }
}

async function matchAll(
  pool: PalmPool,
  gallery: Encoded,
  probes: Encoded,
  options: { shifts: number; within: boolean; onDone: (done: number, total: number) => void },
): Promise<{ genuine: Uint32Array; impostor: Uint32Array }> {
  const { shifts, within, onDone } = options
  await pool.setGallery({ codes: gallery.codes, labels: gallery.labels })
  const count = probes.labels.length
  const bytes = shifts * CODE_BYTES
  const tasks: MatchTask[] = []
  for (let at = 0; at < count; at += PROBES_A_TASK) {
    const end = Math.min(count, at + PROBES_A_TASK)
    tasks.push({
      kind: 'match',
      probes: probes.codes.slice(at * bytes, end * bytes),
      shifts,
      labels: probes.labels.slice(at, end),
      firstRows: Int32Array.from({ length: end - at }, (_, i) => (within ? at + i + 1 : 0)),
    })
  }
  const genuine = new Uint32Array(CODE_BITS + 1)
  const impostor = new Uint32Array(CODE_BITS + 1)
  for (const part of await pool.run(tasks, (done) => onDone(Math.min(count, done * PROBES_A_TASK), count)))
    for (let i = 0; i <= CODE_BITS; i++) {
      genuine[i]! += part.genuine[i]!
      impostor[i]! += part.impostor[i]!
    }
  return { genuine, impostor }
}

/** Of each picture's codes the one that is not shifted, which stands in the middle of the square of shifts. */
function unshifted(encoded: Encoded, shifts: 25 | 81): Encoded {
  const codes = new Uint8Array(encoded.labels.length * CODE_BYTES)
  for (let i = 0; i < encoded.labels.length; i++) {
    const at = (i * shifts + (shifts - 1) / 2) * CODE_BYTES
    codes.set(encoded.codes.subarray(at, at + CODE_BYTES), i * CODE_BYTES)
  }
  return { ...encoded, codes }
}

function countEach(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1
  return counts
}
