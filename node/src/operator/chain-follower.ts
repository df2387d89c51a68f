/**
 * Keeps an operator in step with the chain: what its owner revoked or renewed there is erased here. At start everything
 * is reconciled. Another chain under the same data is reported, and nothing is erased for it.
 *
 * The same chain may go back: then everything is read again. Rows that it does not know any more take no part until it
 * does again, or gives their index to others; rows that were erased for a revocation it forgot are reported to the other
 * operators, which leave them out, so that one operator that was quicker than the rest does not part the galleries.
 */

import { errorCode, type Hex } from '@palmhold/base'
import { type BlockHashes, createChainHead, type EnrolmentEvents } from '@palmhold/chain'
import type { Logger } from '../http/logger.ts'
import type { DealtRow } from './gallery.ts'

const EVERY_MS = 1_000

/** What the follower needs of the chain. */
export type FollowedChain = BlockHashes & {
  readonly enrolmentEvents: (fromBlock: number) => Promise<EnrolmentEvents>
}

export type ChainFollower = {
  /** `ok`, or the code of what is wrong with the chain. */
  readonly check: () => Promise<string>
  readonly stop: () => void
}

export function followChain(options: {
  chain: FollowedChain
  /** A block at or before the first enrolment. */
  fromBlock: number
  /** Enrolments that this operator holds shares of. */
  held: () => readonly DealtRow[]
  /** Enrolments that this operator has erased. */
  erased: () => readonly DealtRow[]
  /** Takes rows out of matching that the chain does not know, in place of those it said before. */
  leaveOut: (unknown: readonly DealtRow[]) => void
  /** Tells which rows are valid on chain and erased here, in place of those it said before. */
  reportLost: (lost: readonly DealtRow[]) => void
  /** What tells this chain from another one, as it was noted at the first start. */
  identity: { readonly known: () => string | undefined; readonly note: (hash: Hex) => void }
  /** Erases the shares under `sharesRoot`, and no others that came meanwhile. */
  erase: (index: number, sharesRoot: Hex) => Promise<void>
  log: Logger
  signal: AbortSignal
}): ChainFollower {
  const { chain, log } = options
  /** The shares root that the chain has now, by index; undefined once revoked. */
  const current = new Map<number, Hex | undefined>()
  const head = createChainHead(chain)
  let nextBlock = options.fromBlock
  let isKnown = false
  let state = 'PALM_CHAIN_UNREACHABLE'
  let running: Promise<void> | undefined

  /** Whether it is the chain that this folder belongs to: its block before all enrolments has the same hash. */
  const isSameChain = async (): Promise<boolean> => {
    // Not the first of all: local chains make a new one at each start, and nothing lies in it.
    const hash = await chain.blockHash(Math.max(options.fromBlock, 1))
    const known = options.identity.known()
    if (known === undefined && hash !== undefined) options.identity.note(hash)
    return hash !== undefined && (known ?? hash) === hash
  }

  const reconcile = async () => {
    try {
      if (await head.wentBack()) {
        log.warn('the chain went back: reading it again')
        current.clear()
        nextBlock = options.fromBlock
        isKnown = false
        head.forget()
      }
      isKnown ||= await isSameChain()
      if (!isKnown) {
        if (state !== 'PALM_CHAIN_DIVERGED') log.error('PALM_CHAIN_DIVERGED: the chain is another one')
        state = 'PALM_CHAIN_DIVERGED'
        return
      }
      // Looked at first: what is delivered while the chain is read may be newer than what the chain answers.
      const held = options.held()
      const { events, toBlock, newest } = await chain.enrolmentEvents(nextBlock)
      for (const { kind, index, sharesRoot } of events) current.set(index, kind === 'revoked' ? undefined : sharesRoot)
      nextBlock = toBlock + 1
      await head.saw(newest.number, newest.hash)
      options.leaveOut(held.filter(({ index }) => !current.has(index)))
      options.reportLost(options.erased().filter(({ index, sharesRoot }) => current.get(index) === sharesRoot))
      state = 'ok'
      for (const { index, sharesRoot } of held) {
        if (!current.has(index) || current.get(index) === sharesRoot) continue
        await options.erase(index, sharesRoot)
        log.info({ index }, 'erased: revoked or renewed by its owner')
      }
    } catch (error) {
      state = errorCode(error)
    }
  }
  const once = () => {
    running ??= reconcile().finally(() => {
      running = undefined
    })
    return running
  }

  void once()
  const timer = setInterval(() => void once(), EVERY_MS)
  const stop = () => clearInterval(timer)
  options.signal.addEventListener('abort', stop, { once: true })
  return {
    async check() {
      await once()
      return state
    },
    stop,
  }
}
