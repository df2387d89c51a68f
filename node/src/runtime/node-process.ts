/**
 * What every node process does alike: reads its config, runs, says what happens over IPC (or, started by hand, on
 * stdout), and ends cleanly on a signal or when its parent goes.
 */

import { readFileSync } from 'node:fs'
import { type Hex, isPalmError } from '@palmhold/base'
import { parseJson } from '@palmhold/protocol'
import type { z } from 'zod'

/** What a node tells whoever started it. */
export type NodeReport =
  | {
      /** The node waits for money on chain or for its committee. */
      readonly kind: 'waiting'
      readonly needs: 'funds' | 'committee' | 'credential'
      readonly address: Hex
      readonly did?: string
    }
  | {
      readonly kind: 'ready'
      readonly address: Hex
      readonly peerId: string
      readonly multiaddrs: readonly string[]
      readonly httpUrl: string
      readonly rows: number
      readonly did?: string
    }
  /** A customer enrols at the terminal of this node, and a local network gives test money. */
  | { readonly kind: 'customer'; readonly address: Hex }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string; readonly hints: readonly string[] }

/** What a node is told. */
export type NodeOrder =
  | { readonly kind: 'credential'; readonly jwt: string }
  | { readonly kind: 'peers'; readonly multiaddrs: readonly string[] }
  /** The customer has its test money, or the code says why not. */
  | { readonly kind: 'funded'; readonly address: Hex; readonly code: string | null }

export type Running = { readonly stop: () => Promise<void> }

export type NodeContext = {
  readonly report: (report: NodeReport) => void
  /** Calls back for each order; a node started by hand gets none. */
  readonly onOrder: (listener: (order: NodeOrder) => void) => void
  /** Aborts when the process is to end. */
  readonly signal: AbortSignal
}

/** A node that is still stopping then ends all the same: what it acknowledged is on disk. */
const STOP_TIMEOUT_MS = 8_000
/** One that is still starting has acknowledged nothing, and may wait for a chain that has ended before it. */
const START_TIMEOUT_MS = 1_000

/** Runs a node under the config that the process's first argument names. */
export async function runNodeProcess<T>(
  schema: z.ZodType<T>,
  start: (config: T, context: NodeContext) => Promise<Running>,
): Promise<void> {
  // Databases too, whose library takes no mode: the data folder may have been made by hand, readable by all.
  process.umask(0o077)
  const end = new AbortController()
  let isStarted = false
  end.signal.addEventListener('abort', () => {
    setTimeout(() => process.exit(0), STOP_TIMEOUT_MS).unref()
    setTimeout(() => !isStarted && process.exit(0), START_TIMEOUT_MS).unref()
  })
  const isChild = process.send !== undefined
  const report = (message: NodeReport) => {
    if (process.send) process.send(message)
    else process.stdout.write(`${JSON.stringify(message)}\n`)
  }
  process.on('SIGTERM', () => end.abort())
  // A child lives in a group of its own; by hand, Ctrl-C comes here. A second one changes nothing.
  process.on('SIGINT', () => end.abort())
  if (isChild) process.on('disconnect', () => end.abort())
  // The parent may have gone while packages were loading.
  if (isChild && !process.connected) end.abort()
  try {
    const text = readFileSync(process.argv[2] ?? '', 'utf8')
    const config = parseJson(schema, text, 'node config', 'PALM_CONFIG_INVALID')
    const running = await start(config, {
      report,
      onOrder: (listener) => process.on('message', (message) => listener(message as NodeOrder)),
      signal: end.signal,
    })
    isStarted = true
    if (!end.signal.aborted) await new Promise((resolve) => end.signal.addEventListener('abort', resolve))
    await running.stop()
    process.exit(0)
  } catch (error) {
    if (end.signal.aborted) process.exit(0)
    if (isPalmError(error)) report({ kind: 'failed', code: error.code, message: error.message, hints: error.hints })
    else {
      process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`)
      report({ kind: 'failed', code: 'PALM_INTERNAL', message: 'the node failed', hints: ['Its log says more.'] })
    }
    process.exit(1)
  }
}
