/**
 * What a terminal shows: the newest request for a payment, whoever made it, and how far it is. The desk stands between a verifier's
 * payments and their database, hears of every change, and wakes the pages that wait for one.
 *
 * A request takes one scan, so "again" is a new request for the same order; whoever follows the old one is told of it.
 */

import { randomBytes } from 'node:crypto'
import { type Clock, type Hex, PalmError } from '@palmhold/base'
import { LANE, REQUEST_TYPE } from '@palmhold/protocol'
import { CommitteeRefusedError } from '../verifier/committee-client.ts'
import type { IssuedRequest, Payments } from '../verifier/payments.ts'
import type { Receipt } from '../verifier/receipt.ts'
import type { PaymentRecord, VerifierDatabase } from '../verifier/verifier-database.ts'
import type { PaymentView, ReceiptView } from './terminal-shapes.ts'

export type Lane = 'palm' | 'phone'

export type TerminalDesk = {
  readonly hasPhoneLane: boolean
  /** Another text after every change. */
  readonly version: () => string
  /** The newest request, in whatever state. */
  readonly current: () => PaymentRecord | undefined
  readonly find: (requestHash: Hex) => PaymentRecord | undefined
  readonly view: (record: PaymentRecord) => PaymentView
  /** Resolves when the version is another than `after`, or at the end of the wait. */
  readonly waitForChange: (after: string, timeoutMs: number) => Promise<void>
  /**
   * Asks once more for the order of a request that came to nothing, or, in the other lane, of one that nobody has scanned,
   * which is closed. @throws {NotRepeatableError}
   */
  readonly repeat: (requestHash: Hex, lane: Lane) => Promise<IssuedRequest>
  /** Ends a request that was not scanned. @throws {CommitteeRefusedError} PALM_REQUEST_SPENT where it was */
  readonly cancel: (requestHash: Hex) => void
  /** The request that was made in place of another. */
  readonly repeatedAs: (requestHash: Hex) => Hex | undefined
  /** The last refusal, and when. */
  readonly lastError: () => { readonly code: string; readonly at: number } | undefined
  /** To be called when the verifier ends: nobody waits any longer. */
  readonly close: () => void
}

/** The desk, and the database and payments to use in place of those given. */
export function createTerminalDesk(database: VerifierDatabase, clock: Clock) {
  // A page that knew an earlier process must not take its third change for this one's.
  const boot = randomBytes(6).toString('hex')
  const repeats = new Map<Hex, Hex>()
  const repeating = new Set<Hex>()
  /** Secrets of phone-lane requests, to be shown to the wallet beside the terminal. */
  const pairings = new Map<Hex, Hex>()
  const waiting = new Set<() => void>()
  let changes = 0
  let isClosed = false
  let newest: Hex | undefined = newestOpen(database)
  let lastError: { code: string; at: number } | undefined

  const version = () => `${boot}.${changes}`
  const changed = () => {
    changes++
    for (const wake of [...waiting]) wake()
  }
  const watched: VerifierDatabase = {
    ...database,
    issue(record) {
      database.issue(record)
      if (record.request.requestType !== REQUEST_TYPE.payment) return
      newest = record.requestHash
      changed()
    },
    takeScan(requestHash) {
      const isTaken = database.takeScan(requestHash)
      if (isTaken) changed()
      return isTaken
    },
    attest(requestHash, document) {
      database.attest(requestHash, document)
      changed()
    },
    settle(requestHash, receipt) {
      database.settle(requestHash, receipt)
      changed()
    },
    reopen(requestHash, isCharged) {
      database.reopen(requestHash, isCharged)
      changed()
    },
    refuse(requestHash, code) {
      database.refuse(requestHash, code)
      if (code !== CANCELLED) lastError = { code, at: clock() }
      changed()
    },
  }

  /** `payments` of which the desk hears what the database does not: pairing secrets, and wallets that pair. */
  const watchPayments = (payments: Payments): Payments => ({
    ...payments,
    async issue(order) {
      const issued = await payments.issue(order)
      if (issued.pairing === null) return issued
      for (const known of [...pairings.keys()].slice(0, Math.max(0, pairings.size - MOST_PAIRINGS)))
        pairings.delete(known)
      pairings.set(issued.requestHash, issued.pairing)
      changed()
      return issued
    },
    phones: payments.phones && {
      ...payments.phones,
      pair(requestHash, call) {
        const asked = payments.phones!.pair(requestHash, call)
        changed()
        return asked
      },
    },
  })

  const laneOf = ({ request }: PaymentRecord): Lane => (request.lane === LANE.phone ? 'phone' : 'palm')
  const canRepeat = ({ requestHash, state, request }: PaymentRecord): boolean =>
    !repeats.has(requestHash) &&
    !repeating.has(requestHash) &&
    (state === 'refused' || (state === 'issued' && request.expiry < clock()))

  const openDesk = (payments: Payments): TerminalDesk => ({
    hasPhoneLane: payments.phones !== undefined,
    version,
    current: () => (newest === undefined ? undefined : database.payment(newest)),
    find(requestHash) {
      const record = database.payment(requestHash)
      return record?.request.requestType === REQUEST_TYPE.payment ? record : undefined
    },
    view: (record) => ({
      requestHash: record.requestHash,
      request: record.request,
      signature: record.signature,
      policy: record.policy,
      // Only access and age are admitted, and those are not shown here.
      state: record.state === 'admitted' ? 'refused' : record.state,
      refusal: record.refusal ?? null,
      receipt: record.receipt?.format === 'palmhold/receipt/1' ? viewReceipt(record.receipt) : null,
      pairing: (record.state === 'issued' && pairings.get(record.requestHash)) || null,
      isPaired: payments.phones?.isPaired(record.requestHash) ?? false,
      canRepeat: canRepeat(record),
      repeatedAs: repeats.get(record.requestHash) ?? null,
    }),
    waitForChange: (after, timeoutMs) =>
      new Promise((resolve) => {
        if (isClosed || after !== version()) return resolve()
        const wake = () => {
          clearTimeout(timer)
          waiting.delete(wake)
          resolve()
        }
        const timer = setTimeout(wake, timeoutMs)
        waiting.add(wake)
      }),
    async repeat(requestHash, lane) {
      const record = payments.find(requestHash)
      const isMoved = record.state === 'issued' && laneOf(record) !== lane && !repeating.has(requestHash)
      if (!canRepeat(record) && !isMoved) throw new NotRepeatableError()
      // At once: two pages that ask together must not make two requests.
      repeating.add(requestHash)
      try {
        // Also one that has run out: it could still be scanned within the clocks' skew.
        if (record.state === 'issued' && database.takeScan(requestHash))
          watched.refuse(requestHash, record.request.expiry < clock() ? EXPIRED : CANCELLED)
        if (database.payment(requestHash)?.state !== 'refused') throw new NotRepeatableError()
        const { amountMinor, orderHash } = record.request
        const issued = await payments.issue({ amountMinor, orderHash, lane })
        repeats.set(requestHash, issued.requestHash)
        changed()
        return issued
      } finally {
        repeating.delete(requestHash)
      }
    },
    cancel(requestHash) {
      payments.find(requestHash)
      // Whoever takes the scan is alone with the request.
      if (!database.takeScan(requestHash)) throw new CommitteeRefusedError('PALM_REQUEST_SPENT')
      watched.refuse(requestHash, CANCELLED)
    },
    repeatedAs: (requestHash) => repeats.get(requestHash),
    lastError: () => lastError,
    close() {
      isClosed = true
      for (const wake of [...waiting]) wake()
    },
  })

  return { database: watched, watchPayments, openDesk }
}

/** Far more than one terminal shows in two minutes. */
const MOST_PAIRINGS = 100
const CANCELLED = 'PALM_CANCELLED'
const EXPIRED = 'PALM_REQUEST_EXPIRED'

/** What an earlier process left open or under way. */
function newestOpen(database: VerifierDatabase): Hex | undefined {
  const open = (['issued', 'scanned', 'attested'] as const).flatMap((state) =>
    database
      .inState(state)
      .filter(({ request }) => request.requestType === REQUEST_TYPE.payment)
      .slice(-1),
  )
  return open.sort((a, b) => b.request.issuedAt - a.request.issuedAt)[0]?.requestHash
}

function viewReceipt(receipt: Receipt): ReceiptView {
  const { requestHash, lane, amountMinor, currency, merchant, payer, txHash, settledAt } = receipt
  return {
    requestHash,
    lane,
    amountMinor,
    currency,
    merchantDid: merchant.did,
    merchantName: merchant.name ?? null,
    payer,
    txHash,
    settledAt,
  }
}

/** A request that cannot be made again here. */
export class NotRepeatableError extends PalmError {
  constructor() {
    super('PALM_NOT_REPEATABLE', 'this request cannot be made again', {
      hints: ['It was made again already, is open, under way or paid.'],
    })
  }
}
