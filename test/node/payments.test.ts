/**
 * Payments: each is done once or not at all, whatever fails on the way. Operators, databases, sealing and signatures are
 * the real ones; the chain is a double, because it has to fail at chosen moments (the real one is charged in test/e2e).
 */

import { readFileSync } from 'node:fs'
import { errorCode, type Hex, toHex } from '@palmhold/base'
import {
  ChainRevertError,
  ChainUnreachableError,
  type Charge,
  GasMissingError,
  TransactionTimeoutError,
} from '@palmhold/chain'
import {
  createSealingKeys,
  DEFAULT_FIRST_PASS,
  merchantIdOf,
  PROBE_PURPOSE,
  policyFor,
  policyHash,
  probeBinding,
  quorumOf,
  requestHash,
  type SealingKeys,
  seal,
  verifyAttestation,
} from '@palmhold/protocol'
import { expect } from 'chai'
import { createCommitteeClient } from '../../node/src/verifier/committee-client.ts'
import { createPayments, type Payments, type PaymentsOptions } from '../../node/src/verifier/payments.ts'
import { settlementOf } from '../../node/src/verifier/settlement.ts'
import { openVerifierDatabase, type VerifierDatabase } from '../../node/src/verifier/verifier-database.ts'
import { codesIn } from '../matching/in-memory.ts'
import { addressOf, DOMAIN, hashOf, keyOf, MERCHANT_DID, MERCHANT_ID, makeTrust } from '../protocol/signed.ts'
import { probeOf, startCommittee, TERMINAL, type TestCommittee } from './in-memory-committee.ts'
import { createTestLinks, type TestLinks } from './in-memory-links.ts'
import { temporaryFolder } from './temporary-folder.ts'

/** A chain that charges each request once, and fails as it is told. */
class TestChain {
  readonly charges = new Map<Hex, Charge>()
  tries = 0
  enrolments = 1
  /** What the next calls of `charge` do; then it works. */
  readonly failures: ('unreachable' | 'lost' | 'gas' | 'limit')[] = []

  readonly port: PaymentsOptions['chain'] = {
    charge: async ({ attestation, request }) => {
      this.tries++
      const failure = this.failures.shift()
      if (failure === 'unreachable') throw new ChainUnreachableError('http://127.0.0.1:1')
      if (failure === 'gas') throw new GasMissingError()
      if (failure === 'limit') throw new ChainRevertError('PaymentLimitExceeded')
      const id = attestation.requestHash
      if (this.charges.has(id)) throw new ChainRevertError('RequestAlreadySpent')
      const charge = { txHash: hashOf(`tx ${id}`), blockNumber: 7, lockedUntil: request.expiry + 1000 }
      this.charges.set(id, charge)
      // Mined, and nobody hears of it.
      if (failure === 'lost') throw new TransactionTimeoutError(charge.txHash, 1000)
      return { ...charge, paymentId: id, gasUsed: 200_000 }
    },
    chargeOf: async (hash) => this.charges.get(hash),
    enrolmentCount: async () => this.enrolments,
  }
}

describe('payments', function () {
  this.timeout(20_000)
  const at = temporaryFolder()
  let world: TestCommittee
  let sealing: SealingKeys
  let chain: TestChain
  let database: VerifierDatabase
  let payments: Payments
  let links: TestLinks
  let databases = 0

  before(async () => {
    world = await startCommittee('payments')
    await world.enrol('anna', addressOf('anna'))
    sealing = await createSealingKeys(world.random)
  })
  after(() => world.close())

  function start(path: string): void {
    database = openVerifierDatabase(path)
    const client = createCommitteeClient({
      domain: DOMAIN,
      committee: () => world.committee,
      links: () => links,
      timeoutMs: 10_000,
    })
    links = createTestLinks(world, (channel) => client.listenTo(channel))
    payments = createPayments({
      domain: DOMAIN,
      chain: chain.port,
      database,
      client,
      committee: () => world.committee,
      terminalKey: keyOf('terminal'),
      terminal: TERMINAL,
      sealing,
      merchant: { merchantId: MERCHANT_ID, did: MERCHANT_DID, payout: addressOf('payee') },
      merchantName: async () => 'Corner shop',
      token: addressOf('token'),
      firstPass: DEFAULT_FIRST_PASS,
      trust: makeTrust,
      clock: () => world.now,
      random: world.random,
    })
  }

  let path: string
  beforeEach(() => {
    chain = new TestChain()
    path = at(`verifier-${++databases}.sqlite`)
    start(path)
  })
  afterEach(async () => {
    await links.close()
    database.close()
  })

  /** Stops the verifier and starts it on the same folder. */
  async function restart(): Promise<void> {
    await links.close()
    database.close()
    start(path)
  }

  const issue = (amountMinor = 1250) => payments.issue({ amountMinor, orderId: 'order 1' })
  async function sealedProbe(
    hash: Hex,
    bytes: Uint8Array = Buffer.concat(codesIn(probeOf('anna'))),
  ): Promise<Uint8Array> {
    const to = { publicKey: sealing.publicKey, purpose: PROBE_PURPOSE, bound: probeBinding(hash) }
    return seal(to, bytes, world.random)
  }
  const scan = async (hash: Hex, palm = 'anna') =>
    payments.scan(hash, await sealedProbe(hash, Buffer.concat(codesIn(probeOf(palm)))))
  const codeOf = (promise: Promise<unknown>) => promise.then(() => 'done', errorCode)
  const stateOf = (hash: Hex) => {
    const { state, refusal } = payments.find(hash)
    return refusal === undefined ? state : `${state} ${refusal}`
  }

  it('are issued signed, for two minutes, under the policy of the gallery', async () => {
    chain.enrolments = 5000
    const issued = await issue(999)
    expect(issued.request).to.deep.include({
      requestType: 1,
      merchantId: merchantIdOf(MERCHANT_DID),
      terminal: TERMINAL,
      payee: addressOf('payee'),
      amountMinor: 999,
      lane: 2,
      factors: 1,
      issuedAt: world.now,
      expiry: world.now + 120,
    })
    expect(issued.policy).to.deep.equal(policyFor(10_000))
    expect(issued.request.policyHash).to.equal(policyHash(issued.policy))
    expect(issued.requestHash).to.equal(requestHash(DOMAIN, issued.request))
    expect((await issue(999)).requestHash).not.to.equal(issued.requestHash)
    expect(stateOf(issued.requestHash)).to.equal('issued')
  })

  it('are settled once, with a receipt whose attestation anybody can verify', async () => {
    const { requestHash: hash } = await issue()
    const { receipt, matchMs, totalMs } = await scan(hash)
    expect(receipt).to.deep.include({
      format: 'palmhold/receipt/1',
      requestHash: hash,
      lane: 'palm',
      amountMinor: 1250,
      currency: 'EUR',
      merchant: { did: MERCHANT_DID, name: 'Corner shop' },
      payer: addressOf('anna'),
      terminal: TERMINAL,
      txHash: hashOf(`tx ${hash}`),
      blockNumber: 7,
    })
    expect(totalMs).to.be.at.least(matchMs)
    expect(verifyAttestation(receipt.attestation, makeTrust(), world.now)).to.include({ ok: true })
    expect(quorumOf(receipt.attestation).length).to.be.at.least(2)
    expect(stateOf(hash)).to.equal('settled')
    expect(payments.receipts(10)).to.deep.equal([receipt])

    expect(await codeOf(scan(hash))).to.equal('PALM_REQUEST_SPENT')
    await payments.recover()
    expect([chain.tries, chain.charges.size, stateOf(hash)]).to.deep.equal([1, 1, 'settled'])
  })

  it('take one of two scans that come at once', async () => {
    const { requestHash: hash } = await issue()
    const codes = await Promise.all([codeOf(scan(hash)), codeOf(scan(hash))])
    expect(codes.sort()).to.deep.equal(['PALM_REQUEST_SPENT', 'done'])
    expect(chain.tries).to.equal(1)
  })

  describe('are refused, and the chain is not asked, for', () => {
    const cases: [name: string, code: string, state: string, pay: (hash: Hex) => Promise<unknown>][] = [
      ['a stranger', 'PALM_NOT_RECOGNISED', 'refused PALM_NOT_RECOGNISED', (hash) => scan(hash, 'a stranger')],
      [
        'a probe that is not sealed',
        'PALM_SEAL_INVALID',
        'refused PALM_SEAL_INVALID',
        (hash) => payments.scan(hash, Buffer.concat(codesIn(probeOf('anna')))),
      ],
      [
        'a probe that was sealed for another request',
        'PALM_SEAL_INVALID',
        'refused PALM_SEAL_INVALID',
        async (hash) => payments.scan(hash, await sealedProbe(hashOf('another request'))),
      ],
      [
        'half a code',
        'PALM_SHARE_INVALID',
        'refused PALM_SHARE_INVALID',
        async (hash) => payments.scan(hash, await sealedProbe(hash, new Uint8Array(100))),
      ],
      [
        'more codes than the policy has',
        'PALM_SHARE_INVALID',
        'refused PALM_SHARE_INVALID',
        async (hash) => payments.scan(hash, await sealedProbe(hash, new Uint8Array(26 * 192))),
      ],
      [
        'a request that has run out',
        'PALM_REQUEST_EXPIRED',
        'issued',
        async (hash) => {
          world.now += 151
          try {
            return await scan(hash)
          } finally {
            world.now -= 151
          }
        },
      ],
      [
        'a terminal that is not active',
        'PALM_TERMINAL_INACTIVE',
        'refused PALM_TERMINAL_INACTIVE',
        async (hash) => {
          world.isTerminalActive = false
          try {
            return await scan(hash)
          } finally {
            world.isTerminalActive = true
          }
        },
      ],
      [
        'operators that are not there',
        'PALM_OPERATORS_MISSING',
        'refused PALM_OPERATORS_MISSING',
        (hash) => {
          links.down.add(world.committee.members[0]!)
          return scan(hash)
        },
      ],
    ]
    for (const [name, code, state, pay] of cases)
      it(`${name}: ${code}`, async () => {
        const { requestHash: hash } = await issue()
        expect(await codeOf(pay(hash))).to.equal(code)
        expect(stateOf(hash)).to.equal(state)
        expect(chain.tries).to.equal(0)
      })

    it('a request that nobody issued: PALM_NOT_FOUND', async () => {
      expect(await codeOf(scan(hashOf('nobody')))).to.equal('PALM_NOT_FOUND')
    })
  })

  describe('that the chain refuses', () => {
    it('are refused with its reason, for good', async () => {
      chain.failures.push('limit')
      const { requestHash: hash } = await issue()
      expect(await codeOf(scan(hash))).to.equal('PALM_LIMIT_EXCEEDED')
      expect(stateOf(hash)).to.equal('refused PALM_LIMIT_EXCEEDED')
      await restart()
      await payments.recover()
      expect([chain.tries, stateOf(hash)]).to.deep.equal([1, 'refused PALM_LIMIT_EXCEEDED'])
    })
  })

  describe('that the chain forgot', () => {
    const paid = async () => {
      const { requestHash: hash } = await issue()
      await scan(hash)
      return hash
    }

    it('are presented again, once, and settled; those that it has stay as they are', async () => {
      const lost = await paid()
      const kept = await paid()
      expect([stateOf(lost), stateOf(kept), chain.tries]).to.deep.equal(['settled', 'settled', 2])
      chain.charges.delete(lost)
      await payments.recheck()
      expect([stateOf(lost), stateOf(kept)]).to.deep.equal(['attested', 'settled'])
      expect(payments.find(lost).receipt).to.equal(undefined)
      await payments.recover()
      expect([stateOf(lost), stateOf(kept), chain.tries]).to.deep.equal(['settled', 'settled', 3])
    })

    it('are refused for good where the chain takes them no more', async () => {
      const lost = await paid()
      chain.charges.delete(lost)
      chain.failures.push('limit')
      await payments.recheck()
      await payments.recover()
      expect([stateOf(lost), chain.charges.size]).to.deep.equal(['refused PALM_LIMIT_EXCEEDED', 0])
    })
  })

  describe('that the chain does not answer', () => {
    for (const [name, failure, charged] of [
      ['are pending, and settled once it is back', 'unreachable', 0],
      ['are pending while the fee is missing', 'gas', 0],
      ['are pending when it was mined and nobody heard of it, and are not charged again', 'lost', 1],
    ] as const)
      it(name, async () => {
        chain.failures.push(failure)
        const { requestHash: hash } = await issue()
        expect(await codeOf(scan(hash))).to.equal('PALM_SETTLEMENT_PENDING')
        expect([stateOf(hash), chain.charges.size]).to.deep.equal(['attested', charged])
        expect(await codeOf(scan(hash))).to.equal('PALM_REQUEST_SPENT')

        await restart()
        await payments.recover()
        expect([stateOf(hash), chain.charges.size]).to.deep.equal(['settled', 1])
        const [receipt] = payments.receipts(1)
        expect(receipt).to.deep.include({ txHash: hashOf(`tx ${hash}`), blockNumber: 7, payer: addressOf('anna') })
        const tries = chain.tries
        await payments.recover()
        expect([chain.tries, payments.receipts(10).length]).to.deep.equal([tries, 1])
      })

    it('stay pending for as long as it is away, however often the verifier starts', async () => {
      chain.failures.push('unreachable', 'unreachable', 'unreachable')
      const { requestHash: hash } = await issue()
      expect(await codeOf(scan(hash))).to.equal('PALM_SETTLEMENT_PENDING')
      for (let start = 0; start < 2; start++) {
        await restart()
        await payments.recover()
        expect(stateOf(hash)).to.equal('attested')
      }
      await payments.recover()
      expect([stateOf(hash), chain.charges.size]).to.deep.equal(['settled', 1])
    })

    it('are refused when it comes back and says no, and do not hold up the others', async () => {
      chain.failures.push('unreachable', 'unreachable')
      const [one, two] = [await issue(), await issue()]
      for (const { requestHash: hash } of [one, two])
        expect(await codeOf(scan(hash))).to.equal('PALM_SETTLEMENT_PENDING')
      chain.failures.push('limit')
      await restart()
      await payments.recover()
      expect([stateOf(one.requestHash), stateOf(two.requestHash)].sort()).to.deep.equal([
        'refused PALM_LIMIT_EXCEEDED',
        'settled',
      ])
      expect(chain.charges.size).to.equal(1)
    })

    it('are found settled when somebody else presented the attestation', async () => {
      chain.failures.push('unreachable')
      const { requestHash: hash } = await issue()
      expect(await codeOf(scan(hash))).to.equal('PALM_SETTLEMENT_PENDING')
      await chain.port.charge(settlementOf(payments.find(hash).document!))
      await payments.recover()
      expect([stateOf(hash), chain.charges.size]).to.deep.equal(['settled', 1])
    })
  })

  describe('stopped half-way', () => {
    it('between scan and attestation are lost, and nothing is charged', async () => {
      const { requestHash: hash } = await issue()
      database.takeScan(hash)
      await restart()
      await payments.recover()
      expect([stateOf(hash), chain.tries]).to.deep.equal(['refused PALM_SCAN_LOST', 0])
      expect(await codeOf(scan(hash))).to.equal('PALM_REQUEST_SPENT')
    })

    it('before the scan go on', async () => {
      const { requestHash: hash } = await issue()
      await restart()
      await payments.recover()
      expect(await codeOf(scan(hash))).to.equal('done')
    })

    it('are left alone while this process works on them', async () => {
      const { requestHash: hash } = await issue()
      const paying = scan(hash)
      while (stateOf(hash) === 'issued') await new Promise(setImmediate)
      await payments.recover()
      expect((await paying).receipt.requestHash).to.equal(hash)
      expect([stateOf(hash), chain.tries]).to.deep.equal(['settled', 1])
    })
  })

  it('keep neither probe nor share in their database', async () => {
    const { requestHash: hash } = await issue()
    await scan(hash)
    const files = [path, `${path}-wal`].map((file) => readFileSync(file))
    expect(files.some((bytes) => bytes.includes(Buffer.from(hash)))).to.equal(true)
    for (const code of codesIn(probeOf('anna')))
      for (const spelling of [code, toHex(code).slice(2, 34), Buffer.from(code).toString('base64').slice(0, 24)])
        expect(files.some((bytes) => bytes.includes(Buffer.from(spelling)))).to.equal(false)
  })
})
