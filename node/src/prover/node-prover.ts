/** The prover of a node: a process of its own, see prover-process.ts. */

import { fork } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { createWorkerProver, type KeyStore, type ProverReport } from '@palmhold/wallet/prover'
import type { Prover } from '@palmhold/zk'

export type NodeProverOptions = {
  readonly keys: KeyStore
  /** Threads that compute; as many as there are cores, at most 8, unless given. */
  readonly threads?: number
  readonly idleMs?: number
  /** Hears the id of each process that is started. */
  readonly onStart?: (pid: number) => void
}

/** More threads wait for each other. */
const MOST_THREADS = 8

export function createNodeProver({ keys, threads, idleMs, onStart }: NodeProverOptions): Prover {
  return createWorkerProver({
    keys,
    threads: threads ?? Math.min(MOST_THREADS, availableParallelism()),
    ...(idleMs === undefined ? {} : { idleMs }),
    start({ onReport, onEnd }) {
      const child = fork(new URL('./prover-process.ts', import.meta.url), {
        // Numbers of any size and bytes cross as they are.
        serialization: 'advanced',
        // What libraries print of a witness that fails is nobody's to read.
        stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      })
      const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
      child.on('message', (message) => onReport(message as ProverReport))
      child.on('error', onEnd)
      child.on('exit', (code, signal) => onEnd(`the prover ended with ${signal ?? code}`))
      if (child.pid !== undefined) onStart?.(child.pid)
      return {
        post: (order) => {
          // A channel that broke means that the process has ended, which is told by itself.
          child.send(order, () => undefined)
        },
        async end() {
          child.kill('SIGKILL')
          await ended
        },
      }
    },
  })
}
