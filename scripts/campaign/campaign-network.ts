/**
 * The network of a campaign: started by `palmhold up`, in a process of its own that may be killed too, and mended by the
 * same command after each kill, as its owner would do it.
 */

import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { PalmError } from '@palmhold/base'
import { freePort } from '../../node/src/network/free-port.ts'
import { findNetwork, isRunning, type NetworkRecord, namesOfEnded } from '../../node/src/network/network-record.ts'
import { requestRevival } from '../../node/src/network/revive-request.ts'
import { ensureFolder, readFileIfThere } from '../../node/src/storage/disk.ts'

const UP_TIMEOUT_MS = 120_000
const END_TIMEOUT_MS = 40_000
const POLL_MS = 50
const PALMHOLD = join(import.meta.dirname, '..', 'palmhold.ts')

/** Kinds of processes that are killed: `chain` is the chain itself, `guard` who holds it, `launcher` who holds all. */
export const VICTIMS = ['operator', 'verifier', 'chain', 'guard', 'launcher'] as const
export type Victim = (typeof VICTIMS)[number]

export type CampaignNetwork = {
  readonly record: () => NetworkRecord
  /** Starts what is not running; all of it the first time. */
  readonly up: () => Promise<void>
  /** SIGKILLs one process, waits until it is gone, and returns which operators went with it, by their place. */
  readonly kill: (victim: Victim, operator: number) => Promise<number[]>
  readonly down: () => Promise<void>
}

export async function openCampaignNetwork(folder: string, nodes: number): Promise<CampaignNetwork> {
  ensureFolder(folder)
  // One port for good, as a chain elsewhere has: what was told of it stays true.
  const chainPort = await freePort()
  let record: NetworkRecord | undefined

  const current = (): NetworkRecord => {
    if (!record) throw new CampaignNetworkError('it was never up')
    return record
  }
  const launch = async () => {
    const log = openSync(join(folder, 'launcher.log'), 'a', 0o600)
    const options = ['--folder', folder, '--nodes', String(nodes), '--chain-port', String(chainPort)]
    const child = spawn(process.execPath, [...process.execArgv, PALMHOLD, 'up', '--foreground', ...options], {
      detached: true,
      stdio: ['ignore', log, log],
    })
    closeSync(log)
    child.unref()
    const deadline = performance.now() + UP_TIMEOUT_MS
    for (;;) {
      await delay(POLL_MS)
      const found = findNetwork(folder)
      if (found?.pid === child.pid) return found
      if (child.exitCode !== null || child.signalCode !== null || performance.now() > deadline)
        throw new CampaignNetworkError('it does not come up')
    }
  }

  return {
    record: current,
    async up() {
      const running = findNetwork(folder)
      if (!running) record = await launch()
      else record = namesOfEnded(running).length === 0 ? running : await requestRevival(folder, running, UP_TIMEOUT_MS)
    },
    async kill(victim, operator) {
      const { pid, chain, operators, verifier } = current()
      const pids = {
        operator: operators[operator]!.pid,
        verifier: verifier.pid,
        chain: Number(readFileIfThere(join(folder, 'chain', 'anvil.pid'))?.toString('utf8') ?? chain.pid),
        guard: chain.pid,
        launcher: pid,
      }
      if (isRunning(pids[victim])) process.kill(pids[victim], 'SIGKILL')
      // What the launcher held ends by itself; the chain's guard ends with the chain.
      const ends = { operator: [], verifier: [], chain: [chain.pid], guard: [], launcher: allOf(current()) }[victim]
      await untilEnded([pids[victim], ...ends])
      return victim === 'launcher' ? operators.map((_, i) => i) : victim === 'operator' ? [operator] : []
    },
    async down() {
      const running = findNetwork(folder)
      if (!running) return
      process.kill(running.pid, 'SIGTERM')
      await untilEnded([running.pid, ...allOf(running)])
    },
  }
}

function allOf({ chain, operators, verifier }: NetworkRecord): number[] {
  return [chain.pid, verifier.pid, ...operators.map(({ pid }) => pid)]
}

async function untilEnded(pids: readonly number[]): Promise<void> {
  const deadline = performance.now() + END_TIMEOUT_MS
  while (pids.some(isRunning)) {
    if (performance.now() > deadline) throw new CampaignNetworkError('a process does not end')
    await delay(POLL_MS)
  }
}

/** The network of a campaign cannot be held up. */
export class CampaignNetworkError extends PalmError {
  constructor(reason: string) {
    super('PALM_NODE_FAILED', `the network of the campaign: ${reason}`, {
      hints: ['launcher.log and the node.log files in its folder say more.'],
    })
  }
}
