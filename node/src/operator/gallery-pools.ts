/**
 * The rows of an operator in memory: one pool of palm codes and one of pooled codes, at the same slots, so that a first
 * pass streams the small one alone. On disk both are one row, the palm code first, under one digest.
 */

import { GALLERY_ROW_BYTES, POOLED_SHARE_BYTES, ROW_SHARE_BYTES, ShareLengthError } from '@palmhold/matching'
import { createKernelPool, type KernelPool, type KernelPoolOptions } from '../workers/kernel-pool.ts'

export type GalleryPools = {
  readonly codes: KernelPool
  readonly pooled: KernelPool
  /** Writes the shares of one row, {@link GALLERY_ROW_BYTES} long. @throws {ShareLengthError} */
  readonly writeRow: (slot: number, row: Uint8Array) => void
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
    async close() {
      await Promise.all([codes.close(), pooled.close()])
    },
  }
}
