/**
 * The rows of an operator in memory: one pool of palm codes and one of pooled codes, at the same slots, so that a first
 * pass streams the small one alone. On disk both are one row, the palm code first, under one digest.
 */

import { GALLERY_ROW_BYTES, POOLED_SHARE_BYTES, ROW_SHARE_BYTES, ShareLengthError } from '@palmhold/matching'
import { createKernelPool, type KernelPool, type KernelPoolOptions } from '../workers/kernel-pool.ts'
import { HASH_BYTES, loadRows } from '../workers/row-loader.ts'

export type GalleryPools = {
  readonly codes: KernelPool
  readonly pooled: KernelPool
  /** Writes the shares of one row, {@link GALLERY_ROW_BYTES} long. @throws {ShareLengthError} */
  readonly writeRow: (slot: number, row: Uint8Array) => void
  /**
   * Brings the rows of slots with a SHA-256 in `hashes` (32 bytes a slot from 0 on, shared; zeros where there is none) from
   * the segment files in `folder`, on as many threads as there are cores.
   * @returns the slots of rows that are not what was written, ascending; these are zero
   * @throws {DiskError | WorkerFailedError} the files cannot be read
   */
  readonly loadRows: (folder: string, hashes: Uint8Array) => Promise<number[]>
  readonly close: () => Promise<void>
}

/**
 * Starts the threads of both pools; they work in turn, so that each may have all cores.
 * @throws {KernelMemoryError} the memory cannot be had
 */
export function createGalleryPools(options: Omit<KernelPoolOptions, 'dimension'>): GalleryPools {
  const codes = createKernelPool(options)
  const pooled = createKernelPool({ ...options, dimension: POOLED_SHARE_BYTES / 2 })
  return {
    codes,
    pooled,
    writeRow(slot, row) {
      if (row.length !== GALLERY_ROW_BYTES) throw new ShareLengthError()
      codes.writeRow(slot, row.subarray(0, ROW_SHARE_BYTES))
      pooled.writeRow(slot, row.subarray(ROW_SHARE_BYTES))
    },
    async loadRows(folder, hashes) {
      const count = hashes.length / HASH_BYTES
      for (const pool of [codes, pooled]) pool.reserve(count)
      const targets = [
        { memory: codes.rows(0, count), rowBytes: ROW_SHARE_BYTES },
        { memory: pooled.rows(0, count), rowBytes: POOLED_SHARE_BYTES },
      ]
      return loadRows({ folder, targets, hashes })
    },
    async close() {
      await Promise.all([codes.close(), pooled.close()])
    },
  }
}
