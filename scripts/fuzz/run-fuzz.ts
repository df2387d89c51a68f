/**
 * Runs the fuzzer in a worker thread and watches it: an input at which the thread stands still is a hang, the thread is
 * ended, and another goes on behind that input.
 */

import { Worker } from 'node:worker_threads'
import { PalmError } from '@palmhold/base'
import type { Finding, FuzzOrder, PlanEntry, TargetCount, WorkerMessage } from './fuzz-report.ts'

/** The decoders of the repository. */
export const TARGETS = new URL('../../test/fuzz/targets/all-targets.ts', import.meta.url).href
const WORKER = new URL('../../test/fuzz/fuzz-worker.ts', import.meta.url)
const HANG_MS = 30_000
const POLL_MS = 200

export type FuzzOptions = {
  readonly seed: string
  /** Inputs over all decoders, shared out by weight. */
  readonly count: number
  readonly only?: readonly string[]
  /** Runs this one input of the decoders in `only`. */
  readonly index?: number
  /** A file with another list of decoders. */
  readonly targets?: string
  /** How long one input may keep the thread; 30 s unless given. */
  readonly hangMs?: number
  readonly onCount?: (count: TargetCount, left: number) => void
  readonly onFinding?: (finding: Finding) => void
}

export type FuzzResult = { readonly counts: TargetCount[]; readonly findings: Finding[] }

/** Runs all inputs. @throws {FuzzWorkerError} the thread ended before its time */
export async function runFuzz(options: FuzzOptions): Promise<FuzzResult> {
  const result: FuzzResult = { counts: [], findings: [] }
  const progress = new SharedArrayBuffer(12)
  const { seed, count, only = [], index, targets = TARGETS } = options
  let hung: FuzzOrder['hung']
  do {
    const order: FuzzOrder = {
      seed,
      count,
      only,
      targets,
      progress,
      ...(index === undefined ? {} : { index }),
      ...(hung && { hung }),
    }
    hung = await runWorker(order, options, result)
  } while (hung)
  return result
}

/** Runs one worker to its end; returns where it hung, if it did. */
function runWorker(order: FuzzOrder, options: FuzzOptions, result: FuzzResult): Promise<FuzzOrder['hung']> {
  const { hangMs = HANG_MS } = options
  const progress = new Int32Array(order.progress)
  progress.fill(-1)
  return new Promise((resolve, reject) => {
    const worker = new Worker(WORKER, { workerData: order })
    let plan: readonly PlanEntry[] = []
    let last = { position: -1, index: -1, tries: -1, since: performance.now() }
    const watch = setInterval(() => {
      const [position, index, tries] = [0, 1, 2].map((at) => Atomics.load(progress, at)) as [number, number, number]
      const isSame = position === last.position && index === last.index && tries === last.tries
      if (!isSame) last = { position, index, tries, since: performance.now() }
      if (position < 0 || performance.now() - last.since < hangMs) return
      clearInterval(watch)
      worker.removeAllListeners()
      void worker.terminate().then(() => resolve({ position, index }))
    }, POLL_MS)
    const end = (settle: () => void) => {
      clearInterval(watch)
      worker.removeAllListeners()
      void worker.terminate().then(settle)
    }
    worker.on('message', (message: WorkerMessage) => {
      if (message.kind === 'plan') plan = message.plan
      else if (message.kind === 'end') end(() => resolve(undefined))
      else if (message.kind === 'finding') {
        result.findings.push(message.finding)
        options.onFinding?.(message.finding)
      } else {
        result.counts.push(message.count)
        options.onCount?.(message.count, plan.length - result.counts.length)
      }
    })
    worker.on('error', (error) => end(() => reject(new FuzzWorkerError(plan, last, error))))
    worker.on('exit', () => end(() => reject(new FuzzWorkerError(plan, last, undefined))))
  })
}

/** The worker thread ended: an input brought it down, or a decoder could not be opened. */
export class FuzzWorkerError extends PalmError {
  constructor(plan: readonly PlanEntry[], at: { position: number; index: number }, cause: unknown) {
    const where = plan[at.position] ? `near input ${at.index} of ${plan[at.position]!.name}` : 'before its first input'
    const why = cause instanceof Error ? `: ${cause.message}` : ''
    super('PALM_FUZZ_STOPPED', `the fuzzer's thread ended ${where}${why}`, {
      hints: ['Run `npm run fuzz -- --only NAME --index N` for that input, with PALMHOLD_DEBUG=1.'],
      cause,
    })
  }
}
