/** Payments of a verifier at whose terminal nothing is scanned: requests are issued, shown and closed. For tests only. */

import { createSealingKeys, DEFAULT_FIRST_PASS } from '@palmhold/protocol'
import { expect } from 'chai'
import { createPayments, type Payments } from '../../node/src/verifier/payments.ts'
import type { VerifierDatabase } from '../../node/src/verifier/verifier-database.ts'
import { addressOf, DOMAIN, hashOf, keyOf, MERCHANT_DID, MERCHANT_ID, makeTrust } from '../protocol/signed.ts'

export async function unscannedPayments(database: VerifierDatabase, clock: () => number): Promise<Payments> {
  const never = async () => expect.fail('nothing is scanned or charged here')
  return createPayments({
    anchoring: { add: () => expect.fail('nothing is anchored here') },
    domain: DOMAIN,
    chain: { charge: never, chargeOf: async () => undefined, attestationOf: never, enrolmentCount: async () => 1 },
    database,
    client: { ask: never, listenTo: () => undefined },
    committee: () => ({ committeeId: hashOf('c'), epoch: 1, members: [], threshold: 1, quorum: 2 }),
    terminalKey: keyOf('terminal'),
    terminal: addressOf('terminal'),
    sealing: await createSealingKeys((length) => new Uint8Array(length).fill(7)),
    merchant: { merchantId: MERCHANT_ID, did: MERCHANT_DID, payout: addressOf('payee') },
    merchantName: async () => 'Corner shop',
    token: addressOf('token'),
    firstPass: DEFAULT_FIRST_PASS,
    trust: makeTrust,
    clock,
    random: (length) => crypto.getRandomValues(new Uint8Array(length)),
  })
}
