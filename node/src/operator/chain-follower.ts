/**
 * Keeps an operator in step with the chain: what its owner revoked or renewed there is erased here. At start everything
 * is reconciled. Rows of which the chain says nothing at all mean another chain: that is reported, and nothing erased.
 */

import { errorCode, type Hex } from '@palmhold/base'
import type { EnrolmentEvent } from '@palmhold/chain'
import type { Logger } from '../http/logger.ts'

const EVERY_MS = 1_000

/** What the follower needs of the chain. */
export type FollowedChain = {
  readonly enrolmentEvents: (fromBlock: number) => Promise<{ events: EnrolmentEvent[]; toBlock: number }>
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
  held: () => readonly { index: number; sharesRoot: Hex }[]
  /** Erases the shares under `sharesRoot`, and no others that came meanwhile. */
  erase: (index: number, sharesRoot: Hex) => Promise<void>
  log: Logger
  signal: AbortSignal
}): ChainFollower {
  const { chain, log } = options
  /** The shares root that the chain has now, by index; undefined once revoked. */
  const current = new Map<number, Hex | undefined>()
  let nextBlock = options.fromBlock
  let state = 'PALM_CHAIN_UNREACHABLE'
  let running: Promise<void> | undefined

  const reconcile = async () => {
    try {
      // Looked at first: what is delivered while the chain is read may be newer than what the chain answers.
      const held = options.held()
      const { events, toBlock } = await chain.enrolmentEvents(nextBlock)
      for (const { kind, index, sharesRoot } of events) current.set(index, kind === 'revoked' ? undefined : sharesRoot)
      nextBlock = toBlock + 1
      const isSameChain = held.every(({ index }) => current.has(index))
      if (!isSameChain && state !== 'PALM_CHAIN_DIVERGED') log.error('PALM_CHAIN_DIVERGED: the chain is another one')
      state = isSameChain ? 'ok' : 'PALM_CHAIN_DIVERGED'
      if (!isSameChain) return
      for (const { index, sharesRoot } of held) {
        if (current.get(index) === sharesRoot) continue
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
