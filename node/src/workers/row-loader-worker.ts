/** A thread of the row loader: reads a block of rows, checks them while they are in the caches, and takes the next one. */

import { parentPort, workerData } from 'node:worker_threads'
import { openSegments, RowDamagedError } from '../storage/segment-store.ts'
import { HASH_BYTES, LOAD_ROWS, type LoadWorkerData } from './row-loader.ts'

const { folder, rowBytes, target, hashes, claims } = workerData as LoadWorkerData
const segments = openSegments(folder, rowBytes)
const claimed = new Int32Array(claims)
const rows = target.length / rowBytes
const damaged: number[] = []
const rowAt = (slot: number) => target.subarray(slot * rowBytes, (slot + 1) * rowBytes)

for (;;) {
  const first = LOAD_ROWS * Atomics.add(claimed, 0, 1)
  if (first >= rows) break
  const end = Math.min(rows, first + LOAD_ROWS)
  segments.readRange(first, target.subarray(first * rowBytes, end * rowBytes))
  for (let slot = first; slot < end; slot++) {
    const hash = hashes.subarray(slot * HASH_BYTES, (slot + 1) * HASH_BYTES)
    if (hash.every((byte) => byte === 0)) rowAt(slot).fill(0)
    else if (!isIntact(slot, hash)) damaged.push(slot)
  }
}
segments.close()
parentPort!.postMessage(damaged)

function isIntact(slot: number, hash: Uint8Array): boolean {
  try {
    segments.check(slot, hash, rowAt(slot))
    return true
  } catch (error) {
    if (error instanceof RowDamagedError) return false
    throw error
  }
}
