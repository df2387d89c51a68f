/**
 * Measures matching: the kernel alone, and a whole query by three parties in threads of their own, as three nodes on one
 * machine would run it, but with messages through memory in place of TLS.
 *
 *   node --conditions=@palmhold/source scripts/bench-matching.ts [rows]
 *
 * The gallery repeats 255 random codes, with one more in its middle that the probe matches.
 */

import { createCipheriv, createHash } from 'node:crypto'
import { cpus } from 'node:os'
import { fileURLToPath } from 'node:url'
import { type MessagePort, parentPort, Worker, workerData } from 'node:worker_threads'
import {
  type ComparisonResult,
  type ComparisonState,
  type ComparisonStep,
  createComparison,
  createKernel,
  createPairwisePrf,
  decideWinner,
  decodeMessage,
  encodeMessage,
  prepareProbe,
  ROW_SHARE_BYTES,
  type Role,
  shareProbe,
  shareRow,
  step,
} from '@palmhold/matching'
import { CODE_BYTES, palmCode } from '@palmhold/palm'

const SHIFTS = 25
const THRESHOLDS = [550, 580]
const PAGE_BYTES = 65_536
const REPETITIONS = 5
const ROLES = [0, 1, 2] as const

type PartyData = { readonly role: Role; readonly rows: number; readonly ports: Partial<Record<Role, MessagePort>> }
/** What a party reports of one query. */
type Timing = {
  readonly kernelMs: number
  readonly totalMs: number
  readonly cpuMs: number
  readonly sentBytes: number
  readonly decision: string
}

if (parentPort) runParty(workerData as PartyData)
else await main(Number(process.argv[2] ?? 100_000))

async function main(rows: number): Promise<void> {
  console.log(`${cpus().length} cores, ${cpus()[0]?.model.trim()}, Node ${process.version}`)
  benchKernel()
  for (const count of [rows / 10, rows]) await benchQuery(count)
}

/** Multiply-accumulates a second of the kernel, in cache and from memory, and of a typed-array loop. */
function benchKernel(): void {
  const memory = new WebAssembly.Memory({ initial: 2048, maximum: 2048, shared: true })
  const kernel = createKernel(memory)
  const words = new Uint16Array(memory.buffer)
  for (let k = 0; k < words.length; k++) words[k] = Math.imul(k, 40_503) >> 3
  const galleryAt = 8 << 20
  for (const [label, rows, probes] of [
    ['in cache, 25 probes', 64, 25],
    ['in cache, 1 probe', 64, 1],
    ['from memory, 25 probes', 38_000, 25],
    ['from memory, 1 probe', 38_000, 1],
  ] as const) {
    const work = () => kernel.run({ galleryAt, rows, probesAt: 0, probes, outAt: 1 << 20, outStride: rows })
    console.log(`kernel ${label}: ${gigaMacs(work, rows * probes).toFixed(1)} GMAC/s`)
  }
  const row = words.slice(0, ROW_SHARE_BYTES / 2)
  const loop = () => {
    for (let k = 0; k < 64; k++) {
      let sum = 0
      for (let j = 0; j < row.length; j++) sum = (sum + Math.imul(row[j]!, words[k * row.length + j]!)) | 0
      words[k + (4 << 20)] = sum
    }
  }
  console.log(`typed-array loop: ${gigaMacs(loop, 64).toFixed(2)} GMAC/s`)
}

/** The best of several runs of at least 50 ms. */
function gigaMacs(work: () => void, products: number): number {
  let best = 0
  for (let run = 0; run < REPETITIONS; run++) {
    const start = performance.now()
    let count = 0
    while (performance.now() - start < 50) {
      work()
      count++
    }
    best = Math.max(best, (count * products * (ROW_SHARE_BYTES / 2)) / (performance.now() - start) / 1e6)
  }
  return best
}

/** Three parties, each in a thread: kernel, then comparison. */
async function benchQuery(rows: number): Promise<void> {
  const ports: Partial<Record<Role, MessagePort>>[] = [{}, {}, {}]
  for (const [a, b] of [
    [0, 1],
    [1, 2],
    [0, 2],
  ] as const) {
    const { port1, port2 } = new MessageChannel() as unknown as { port1: MessagePort; port2: MessagePort }
    ports[a]![b] = port1
    ports[b]![a] = port2
  }
  const workers = ROLES.map((role) => {
    const data: PartyData = { role, rows, ports: ports[role]! }
    return new Worker(fileURLToPath(import.meta.url), { workerData: data, transferList: Object.values(data.ports) })
  })
  const next = (worker: Worker) =>
    new Promise<Timing>((resolve, reject) => {
      worker.once('message', resolve)
      worker.once('error', reject)
    })
  await Promise.all(workers.map(next))
  for (let run = 0; run < REPETITIONS; run++) {
    const reports = workers.map(next)
    for (const worker of workers) worker.postMessage(run)
    const timings = await Promise.all(reports)
    const list = (pick: (timing: Timing) => number, digits: number) =>
      timings.map((t) => pick(t).toFixed(digits)).join(' ')
    console.log(
      `${rows} x ${SHIFTS}: ${Math.max(...timings.map(({ totalMs }) => totalMs)).toFixed(0)} ms wall, ` +
        `kernel ${list(({ kernelMs }) => kernelMs, 0)} ms, CPU ${list(({ cpuMs }) => cpuMs, 0)} ms, ` +
        `sent ${list(({ sentBytes }) => sentBytes / (rows * SHIFTS), 3)} bytes a comparison, ${timings[0]!.decision}`,
    )
  }
  await Promise.all(workers.map((worker) => worker.terminate()))
}

/** One party: answers each run's number with its timing. */
function runParty({ role, rows, ports }: PartyData): void {
  const outAt = SHIFTS * ROW_SHARE_BYTES
  const galleryAt = outAt + 2 * SHIFTS * rows
  const pages = Math.ceil((galleryAt + rows * ROW_SHARE_BYTES) / PAGE_BYTES)
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true })
  dealInto(memory, role, rows, galleryAt)
  const kernel = createKernel(memory)
  const scores = new Uint16Array(memory.buffer, outAt, SHIFTS * rows)

  let state: ComparisonState | undefined
  let report = (_result: ComparisonResult): void => undefined
  let sentBytes = 0
  // What comes while this party is still at its dot products.
  const early: Uint8Array[] = []
  const deliver = ({ send, result }: ComparisonStep) => {
    for (const message of send) {
      sentBytes += message.payload.length
      ports[message.to]!.postMessage(encodeMessage(message))
    }
    if (result) report(result)
  }
  for (const port of Object.values(ports))
    port.on('message', (bytes: Uint8Array) => {
      if (state) deliver(step(state, decodeMessage(bytes)))
      else early.push(bytes)
    })

  parentPort!.on('message', (run: number) => {
    const start = performance.now()
    const cpu = process.threadCpuUsage()
    kernel.run({ galleryAt, rows, probesAt: 0, probes: SHIFTS, outAt, outStride: rows })
    const kernelMs = performance.now() - start
    const sid = createHash('sha256').update(`run ${run}`).digest()
    const keyOf = (peer: Role) =>
      createHash('sha256')
        .update(`pair without ${3 - role - peer}`)
        .digest()
    const keys = Object.fromEntries(ROLES.filter((peer) => peer !== role).map((peer) => [peer, keyOf(peer)]))
    const prf = createPairwisePrf({ keys, sid, aesCtr })
    sentBytes = 0
    report = ({ bitmaps }) => {
      state = undefined
      const { user, system } = process.threadCpuUsage(cpu)
      const timing: Timing = {
        kernelMs,
        totalMs: performance.now() - start,
        cpuMs: (user + system) / 1000,
        sentBytes,
        decision: JSON.stringify(decideWinner({ bitmaps, active: new Uint8Array(bitmaps[0]!.length).fill(0xff) })),
      }
      parentPort!.postMessage(timing)
    }
    const first = createComparison({ role, sid, rows, shifts: SHIFTS, thresholds: THRESHOLDS, scores, prf })
    state = first.state
    deliver(first)
    for (const bytes of early.splice(0)) deliver(step(first.state, decodeMessage(bytes)))
  })
  parentPort!.postMessage('ready')
}

/** This party's shares of `rows` rows, 256 different ones, and of a probe that is one row's palm at its seventh shift. */
function dealInto(memory: WebAssembly.Memory, role: Role, rows: number, galleryAt: number): void {
  const stream = createCipheriv('aes-128-ctr', Buffer.alloc(16), Buffer.alloc(16))
  const random = (length: number) => new Uint8Array(stream.update(Buffer.alloc(length)))
  const params = { n: 3, t: 1 }
  const codes = Array.from({ length: 256 }, () => palmCode(random(CODE_BYTES)))
  const shares = codes.map((code) => shareRow(code, params, random)[role]!)
  const bytes = new Uint8Array(memory.buffer)
  for (let row = 0; row < rows; row++) bytes.set(shares[row % 255]!, galleryAt + row * ROW_SHARE_BYTES)
  bytes.set(shares[255]!, galleryAt + Math.floor(rows / 3) * ROW_SHARE_BYTES)
  const probe = Array.from({ length: SHIFTS }, (_, shift) => (shift === 6 ? codes[255]! : palmCode(random(CODE_BYTES))))
  const share = shareProbe(probe, params, random)[role]!
  new Uint16Array(memory.buffer, 0, (SHIFTS * ROW_SHARE_BYTES) / 2).set(prepareProbe(share, role + 1, [1, 2, 3]))
}

const ZEROS = Buffer.alloc(16 << 20)

function aesCtr(key: Uint8Array, length: number): Uint8Array {
  return createCipheriv('aes-128-ctr', key, Buffer.alloc(16)).update(ZEROS.subarray(0, length))
}
