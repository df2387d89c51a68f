/**
 * A worker thread of the kernel pool: claims blocks of rows until a pass has none left, then reports that it is through.
 * Workers of one pass share gallery, probes and results; a slow one just claims fewer blocks. Whoever completes a chunk
 * reports it.
 */

import { parentPort, workerData } from 'node:worker_threads'
import { createKernel } from '@palmhold/matching'
import {
  BLOCK_ROWS,
  blockOffset,
  type KernelPass,
  type KernelWorkerAnswer,
  type KernelWorkerData,
  listOffset,
  type PassQuery,
  rowOffset,
} from './kernel-job.ts'

const { memory, dimension, thread, threads } = workerData as KernelWorkerData
const kernel = createKernel(memory, dimension)
const report = (answer: KernelWorkerAnswer) => parentPort!.postMessage(answer)

parentPort!.on('message', ({ queries, list, claims }: KernelPass) => {
  const claimed = new Int32Array(claims)
  const rows = Math.max(...queries.map((query) => query.rows))
  const probes = queries.reduce((sum, query) => sum + query.probes, 0)
  const outAt = blockOffset(dimension, thread)
  const listAt = listOffset(dimension, thread)
  // Taken anew for each pass, because the memory may have grown.
  const block = new Uint16Array(memory.buffer, outAt, probes * BLOCK_ROWS)
  for (;;) {
    const first = BLOCK_ROWS * Atomics.add(claimed, 0, 1)
    if (first >= rows) break
    const count = Math.min(BLOCK_ROWS, rows - first)
    if (list) new Uint32Array(memory.buffer, listAt, count).set(new Uint32Array(list, 4 * first, count))
    kernel.run({
      galleryAt: rowOffset(dimension, threads, list ? 0 : first),
      ...(list ? { listAt } : {}),
      rows: count,
      probesAt: 0,
      probes,
      outAt,
      outStride: BLOCK_ROWS,
    })
    let probe = 0
    for (const [index, query] of queries.entries()) {
      const results = block.subarray(probe * BLOCK_ROWS, (probe + query.probes) * BLOCK_ROWS)
      if (first < query.rows && takeBlock(query, first, Math.min(count, query.rows - first), results))
        report({ query: index, chunk: Math.floor(first / query.chunkRows) })
      probe += query.probes
    }
  }
  report('done')
})

/** Copies a block's results, BLOCK_ROWS apart for each probe, to the query; whether that completes a chunk. */
function takeBlock(
  { rows, probes, chunkRows, out, progress }: PassQuery,
  first: number,
  count: number,
  results: Uint16Array,
) {
  const chunk = Math.floor(first / chunkRows)
  const chunkFirst = chunk * chunkRows
  const inChunk = Math.min(chunkRows, rows - chunkFirst)
  const scores = new Uint16Array(out, 2 * probes * chunkFirst, probes * inChunk)
  for (let probe = 0; probe < probes; probe++)
    scores.set(results.subarray(probe * BLOCK_ROWS, probe * BLOCK_ROWS + count), probe * inChunk + first - chunkFirst)
  return Atomics.add(new Int32Array(progress), chunk, count) + count === inChunk
}
