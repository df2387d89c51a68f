/**
 * The processes of a network on one machine: each has a group of its own (so that a Ctrl-C in the terminal reaches the
 * parent alone, which ends them in order), a log file, and an IPC channel whose end means that it should go too.
 */

import { fork } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import type { Socket } from 'node:net'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ensureFolder, onDisk } from '../storage/disk.ts'
import { createTapReader, TAP_FD, type TapRecord } from '../tap/tap-record.ts'
import { isRunning } from './network-record.ts'

const STOP_TIMEOUT_MS = 8_000
const TAP_ENTRY = new URL('../tap/main.ts', import.meta.url)

/** Children that have not ended. */
const running = new Set<{ kill: (signal: NodeJS.Signals) => boolean }>()
let endsChildren = false

/**
 * Whatever ends this process in order asks its children to end. They would see the channel end too, but one that still
 * loads its packages sees that only behind them, and has not yet asked to be told of signals: it ends at once.
 */
function endChildrenAtExit(): void {
  if (endsChildren) return
  endsChildren = true
  process.on('exit', () => {
    for (const child of running) child.kill('SIGTERM')
  })
}

export type ChildProcess = {
  readonly pid: number
  readonly hasExited: () => boolean
  readonly send: (message: object) => void
  /** Asks the process to end, and ends it after 8 s. */
  readonly stop: () => Promise<void>
  /** Resolves when `tap` has been told all that the process has sent so far, or the process has ended. */
  readonly flushTap: () => Promise<void>
}

/** Starts the TypeScript file `entry` as a process. */
export function startChild(options: {
  entry: URL
  args: readonly string[]
  logFile: string
  onMessage?: (message: unknown) => void
  onExit?: (code: number | null) => void
  /** Called for all that the process sends, before it is encrypted. It stays in memory: shares are in it. */
  tap?: ((record: TapRecord) => void) | undefined
}): ChildProcess {
  ensureFolder(dirname(options.logFile))
  const log = onDisk(() => openSync(options.logFile, 'a', 0o600))
  const child = fork(fileURLToPath(options.entry), [...options.args], {
    detached: true,
    execArgv: ['--conditions=@palmhold/source', ...(options.tap ? [`--import=${TAP_ENTRY.href}`] : [])],
    stdio: ['ignore', log, log, 'ipc', ...(options.tap ? (['pipe'] as const) : [])],
    serialization: 'json',
  })
  closeSync(log)
  running.add(child)
  endChildrenAtExit()
  const exited = new Promise<void>((resolve) => {
    const onGone = (code: number | null) => {
      running.delete(child)
      resolve()
      options.onExit?.(code)
    }
    child.once('exit', onGone)
    child.once('error', () => onGone(null))
  })
  if (options.onMessage) child.on('message', options.onMessage)
  const flushTap = options.tap ? openTap(child.stdio[TAP_FD] as Socket, options.tap, exited) : async () => undefined

  // Who asks because the process is gone may be quicker than the event that says so.
  const hasExited = () =>
    child.exitCode !== null || child.signalCode !== null || child.pid === undefined || !isRunning(child.pid)
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
    flushTap,
  }
}

/** Reads what a watched process tells; returns how to wait for all of it. */
function openTap(pipe: Socket, tap: (record: TapRecord) => void, exited: Promise<void>): () => Promise<void> {
  const marks: (() => void)[] = []
  const ended = new Promise<void>((resolve) => pipe.once('close', resolve))
  const read = createTapReader((record) => {
    if (record.plane === 'mark') marks.shift()?.()
    else tap(record)
  })
  pipe.on('data', read)
  // A process that ends takes its side of the pipe with it.
  pipe.on('error', () => pipe.destroy())
  return async () => {
    const marked = new Promise<void>((resolve) => marks.push(resolve))
    if (pipe.writable) pipe.write(Uint8Array.of(1))
    await Promise.race([marked, Promise.all([exited, ended])])
  }
}
