/**
 * Payouts: once the dispute window of a payment is over, the verifier releases it and claims what was released for the
 * merchant. A payment in dispute waits; one that was refunded is done with.
 */

import { type Clock, errorCode, type Hex } from '@palmhold/base'
import type { Chain, ChainHead } from '@palmhold/chain'
import type { Logger } from '../http/logger.ts'
import type { Payments } from './payments.ts'
import type { VerifierDatabase } from './verifier-database.ts'

const EVERY_MS = 10_000
const AT_ONCE = 50
/** How often a dispute that nobody closes is looked at. */
const DISPUTE_CHECK_S = 3600

export type PayoutsOptions = {
  readonly chain: Pick<Chain, 'payment' | 'release' | 'claimPayout' | 'payableMinor'>
  readonly database: Pick<VerifierDatabase, 'duePayouts' | 'putOffPayout' | 'closePayout'>
  readonly payee: Hex
  readonly clock: Clock
  readonly log: Pick<Logger, 'info' | 'warn'>
}

/** Pays out what is due now; returns how many payments were released. @throws {PalmError} of the chain */
export async function payOut({ chain, database, payee, clock }: PayoutsOptions): Promise<number> {
  const due: Hex[] = []
  for (const id of database.duePayouts(clock(), AT_ONCE)) {
    const { status, until } = await chain.payment(id)
    if (status === 'locked' && until < clock()) due.push(id)
    // Out of the way of those behind it: there may be more disputes than payments looked at in a round.
    else if (status === 'disputed') database.putOffPayout(id, Math.max(until, clock() + DISPUTE_CHECK_S))
    else if (status === 'released' || status === 'refunded') database.closePayout(id)
  }
  if (due.length > 0) await chain.release(due)
  if ((await chain.payableMinor(payee)) > 0) await chain.claimPayout(payee)
  for (const id of due) database.closePayout(id)
  return due.length
}

/** Finishes pending payments and pays out, now and then until stopped. */
export function startPayouts(
  options: PayoutsOptions & {
    readonly payments: Pick<Payments, 'recover' | 'recheck'>
    readonly head: ChainHead
    readonly chain: Pick<Chain, 'blockNumber'>
  },
): {
  readonly stop: () => Promise<void>
} {
  let running: Promise<void> = Promise.resolve()
  const once = async () => {
    try {
      const { head, chain, payments } = options
      if (await head.wentBack()) {
        await payments.recheck()
        head.forget()
      }
      await head.saw(await chain.blockNumber())
      await payments.recover()
      const count = await payOut(options)
      if (count > 0) options.log.info({ count }, 'paid out')
    } catch (error) {
      // The next round tries again: nothing is marked as paid out before the chain has it.
      options.log.warn({ code: errorCode(error) }, 'payout put off')
    }
  }
  const timer = setInterval(() => {
    running = running.then(once)
  }, EVERY_MS)
  return {
    async stop() {
      clearInterval(timer)
      await running
    },
  }
}
