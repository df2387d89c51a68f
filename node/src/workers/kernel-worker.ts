/**
 * A worker thread of the kernel pool: claims blocks of rows until a job has none left, then reports that it is through.
 * Workers of one job share gallery, probes and results; a slow one just claims fewer blocks.
 */

import { parentPort, workerData } from 'node:worker_threads'
import { createKernel, ROW_SHARE_BYTES } from '@palmhold/matching'
import { BLOCK_ROWS, blockOffset, type KernelWorkerData, type KernelWorkerJob, rowOffset } from './kernel-job.ts'

const { memory, thread, threads } = workerData as KernelWorkerData
const kernel = createKernel(memory)

parentPort!.on('message', ({ rows, probes, out, claims }: KernelWorkerJob) => {
  const claimed = new Int32Array(claims)
  const scores = new Uint16Array(out)
  // Taken anew for each job, because the memory may have grown.
  const block = new Uint16Array(memory.buffer, blockOffset(thread), probes * BLOCK_ROWS)
  for (;;) {
    const first = BLOCK_ROWS * Atomics.add(claimed, 0, 1)
    if (first >= rows) break
    const count = Math.min(BLOCK_ROWS, rows - first)
    kernel.run({
      galleryAt: rowOffset(threads, 0) + first * ROW_SHARE_BYTES,
      rows: count,
      probesAt: 0,
      probes,
      outAt: blockOffset(thread),
      outStride: BLOCK_ROWS,
    })
    for (let probe = 0; probe < probes; probe++)
      scores.set(block.subarray(probe * BLOCK_ROWS, probe * BLOCK_ROWS + count), probe * rows + first)
  }
  parentPort!.postMessage('done')
})
