/**
 * The processes of a network on one machine: each has a group of its own (so that a Ctrl-C in the terminal reaches the
 * parent alone, which ends them in order), a log file, and an IPC channel whose end means that it should go too.
 */

import { fork } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ensureFolder, onDisk } from '../storage/disk.ts'

const STOP_TIMEOUT_MS = 8_000

export type ChildProcess = {
  readonly pid: number
  readonly hasExited: () => boolean
  readonly send: (message: object) => void
  /** Asks the process to end, and ends it after 8 s. */
  readonly stop: () => Promise<void>
}

/** Starts the TypeScript file `entry` as a process. */
export function startChild(options: {
  entry: URL
  args: readonly string[]
  logFile: string
  onMessage?: (message: unknown) => void
  onExit?: (code: number | null) => void
}): ChildProcess {
  ensureFolder(dirname(options.logFile))
  const log = onDisk(() => openSync(options.logFile, 'a', 0o600))
  const child = fork(fileURLToPath(options.entry), [...options.args], {
    detached: true,
    execArgv: ['--conditions=@palmhold/source'],
    stdio: ['ignore', log, log, 'ipc'],
    serialization: 'json',
  })
  closeSync(log)
  const exited = new Promise<void>((resolve) => {
    const onGone = (code: number | null) => {
      resolve()
      options.onExit?.(code)
    }
    child.once('exit', onGone)
    child.once('error', () => onGone(null))
  })
  if (options.onMessage) child.on('message', options.onMessage)

  const hasExited = () => child.exitCode !== null || child.signalCode !== null || child.pid === undefined
  return {
    pid: child.pid ?? 0,
    hasExited,
    send: (message) => {
      // A child that just ended is told nothing.
      if (child.connected) child.send(message, () => undefined)
    },
    async stop() {
      if (hasExited()) return
      child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS)
      await exited
      clearTimeout(timer)
    },
  }
}
