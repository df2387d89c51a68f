/** The prover of a page: a Web Worker, with threads of its own (workers again) where more than one is asked for. */

import type { Prover } from '@palmhold/zk'
import type { KeyStore } from './key-store.ts'
import { createWorkerProver, type ProverReport } from './worker-prover.ts'

export type BrowserProverOptions = {
  readonly keys: KeyStore
  /** Threads that compute; as many as there are cores, at most 8, unless given. */
  readonly threads?: number
  readonly idleMs?: number
}

/** More threads wait for each other. */
const MOST_THREADS = 8

export function createBrowserProver({ keys, threads, idleMs }: BrowserProverOptions): Prover {
  return createWorkerProver({
    keys,
    threads: threads ?? Math.min(MOST_THREADS, navigator.hardwareConcurrency),
    ...(idleMs === undefined ? {} : { idleMs }),
    start({ onReport, onEnd }) {
      const worker = new Worker(new URL('./browser-worker.ts', import.meta.url), { type: 'module' })
      worker.onmessage = ({ data }: MessageEvent<ProverReport>) => onReport(data)
      // A worker that could not be loaded, or that threw where nobody catches, proves nothing any more.
      worker.onerror = (event) => {
        worker.terminate()
        onEnd(event.message)
      }
      return {
        post: (order) => worker.postMessage(order),
        end: async () => worker.terminate(),
      }
    },
  })
}
