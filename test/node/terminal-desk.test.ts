/** The desk of a terminal: the newest request, woken pages, an order asked for again once, and what a restart leaves. */

import { errorCode, type Hex } from '@palmhold/base'
import { expect } from 'chai'
import { createTerminalDesk, type TerminalDesk } from '../../node/src/terminal/terminal-desk.ts'
import type { Payments } from '../../node/src/verifier/payments.ts'
import type { Receipt } from '../../node/src/verifier/receipt.ts'
import { openVerifierDatabase, type VerifierDatabase } from '../../node/src/verifier/verifier-database.ts'
import { addressOf, hashOf, MERCHANT_DID } from '../protocol/signed.ts'
import { temporaryFolder } from './temporary-folder.ts'
import { unscannedPayments } from './unscanned-payments.ts'

const NOW = 1_790_000_000
const LONG_MS = 60_000
const NO_MS = 0

describe('the desk of a terminal', () => {
  const at = temporaryFolder()
  let files = 0
  let path: string
  let now: number
  let store: VerifierDatabase
  let database: VerifierDatabase
  let payments: Payments
  let desk: TerminalDesk

  async function start(): Promise<void> {
    store = openVerifierDatabase(path)
    const opened = createTerminalDesk(store, () => now)
    database = opened.database
    payments = await unscannedPayments(database, () => now)
    desk = opened.openDesk(payments)
  }
  const restart = async () => {
    store.close()
    await start()
  }
  const issue = async (orderId = 'till-1') => (await payments.issue({ amountMinor: 1250, orderId })).requestHash
  const codeOf = async (work: () => unknown) => {
    try {
      await work()
      return 'fine'
    } catch (error) {
      return errorCode(error)
    }
  }
  const stateOf = (hash: Hex) => payments.find(hash).state

  beforeEach(async () => {
    path = at(`desk-${++files}.sqlite`)
    now = NOW
    await start()
  })
  afterEach(() => store.close())

  it('shows the newest request and wakes who waits, at every change', async () => {
    const version = desk.version()
    const woken = desk.waitForChange(version, LONG_MS)
    const hash = await issue()
    await woken
    expect(desk.current()?.requestHash).to.equal(hash)
    const changes: (() => void)[] = [
      () => void database.takeScan(hash),
      () => database.refuse(hash, 'PALM_NOT_RECOGNISED'),
    ]
    for (const change of changes) {
      const wakes = desk.waitForChange(desk.version(), LONG_MS)
      change()
      await wakes
    }
    expect(desk.view(desk.current()!)).to.deep.include({ state: 'refused', refusal: 'PALM_NOT_RECOGNISED' })
    expect(desk.lastError()).to.deep.equal({ code: 'PALM_NOT_RECOGNISED', at: NOW })
    const newer = await issue('till-2')
    expect(desk.current()?.requestHash).to.equal(newer)
    expect(desk.find(hash)?.state).to.equal('refused')
  })

  it('answers at once who knows another version, and nobody is left waiting when it closes', async () => {
    await desk.waitForChange('of another process', LONG_MS)
    await desk.waitForChange(desk.version(), NO_MS)
    const waiting = desk.waitForChange(desk.version(), LONG_MS)
    desk.close()
    await waiting
    await desk.waitForChange(desk.version(), LONG_MS)
  })

  it('asks once more for an order that came to nothing, once', async () => {
    const hash = await issue('till-7')
    expect(await codeOf(() => desk.repeat(hash, 'palm'))).to.equal('PALM_NOT_REPEATABLE')
    database.takeScan(hash)
    expect(await codeOf(() => desk.repeat(hash, 'palm'))).to.equal('PALM_NOT_REPEATABLE')
    database.refuse(hash, 'PALM_NOT_RECOGNISED')
    const tries = await Promise.allSettled([desk.repeat(hash, 'palm'), desk.repeat(hash, 'palm')])
    expect(tries.map(({ status }) => status).sort()).to.deep.equal(['fulfilled', 'rejected'])
    const again = desk.repeatedAs(hash)!
    const [old, fresh] = [payments.find(hash).request, payments.find(again).request]
    expect([fresh.orderHash, fresh.amountMinor]).to.deep.equal([old.orderHash, old.amountMinor])
    expect(fresh.nonce).not.to.equal(old.nonce)
    expect(desk.current()?.requestHash).to.equal(again)
    expect(await codeOf(() => desk.repeat(hash, 'palm'))).to.equal('PALM_NOT_REPEATABLE')
  })

  it('closes a request that ran out before it makes another: the old one could still be scanned', async () => {
    const hash = await issue()
    now += 121
    expect(desk.view(payments.find(hash)).canRepeat).to.equal(true)
    await desk.repeat(hash, 'palm')
    expect(payments.find(hash)).to.deep.include({ state: 'refused', refusal: 'PALM_REQUEST_EXPIRED' })
    expect(database.takeScan(hash)).to.equal(false)
  })

  it('cancels a request before its scan and never after', async () => {
    const hash = await issue()
    desk.cancel(hash)
    expect(payments.find(hash)).to.deep.include({ state: 'refused', refusal: 'PALM_CANCELLED' })
    expect(desk.lastError()).to.equal(undefined)
    const scanned = await issue()
    database.takeScan(scanned)
    expect(await codeOf(() => desk.cancel(scanned))).to.equal('PALM_REQUEST_SPENT')
    expect(stateOf(scanned)).to.equal('scanned')
    expect(await codeOf(() => desk.cancel(hashOf('unknown')))).to.equal('PALM_NOT_FOUND')
  })

  it('finds after a restart what was open, closes what was scanned, and can ask for the order again', async () => {
    const open = await issue('till-1')
    await restart()
    expect(desk.current()?.requestHash).to.equal(open)
    database.takeScan(open)
    await restart()
    expect(desk.current()).to.deep.include({ requestHash: open, state: 'scanned' })
    const woken = desk.waitForChange(desk.version(), LONG_MS)
    await payments.recover()
    await woken
    const view = desk.view(desk.find(open)!)
    expect(view).to.deep.include({ state: 'refused', refusal: 'PALM_SCAN_LOST', canRepeat: true })
    await desk.repeat(open, 'palm')
    expect(desk.current()!.request.orderHash).to.equal(view.request.orderHash)
  })

  it('shows payments alone: doors and ages are asked for elsewhere', async () => {
    const hash = await issue()
    const version = desk.version()
    const access = await payments.issue({ type: 'access', amountMinor: 0, orderId: 'door' })
    expect(desk.current()?.requestHash).to.equal(hash)
    expect(desk.find(access.requestHash)).to.equal(undefined)
    expect(desk.version()).to.equal(version)
    await restart()
    expect(desk.current()?.requestHash).to.equal(hash)
  })

  it('shows of a receipt what the page needs, and no attestation', async () => {
    const hash = await issue()
    database.takeScan(hash)
    const receipt = {
      format: 'palmhold/receipt/1',
      requestHash: hash,
      lane: 'palm',
      amountMinor: 1250,
      currency: 'EUR',
      merchant: { did: MERCHANT_DID, name: undefined },
      payer: addressOf('payer'),
      txHash: hashOf('tx'),
      settledAt: NOW,
      payoutAt: NOW + 3,
      attestation: { secret: 'of operators' },
    } as unknown as Receipt
    database.settle(hash, receipt)
    const view = desk.view(desk.find(hash)!)
    expect(view.receipt).to.deep.include({ txHash: hashOf('tx'), merchantName: null })
    expect(JSON.stringify(view)).not.to.include('of operators')
  })
})
