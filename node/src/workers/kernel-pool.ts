/**
 * The matching kernel in worker threads over one gallery in shared memory, so that the node's event loop stays free while
 * millions of dot products run. Jobs run one after the other, each on all threads.
 *
 * A row written while a job runs may be seen half written by it: the node answers queries at a gallery root and writes
 * between them.
 */

import { Worker } from 'node:worker_threads'
import { PalmError } from '@palmhold/base'
import { ROW_SHARE_BYTES, ShareLengthError } from '@palmhold/matching'
import {
  type KernelWorkerData,
  type KernelWorkerJob,
  MAX_PAGES,
  MAX_PROBES,
  PAGE_BYTES,
  rowOffset,
} from './kernel-job.ts'

export type KernelPoolOptions = {
  /** Worker threads, 1..64. */
  readonly threads: number
  /** Rows to make room for at first; more are made on need. */
  readonly capacityRows: number
}

export type KernelPool = {
  /** Rows there is room for. */
  readonly capacityRows: () => number
  /**
   * Makes room for `rows` rows and keeps what is there.
   * @throws {KernelMemoryError} 32-bit WebAssembly cannot hold so many
   */
  readonly reserve: (rows: number) => void
  /**
   * Writes the share of one row; makes room where there is none.
   * @throws {ShareLengthError} another length than 3,072
   */
  readonly writeRow: (slot: number, share: Uint8Array) => void
  /** A view of the row's share; another one after the next growth. */
  readonly row: (slot: number) => Uint8Array
  /**
   * Dot products of the first `rows` rows with prepared probes (1,536 coefficients each, at most 128 of them).
   * @returns out[probe * rows + row] modulo 2^16, in shared memory of its own
   * @throws {KernelPoolError} the pool is closed, or a thread died
   */
  readonly dot: (probes: Uint16Array, rows: number) => Promise<Uint16Array>
  /** Ends the threads; a job under way fails. */
  readonly close: () => Promise<void>
}

/**
 * Starts the threads.
 * @throws {KernelMemoryError} the memory cannot be had
 */
export function createKernelPool({ threads, capacityRows }: KernelPoolOptions): KernelPool {
  const memory = allocate(threads, capacityRows)
  let failure: KernelPoolError | undefined
  let tail: Promise<unknown> = Promise.resolve()
  let rejectJob: ((error: KernelPoolError) => void) | undefined

  const fail = (reason: string, cause?: unknown) => {
    failure ??= new KernelPoolError(reason, cause)
    rejectJob?.(failure)
  }
  const workers = Array.from({ length: threads }, (_, thread) => {
    const workerData: KernelWorkerData = { memory, thread, threads }
    // Beside this file, in TypeScript or built.
    const worker = new Worker(new URL(`./kernel-worker${import.meta.url.slice(-3)}`, import.meta.url), { workerData })
    worker.on('error', (error) => fail('a kernel thread failed', error))
    worker.on('exit', () => fail('a kernel thread has ended'))
    // An idle pool keeps no process alive; a job holds its threads until it is done.
    worker.unref()
    return worker
  })

  const capacity = () => Math.floor((memory.buffer.byteLength - rowOffset(threads, 0)) / ROW_SHARE_BYTES)
  const row = (slot: number) => new Uint8Array(memory.buffer, rowOffset(threads, slot), ROW_SHARE_BYTES)
  const reserve = (rows: number) => {
    if (rows > capacity()) grow(memory, rowOffset(threads, rows))
  }

  const run = async (probes: Uint16Array, rows: number): Promise<Uint16Array> => {
    if (failure) throw failure
    const count = (2 * probes.length) / ROW_SHARE_BYTES
    if (!Number.isInteger(count) || count > MAX_PROBES) throw new ShareLengthError()
    reserve(rows)
    new Uint16Array(memory.buffer, 0, probes.length).set(probes)
    const out = new SharedArrayBuffer(2 * count * rows)
    const job: KernelWorkerJob = { rows, probes: count, out, claims: new SharedArrayBuffer(4) }
    try {
      await Promise.race([
        Promise.all(workers.map((worker) => runOn(worker, job))),
        new Promise((_, reject) => {
          rejectJob = reject
        }),
      ])
    } finally {
      rejectJob = undefined
    }
    return new Uint16Array(out)
  }

  return {
    capacityRows: capacity,
    reserve,
    writeRow(slot, share) {
      if (share.length !== ROW_SHARE_BYTES) throw new ShareLengthError()
      // Twice the room each time, as long as there is any, so that loading row by row copies nothing.
      if (slot >= capacity())
        reserve(Math.min(Math.max(2 * capacity(), slot + 1), Math.max(largest(threads), slot + 1)))
      row(slot).set(share)
    },
    row,
    dot(probes, rows) {
      const result = tail.then(() => run(probes, rows))
      tail = result.catch(() => undefined)
      return result
    },
    async close() {
      fail('the kernel pool is closed')
      await Promise.all(workers.map((worker) => worker.terminate()))
    },
  }
}

function runOn(worker: Worker, job: KernelWorkerJob): Promise<void> {
  return new Promise((resolve) => {
    worker.ref()
    worker.once('message', () => {
      worker.unref()
      resolve()
    })
    worker.postMessage(job)
  })
}

/** Rows that 4 GiB hold. */
function largest(threads: number): number {
  return Math.floor((MAX_PAGES * PAGE_BYTES - rowOffset(threads, 0)) / ROW_SHARE_BYTES)
}

function allocate(threads: number, rows: number): WebAssembly.Memory {
  const initial = Math.ceil(rowOffset(threads, rows) / PAGE_BYTES)
  try {
    return new WebAssembly.Memory({ initial, maximum: MAX_PAGES, shared: true })
  } catch (cause) {
    throw new KernelMemoryError(cause)
  }
}

function grow(memory: WebAssembly.Memory, bytes: number): void {
  try {
    memory.grow(Math.ceil((bytes - memory.buffer.byteLength) / PAGE_BYTES))
  } catch (cause) {
    throw new KernelMemoryError(cause)
  }
}

/** The gallery does not fit into the memory that the kernel can address, or that this machine has. */
export class KernelMemoryError extends PalmError {
  constructor(cause: unknown) {
    super('PALM_KERNEL_MEMORY', 'there is no memory for so many rows', {
      hints: ['One pool holds about 1.39 million rows (4 GiB): give the node more memory, or fewer rows.'],
      cause,
    })
  }
}

/** The pool has no threads any more. */
export class KernelPoolError extends PalmError {
  constructor(reason: string, cause?: unknown) {
    super('PALM_KERNEL_FAILED', reason, { hints: ['Restart the node; if it happens again, report it.'], cause })
  }
}
