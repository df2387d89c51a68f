/**
 * What the kernel pool and its workers share: the layout of the WebAssembly memory and the message of a pass.
 *
 *   probes (128 vectors) | for each thread a block of results and a list of rows | gallery, one row share a slot, to the end
 *
 * The gallery comes last, so that it grows with the memory. The results of a block are computed inside, where the kernel
 * can write, and copied to the queries' own buffers. A vector, and so a row share, has 2 bytes for each of `dimension`
 * coefficients.
 */

/** Probe vectors in one pass. */
export const MAX_PROBES = 128
/** Rows that a worker claims and computes at a time. */
export const BLOCK_ROWS = 1024
/** Bytes of a WebAssembly page. */
export const PAGE_BYTES = 65_536
/** Pages that 32-bit WebAssembly addresses: 4 GiB. */
export const MAX_PAGES = 65_536

const BLOCK_BYTES = 2 * MAX_PROBES * BLOCK_ROWS
const LIST_BYTES = 4 * BLOCK_ROWS

/** Where a thread's block of results begins, in bytes. */
export function blockOffset(dimension: number, thread: number): number {
  return MAX_PROBES * 2 * dimension + thread * (BLOCK_BYTES + LIST_BYTES)
}

/** Where a thread's list of rows begins, in bytes. */
export function listOffset(dimension: number, thread: number): number {
  return blockOffset(dimension, thread) + BLOCK_BYTES
}

/** Where row `slot` begins, in bytes, with `threads` threads. */
export function rowOffset(dimension: number, threads: number, slot: number): number {
  return blockOffset(dimension, threads) + slot * 2 * dimension
}

/** What a worker is started with. */
export type KernelWorkerData = {
  readonly memory: WebAssembly.Memory
  readonly dimension: number
  readonly thread: number
  readonly threads: number
}

/** One query of a pass. Its probes follow those of the query before it in the memory. */
export type PassQuery = {
  /** Rows [0, rows) of the gallery, or of the pass's list. */
  readonly rows: number
  readonly probes: number
  /** A multiple of {@link BLOCK_ROWS}, or as many as there are. */
  readonly chunkRows: number
  /** The chunks behind each other; in each, the result of a probe and row at [probe * rows of the chunk + row]. */
  readonly out: SharedArrayBuffer
  /** For each chunk a 32-bit counter of the rows computed. */
  readonly progress: SharedArrayBuffer
}

/** A pass over the gallery for several queries. */
export type KernelPass = {
  readonly queries: readonly PassQuery[]
  /** Which rows, as 32-bit slots; the first ones where it is left out. */
  readonly list?: SharedArrayBuffer
  /** One 32-bit counter of the blocks claimed so far. */
  readonly claims: SharedArrayBuffer
}

/** What a worker says: a chunk of a query is complete, or it has nothing left to do. */
export type KernelWorkerAnswer = { readonly query: number; readonly chunk: number } | 'done'
