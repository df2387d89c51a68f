/**
 * What customers do during a campaign, and what they were told: the ledger of acknowledgements that nothing may contradict
 * later. An operation that was cut off is in doubt until chain and operators agree on what became of it.
 */

import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { errorCode, type Hex, PalmError } from '@palmhold/base'
import { addressOfKey } from '@palmhold/protocol'
import {
  connectAs,
  connectGovernance,
  enrolCustomer,
  openCustomer,
  openIdentities,
} from '../../node/src/customers/customer.ts'
import { type NetworkRecord, networkPaths } from '../../node/src/network/network-record.ts'
import { type Issued, openPayment, scanForPayment, verifierPlace } from '../../node/src/verifier/terminal-client.ts'
import { type EnrolmentView, getJson } from './audit-enrolments.ts'
import { drawPerson, type Person } from './people.ts'

export const OPERATIONS = ['enrol', 'remove', 'pay'] as const
export type Operation = (typeof OPERATIONS)[number]

const AMOUNT_MINOR = 1
const ERASE_TIMEOUT_MS = 20_000
const POLL_MS = 50
/** What the local chain may lose in a kill: it writes its state down every second, and takes a while to do so. */
const CHAIN_MEMORY_MS = 5_000

/** What an operation came to: acknowledged, or the code of its failure. */
export type Outcome = 'acknowledged' | string

/** A customer as the ledger has it. */
type Entry = {
  readonly person: Person
  readonly owner: Hex
  /** What was acknowledged last: none of it, taking part, or taken back. */
  known: 'none' | 'enrolled' | 'removed'
  index: number
  atMs: number
  inDoubt: boolean
}

type PaymentEntry = { readonly issued: Issued; paid: boolean; atMs: number }

export type Workload = {
  /** Operations that some customer can do now. */
  readonly possible: () => Operation[]
  /** Does one; it may be cut off by a kill. */
  readonly run: (operation: Operation, pick: number) => Promise<Outcome>
  /** Holds the ledger against chain and operators once they agree; `chainDiedAt` excuses what the chain forgot. */
  readonly settle: (view: readonly EnrolmentView[], chainDiedAt: number | undefined) => string[]
  /** Owners revoke what does not take part, as they would after a failed enrolment. */
  readonly tidy: (view: readonly EnrolmentView[]) => Promise<void>
  /** Holds payments against the chain's charges and the verifier's word. */
  readonly settlePayments: (charged: ReadonlySet<Hex>, chainDiedAt: number | undefined) => Promise<string[]>
  /** Tries the last request again, which may be answered once at most. */
  readonly repeatLast: () => Promise<Outcome | undefined>
  /** Whether somebody whose enrolment was acknowledged can pay; undefined where nobody is enrolled. */
  readonly proveOnePays: (pick: number) => Promise<string | undefined>
  readonly counts: () => { acknowledged: number; payments: number; forgottenByChain: number }
}

export async function createWorkload(
  folder: string,
  record: () => NetworkRecord,
  people: number,
  seed: string,
): Promise<Workload> {
  const { wallets } = networkPaths(folder)
  const entries: Entry[] = []
  for (let i = 0; i < people; i++) {
    const person = drawPerson(`${seed} ${i}`)
    const owner = addressOfKey((await openCustomer(folder, person.name)).vault.key)
    entries.push({ person, owner, known: 'none', index: -1, atMs: 0, inDoubt: false })
  }
  const payments: PaymentEntry[] = []
  const tally = { acknowledged: 0, payments: 0, forgottenByChain: 0 }

  const candidates = (operation: Operation) =>
    entries.filter(({ known, inDoubt }) => !inDoubt && (operation === 'enrol') === (known !== 'enrolled'))

  const chainOf = ({ person }: Entry) => connectAs(folder, record(), person.name)

  const enrol = async (entry: Entry) => {
    const { name, templates } = entry.person
    entry.inDoubt = true
    const now = record()
    const governance = await connectGovernance(folder, now)
    try {
      const identities = openIdentities(now)
      const customer = await enrolCustomer({ folder, record: now, governance, identities, name, templates })
      Object.assign(entry, { known: 'enrolled', index: customer.enrolmentIndex, atMs: Date.now(), inDoubt: false })
    } finally {
      governance.close()
    }
  }

  const forget = ({ person }: Entry) => rmSync(join(wallets, `${person.name}.json`), { force: true })

  const remove = async (entry: Entry) => {
    entry.inDoubt = true
    const chain = await chainOf(entry)
    try {
      await chain.revoke(entry.index)
    } finally {
      chain.close()
    }
    const deadline = Date.now() + ERASE_TIMEOUT_MS
    // Operators that are started again meanwhile answer where they did before.
    for (const { url } of record().operators)
      while ((await stateAt(url, entry.index)) !== 'erased') {
        if (Date.now() > deadline) throw new CampaignEraseError()
        await delay(POLL_MS)
      }
    forget(entry)
    Object.assign(entry, { known: 'removed', atMs: Date.now(), inDoubt: false })
  }

  const scan = async (payment: PaymentEntry, person: Person) => {
    const { chain, contracts, verifier } = record()
    const domain = { chainId: chain.chainId, verifyingContract: contracts.matchVerifier }
    await scanForPayment(verifierPlace(verifier), domain, payment.issued, person.probe())
    Object.assign(payment, { paid: true, atMs: Date.now() })
    tally.payments++
  }
  let last: { payment: PaymentEntry; person: Person } | undefined
  const pay = async ({ person }: Entry) => {
    last = undefined
    const issued = await openPayment(verifierPlace(record().verifier), AMOUNT_MINOR)
    const payment: PaymentEntry = { issued, paid: false, atMs: 0 }
    payments.push(payment)
    last = { payment, person }
    await scan(payment, person)
  }

  const outcomeOf = async (work: Promise<void>): Promise<Outcome> => {
    try {
      await work
      tally.acknowledged++
      return 'acknowledged'
    } catch (error) {
      return errorCode(error)
    }
  }

  return {
    possible: () => OPERATIONS.filter((operation) => candidates(operation).length > 0),
    run(operation, pick) {
      const among = candidates(operation)
      const entry = among[pick % among.length]!
      return outcomeOf({ enrol, remove, pay }[operation](entry))
    },

    settle(view, chainDiedAt) {
      const faults: string[] = []
      for (const entry of entries) {
        const mine = view.filter(({ owner, active }) => owner === entry.owner && active)
        const isForgotten = chainDiedAt !== undefined && entry.atMs > chainDiedAt - CHAIN_MEMORY_MS
        const isHeld = mine.some(({ index }) => index === entry.index)
        if (!entry.inDoubt && entry.known === 'enrolled' && !isHeld) {
          if (isForgotten) tally.forgottenByChain++
          else faults.push(`acknowledged enrolment ${entry.index} of ${entry.person.name} is lost`)
        }
        if (!entry.inDoubt && entry.known === 'removed' && isHeld) {
          if (isForgotten) tally.forgottenByChain++
          else faults.push(`enrolment ${entry.index} of ${entry.person.name}, taken back, takes part again`)
        }
        if (mine.length > 1) faults.push(`${entry.person.name} takes part ${mine.length} times`)
        const [now] = mine
        const known = now ? 'enrolled' : entry.known === 'none' ? 'none' : 'removed'
        if (entry.inDoubt || known !== entry.known || (now && now.index !== entry.index)) {
          Object.assign(entry, { known, index: now?.index ?? -1, inDoubt: false, atMs: Date.now() })
          if (!now) forget(entry)
        }
      }
      return faults
    },

    async tidy(view) {
      for (const entry of entries)
        for (const { index } of view.filter(({ owner, live, active }) => owner === entry.owner && live && !active)) {
          const chain = await chainOf(entry)
          await chain.revoke(index).finally(() => chain.close())
        }
    },

    async settlePayments(charged, chainDiedAt) {
      const { url, dataFolder, ...verifier } = record().verifier
      const { token } = verifierPlace({ url, dataFolder, ...verifier })
      const faults: string[] = []
      for (const payment of payments.slice(-20)) {
        const { requestHash } = payment.issued
        const found = (await getJson(url, `/v1/payments/${requestHash}`, { authorization: `Bearer ${token}` })) as {
          state?: string
        }
        const isCharged = charged.has(requestHash)
        const isForgotten = chainDiedAt !== undefined && payment.atMs > chainDiedAt - CHAIN_MEMORY_MS
        if (isCharged !== (found.state === 'settled'))
          faults.push(`payment ${requestHash} is ${found.state} and ${isCharged ? '' : 'not '}charged`)
        else if (payment.paid && !isCharged) {
          if (isForgotten) tally.forgottenByChain++
          else faults.push(`acknowledged payment ${requestHash} is lost`)
          payment.paid = false
        }
      }
      return faults
    },

    async repeatLast() {
      if (!last) return undefined
      const { payment, person } = last
      const wasPaid = payment.paid
      const outcome = await outcomeOf(scan(payment, person))
      return outcome === 'acknowledged' && wasPaid ? 'answered twice' : outcome
    },

    async proveOnePays(pick) {
      const among = candidates('pay')
      if (among.length === 0) return undefined
      const entry = among[pick % among.length]!
      // A gallery that has just changed, or a line that is dialled again, may cost a try.
      for (let tries = 1; ; tries++) {
        const outcome = await outcomeOf(pay(entry))
        if (outcome === 'acknowledged') return undefined
        if (tries === 3) return `${entry.person.name}, enrolled, cannot pay: ${outcome}`
        await delay(POLL_MS * 10)
      }
    },
    counts: () => tally,
  }
}

async function stateAt(url: string, index: number): Promise<string> {
  try {
    return ((await getJson(url, `/v1/enrolments/${index}`)) as { state: string }).state
  } catch {
    return 'unreachable'
  }
}

/** Operators did not confirm in time that they erased. */
export class CampaignEraseError extends PalmError {
  constructor() {
    super('PALM_ERASE_PENDING', 'an operator has not confirmed in time that it erased the shares', {
      hints: ['The campaign waits for it when it reconciles.'],
    })
  }
}
