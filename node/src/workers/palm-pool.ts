/** A few threads that share a list of tasks: each takes the next one when it is done with its last. */

import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { PalmError, type PalmErrorCode } from '@palmhold/base'
import type { GalleryTask, PalmAnswer, PalmTask, PalmTaskResult } from './palm-tasks.ts'

/** More threads than this only fight for the disk and the memory. */
const MOST_THREADS = 8

export type PalmPool = {
  /**
   * Runs `tasks` and returns their results in the same order.
   * @param onDone is told how many are done
   * @throws {WorkerFailedError} a task failed, or a thread ended
   */
  readonly run: <T extends Exclude<PalmTask, GalleryTask>>(
    tasks: readonly T[],
    onDone?: (done: number) => void,
  ) => Promise<PalmTaskResult<T>[]>
  /** Hands the gallery to every thread. */
  readonly setGallery: (task: Omit<GalleryTask, 'kind'>) => Promise<void>
  readonly [Symbol.asyncDispose]: () => Promise<void>
}

/** Starts the threads; dispose of the pool to end them. */
export function createPalmPool(options: { threads?: number } = {}): PalmPool {
  const threads = options.threads ?? Math.min(MOST_THREADS, availableParallelism())
  const workers = Array.from({ length: threads }, () => new Worker(new URL('./palm-worker.ts', import.meta.url)))
  const run: PalmPool['run'] = async (tasks, onDone) => {
    const results: unknown[] = new Array(tasks.length)
    let next = 0
    let done = 0
    const work = async (worker: Worker): Promise<void> => {
      while (next < tasks.length) {
        const index = next++
        results[index] = await ask(worker, tasks[index]!)
        onDone?.(++done)
      }
    }
    await Promise.all(workers.map(work))
    return results as never
  }
  return {
    run,
    setGallery: async (task) => {
      await Promise.all(workers.map((worker) => ask(worker, { kind: 'gallery', ...task })))
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all(workers.map((worker) => worker.terminate()))
    },
  }
}

function ask(worker: Worker, task: PalmTask): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const settle = (): void => {
      worker.off('message', onMessage)
      worker.off('error', onError)
      worker.off('exit', onExit)
    }
    const onMessage = (answer: PalmAnswer): void => {
      settle()
      if (answer.ok) resolve(answer.result)
      else reject(new WorkerFailedError(answer.message, answer.code as PalmErrorCode, answer.hints))
    }
    const onError = (cause: Error): void => {
      settle()
      reject(new WorkerFailedError(cause.message, 'PALM_WORKER_FAILED', [], cause))
    }
    const onExit = (): void => onError(new WorkerFailedError('the thread ended'))
    worker.on('message', onMessage)
    worker.on('error', onError)
    worker.on('exit', onExit)
    worker.postMessage(task)
  })
}

/** A thread that could not do its task; the code is that of the cause where it has one. */
export class WorkerFailedError extends PalmError {
  constructor(
    message: string,
    code: PalmErrorCode = 'PALM_WORKER_FAILED',
    hints: readonly string[] = [],
    cause?: unknown,
  ) {
    super(code, message, {
      hints: hints.length > 0 ? hints : ['Check that disk and memory are not full, and try with fewer pictures.'],
      cause,
    })
  }
}
