/**
 * One of the three parties of a benchmarked query, in a thread of its own. Its gallery repeats 255 random codes, with one
 * more in it that the probe matches.
 */

import { createCipheriv, createHash } from 'node:crypto'
import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
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

const THRESHOLDS = [550, 580]
const PAGE_BYTES = 65_536
const ROLES = [0, 1, 2] as const

export type PartyData = {
  readonly role: Role
  readonly rows: number
  readonly shifts: number
  readonly ports: Partial<Record<Role, MessagePort>>
}
/** What a party reports of one query. */
export type Timing = {
  readonly kernelMs: number
  readonly totalMs: number
  readonly cpuMs: number
  readonly sentBytes: number
  readonly decision: string
}

if (parentPort) runParty(workerData as PartyData)

/** One party: answers each run's number with its timing. */
function runParty({ role, rows, shifts, ports }: PartyData): void {
  const outAt = shifts * ROW_SHARE_BYTES
  const galleryAt = outAt + 2 * shifts * rows
  const pages = Math.ceil((galleryAt + rows * ROW_SHARE_BYTES) / PAGE_BYTES)
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true })
  dealInto(memory, { role, rows, shifts, galleryAt })
  const kernel = createKernel(memory)
  const scores = new Uint16Array(memory.buffer, outAt, shifts * rows)

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
    kernel.run({ galleryAt, rows, probesAt: 0, probes: shifts, outAt, outStride: rows })
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
    const first = createComparison({ role, sid, rows, shifts, thresholds: THRESHOLDS, scores, prf })
    state = first.state
    deliver(first)
    for (const bytes of early.splice(0)) deliver(step(first.state, decodeMessage(bytes)))
  })
  parentPort!.postMessage('ready')
}

/** This party's shares of `rows` rows, 256 different ones, and of a probe that is one row's palm at its seventh shift. */
function dealInto(
  memory: WebAssembly.Memory,
  { role, rows, shifts, galleryAt }: { role: Role; rows: number; shifts: number; galleryAt: number },
): void {
  const stream = createCipheriv('aes-128-ctr', Buffer.alloc(16), Buffer.alloc(16))
  const random = (length: number) => new Uint8Array(stream.update(Buffer.alloc(length)))
  const params = { n: 3, t: 1 }
  const codes = Array.from({ length: 256 }, () => palmCode(random(CODE_BYTES)))
  const shares = codes.map((code) => shareRow(code, params, random)[role]!)
  const bytes = new Uint8Array(memory.buffer)
  for (let row = 0; row < rows; row++) bytes.set(shares[row % 255]!, galleryAt + row * ROW_SHARE_BYTES)
  bytes.set(shares[255]!, galleryAt + Math.floor(rows / 3) * ROW_SHARE_BYTES)
  const probe = Array.from({ length: shifts }, (_, shift) => (shift === 6 ? codes[255]! : palmCode(random(CODE_BYTES))))
  const share = shareProbe(probe, params, random)[role]!
  new Uint16Array(memory.buffer, 0, (shifts * ROW_SHARE_BYTES) / 2).set(prepareProbe(share, role + 1, [1, 2, 3]))
}

const ZEROS = Buffer.alloc(16 << 20)

function aesCtr(key: Uint8Array, length: number): Uint8Array {
  return createCipheriv('aes-128-ctr', key, Buffer.alloc(16)).update(ZEROS.subarray(0, length))
}
