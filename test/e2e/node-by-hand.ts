/** A node started by hand on the data folder of one that a network started, as its owner would after a crash. */

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type ChildProcess, startChild } from '../../node/src/network/child-process.ts'
import type { NodeRecord } from '../../node/src/network/network-record.ts'
import type { NodeReport } from '../../node/src/runtime/node-process.ts'

const ENTRIES = {
  operator: new URL('../../node/src/operator/main.ts', import.meta.url),
  lyingOperator: new URL('./lying-operator.ts', import.meta.url),
  verifier: new URL('../../node/src/verifier/main.ts', import.meta.url),
}

type Ready = Extract<NodeReport, { kind: 'ready' }>
type Failed = Extract<NodeReport, { kind: 'failed' }>

export type NodeByHand = ChildProcess & {
  /** What the node said of itself: ready with its addresses, or why it failed. */
  readonly report: Ready | Failed
  readonly kill: (signal: NodeJS.Signals) => void
}

/** Starts a node under the config in `dataFolder` with `changes`; it meets `others`. Resolves once it is ready or has failed. */
export async function startByHand(
  kind: keyof typeof ENTRIES,
  dataFolder: string,
  others: readonly NodeRecord[],
  changes: Record<string, unknown> = {},
): Promise<NodeByHand> {
  const known = JSON.parse(readFileSync(join(dataFolder, 'config.json'), 'utf8')) as Record<string, unknown>
  const bootstrap = others.flatMap(({ multiaddrs }) => multiaddrs)
  const configFile = join(dataFolder, 'by-hand.json')
  writeFileSync(configFile, JSON.stringify({ ...known, bootstrap, ...changes }))
  const { promise, resolve } = Promise.withResolvers<Ready | Failed>()
  const child = startChild({
    entry: ENTRIES[kind],
    args: [configFile],
    logFile: join(dataFolder, 'by-hand.log'),
    onMessage: (message) => {
      const report = message as NodeReport
      if (report.kind === 'ready' || report.kind === 'failed') resolve(report)
    },
    onExit: (code) => {
      const text = readFileSync(join(dataFolder, 'by-hand.log'), 'utf8')
      resolve({ kind: 'failed', code: `exit ${code}`, message: text.slice(-2_000), hints: [] })
    },
  })
  return { ...child, report: await promise, kill: (signal) => process.kill(child.pid, signal) }
}
