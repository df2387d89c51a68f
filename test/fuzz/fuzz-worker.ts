/** The thread in which decoders are fuzzed: makes each input, judges it, and tells where it is (see run-fuzz.ts). */

import { setTimeout as delay } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import { createSeededRandom } from '@palmhold/palm'
import type { FindingKind, FuzzOrder, PlanEntry, TargetCount, WorkerMessage } from '../../scripts/fuzz/fuzz-report.ts'
import type { FuzzTarget, OpenTarget } from './fuzz-target.ts'
import { judgeInput } from './judge-input.ts'
import { minimiseInput } from './minimise-input.ts'

/** Findings of one decoder that are told apart; more of them only say the same again. */
const MAX_FINDINGS = 5
/** The event loop gets a turn after so many inputs, so that errors of work left behind come to light. */
const INPUTS_PER_TURN = 32
/** What inputs left behind has this long to fail after the last of them. */
const SETTLE_MS = 10
/** What is slow to show, or shows later, is not made smaller. */
const UNSHRUNK: ReadonlySet<FindingKind> = new Set(['slow', 'memory', 'hang', 'unhandled'])

const order = workerData as FuzzOrder
const progress = new Int32Array(order.progress)
const say = (message: WorkerMessage) => parentPort!.postMessage(message)
// Limits of time do not keep a thread running, and some inputs wait for one.
const awake = setInterval(() => undefined, 1000)
let unhandled: unknown
process.on('unhandledRejection', (error) => {
  unhandled = error ?? 'nothing'
})
process.on('uncaughtException', (error) => {
  unhandled = error
})

const { targets } = (await import(order.targets)) as { targets: readonly FuzzTarget[] }
const plan = planOf(targets)
say({ kind: 'plan', plan })
for (const [position, entry] of plan.entries()) {
  if (position < (order.hung?.position ?? 0)) continue
  const target = targets.find(({ name }) => name === entry.name)!
  say({ kind: 'count', count: await fuzz(target, entry, position) })
}
Atomics.store(progress, 0, -1)
clearInterval(awake)
say({ kind: 'end' })

/** Inputs for each decoder by its weight, one at least. */
function planOf(all: readonly FuzzTarget[]): PlanEntry[] {
  const chosen = all.filter(({ name }) => order.only.length === 0 || order.only.some((part) => name.includes(part)))
  if (order.index !== undefined) return chosen.map(({ name }) => ({ name, first: order.index!, count: 1 }))
  const weights = chosen.reduce((sum, { weight }) => sum + weight, 0)
  let left = order.count
  return chosen.map(({ name, weight }, i) => {
    const part =
      i === chosen.length - 1 ? left : Math.min(left, Math.max(1, Math.round((order.count * weight) / weights)))
    left -= part
    return { name, first: 0, count: part }
  })
}

async function fuzz(target: FuzzTarget, entry: PlanEntry, position: number): Promise<TargetCount> {
  const { name } = target
  const open = await target.open()
  const codes: Record<string, number> = {}
  const known = new Set<string>()
  let accepted = 0
  let refused = 0
  let found = 0
  let slowestMs = 0
  const startedAt = cpuNow()
  const inputOf = (index: number) => open.make(createSeededRandom(`${order.seed}/${name}/${index}`))
  const tell = async (kind: FindingKind, message: string, index: number, input: Uint8Array) => {
    found++
    const sort = `${kind} ${message.split('\n').slice(0, 2).join(' ').replace(/\d+/g, 'N')}`
    if (known.has(sort) || known.size >= MAX_FINDINGS) return
    known.add(sort)
    const small = UNSHRUNK.has(kind) ? input : await minimise(target, open, input, kind)
    const hex = Buffer.from(small).toString('hex')
    say({ kind: 'finding', finding: { name, seed: order.seed, index, kind, message, hex } })
  }

  const tellUnhandled = async (index: number) => {
    if (unhandled === undefined) return
    const text = unhandled instanceof Error ? (unhandled.stack ?? unhandled.message) : String(unhandled)
    unhandled = undefined
    await tell('unhandled', text, index, inputOf(index))
  }

  let first = entry.first
  if (order.hung?.position === position) {
    first = order.hung.index + 1
    await tell('hang', 'the thread stood still', order.hung.index, inputOf(order.hung.index))
  }
  Atomics.store(progress, 0, position)
  for (let index = first; index < entry.first + entry.count; index++) {
    Atomics.store(progress, 1, index)
    const input = inputOf(index)
    const inputAt = cpuNow()
    const verdict = await judgeInput(target, open, input)
    slowestMs = Math.max(slowestMs, cpuNow() - inputAt)
    if (verdict.kind === 'accepted') accepted++
    else if (verdict.kind === 'refused') {
      refused++
      codes[verdict.code] = (codes[verdict.code] ?? 0) + 1
    } else await tell(verdict.finding, verdict.message, index, inputOf(index))
    if (index % INPUTS_PER_TURN === 0) await new Promise((resolve) => setImmediate(resolve))
    await tellUnhandled(index)
  }
  await delay(SETTLE_MS)
  await tellUnhandled(entry.first + entry.count - 1)
  Atomics.store(progress, 0, -1)
  await open.close?.()
  const inputs = entry.first + entry.count - first
  return { name, inputs, accepted, refused, codes, found, cpuMs: cpuNow() - startedAt, slowestMs }
}

async function minimise(
  target: FuzzTarget,
  open: OpenTarget,
  input: Uint8Array,
  kind: FindingKind,
): Promise<Uint8Array> {
  return minimiseInput(input, async (candidate) => {
    Atomics.add(progress, 2, 1)
    const verdict = await judgeInput(target, open, candidate)
    return verdict.kind === 'found' && verdict.finding === kind
  })
}

function cpuNow(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}
