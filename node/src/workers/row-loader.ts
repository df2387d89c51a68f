/**
 * Brings an operator's rows from its segment files into the kernel's memory when it starts, on several threads: a million
 * rows are 5 GB to read and to hash. Nothing else may write the files or the rows meanwhile.
 */

import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { openSegments, RowDamagedError, type SegmentStore } from '../storage/segment-store.ts'
import { WorkerFailedError } from './palm-pool.ts'

/** Bytes of a SHA-256. */
export const HASH_BYTES = 32
/** Rows that a thread claims, reads and checks at a time, while they are in its cache. */
export const LOAD_ROWS = 256
/** More threads than this only fight for the disk and the memory. */
const MOST_THREADS = 8

export type LoadRowsOptions = {
  /** Of the segment files. */
  readonly folder: string
  /** The memory that each part of a row goes to, from slot 0 on, shared: of a row's bytes the first, then the next. */
  readonly targets: readonly LoadTarget[]
  /** For each slot the SHA-256 of its row. A slot without one, all zero, is not wanted: its row becomes zero. Shared. */
  readonly hashes: Uint8Array
}

export type LoadTarget = { readonly memory: Uint8Array; readonly rowBytes: number }

/** What a thread is started with. */
export type LoadWorkerData = LoadRowsOptions & {
  /** One 32-bit counter of the blocks claimed so far. */
  readonly claims: SharedArrayBuffer
}

/**
 * Loads and checks all rows; a block of them on the thread that calls.
 * @returns the slots whose rows are not what was written, ascending; these are zero
 * @throws {DiskError | WorkerFailedError} the files cannot be read
 */
export async function loadRows(options: LoadRowsOptions): Promise<number[]> {
  const workerData: LoadWorkerData = { ...options, claims: new SharedArrayBuffer(4) }
  const blocks = Math.ceil(options.hashes.length / HASH_BYTES / LOAD_ROWS)
  const threads = Math.min(MOST_THREADS, availableParallelism(), blocks)
  if (threads <= 1) return loadBlocks(workerData)
  const running = Array.from({ length: threads }, () => runWorker(workerData))
  // None goes on behind the back of a caller that was told of a failure.
  await Promise.allSettled(running)
  return (await Promise.all(running)).flat().sort((a, b) => a - b)
}

/** Claims blocks until none is left; returns the slots of damaged rows in them. */
export function loadBlocks({ folder, targets, hashes, claims }: LoadWorkerData): number[] {
  const claimed = new Int32Array(claims)
  const rows = hashes.length / HASH_BYTES
  const rowBytes = targets.reduce((sum, target) => sum + target.rowBytes, 0)
  const segments = openSegments(folder, rowBytes)
  const damaged: number[] = []
  const block = new Uint8Array(LOAD_ROWS * rowBytes)
  try {
    for (;;) {
      const first = LOAD_ROWS * Atomics.add(claimed, 0, 1)
      if (first >= rows) return damaged
      const count = Math.min(LOAD_ROWS, rows - first)
      segments.readRange(first, block.subarray(0, count * rowBytes))
      for (let slot = first; slot < first + count; slot++) {
        const row = block.subarray((slot - first) * rowBytes, (slot - first + 1) * rowBytes)
        const hash = hashes.subarray(slot * HASH_BYTES, (slot + 1) * HASH_BYTES)
        if (hash.every((byte) => byte === 0)) row.fill(0)
        else if (!isIntact(segments, slot, hash, row)) damaged.push(slot)
        let from = 0
        for (const { memory, rowBytes: bytes } of targets) {
          memory.set(row.subarray(from, from + bytes), slot * bytes)
          from += bytes
        }
      }
    }
  } finally {
    segments.close()
  }
}

/** A damaged row is zero afterwards. */
function isIntact(segments: SegmentStore, slot: number, hash: Uint8Array, row: Uint8Array): boolean {
  try {
    segments.check(slot, hash, row)
    return true
  } catch (error) {
    if (error instanceof RowDamagedError) return false
    throw error
  }
}

function runWorker(workerData: LoadWorkerData): Promise<number[]> {
  return new Promise((resolve, reject) => {
    // Beside this file, in TypeScript or built.
    const worker = new Worker(new URL(`./row-loader-worker${import.meta.url.slice(-3)}`, import.meta.url), {
      workerData,
    })
    worker.once('message', resolve)
    worker.once('error', (cause) => reject(new WorkerFailedError(cause.message, 'PALM_WORKER_FAILED', [], cause)))
    worker.once('exit', () => reject(new WorkerFailedError('the thread that loads rows ended')))
  })
}
