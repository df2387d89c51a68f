/**
 * Measures matching: the kernel alone, and whole queries by three parties in threads of their own, as three nodes on one
 * machine would run them, but with messages through memory in place of TLS.
 */

import { fileURLToPath } from 'node:url'
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads'
import { createKernel, ROW_SHARE_BYTES, type Role } from '@palmhold/matching'
import { type BenchSize, bestMs, type Figure } from './figure.ts'
import type { PartyData, Timing } from './matching-party.ts'

const QUERIES = 5
const ROLES = [0, 1, 2] as const
const PARTY = fileURLToPath(new URL('matching-party.ts', import.meta.url))
/** 16-bit products in a row. */
const ROW_TERMS = ROW_SHARE_BYTES / 2
/** Rows of 3 KB that do not fit into a cache. */
const MANY_ROWS = 38_000

/** The figures as they come. */
export async function* benchMatching(size: BenchSize): AsyncGenerator<Figure> {
  yield* benchKernel(size)
  yield* benchQuery(size)
}

/** Multiply-accumulates a second of the kernel, in cache and from memory, and of a typed-array loop. */
function* benchKernel({ shifts }: BenchSize): Generator<Figure> {
  const memory = new WebAssembly.Memory({ initial: 2048, maximum: 2048, shared: true })
  const kernel = createKernel(memory)
  const words = new Uint16Array(memory.buffer)
  for (let k = 0; k < words.length; k++) words[k] = Math.imul(k, 40_503) >> 3
  const galleryAt = 8 << 20
  for (const [place, rows] of [
    ['in cache', 64],
    ['from memory', MANY_ROWS],
  ] as const)
    for (const probes of [shifts, 1]) {
      const ms = bestMs(() => kernel.run({ galleryAt, rows, probesAt: 0, probes, outAt: 1 << 20, outStride: rows }))
      yield { name: `kernel, ${probes} probe codes, ${place}`, value: gigaMacs(rows * probes, ms), unit: 'GMAC/s' }
    }
  const row = words.slice(0, ROW_TERMS)
  const loopRows = 64
  const ms = bestMs(() => {
    for (let k = 0; k < loopRows; k++) {
      let sum = 0
      for (let j = 0; j < row.length; j++) sum = (sum + Math.imul(row[j]!, words[k * row.length + j]!)) | 0
      words[k + (4 << 20)] = sum
    }
  })
  yield { name: 'typed-array loop, in cache', value: gigaMacs(loopRows, ms), unit: 'GMAC/s' }
}

function gigaMacs(products: number, ms: number): number {
  return (products * ROW_TERMS) / ms / 1e6
}

/** Three parties, each in a thread: kernel, then comparison. The fastest of several queries. */
async function* benchQuery({ rows, shifts }: BenchSize): AsyncGenerator<Figure> {
  const ports: Partial<Record<Role, MessagePort>>[] = [{}, {}, {}]
  for (const [a, b] of [
    [0, 1],
    [1, 2],
    [0, 2],
  ] as const) {
    const { port1, port2 } = new MessageChannel()
    ports[a]![b] = port1
    ports[b]![a] = port2
  }
  const workers = ROLES.map((role) => {
    const data: PartyData = { role, rows, shifts, ports: ports[role]! }
    return new Worker(PARTY, { workerData: data, transferList: Object.values(data.ports) })
  })
  const next = (worker: Worker) =>
    new Promise<Timing>((resolve, reject) => {
      worker.once('message', resolve)
      worker.once('error', reject)
    })
  await Promise.all(workers.map(next))
  const queries: Timing[][] = []
  for (let query = 0; query < QUERIES; query++) {
    const reports = workers.map(next)
    for (const worker of workers) worker.postMessage(query)
    queries.push(await Promise.all(reports))
  }
  await Promise.all(workers.map((worker) => worker.terminate()))

  const wallMs = (query: readonly Timing[]) => Math.max(...query.map(({ totalMs }) => totalMs))
  const best = queries.reduce((least, query) => (wallMs(query) < wallMs(least) ? query : least))
  const most = (pick: (timing: Timing) => number) => Math.max(...best.map(pick))
  const name = `query, ${rows} rows x ${shifts}`
  yield { name, value: wallMs(best), unit: 'ms' }
  yield { name: `${name}, kernel of a party`, value: most(({ kernelMs }) => kernelMs), unit: 'ms' }
  yield { name: `${name}, processor time of a party`, value: most(({ cpuMs }) => cpuMs), unit: 'ms' }
  yield {
    name: `${name}, sent by a party`,
    value: most(({ sentBytes }) => sentBytes) / (rows * shifts),
    unit: 'bytes a comparison',
  }
}
