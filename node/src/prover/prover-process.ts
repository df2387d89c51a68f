/**
 * The process behind node-prover.ts. snarkjs starts threads of its own here, which it cannot from within a worker thread
 * (its `web-worker` takes one for a thread that it started itself); and a process gives all of its memory back.
 */

import os from 'node:os'
import type { Circuit } from '@palmhold/protocol'
import { type OpenCircuit, openCircuit, prepareCurve, proveGroth16 } from '@palmhold/wallet/groth16'
import { failureOf, type ProverOrder, type ProverReport } from '@palmhold/wallet/prover'

const known = new Map<Circuit, Promise<OpenCircuit>>()
let curve: Promise<void> | undefined

const report = (message: ProverReport) => process.send?.(message)

// The host has ended, however it ended.
process.on('disconnect', () => process.exit(0))

process.on('message', async (order: ProverOrder) => {
  const { circuit, keys, input, threads } = order
  try {
    if (keys) known.set(circuit, openCircuit(keys))
    curve ??= prepareThreads(threads)
    await curve
    const open = await known.get(circuit)!
    if (input === undefined) return report({ kind: 'ready' })
    const proven = await proveGroth16(open, input, (progress) => report({ kind: 'progress', progress }))
    report({ kind: 'proven', ...proven })
  } catch (error) {
    report(failureOf(error))
  }
})

/** snarkjs starts a thread for each core that it sees, so it is shown as many as it may use. */
function prepareThreads(threads: number): Promise<void> {
  const [core] = os.cpus()
  Object.assign(os, { cpus: () => Array.from({ length: threads }, () => core) })
  return prepareCurve(threads > 1)
}
