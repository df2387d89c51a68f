/** A thread of the row loader. */

import { parentPort, workerData } from 'node:worker_threads'
import { type LoadWorkerData, loadBlocks } from './row-loader.ts'

parentPort!.postMessage(loadBlocks(workerData as LoadWorkerData))
