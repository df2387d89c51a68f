/**
 * A process whose guard was killed: found by the id in a file that the guard left, told from a stranger under the same id
 * by its arguments, and ended.
 */

import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { onDisk, readFileIfThere } from '../storage/disk.ts'
import { isRunning } from './network-record.ts'

const END_TIMEOUT_MS = 5_000
const POLL_MS = 20

/** Ends the process that `pidFile` names if `argument` is among its arguments, and takes the file away. */
export async function endOrphan(pidFile: string, argument: string): Promise<void> {
  const pid = Number(readFileIfThere(pidFile)?.toString('utf8') ?? Number.NaN)
  if (!Number.isSafeInteger(pid) || pid < 2) return
  if (isRunning(pid) && argumentsOf(pid).includes(argument)) {
    process.kill(pid, 'SIGTERM')
    const deadline = performance.now() + END_TIMEOUT_MS
    while (isRunning(pid) && performance.now() < deadline) await delay(POLL_MS)
    if (isRunning(pid)) process.kill(pid, 'SIGKILL')
  }
  onDisk(() => rmSync(pidFile, { force: true }))
}

function argumentsOf(pid: number): string {
  try {
    return execFileSync('ps', ['-o', 'args=', '-p', String(pid)], { encoding: 'utf8' })
  } catch {
    // It ended meanwhile, or there is no ps here: nothing that could be told from a stranger.
    return ''
  }
}
