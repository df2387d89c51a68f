/** What `down` does. */

import { setTimeout as delay } from 'node:timers/promises'
import { PalmError } from '@palmhold/base'
import { isRunning, requireNetwork } from '../../network/network-record.ts'
import { printResult } from '../output.ts'
import { folderOf } from './folder-option.ts'

const DOWN_TIMEOUT_MS = 40_000
const POLL_MS = 100

export type DownOptions = { folder: string; json?: boolean }

export async function down(options: DownOptions): Promise<void> {
  const record = requireNetwork(folderOf(options))
  process.kill(record.pid, 'SIGTERM')
  const deadline = performance.now() + DOWN_TIMEOUT_MS
  while (isRunning(record.pid)) {
    if (performance.now() > deadline) throw new DownFailedError(record.pid)
    await delay(POLL_MS)
  }
  printResult(options.json, { ok: true, stopped: record.pid }, 'The network is down.')
}

/** The network does not go down. */
export class DownFailedError extends PalmError {
  constructor(pid: number) {
    super('PALM_DOWN_FAILED', `process ${pid} does not end`, {
      hints: [`End it with kill -9 ${pid}: nothing is lost.`],
    })
  }
}
