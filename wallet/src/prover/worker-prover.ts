/**
 * A prover on a worker: a process of Node, a Web Worker of a browser. The worker is started for the first proof, holds
 * keys and threads while proofs are wanted, and ends when none was wanted for a while or a proof is cancelled:
 * nothing less gives the memory of WebAssembly back.
 */

import { errorCode, type Hex, PalmError, type PalmErrorCode } from '@palmhold/base'
import type { Circuit } from '@palmhold/protocol'
import type { Proven, ProveOptions, Prover, ProvingProgress, WitnessInput } from '@palmhold/zk'
import type { KeyStore, ProvingKeys } from './key-store.ts'

/** What a host asks of its worker; keys come with the first order for a circuit. Without an input, to get ready. */
export type ProverOrder = {
  readonly circuit: Circuit
  readonly keys?: ProvingKeys
  readonly input?: WitnessInput
  readonly threads: number
}

export type ProverReport =
  | { readonly kind: 'progress'; readonly progress: ProvingProgress }
  | { readonly kind: 'ready' }
  | {
      readonly kind: 'proven'
      readonly proof: Hex
      readonly publicInputs: readonly bigint[]
      readonly witnessMs: number
      readonly proofMs: number
    }
  | {
      readonly kind: 'failed'
      readonly code: PalmErrorCode
      readonly message: string
      readonly hints: readonly string[]
    }

/** A worker as a host sees it. */
export type ProverWorker = {
  readonly post: (order: ProverOrder) => void
  /** Ends it at once, whatever it does. */
  readonly end: () => Promise<void>
}

/** Starts a worker that tells what it does, and, once, when it has ended by itself. */
export type StartWorker = (events: {
  onReport: (report: ProverReport) => void
  onEnd: (reason: unknown) => void
}) => ProverWorker

export type WorkerProverOptions = {
  readonly start: StartWorker
  readonly keys: KeyStore
  /** Threads that compute; with 1 the worker's own. */
  readonly threads: number
  /** The worker ends when nothing was proven for so long; a minute unless given. */
  readonly idleMs?: number
}

const IDLE_MS = 60_000

type Running = { readonly worker: ProverWorker; readonly knows: Set<Circuit> }
type Listener = { onReport: (report: ProverReport) => void; onEnd: (reason: unknown) => void }

export function createWorkerProver(options: WorkerProverOptions): Prover {
  let running: Running | undefined
  let listener: Listener | undefined
  let idle: ReturnType<typeof setTimeout> | undefined
  let last: Promise<unknown> = Promise.resolve()
  const closing = new AbortController()

  const end = async (): Promise<void> => {
    clearTimeout(idle)
    const ended = running
    running = undefined
    await ended?.worker.end()
  }

  const started = (): Running => {
    if (running) return running
    const fresh: Running = {
      knows: new Set(),
      worker: options.start({
        onReport: (report) => {
          if (running === fresh) listener?.onReport(report)
        },
        onEnd: (reason) => {
          if (running !== fresh) return
          running = undefined
          listener?.onEnd(reason)
        },
      }),
    }
    running = fresh
    return fresh
  }

  /** Proves; or gets ready where there is no input, and then has nothing to return. */
  const carryOut = async (
    circuit: Circuit,
    input: WitnessInput | undefined,
    signal: AbortSignal,
    onProgress: (progress: ProvingProgress) => void,
  ): Promise<Proven | undefined> => {
    if (signal.aborted) throw new ProofCancelledError()
    clearTimeout(idle)
    const startedAt = performance.now()
    const keys = running?.knows.has(circuit) ? undefined : await loadKeys(circuit, signal, onProgress)
    const keysMs = performance.now() - startedAt
    if (signal.aborted) throw new ProofCancelledError()
    const { promise, resolve, reject } = Promise.withResolvers<Proven | undefined>()
    const cancel = () => {
      reject(new ProofCancelledError())
      void end()
    }
    signal.addEventListener('abort', cancel)
    listener = {
      onReport(report) {
        if (report.kind === 'progress') onProgress(report.progress)
        else if (report.kind === 'failed') {
          // Its threads may have died; a fresh worker has fresh ones.
          if (report.code === 'PALM_PROVER_FAILED') void end()
          reject(new ProverFailedError(report))
        } else if (report.kind === 'ready') resolve(undefined)
        else {
          const { proof, publicInputs, witnessMs, proofMs } = report
          resolve({ proof, publicInputs, timings: { keysMs, witnessMs, proofMs } })
        }
      },
      onEnd: (cause) => reject(new ProverFailedError(undefined, cause)),
    }
    try {
      const { worker, knows } = started()
      worker.post({ circuit, threads: options.threads, ...(input ? { input } : {}), ...(keys ? { keys } : {}) })
      knows.add(circuit)
      return await promise
    } finally {
      signal.removeEventListener('abort', cancel)
      listener = undefined
      idle = setTimeout(() => void end(), options.idleMs ?? IDLE_MS)
      unref(idle)
    }
  }

  const loadKeys = async (
    circuit: Circuit,
    signal: AbortSignal,
    onProgress: (progress: ProvingProgress) => void,
  ): Promise<ProvingKeys> => {
    try {
      return await options.keys.load(circuit, {
        signal,
        onProgress: (file, loadedBytes, totalBytes) => onProgress({ step: 'keys', file, loadedBytes, totalBytes }),
      })
    } catch (error) {
      if (signal.aborted) throw new ProofCancelledError()
      throw error
    }
  }

  /** One after the other: two at once would share the cores and both be late. */
  const enqueue = (circuit: Circuit, input: WitnessInput | undefined, { signal, onProgress }: ProveOptions = {}) => {
    const both = signal ? AbortSignal.any([signal, closing.signal]) : closing.signal
    const work = last.then(() => carryOut(circuit, input, both, onProgress ?? (() => undefined)))
    last = work.catch(() => undefined)
    return work
  }

  return {
    async prove(circuit, input, proving) {
      return (await enqueue(circuit, input, proving))!
    },
    async prepare(circuit, proving) {
      await enqueue(circuit, undefined, proving)
    },
    async close() {
      closing.abort()
      await last
      await end()
    },
  }
}

/** On Node a timer that waits must not keep the process; browsers give a number. */
function unref(timer: unknown): void {
  if (typeof timer === 'object' && timer !== null && 'unref' in timer) (timer as { unref: () => void }).unref()
}

/** What a worker reports of an error. */
export function failureOf(error: unknown): ProverReport {
  const isKnown = errorCode(error) !== 'PALM_INTERNAL'
  const { message, hints } = isKnown ? (error as PalmError) : { message: 'the prover failed', hints: [] }
  return { kind: 'failed', code: isKnown ? errorCode(error) : 'PALM_PROVER_FAILED', message, hints }
}

/** A proof that nobody waits for any more. */
export class ProofCancelledError extends PalmError {
  constructor() {
    super('PALM_PROOF_CANCELLED', 'the proof was cancelled', { hints: ['Ask for it again when it is wanted.'] })
  }
}

/** A prover that ended, or failed for the reason it gives. */
export class ProverFailedError extends PalmError {
  constructor(report?: { code: PalmErrorCode; message: string; hints: readonly string[] }, cause?: unknown) {
    super(report?.code ?? 'PALM_PROVER_FAILED', report?.message ?? 'the prover ended before the proof was made', {
      hints:
        report && report.hints.length > 0
          ? report.hints
          : ['It may lack memory: close other programs, or use one thread. The next proof starts it again.'],
      cause,
    })
  }
}
