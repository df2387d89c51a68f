/**
 * Real processes for the network tests: the tools as a person runs them, nodes started by hand, and the question which
 * processes are left. Every process of a network names its folder in its arguments, which is how it is found again.
 */

import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { AssertionError } from 'chai'

const ROOT = join(import.meta.dirname, '../..')
const POLL_MS = 50

export const LAUNCHER = join(ROOT, 'scripts', 'launch.mjs')
export const COMMAND = join(ROOT, 'scripts', 'palmhold.mjs')

export type Outcome = { readonly code: number | null; readonly stdout: string; readonly stderr: string }

/** A process under way, in a group of its own so that a signal reaches all of it, as a terminal's Ctrl-C does. */
export type Started = {
  readonly pid: number
  readonly output: () => string
  readonly signal: (name: NodeJS.Signals, to?: 'group' | 'process') => void
  readonly ended: Promise<Outcome>
}

/** A folder of its own for one test file. */
export function temporaryFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'palmhold-e2e-'))
}

/** Starts `program` with `args` in the root of the repository. */
export function startTool(program: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Started {
  const child = spawn(program, [...args], {
    cwd: ROOT,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  })
  return watch(child)
}

function watch(child: ChildProcess): Started {
  let stdout = ''
  let stderr = ''
  child.stdout!.on('data', (text) => {
    stdout += text
  })
  child.stderr!.on('data', (text) => {
    stderr += text
  })
  const ended = new Promise<Outcome>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, stdout, stderr }))
  })
  return {
    pid: child.pid!,
    output: () => stdout + stderr,
    signal: (name, to = 'group') => {
      process.kill(to === 'group' ? -child.pid! : child.pid!, name)
    },
    ended,
  }
}

/** Runs `palmhold ...args` to its end. */
export function palmhold(...args: string[]): Promise<Outcome> {
  return startTool(process.execPath, [COMMAND, ...args]).ended
}

/** Runs `palmhold ...args --json` to its end; returns the document it printed. */
export async function palmholdJson(...args: string[]): Promise<{ code: number | null; json: Record<string, unknown> }> {
  const { code, stdout } = await palmhold(...args, '--json')
  return { code, json: JSON.parse(stdout) as Record<string, unknown> }
}

/** Ids of the running processes whose arguments name `text`; not this one's, and none that has ended. */
export function processesNaming(text: string): number[] {
  return execFileSync('ps', ['-axo', 'pid=,stat=,args='], { encoding: 'utf8', maxBuffer: 16 * 1024 * 1024 })
    .split('\n')
    .map((line) => /^\s*(\d+)\s+(\S+)\s+(.*)$/.exec(line))
    .filter((match) => match?.[3]?.includes(text) && !match[2]!.startsWith('Z'))
    .map((match) => Number(match![1]))
    .filter((pid) => pid !== process.pid)
}

/** Waits until no process names `text` any more. */
export async function untilNoneNames(text: string, timeoutMs: number): Promise<void> {
  await until(() => processesNaming(text).length === 0, timeoutMs, `processes naming ${text} to end`)
}

/** Waits until `check` holds. */
export async function until(check: () => boolean | Promise<boolean>, timeoutMs: number, what: string): Promise<void> {
  const deadline = performance.now() + timeoutMs
  while (!(await check())) {
    if (performance.now() > deadline) throw new AssertionError(`waited ${timeoutMs} ms for ${what}`)
    await delay(POLL_MS)
  }
}

/** Ends every process that names `folder`, then deletes it. */
export async function cleanUp(folder: string): Promise<void> {
  for (const pid of processesNaming(folder)) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // It ended meanwhile.
    }
  }
  await untilNoneNames(folder, 5_000)
  await rm(folder, { recursive: true, force: true })
}
