/**
 * How a command asks the process that holds a network to start again what has ended of it: by SIGUSR2, since a signal
 * needs no open port. The answer is the record, written anew.
 */

import { setTimeout as delay } from 'node:timers/promises'
import { errorCode, PalmError } from '@palmhold/base'
import type { Network } from './network.ts'
import { findNetwork, isRunning, type NetworkRecord, namesOfEnded } from './network-record.ts'

const POLL_MS = 100
const POLLS_PER_REQUEST = 10

/** Starts again what has ended, each time this process is asked to. */
export function onReviveRequest(network: Pick<Network, 'revive'>, log: (line: string) => void): void {
  process.on('SIGUSR2', () => {
    network.revive().then(
      (names) => {
        if (names.length > 0) log(`Started again: ${names.join(', ')}.`)
      },
      (error: unknown) => log(`${errorCode(error)}: a process of the network does not start again.`),
    )
  })
}

/** Asks for it and waits until nothing of the network is missing. @throws {ReviveFailedError} */
export async function requestRevival(folder: string, record: NetworkRecord, timeoutMs: number): Promise<NetworkRecord> {
  const deadline = performance.now() + timeoutMs
  for (let polls = 0; ; polls++) {
    // Asked again and again: another process may end while one is started.
    if (polls % POLLS_PER_REQUEST === 0 && isRunning(record.pid)) process.kill(record.pid, 'SIGUSR2')
    await delay(POLL_MS)
    const now = findNetwork(folder)
    const ended = now === undefined ? ['the network'] : namesOfEnded(now)
    if (now && ended.length === 0) return now
    if (!now || performance.now() > deadline) throw new ReviveFailedError(ended)
  }
}

/** What has ended of a network does not come up again. */
export class ReviveFailedError extends PalmError {
  constructor(names: readonly string[]) {
    super('PALM_NODE_FAILED', `${names.join(', ')} did not start again`, {
      hints: ['Its log in the data folder says more. `npx palmhold down`, then `npx palmhold up` starts all anew.'],
    })
  }
}
