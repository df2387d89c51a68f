/** What `npm start` does once it knows its options: network, demonstration, summary. */

import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { startNetwork } from '../../node/src/network/network.ts'
import { onReviveRequest } from '../../node/src/network/revive-request.ts'
import { onDisk } from '../../node/src/storage/disk.ts'
import { tapSockets } from '../../node/src/tap/tap-sockets.ts'
import { describeTerminalLink, fetchTerminalLink } from '../../node/src/terminal/terminal-link.ts'
import { verifierPlace } from '../../node/src/verifier/terminal-client.ts'
import { deployContracts } from '../deploy.ts'
import { createLeakCheck } from '../leaks/leak-check.ts'
import { describeDemo } from './describe-demo.ts'
import { runDemo } from './run-demo.ts'

export type StartOptions = {
  once?: boolean
  json?: string
  folder: string
  nodes?: number
  customers: number
  chainPort: number
  port: number
}

/** Exit code of a run that a signal ended before it was through, as shells have it for Ctrl-C. */
const INTERRUPTED = 130

/** Runs the demonstration, and stays up after it unless told not to; `startedAt` is on the clock of `performance`. */
export async function startDemo(
  options: StartOptions,
  { startedAt, stopped }: { startedAt: number; stopped: Promise<void> },
): Promise<void> {
  const unlessStopped = <T>(work: Promise<T>) => workUnless(stopped, work)
  const folder = resolve(options.folder)
  const log = (line: string) => process.stderr.write(`${line}\n`)
  const leaks = createLeakCheck()
  // Wallets and terminal are parts of this process.
  const endTap = tapSockets((to, bytes) => leaks.tap('wallets and terminal', { plane: 'socket', to, bytes }))
  const starting = startNetwork({
    folder,
    ...(options.nodes === undefined ? {} : { operators: options.nodes }),
    merchantName: 'Café Palme',
    chainPort: options.chainPort,
    verifierPort: options.port,
    deploy: deployContracts,
    log,
    tap: leaks.tap,
    onNodeExit: (name) => log(`PALM_NODE_DOWN: ${name} has ended; its log is in its data folder.`),
  })
  const network = await unlessStopped(starting)
  if (network === 'stopped') {
    log('Stopping ...')
    // The processes of a network that is half up end with the channel to this one.
    process.exit(INTERRUPTED)
  }
  onReviveRequest(network, log)
  try {
    const startMs = Math.round(performance.now() - startedAt)
    log(`The network is up after ${(startMs / 1000).toFixed(1)} s.`)
    const shown = await unlessStopped(runDemo({ folder, network, customers: options.customers, leaks, log }))
    endTap()
    if (shown === 'stopped') {
      log('Stopping ...')
      process.exitCode = INTERRUPTED
      return
    }
    const summary = { ...shown, startMs }
    const { json } = options
    if (json !== undefined) onDisk(() => writeFileSync(json, `${JSON.stringify(summary, null, 2)}\n`))
    process.stdout.write(`${describeDemo(summary, network.record)}\n`)
    if (!summary.ok) process.exitCode = 1
    if (options.once) return
    const link = await fetchTerminalLink(verifierPlace(network.record.verifier))
    process.stdout.write(`\n${describeTerminalLink(link)}\n`)
    process.stdout.write('\nThe network stays up. Press Ctrl-C to stop it; everything it knows stays on disk.\n')
    await stopped
    log('Stopping ...')
  } finally {
    await network.stop()
  }
}

/** What `work` resolves to, or `stopped` where that comes first; the work is then left to end with the process. */
function workUnless<T>(stopped: Promise<void>, work: Promise<T>): Promise<T | 'stopped'> {
  // What it fails with once everything is being stopped is of no interest.
  work.catch(() => undefined)
  return Promise.race([stopped.then(() => 'stopped' as const), work])
}
