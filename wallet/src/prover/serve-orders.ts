/** What a prover's worker does with its orders, in a process of Node as in a Web Worker: see worker-prover.ts. */

import { createGroth16, type Groth16, type StartPartThread } from './groth16.ts'
import { failureOf, type ProverOrder, type ProverReport } from './worker-prover.ts'

/** Returns what takes orders, one after the other; `report` hears how they go. Threads are started with the first. */
export function serveOrders(
  startThread: StartPartThread,
  report: (message: ProverReport) => void,
): (order: ProverOrder) => Promise<void> {
  let groth16: Groth16 | undefined
  return async ({ circuit, keys, input, threads }) => {
    try {
      groth16 ??= createGroth16({ threads, startThread })
      if (keys) await groth16.open(circuit, keys)
      if (input === undefined) return report({ kind: 'ready' })
      const proven = await groth16.prove(circuit, input, (progress) => report({ kind: 'progress', progress }))
      report({ kind: 'proven', ...proven })
    } catch (error) {
      report(failureOf(error))
    }
  }
}
