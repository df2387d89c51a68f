/**
 * Follows the enrolment registry by its logs, polled: filters and subscriptions are lost when an endpoint restarts, and a
 * block range that is asked for again never is.
 *
 * A block that is seen is taken as final. Chains that reorganise want `confirmations`.
 */

import { errorCode, type Hex } from '@palmhold/base'
import type { LogDescription } from 'ethers'
import { asHex, type ChainRpc, type ContractHandle } from './chain-rpc.ts'

export type EnrolmentEvent = {
  readonly kind: 'enrolled' | 'renewed' | 'revoked'
  readonly index: number
  readonly owner: Hex
  /** Zero when revoked. */
  readonly commitment: Hex
  readonly sharesRoot: Hex
  readonly blockNumber: number
}

export type WatchOptions = {
  /** The first block to look at, such as the deployment's. */
  readonly fromBlock?: number
  readonly pollIntervalMs?: number
  /** Blocks that must have come after one before it is reported. */
  readonly confirmations?: number
}

const KINDS: Readonly<Record<string, EnrolmentEvent['kind']>> = {
  Enrolled: 'enrolled',
  Renewed: 'renewed',
  Revoked: 'revoked',
}
const ZERO: Hex = `0x${'00'.repeat(32)}`
const POLL_INTERVAL_MS = 500
/** Public endpoints refuse larger ranges. */
const MAX_BLOCK_RANGE = 5000

/**
 * Events in order, up to block `toBlock`. `newest` is the chain's newest block as it was before they were read: where it
 * has another hash afterwards, some may come from one history and some from another.
 */
export type EnrolmentEvents = {
  readonly events: EnrolmentEvent[]
  readonly toBlock: number
  readonly newest: { readonly number: number; readonly hash: Hex }
}

/** The events of `registry` from `fromBlock` to the newest block less `confirmations`. */
export async function readEnrolmentEvents(
  rpc: ChainRpc,
  registry: ContractHandle,
  fromBlock: number,
  confirmations = 0,
): Promise<EnrolmentEvents> {
  const newest = await rpc.latestBlock()
  const toBlock = newest.number - confirmations
  const events: EnrolmentEvent[] = []
  for (let start = fromBlock; start <= toBlock; start += MAX_BLOCK_RANGE) {
    const end = Math.min(start + MAX_BLOCK_RANGE - 1, toBlock)
    for (const { log, event } of await rpc.events(registry, { fromBlock: start, toBlock: end })) {
      const enrolment = toEnrolmentEvent(event, log.blockNumber)
      if (enrolment) events.push(enrolment)
    }
  }
  return { events, toBlock, newest }
}

/**
 * Calls `onEvent` for each enrolment with an index of at least `fromIndex` and for each renewal and revocation, in order
 * and one at a time, until `signal` aborts; then it returns. While the chain cannot be reached it keeps trying. An error
 * of `onEvent` ends it.
 */
export async function watchEnrolments(
  rpc: ChainRpc,
  registry: ContractHandle,
  fromIndex: number,
  onEvent: (event: EnrolmentEvent) => void | Promise<void>,
  signal: AbortSignal,
  options: WatchOptions,
): Promise<void> {
  let next = options.fromBlock ?? 0
  while (!signal.aborted) {
    const found = await readOrWait(() => readEnrolmentEvents(rpc, registry, next, options.confirmations))
    for (const event of found?.events ?? []) {
      if (signal.aborted) return
      if (event.kind !== 'enrolled' || event.index >= fromIndex) await onEvent(event)
    }
    if (found) next = Math.max(next, found.toBlock + 1)
    await pause(options.pollIntervalMs ?? POLL_INTERVAL_MS, signal)
  }
}

async function readOrWait<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read()
  } catch (error) {
    if (errorCode(error) === 'PALM_CHAIN_UNREACHABLE') return undefined
    throw error
  }
}

function toEnrolmentEvent({ name, args }: LogDescription, blockNumber: number): EnrolmentEvent | undefined {
  const kind = KINDS[name]
  if (kind === undefined) return undefined
  const gone = kind === 'revoked'
  return {
    kind,
    index: Number(args.index),
    owner: asHex(args.owner),
    commitment: gone ? ZERO : asHex(args.commitment),
    sharesRoot: gone ? ZERO : asHex(args.sharesRoot),
    blockNumber,
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const done = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done)
  })
}
