/**
 * Brings an operator's rows from its segment files into the kernel's memory when it starts, on several threads: a million
 * rows are 3 GB to read and to hash. Nothing else may write the files or the rows meanwhile.
 */

import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { WorkerFailedError } from './palm-pool.ts'

/** Bytes of a SHA-256. */
export const HASH_BYTES = 32
/** Rows that a thread claims, reads and checks at a time. */
export const LOAD_ROWS = 1024
/** More threads than this only fight for the disk and the memory. */
const MOST_THREADS = 8

export type LoadRowsOptions = {
  /** Of the segment files. */
  readonly folder: string
  readonly rowBytes: number
  /** The memory of the rows from slot 0 on, shared. */
  readonly target: Uint8Array
  /** For each slot the SHA-256 of its row. A slot without one, all zero, is not wanted: its row becomes zero. */
  readonly hashes: Uint8Array
}

/** What a thread is started with. */
export type LoadWorkerData = LoadRowsOptions & {
  /** One 32-bit counter of the blocks claimed so far. */
  readonly claims: SharedArrayBuffer
}

/**
 * Loads and checks all rows.
 * @returns the slots whose rows are not what was written, ascending; these are zero
 * @throws {WorkerFailedError} the files cannot be read
 */
export async function loadRows(options: LoadRowsOptions): Promise<number[]> {
  const workerData: LoadWorkerData = { ...options, claims: new SharedArrayBuffer(4) }
  const blocks = Math.ceil(options.target.length / options.rowBytes / LOAD_ROWS)
  const threads = Math.min(MOST_THREADS, availableParallelism(), blocks)
  const damaged = await Promise.all(Array.from({ length: threads }, () => runWorker(workerData)))
  return damaged.flat().sort((a, b) => a - b)
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
