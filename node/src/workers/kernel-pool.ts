/**
 * The matching kernel in worker threads over one gallery in shared memory, so that the node's event loop stays free while
 * millions of dot products run. Passes over the gallery run one after the other, each on all threads; queries that wait
 * meanwhile share the next one (shared-pass.ts). Scores come in chunks of rows, so that a comparison begins with the first
 * while the kernel is at the second.
 *
 * A row written while a pass runs may be seen half written by it: the node answers queries at a gallery root and writes
 * between them.
 */

import { Worker } from 'node:worker_threads'
import { PalmError } from '@palmhold/base'
import { KernelRangeError, ROW_SHARE_BYTES, ShareLengthError } from '@palmhold/matching'
import {
  BLOCK_ROWS,
  type KernelPass,
  type KernelWorkerAnswer,
  type KernelWorkerData,
  MAX_PAGES,
  MAX_PROBES,
  PAGE_BYTES,
  type PassQuery,
  rowOffset,
} from './kernel-job.ts'
import { type PassRequest, takePass } from './shared-pass.ts'

export type KernelPoolOptions = {
  /** Worker threads, 1..64. */
  readonly threads: number
  /** Rows to make room for at first; more are made on need. */
  readonly capacityRows: number
  /** Coefficients of a row, a multiple of 16; 1,536 unless given. */
  readonly dimension?: number
}

export type KernelQuery = {
  /** Prepared probes, `dimension` coefficients each, at most 128 of them. */
  readonly probes: Uint16Array
  /** How many rows from the first, or which ones by slot. */
  readonly rows: number | Uint32Array
  /** Rows in a chunk: a multiple of 1,024, or no fewer than there are. */
  readonly chunkRows: number
  /** Takes the dot products of a chunk, modulo 2^16: [probe * rows of the chunk + row]. Chunks come in any order. */
  readonly onChunk: (chunk: number, scores: Uint16Array) => void
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
   * @throws {ShareLengthError} another length than 2 * dimension
   */
  readonly writeRow: (slot: number, share: Uint8Array) => void
  /** A view of the row's share; another one after the next growth. */
  readonly row: (slot: number) => Uint8Array
  /** A view of `count` rows from `slot` on, to load many at once; another one after the next growth. */
  readonly rows: (slot: number, count: number) => Uint8Array
  /**
   * Computes a query, chunk by chunk; resolves when `onChunk` has had all of them.
   * @throws {KernelPoolError} the pool is closed, or a thread died
   * @throws {ShareLengthError} probes or chunks of another length
   * @throws {KernelRangeError} a listed row that there is no room for
   */
  readonly stream: (query: KernelQuery) => Promise<void>
  /**
   * All dot products of the first `rows` rows at once, otherwise as `stream`.
   * @returns out[probe * rows + row] modulo 2^16, in shared memory of its own
   */
  readonly dot: (probes: Uint16Array, rows: number) => Promise<Uint16Array>
  /** Ends the threads; a pass under way fails. */
  readonly close: () => Promise<void>
}

/** A query in the queue. */
type Waiting = PassRequest & {
  readonly query: KernelQuery
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/**
 * Starts the threads.
 * @throws {KernelMemoryError} the memory cannot be had
 */
export function createKernelPool(options: KernelPoolOptions): KernelPool {
  const { threads, dimension = ROW_SHARE_BYTES / 2 } = options
  const rowBytes = 2 * dimension
  const offsetOf = (slot: number) => rowOffset(dimension, threads, slot)
  const memory = allocate(offsetOf(options.capacityRows))
  const waiting: Waiting[] = []
  let failure: KernelPoolError | undefined
  let isRunning = false
  let rejectPass: ((error: KernelPoolError) => void) | undefined

  const fail = (reason: string, cause?: unknown) => {
    failure ??= new KernelPoolError(reason, cause)
    rejectPass?.(failure)
  }
  const workers = Array.from({ length: threads }, (_, thread) => {
    const workerData: KernelWorkerData = { memory, dimension, thread, threads }
    // Beside this file, in TypeScript or built.
    const worker = new Worker(new URL(`./kernel-worker${import.meta.url.slice(-3)}`, import.meta.url), { workerData })
    worker.on('error', (error) => fail('a kernel thread failed', error))
    worker.on('exit', () => fail('a kernel thread has ended'))
    // An idle pool keeps no process alive; a pass holds its threads until it is done.
    worker.unref()
    return worker
  })

  const capacity = () => Math.floor((memory.buffer.byteLength - offsetOf(0)) / rowBytes)
  const rowsFrom = (slot: number, count: number) => new Uint8Array(memory.buffer, offsetOf(slot), count * rowBytes)
  const reserve = (rows: number) => {
    if (rows > capacity()) grow(memory, offsetOf(rows))
  }
  /** Rows that 4 GiB hold. */
  const largest = Math.floor((MAX_PAGES * PAGE_BYTES - offsetOf(0)) / rowBytes)

  /** One pass: lays the probes of its queries behind each other, and hands out chunks as the workers complete them. */
  const runPass = async (taken: readonly Waiting[]): Promise<void> => {
    const list = taken[0]!.list
    let vector = 0
    const queries = taken.map(({ query, probes, rows }): PassQuery => {
      new Uint16Array(memory.buffer, vector * rowBytes, query.probes.length).set(query.probes)
      vector += probes
      const chunks = Math.ceil(rows / query.chunkRows)
      const [out, progress] = [new SharedArrayBuffer(2 * probes * rows), new SharedArrayBuffer(4 * chunks)]
      return { rows, probes, chunkRows: query.chunkRows, out, progress }
    })
    const claims = new SharedArrayBuffer(4)
    const pass: KernelPass = { queries, claims, ...(list ? { list: sharedCopy(list) } : {}) }
    const take = (index: number, chunk: number) => {
      const { rows, probes, chunkRows, out } = queries[index]!
      const count = Math.min(chunkRows, rows - chunk * chunkRows)
      try {
        taken[index]!.query.onChunk(chunk, new Uint16Array(out, 2 * probes * chunk * chunkRows, probes * count))
      } catch (error) {
        taken[index]!.reject(error)
      }
    }
    try {
      await Promise.race([
        Promise.all(workers.map((worker) => runOn(worker, pass, take))),
        new Promise((_, reject) => {
          rejectPass = reject
        }),
      ])
    } finally {
      rejectPass = undefined
    }
  }

  const runAll = async () => {
    isRunning = true
    while (waiting.length > 0) {
      const taken = takePass(waiting)
      try {
        if (failure) throw failure
        await runPass(taken)
        for (const { resolve } of taken) resolve()
      } catch (error) {
        for (const { reject } of taken) reject(error)
      }
    }
    isRunning = false
  }

  const stream = async (query: KernelQuery): Promise<void> => {
    if (failure) throw failure
    const list = typeof query.rows === 'number' ? undefined : query.rows
    const rows = list ? list.length : (query.rows as number)
    const probes = query.probes.length / dimension
    const isChunked = query.chunkRows >= rows || query.chunkRows % BLOCK_ROWS === 0
    if (!Number.isInteger(probes) || probes > MAX_PROBES || query.chunkRows < 1 || !isChunked)
      throw new ShareLengthError()
    if (!list) reserve(rows)
    else if (list.some((slot) => slot >= capacity())) throw new KernelRangeError()
    if (rows === 0) return
    await new Promise<void>((resolve, reject) => {
      waiting.push({ query, rows, probes, list, resolve, reject })
      if (!isRunning) void runAll()
    })
  }

  return {
    capacityRows: capacity,
    reserve,
    writeRow(slot, share) {
      if (share.length !== rowBytes) throw new ShareLengthError()
      // Twice the room each time, as long as there is any, so that loading row by row copies nothing.
      if (slot >= capacity()) reserve(Math.min(Math.max(2 * capacity(), slot + 1), Math.max(largest, slot + 1)))
      rowsFrom(slot, 1).set(share)
    },
    row: (slot) => rowsFrom(slot, 1),
    rows: rowsFrom,
    stream,
    async dot(probes, rows) {
      let out = new Uint16Array(0)
      const onChunk = (_: number, scores: Uint16Array) => {
        out = scores as Uint16Array<ArrayBuffer>
      }
      await stream({ probes, rows, chunkRows: Math.max(1, rows), onChunk })
      return out
    },
    async close() {
      fail('the kernel pool is closed')
      await Promise.all(workers.map((worker) => worker.terminate()))
    },
  }
}

/** Runs a pass on one worker; resolves when it has nothing left to do. */
function runOn(worker: Worker, pass: KernelPass, take: (query: number, chunk: number) => void): Promise<void> {
  return new Promise((resolve) => {
    const onMessage = (answer: KernelWorkerAnswer) => {
      if (answer !== 'done') return take(answer.query, answer.chunk)
      worker.off('message', onMessage)
      worker.unref()
      resolve()
    }
    worker.on('message', onMessage)
    worker.ref()
    worker.postMessage(pass)
  })
}

function sharedCopy(list: Uint32Array): SharedArrayBuffer {
  const shared = new SharedArrayBuffer(list.byteLength)
  new Uint32Array(shared).set(list)
  return shared
}

function allocate(bytes: number): WebAssembly.Memory {
  try {
    return new WebAssembly.Memory({ initial: Math.ceil(bytes / PAGE_BYTES), maximum: MAX_PAGES, shared: true })
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
