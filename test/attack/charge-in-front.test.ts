/**
 * Anybody may present an attestation to the chain: whoever copies the verifier's transaction and is mined first charges
 * the customer, and the verifier's own is refused as a repetition. And a disk may fill up just after a charge. Neither may
 * make the till say "refused" of a payment that the customer has paid.
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { errorCode, fromHex, type Hex } from '@palmhold/base'
import { ChainRevertError, type Charge } from '@palmhold/chain'
import { CODE_BYTES, POOLED_BYTES } from '@palmhold/palm'
import {
  attestationHash,
  createSealingKeys,
  DEFAULT_FIRST_PASS,
  PROBE_PURPOSE,
  type SealingKeys,
  scanHash,
  seal,
} from '@palmhold/protocol'
import { expect } from 'chai'
import { DiskFullError } from '../../node/src/storage/disk.ts'
import { createPayments, type Payments } from '../../node/src/verifier/payments.ts'
import { openVerifierDatabase, type VerifierDatabase } from '../../node/src/verifier/verifier-database.ts'
import { seededRandom } from '../matching/in-memory.ts'
import {
  addressOf,
  COMMITTEE_ID,
  DOMAIN,
  hashOf,
  keyOf,
  MERCHANT_DID,
  MERCHANT_ID,
  makeAttestation,
  makeTrust,
  NOW,
  OPERATORS,
  operatorKeys,
  signaturesOf,
} from '../protocol/signed.ts'

const random = seededRandom('charge in front')
const COMMITTEE = { committeeId: COMMITTEE_ID, epoch: 1, members: OPERATORS, threshold: 1, quorum: 2 }
const CHARGE: Charge = { txHash: hashOf('transaction'), blockNumber: 7, lockedUntil: NOW + 100 }

describe('a payment that the chain has charged', () => {
  let folder: string
  let database: VerifierDatabase
  let sealing: SealingKeys
  /** Charges on chain, by request; what the verifier's transaction meets; how often it was sent. */
  let charged: Map<Hex, Charge>
  let onCharge: (hash: Hex) => void
  let attempts: number
  /** The digest that the chain has, where it is not that of the verifier's attestation. */
  let taken: Hex | undefined
  let payments: Payments

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'palmhold-attack-'))
    database = openVerifierDatabase(join(folder, 'verifier.sqlite'))
    sealing = await createSealingKeys(random)
    charged = new Map()
    attempts = 0
    taken = undefined
    onCharge = () => undefined
    payments = paymentsOn(database)
  })
  afterEach(() => {
    database.close()
    rmSync(folder, { recursive: true })
  })

  function paymentsOn(on: VerifierDatabase): Payments {
    return createPayments({
      anchoring: { add: () => undefined },
      domain: DOMAIN,
      chain: {
        async charge({ attestation: { requestHash } }) {
          attempts++
          onCharge(requestHash)
          if (charged.has(requestHash)) throw new ChainRevertError('RequestAlreadySpent')
          charged.set(requestHash, CHARGE)
          return { ...CHARGE, gasUsed: 1, paymentId: requestHash }
        },
        chargeOf: async (hash) => charged.get(hash),
        async attestationOf(hash) {
          if (!charged.has(hash)) return undefined
          return taken ?? attestationHash(DOMAIN, on.payment(hash)!.document!.attestation)
        },
        enrolmentCount: async () => 20,
      },
      database: on,
      client: {
        async ask({ request, scan }) {
          const attestation = makeAttestation(request, scan, { scanHash: scanHash(DOMAIN, scan) })
          return { attestation, signatures: signaturesOf(attestation, operatorKeys().slice(0, 2)), matchMs: 1 }
        },
        listenTo: () => undefined,
      },
      committee: () => COMMITTEE,
      terminalKey: keyOf('terminal'),
      terminal: addressOf('terminal'),
      sealing,
      merchant: { merchantId: MERCHANT_ID, did: MERCHANT_DID, payout: addressOf('payee') },
      merchantName: async () => 'Café Palme',
      token: addressOf('token'),
      firstPass: DEFAULT_FIRST_PASS,
      trust: makeTrust,
      clock: () => NOW,
      random,
    })
  }

  /** Issues a request and scans for it; returns its hash and how the scan ended. */
  async function pay(): Promise<{ hash: Hex; outcome: string }> {
    const { requestHash: hash } = await payments.issue({ amountMinor: 1250, orderId: 'an order' })
    const to = { publicKey: sealing.publicKey, purpose: PROBE_PURPOSE, bound: fromHex(hash) }
    const sealed = await seal(to, random(CODE_BYTES + POOLED_BYTES), random)
    const outcome = await payments.scan(hash, sealed).then(({ receipt }) => receipt.txHash, errorCode)
    return { hash, outcome }
  }

  it('by another one who was faster is settled, with that transaction', async () => {
    const front: Charge = { ...CHARGE, txHash: hashOf('the transaction in front') }
    onCharge = (hash) => void charged.set(hash, front)
    const { hash, outcome } = await pay()
    expect(outcome).to.equal(front.txHash)
    expect(database.payment(hash)).to.include({ state: 'settled', refusal: undefined })
  })

  it('is pending while it cannot be written down, and settled later without a second charge', async () => {
    let isFull = true
    payments = paymentsOn({
      ...database,
      settle(hash, receipt) {
        if (isFull) throw new DiskFullError(undefined)
        database.settle(hash, receipt)
      },
    })
    const { hash, outcome } = await pay()
    expect(outcome).to.equal('PALM_SETTLEMENT_PENDING')
    expect(database.payment(hash)?.state).to.equal('attested')
    await payments.recover()
    expect(database.payment(hash)?.state).to.equal('attested')
    isFull = false
    await payments.recover()
    expect(database.payment(hash)).to.include({ state: 'settled' })
    expect(database.payment(hash)?.receipt).to.include({ txHash: CHARGE.txHash })
    expect(charged.size).to.equal(1)
  })

  it('stays settled whatever is said of it later', async () => {
    const { hash } = await pay()
    database.refuse(hash, 'PALM_INTERNAL')
    expect(database.payment(hash)?.state).to.equal('settled')
  })

  it('with another attestation of the same request gets no receipt in the name of the wrong payer', async () => {
    onCharge = (hash) => {
      charged.set(hash, CHARGE)
      taken = hashOf('another attestation')
    }
    const { hash, outcome } = await pay()
    expect(outcome).to.equal('PALM_CHARGED_OTHERWISE')
    expect(database.payment(hash)).to.include({ state: 'refused', refusal: 'PALM_CHARGED_OTHERWISE' })
    expect(database.payment(hash)?.receipt).to.equal(undefined)
  })

  it('is refused only when the chain refuses it', async () => {
    onCharge = () => {
      throw new ChainRevertError('DayLimitExceeded')
    }
    const { hash, outcome } = await pay()
    expect(outcome).to.equal('PALM_LIMIT_EXCEEDED')
    expect(database.payment(hash)).to.include({ state: 'refused', refusal: 'PALM_LIMIT_EXCEEDED' })
    await payments.recover()
    expect(attempts).to.equal(1)
  })
})
