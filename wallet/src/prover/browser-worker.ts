/** The Web Worker behind browser-prover.ts. */

import type { Circuit } from '@palmhold/protocol'
import { type OpenCircuit, openCircuit, prepareCurve, proveGroth16 } from './groth16.ts'
import { failureOf, type ProverOrder, type ProverReport } from './worker-prover.ts'

const known = new Map<Circuit, Promise<OpenCircuit>>()
let curve: Promise<void> | undefined

const report = (message: ProverReport) => postMessage(message)

addEventListener('message', async ({ data }: MessageEvent<ProverOrder>) => {
  const { circuit, keys, input, threads } = data
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
  Object.defineProperty(navigator, 'hardwareConcurrency', { value: threads })
  return prepareCurve(threads > 1)
}
