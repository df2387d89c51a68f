/**
 * Customers dispute as many payments as a verifier looks at in one round. What is due after them must be paid out all the
 * same: an arbiter may take two weeks for each dispute.
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Hex, toHex } from '@palmhold/base'
import type { PaymentStatus } from '@palmhold/chain'
import { policyFor, requestHash } from '@palmhold/protocol'
import { expect } from 'chai'
import { createLogger } from '../../node/src/http/logger.ts'
import { payOut } from '../../node/src/verifier/payouts.ts'
import type { Receipt } from '../../node/src/verifier/receipt.ts'
import { openVerifierDatabase, type VerifierDatabase } from '../../node/src/verifier/verifier-database.ts'
import { addressOf, DOMAIN, MERCHANT_ID, makeRequest, NOW } from '../protocol/signed.ts'

const DISPUTED = 60
const ARBITRATION_S = 14 * 86_400

describe('payouts behind many disputes', () => {
  const folder = mkdtempSync(join(tmpdir(), 'palmhold-attack-'))
  let database: VerifierDatabase
  let now = NOW
  const onChain = new Map<Hex, { status: PaymentStatus; until: number }>()
  const released: Hex[] = []

  const round = () =>
    payOut({
      chain: {
        payment: async (paymentId) => ({
          paymentId,
          payer: addressOf('payer'),
          amountMinor: 1,
          lane: 2,
          payee: addressOf('payee'),
          merchantId: MERCHANT_ID,
          ...onChain.get(paymentId)!,
        }),
        async release(ids) {
          released.push(...ids)
          return { txHash: ids[0]!, blockNumber: 1, gasUsed: 1 }
        },
        payableMinor: async () => 0,
        claimPayout: () => Promise.reject(new RangeError('there is nothing to claim')),
      },
      database,
      payee: addressOf('payee'),
      clock: () => now,
      log: createLogger('test', 'silent'),
    })

  before(() => {
    database = openVerifierDatabase(join(folder, 'verifier.sqlite'))
  })
  after(() => {
    database.close()
    rmSync(folder, { recursive: true })
  })

  function settle(i: number, status: PaymentStatus, until: number): Hex {
    const request = makeRequest({ nonce: toHex(new Uint8Array(32).fill(i)) })
    const hash = requestHash(DOMAIN, request)
    database.issue({ requestHash: hash, request, signature: '0x', policy: policyFor(40) })
    database.settle(hash, { payoutAt: NOW - DISPUTED + i } as Receipt)
    onChain.set(hash, { status, until })
    return hash
  }

  it('reach the payments that nobody disputes, and the disputed ones once they are decided', async () => {
    const disputed = Array.from({ length: DISPUTED }, (_, i) => settle(i, 'disputed', NOW + ARBITRATION_S))
    const fair = settle(DISPUTED, 'locked', NOW - 1)
    now = NOW + 1
    await round()
    await round()
    expect(released).to.deep.equal([fair])

    for (const hash of disputed) onChain.set(hash, { status: 'released', until: NOW + ARBITRATION_S })
    now = NOW + ARBITRATION_S + 1
    await round()
    await round()
    expect(database.duePayouts(now, 100)).to.deep.equal([])
  })
})
