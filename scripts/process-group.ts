/**
 * Commands that end for sure: each runs in a process group of its own, which is killed at its time limit, when this
 * process ends or loses its parent, and once the command itself is over, so that nothing it started stays behind.
 */

import { type ChildProcess, spawn } from 'node:child_process'
import { constants } from 'node:os'

export type GroupOptions = {
  readonly cwd: string
  readonly timeoutMs: number
  /** Added to the environment of this process. */
  readonly env?: Readonly<Record<string, string>>
  /** `capture` collects what the command prints; `inherit` lets it through as it comes. */
  readonly output: 'capture' | 'inherit'
}

export type GroupResult = {
  /** 0 where all went well; 128 + signal where one ended it; -1 where it could not be started. */
  readonly exitCode: number
  readonly timedOut: boolean
  /** stdout and stderr as captured. */
  readonly stdout: string
  readonly stderr: string
}

const running = new Set<number>()

/** Runs `command` to its end. Never rejects: what went wrong is in the result. */
export async function runInGroup(
  command: string,
  args: readonly string[],
  { cwd, timeoutMs, env = {}, output }: GroupOptions,
): Promise<GroupResult> {
  endGroupsWithThisProcess()
  const child = spawn(command, [...args], {
    cwd,
    env: { ...process.env, ...env },
    detached: true,
    stdio: ['ignore', output === 'capture' ? 'pipe' : 'inherit', output === 'capture' ? 'pipe' : 'inherit'],
  })
  if (child.pid) running.add(child.pid)
  const text = { stdout: '', stderr: '' }
  for (const stream of ['stdout', 'stderr'] as const)
    child[stream]?.setEncoding('utf8').on('data', (part: string) => {
      text[stream] += part
    })
  let timedOut = false
  const timer = setTimeout(() => {
    timedOut = true
    endGroup(child.pid)
  }, timeoutMs)
  const failure = await ended(child)
  clearTimeout(timer)
  endGroup(child.pid)
  const { exitCode, signalCode } = child
  return {
    exitCode: failure ? -1 : (exitCode ?? 128 + (signalCode ? constants.signals[signalCode] : 0)),
    timedOut,
    stdout: text.stdout,
    stderr: failure ? `${text.stderr}${failure.message}\n` : text.stderr,
  }
}

/** Waits for `child`'s own end and for its output, as far as no straggler of its group holds that open. */
async function ended(child: ChildProcess): Promise<Error | undefined> {
  return new Promise((resolve) => {
    child.once('error', resolve)
    child.once('exit', () => endGroup(child.pid))
    child.once('close', () => resolve(undefined))
  })
}

function endGroup(pid: number | undefined): void {
  if (!pid || !running.has(pid)) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // All of the group are gone.
    running.delete(pid)
  }
}

let isWatching = false

function endGroupsWithThisProcess(): void {
  if (isWatching) return
  isWatching = true
  process.on('exit', () => {
    for (const pid of running) endGroup(pid)
  })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => process.exit(128 + constants.signals[signal]))
  // Without its launcher a script ends; one that has ended by itself has its exit code by then.
  if (process.send) process.on('disconnect', () => process.exit(process.exitCode ?? 1))
}
