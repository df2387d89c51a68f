/**
 * Where the money is, by the chain's own events and balances: what went into PalmPay and has not left it is what its
 * accounts, its locked payments and its unclaimed payouts add up to, and nothing was charged twice.
 */

import type { Hex } from '@palmhold/base'
import type { Chain } from '@palmhold/chain'
import { Interface, JsonRpcProvider, type LogDescription, Network } from 'ethers'
import type { NetworkRecord } from '../../node/src/network/network-record.ts'

const EVENTS = new Interface([
  'event Deposited(address indexed account, address indexed from, uint256 amount)',
  'event Charged(bytes32 indexed paymentId, address indexed payer, bytes32 indexed merchantId, address payee, uint64 amountMinor, uint8 lane, uint48 lockedUntil)',
  'event PayoutClaimed(address indexed payee, uint256 amount)',
])
/** The test money has 6 decimals. */
const UNITS_PER_MINOR = 10_000n
const TRIES = 20

export type Books = {
  /** What does not add up; empty when all does. */
  readonly faults: readonly string[]
  /** The request of each payment that was charged. */
  readonly charged: ReadonlySet<Hex>
}

/** Looks through the books of PalmPay as of one block. */
export async function auditMoney({ chain, contracts }: NetworkRecord, governance: Chain): Promise<Books> {
  const provider = new JsonRpcProvider(chain.rpcUrl, Network.from(chain.chainId), {
    staticNetwork: true,
    batchMaxCount: 1,
    cacheTimeout: -1,
  })
  try {
    for (let tries = 1; ; tries++) {
      const block = await governance.blockNumber()
      const logs = await provider.getLogs({ address: contracts.palmPay, fromBlock: 0, toBlock: block })
      const events = logs.flatMap((log) => EVENTS.parseLog(log) ?? [])
      const faults = await faultsOf(events, contracts.palmPay, governance)
      // A payout in between moves money from one sum to another.
      const isOneBlock = (await governance.blockNumber()) === block
      if (isOneBlock || tries === TRIES) return { faults, charged: new Set(chargesIn(events)) }
    }
  } finally {
    provider.destroy()
  }
}

async function faultsOf(events: readonly LogDescription[], palmPay: Hex, governance: Chain): Promise<string[]> {
  const charges = chargesIn(events)
  const payments = await Promise.all(charges.map((id) => governance.payment(id)))
  const accounts = new Set(named(events, 'Deposited').map(({ account }) => hexOf(account)))
  const payees = new Set(named(events, 'Charged').map(({ payee }) => hexOf(payee)))
  const sumOf = (name: string) =>
    Number(named(events, name).reduce((sum, { amount }) => sum + (amount as bigint), 0n) / UNITS_PER_MINOR)

  const balances = await Promise.all(
    [...accounts].map(async (account) => (await governance.account(account)).balanceMinor),
  )
  const claimable = await Promise.all([...payees].map((payee) => governance.payableMinor(payee)))
  const locked = payments.filter(({ status }) => status === 'locked' || status === 'disputed')
  const owed = total(balances) + total(claimable) + total(locked.map(({ amountMinor }) => amountMinor))
  const held = await governance.tokenBalanceMinor(palmPay)
  const moved = sumOf('Deposited') - sumOf('PayoutClaimed')
  const faults = charges.filter((id, i) => charges.indexOf(id) !== i).map((id) => `request ${id} was charged twice`)
  if (held !== moved) faults.push(`PalmPay holds ${held} cents, and ${moved} came in and did not go out`)
  if (held !== owed) faults.push(`PalmPay holds ${held} cents and owes ${owed}`)
  return faults
}

function chargesIn(events: readonly LogDescription[]): Hex[] {
  return named(events, 'Charged').map(({ paymentId }) => hexOf(paymentId))
}

function named(events: readonly LogDescription[], name: string): Record<string, unknown>[] {
  return events.filter((event) => event.name === name).map(({ args }) => args.toObject())
}

function hexOf(value: unknown): Hex {
  return String(value).toLowerCase() as Hex
}

function total(sums: readonly number[]): number {
  return sums.reduce((sum, value) => sum + value, 0)
}
