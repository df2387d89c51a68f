/**
 * Measures how long an operator takes to have its rows in memory when it starts: segment files on disk, read in large
 * pieces into the memory of both pools, each row (both codes) checked against its SHA-256, on as many threads as there are cores. The files are made for it, in a folder of
 * their own that is deleted, and have been read or written just before, so that they come from the system's file cache.
 */

import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { PalmError } from '@palmhold/base'
import { GALLERY_ROW_BYTES } from '@palmhold/matching'
import { createGalleryPools } from '../../node/src/operator/gallery-pools.ts'
import { ROWS_PER_SEGMENT } from '../../node/src/storage/segment-store.ts'
import { HASH_BYTES } from '../../node/src/workers/row-loader.ts'
import { WrongAnswerError } from './ask-queries.ts'
import type { BenchOptions, Figure } from './figure.ts'
import { seededRandom } from './synthetic-gallery.ts'

/** Different rows; the files repeat them. */
const DISTINCT = 4096
/** What the disk must have left beside the files. */
const SPARE_BYTES = 2e9

export type LoadingReport = {
  readonly rows: number
  readonly bytes: number
  readonly loadMs: number
  /** The same once more, into memory that the system has given already. */
  readonly againMs: number
  /** For one thread to write once into as much fresh memory, page by page, and nothing else. */
  readonly freshMemoryMs: number
  /** Processor time of the first load, all threads and the system. */
  readonly cpuMs: number
  readonly gigabytesPerSecond: number
}

/** The figures as they come; at the end the report. */
export async function* benchLoading({ rows }: BenchOptions): AsyncGenerator<Figure, LoadingReport> {
  const bytes = rows * GALLERY_ROW_BYTES
  const { bavail, bsize } = statfsSync(tmpdir())
  if (bavail * bsize < bytes + SPARE_BYTES) throw new DiskSpaceError(bytes + SPARE_BYTES)
  const folder = mkdtempSync(join(tmpdir(), 'palmhold-bench-'))
  const pools = createGalleryPools({ threads: 1, capacityRows: rows })
  let loaded: Omit<LoadingReport, 'freshMemoryMs'>
  try {
    const distinct = writeSegments(join(folder, 'segments'), rows)
    const hashes = new Uint8Array(new SharedArrayBuffer(HASH_BYTES * rows))
    for (let slot = 0; slot < rows; slot++) hashes.set(distinct[slot % DISTINCT]!, HASH_BYTES * slot)
    const load = async (): Promise<number> => {
      const startMs = performance.now()
      const damaged = await pools.loadRows(join(folder, 'segments'), hashes)
      if (damaged.length > 0) throw new WrongAnswerError()
      return performance.now() - startMs
    }
    const cpu = process.cpuUsage()
    const loadMs = await load()
    const { user, system } = process.cpuUsage(cpu)
    const cpuMs = (user + system) / 1000
    yield { name: `load ${rows} rows from segment files`, value: loadMs, unit: 'ms' }
    yield { name: 'processor time, all threads', value: cpuMs, unit: 'ms' }
    const gigabytesPerSecond = bytes / loadMs / 1e6
    yield { name: 'that is', value: gigabytesPerSecond, unit: 'GB/s' }
    const againMs = await load()
    yield { name: 'the same again, into memory that is there already', value: againMs, unit: 'ms' }
    loaded = { rows, bytes, loadMs, againMs, cpuMs, gigabytesPerSecond }
  } finally {
    rmSync(folder, { recursive: true, force: true })
    await pools.close()
  }
  const report = { ...loaded, freshMemoryMs: freshMemoryMs(bytes) }
  yield { name: 'one thread, to write once into as much fresh memory', value: report.freshMemoryMs, unit: 'ms' }
  return report
}

/** In a process of its own, which gives the memory back. One thread writes one byte into each page. */
function freshMemoryMs(bytes: number): number {
  const script = fileURLToPath(new URL('touch-memory.ts', import.meta.url))
  return Number(execFileSync(process.execPath, [script, String(bytes)], { encoding: 'utf8' }))
}

/** Segment files as an operator has them; returns the SHA-256 of each of the rows that they repeat. */
function writeSegments(folder: string, rows: number): Uint8Array[] {
  mkdirSync(folder)
  const block = seededRandom(3)(DISTINCT * GALLERY_ROW_BYTES)
  for (let first = 0; first < rows; first += ROWS_PER_SEGMENT) {
    const name = `segment-${String(first / ROWS_PER_SEGMENT).padStart(5, '0')}.rows`
    const file = openSync(join(folder, name), 'w', 0o600)
    const end = Math.min(rows, first + ROWS_PER_SEGMENT)
    for (let row = first; row < end; row += DISTINCT)
      writeSync(file, block, 0, Math.min(DISTINCT, end - row) * GALLERY_ROW_BYTES)
    closeSync(file)
  }
  return Array.from({ length: DISTINCT }, (_, k) =>
    createHash('sha256')
      .update(block.subarray(k * GALLERY_ROW_BYTES, (k + 1) * GALLERY_ROW_BYTES))
      .digest(),
  )
}

/** The disk has no room for the benchmark's files. */
export class DiskSpaceError extends PalmError {
  constructor(bytes: number) {
    super('PALM_BENCH_DISK', `the benchmark needs ${(bytes / 1e9).toFixed(1)} GB in ${tmpdir()}`, {
      hints: ['Make room, set TMPDIR to another disk, or take fewer rows.'],
    })
  }
}
