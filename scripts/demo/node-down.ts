/**
 * The part of the demonstration in which an operator dies: killed outright, while a customer wants to pay. Three operators
 * compute a match, so of four one may be missing, and of three none; afterwards the dead one is started again.
 */

import { setTimeout as delay } from 'node:timers/promises'
import type { Network } from '../../node/src/network/network.ts'
import { isRunning } from '../../node/src/network/network-record.ts'

/** How the payment went; `reason` is the code of its refusal. */
export type NodeDown = { readonly ok: true; readonly reason: null } | { readonly ok: false; readonly reason: string }

const COMPUTING_OPERATORS = 3
const READY_TIMEOUT_MS = 20_000
const POLL_MS = 50

/** Kills the last operator, lets `pay` try, and brings the operator back. */
export async function showNodeDown(options: {
  network: Pick<Network, 'record' | 'revive'>
  pay: () => Promise<NodeDown>
  log: (line: string) => void
}): Promise<NodeDown> {
  const { network, log } = options
  const { operators } = network.record
  const { pid } = operators.at(-1)!
  log(`Operator ${operators.length} of ${operators.length} is killed ...`)
  process.kill(pid, 'SIGKILL')
  while (isRunning(pid)) await delay(POLL_MS)
  const shown = await options.pay()
  log('... and started again.')
  await network.revive()
  await untilHealthy(network)
  return shown
}

/** Paid on where there was an operator to spare, refused by its name where there was none. */
export function isAsExpected(nodeDown: NodeDown, operators: number): boolean {
  return operators > COMPUTING_OPERATORS ? nodeDown.ok : nodeDown.reason === 'PALM_OPERATORS_MISSING'
}

/** Waits until every node knows the others again; a node that does not get there shows in what follows. */
async function untilHealthy({ record }: Pick<Network, 'record'>): Promise<void> {
  const deadline = performance.now() + READY_TIMEOUT_MS
  const nodes = [...record.operators, record.verifier]
  for (;;) {
    const states = await Promise.all(nodes.map(({ url }) => isHealthy(url)))
    if (states.every(Boolean) || performance.now() > deadline) return
    await delay(POLL_MS)
  }
}

async function isHealthy(url: string): Promise<boolean> {
  try {
    return (await fetch(new URL('/health', url), { signal: AbortSignal.timeout(5_000) })).ok
  } catch {
    return false
  }
}
