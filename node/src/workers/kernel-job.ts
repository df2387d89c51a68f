/**
 * What the kernel pool and its workers share: the layout of the WebAssembly memory and the message of a job.
 *
 *   probes (128 vectors) | one block of results for each thread | gallery, one row share a slot, to the end
 *
 * The gallery comes last, so that it grows with the memory. The results of a block are computed inside, where the kernel
 * can write, and copied to the job's own buffer.
 */

import { ROW_SHARE_BYTES } from '@palmhold/matching'

/** Probe vectors in one job. */
export const MAX_PROBES = 128
/** Rows that a worker claims and computes at a time. */
export const BLOCK_ROWS = 1024
/** Bytes of a WebAssembly page. */
export const PAGE_BYTES = 65_536
/** Pages that 32-bit WebAssembly addresses: 4 GiB. */
export const MAX_PAGES = 65_536

const BLOCK_BYTES = 2 * MAX_PROBES * BLOCK_ROWS

/** Where a thread's block of results begins, in bytes. */
export function blockOffset(thread: number): number {
  return MAX_PROBES * ROW_SHARE_BYTES + thread * BLOCK_BYTES
}

/** Where row `slot` begins, in bytes, with `threads` threads. */
export function rowOffset(threads: number, slot: number): number {
  return blockOffset(threads) + slot * ROW_SHARE_BYTES
}

/** What a worker is started with. */
export type KernelWorkerData = {
  readonly memory: WebAssembly.Memory
  readonly thread: number
  readonly threads: number
}

/** Dot products of rows [0, rows) with the `probes` vectors that lie in the memory. */
export type KernelWorkerJob = {
  readonly rows: number
  readonly probes: number
  /** out[probe * rows + row] */
  readonly out: SharedArrayBuffer
  /** One 32-bit counter of the blocks claimed so far. */
  readonly claims: SharedArrayBuffer
}
