/**
 * Payments of the phone lane between a verifier's HTTP API and a wallet, on a chain that charges each request once. Proofs
 * are made with a known trapdoor and checked for real.
 */

import { errorCode, type Hex, PalmError } from '@palmhold/base'
import { ChainRevertError, ChainUnreachableError, type Charge } from '@palmhold/chain'
import {
  attestationHash,
  createSealingKeys,
  DEFAULT_FIRST_PASS,
  encodeOffer,
  type PairingOffer,
  PHONE_POLICY,
  type PhoneAnswer,
  PROBE_PURPOSE,
  parseOffer,
  probeBinding,
  type SealingKeys,
  seal,
  verifyAttestation,
} from '@palmhold/protocol'
import { createMembershipCache, type PhoneLaneOptions, payByPhone } from '@palmhold/wallet/phone-lane'
import { expect } from 'chai'
import { pino } from 'pino'
import { Registry } from 'prom-client'
import { type ApiServer, createApiServer, listen } from '../../node/src/http/api-server.ts'
import { createPayments, type Payments, type PaymentsOptions } from '../../node/src/verifier/payments.ts'
import { addVerifierRoutes } from '../../node/src/verifier/verifier-api.ts'
import { openVerifierDatabase, type VerifierDatabase } from '../../node/src/verifier/verifier-database.ts'
import { createVerifierLine } from '../../wallet/src/phone-lane/verifier-line.ts'
import { codesIn, seededRandom } from '../matching/in-memory.ts'
import { addressOf, DOMAIN, hashOf, keyOf, MERCHANT_DID, MERCHANT_ID, makeTrust, NOW } from '../protocol/signed.ts'
import { createHistory, createMember, createTestProver, proofs } from '../wallet/phone-lane/phone-world.ts'
import { probeOf } from './in-memory-committee.ts'
import { temporaryFolder } from './temporary-folder.ts'

const TERMINAL = addressOf('terminal')

describe('payments by phone', function () {
  this.timeout(60_000)
  const at = temporaryFolder()
  const random = seededRandom('payments by phone')
  const member = createMember('anna')
  const history = createHistory(member)
  const cache = createMembershipCache()
  const clock = () => NOW + 1
  let databases = 0
  let path: string
  let sealing: SealingKeys
  let database: VerifierDatabase
  let payments: Payments
  let api: ApiServer
  let url: string
  let charges: Map<Hex, Charge>
  const digests = new Map<Hex, Hex>()
  /** What the next charges do; then they work. */
  let failures: PalmError[]
  let waits: { probeMs: number; answerMs: number }

  const chain: PaymentsOptions['chain'] = {
    charge: async ({ attestation, request }) => {
      const failure = failures.shift()
      if (failure) throw failure
      const id = attestation.requestHash
      if (charges.has(id)) throw new ChainRevertError('RequestAlreadySpent')
      const charge = { txHash: hashOf(`tx ${id}`), blockNumber: 7, lockedUntil: request.expiry + 1000 }
      charges.set(id, charge)
      digests.set(id, attestationHash(DOMAIN, attestation))
      return { ...charge, paymentId: id, gasUsed: 400_000 }
    },
    chargeOf: async (hash) => charges.get(hash),
    attestationOf: async (hash) => digests.get(hash),
    enrolmentCount: async () => 1,
  }
  const trustAt = (galleryRoot: Hex) => ({
    ...makeTrust(),
    verifyingKeys: { membership: proofs.keyHash('membership'), match: proofs.keyHash('match') },
    enrolments: { ...history, roots: history.roots.filter(({ root }) => root === galleryRoot) },
  })

  async function start(): Promise<void> {
    database = openVerifierDatabase(path)
    payments = createPayments({
      anchoring: { add: () => undefined },
      domain: DOMAIN,
      chain,
      database,
      client: { ask: () => Promise.reject(new PalmError('PALM_INTERNAL', 'nobody')), listenTo: () => undefined },
      committee: () => ({ committeeId: hashOf('committee'), epoch: 1, members: [], threshold: 1, quorum: 2 }) as never,
      terminalKey: keyOf('terminal'),
      terminal: TERMINAL,
      sealing,
      merchant: { merchantId: MERCHANT_ID, did: MERCHANT_DID, payout: addressOf('payee') },
      merchantName: async () => 'Corner shop',
      token: addressOf('token'),
      firstPass: DEFAULT_FIRST_PASS,
      trust: makeTrust,
      phoneLane: { proofs, credential: null, trust: async (root) => trustAt(root), waits },
      clock,
      random,
    })
    api = await createApiServer({
      title: 'test',
      metrics: new Registry(),
      log: pino({ level: 'silent' }),
      health: async () => ({ ok: true, checks: {} }),
    })
    addVerifierRoutes(api, { token: 'token', payments } as Parameters<typeof addVerifierRoutes>[1])
    url = await listen(api, 0)
  }
  async function stop(): Promise<void> {
    await api.close()
    database.close()
  }

  before(async () => {
    sealing = await createSealingKeys(random)
  })
  beforeEach(async () => {
    path = at(`verifier-${++databases}.sqlite`)
    charges = new Map()
    failures = []
    waits = { probeMs: 1000, answerMs: 10_000 }
    await start()
  })
  afterEach(stop)

  async function issue(): Promise<PairingOffer> {
    const { requestHash, pairing } = await payments.issue({ amountMinor: 1250, orderId: '1', lane: 'phone' })
    return parseOffer(encodeOffer({ url, requestHash, pairing: pairing! }))
  }
  async function scan({ requestHash }: PairingOffer, palm = 'anna/left') {
    const to = { publicKey: sealing.publicKey, purpose: PROBE_PURPOSE, bound: probeBinding(requestHash) }
    return payments.scan(requestHash, await seal(to, Buffer.concat(codesIn(probeOf(palm))), random))
  }
  const phone = (offer: PairingOffer, changes: Partial<PhoneLaneOptions> = {}) =>
    payByPhone(offer, {
      member,
      domain: DOMAIN,
      chain: { isActiveTerminal: async () => true, enrolmentHistory: async () => history },
      prover: createTestProver(),
      cache,
      confirm: async () => true,
      clock,
      random,
      ...changes,
    })
  /** Till, terminal and phone: the palm is shown as soon as the phone has paired. */
  async function pay(offer: PairingOffer, changes: Partial<PhoneLaneOptions> = {}, palm?: string) {
    const { promise, resolve } = Promise.withResolvers<void>()
    const onStep: PhoneLaneOptions['onStep'] = ({ step }) => (step === 'waiting' ? resolve() : undefined)
    const paying = phone(offer, { onStep, ...changes })
    const scanning = promise.then(() => scan(offer, palm))
    return Promise.allSettled([paying, scanning])
  }
  const codesOf = (results: PromiseSettledResult<unknown>[]) =>
    results.map((result) => (result.status === 'fulfilled' ? 'done' : errorCode(result.reason)))
  const codeOf = (work: Promise<unknown>) => work.then(() => 'done', errorCode)
  const stateOf = ({ requestHash }: PairingOffer) => {
    const { state, refusal } = payments.find(requestHash)
    return refusal === undefined ? state : `${state} ${refusal}`
  }
  const KEY = hashOf('a sealing key')
  const line = (offer: PairingOffer, sealingKey = KEY) => createVerifierLine(offer, { sealingKey, clock })

  it('are issued for this lane alone, under its policy', async () => {
    const offer = await issue()
    const { request, policy } = payments.find(offer.requestHash)
    expect(request).to.deep.include({ lane: 1, factors: 9, committeeEpoch: 0, committeeId: `0x${'00'.repeat(32)}` })
    expect(policy).to.deep.equal(PHONE_POLICY)
    expect((await payments.issue({ amountMinor: 1, orderId: '' })).pairing).to.equal(null)
  })

  it('are settled once, with a receipt for till and phone whose attestation anybody can verify', async () => {
    const offer = await issue()
    const [paid, scanned] = await pay(offer)
    expect(codesOf([paid, scanned])).to.deep.equal(['done', 'done'])
    const { receipt } = (scanned as PromiseFulfilledResult<Awaited<ReturnType<typeof scan>>>).value
    expect(receipt).to.deep.include({
      lane: 'phone',
      payer: member.account,
      amountMinor: 1250,
      requestHash: offer.requestHash,
    })
    expect(
      verifyAttestation(receipt.attestation, trustAt(receipt.attestation.attestation.galleryRoot), NOW, proofs),
    ).to.include({
      ok: true,
    })
    expect((paid as PromiseFulfilledResult<Awaited<ReturnType<typeof phone>>>).value.receipt).to.deep.include({
      txHash: receipt.txHash,
      pseudonym: receipt.pseudonym,
    })
    expect([stateOf(offer), charges.size]).to.deep.equal(['settled', 1])
    expect(await codeOf(scan(offer))).to.equal('PALM_REQUEST_SPENT')
  })

  it('of one person at one merchant have one pseudonym, and their membership is proven once', async () => {
    const prover = createTestProver()
    for (let i = 0; i < 2; i++) expect(codesOf(await pay(await issue(), { prover }))).to.deep.equal(['done', 'done'])
    expect(prover.proved.filter((circuit) => circuit === 'membership').length).to.be.at.most(1)
    const [first, second] = payments.receipts(2)
    expect(first!.pseudonym).to.equal(second!.pseudonym)
  })

  describe('are refused, and the chain is not asked, when', () => {
    const cases: [
      name: string,
      phoneCode: string,
      terminalCode: string,
      changes: Partial<PhoneLaneOptions>,
      palm?: string,
    ][] = [
      ["the palm is a stranger's", 'PALM_NOT_RECOGNISED', 'PALM_NOT_RECOGNISED', {}, 'a stranger'],
      [
        'the wallet does not know the terminal',
        'PALM_TERMINAL_INACTIVE',
        'PALM_WALLET_REFUSED',
        { chain: { isActiveTerminal: async () => false, enrolmentHistory: async () => history } },
      ],
      ['its owner declines', 'PALM_OWNER_DECLINED', 'PALM_OWNER_DECLINED', { confirm: async () => false }],
      [
        'the wallet proves for another deployment',
        'PALM_REQUEST_ALTERED',
        'PALM_WALLET_REFUSED',
        { domain: { ...DOMAIN, chainId: 5 } },
      ],
    ]
    for (const [name, phoneCode, terminalCode, changes, palm] of cases)
      it(`${name}: ${terminalCode}`, async () => {
        const offer = await issue()
        // No palm is shown to a phone that has gone.
        if (palm === undefined) expect(await codeOf(phone(offer, changes))).to.equal(phoneCode)
        else expect(codesOf(await pay(offer, changes, palm))).to.deep.equal([phoneCode, terminalCode])
        expect([stateOf(offer), charges.size]).to.deep.equal([`refused ${terminalCode}`, 0])
      })
    it('no wallet has paired: PALM_PHONE_MISSING, and one can still', async () => {
      const offer = await issue()
      expect(await codeOf(scan(offer))).to.equal('PALM_PHONE_MISSING')
      expect(stateOf(offer)).to.equal('issued')
      expect(codesOf(await pay(offer))).to.deep.equal(['done', 'done'])
    })

    it('the wallet goes away: PALM_PHONE_SILENT, which it hears when it is back', async () => {
      await stop()
      waits = { probeMs: 1000, answerMs: 30 }
      await start()
      const offer = { ...(await issue()), url }
      await line(offer).pair()
      expect(await codeOf(scan(offer))).to.equal('PALM_PHONE_SILENT')
      expect(await codeOf(line(offer).answer(emptyAnswer(offer)))).to.equal('PALM_PHONE_SILENT')
      expect([stateOf(offer), charges.size]).to.deep.equal(['refused PALM_PHONE_SILENT', 0])
    })
  })

  describe('are for the wallet that paired first:', () => {
    it('a second one is refused, the first may ask again', async () => {
      const offer = await issue()
      const asked = await line(offer).pair()
      expect(await line(offer).pair()).to.deep.equal(asked)
      expect(await codeOf(line(offer, hashOf('a thief')).pair())).to.equal('PALM_PAIRING_TAKEN')
    })

    it('a bystander who read the code speaks for no wallet: neither closes, nor answers, nor hears of it', async () => {
      const offer = await issue()
      const thief = line(offer, hashOf('a thief'))
      expect(await codeOf(thief.decline('PALM_OWNER_DECLINED'))).to.equal('PALM_PAIRING_REFUSED')
      await line(offer).pair()
      for (const call of [
        thief.probe(NOW + 100),
        thief.answer(emptyAnswer(offer)),
        thief.decline('PALM_OWNER_DECLINED'),
      ])
        expect(await codeOf(call)).to.equal('PALM_PAIRING_REFUSED')
      expect(stateOf(offer)).to.equal('issued')
    })

    it('a wrong pairing secret opens nothing', async () => {
      const offer = { ...(await issue()), pairing: hashOf('a guess') }
      const { pair, probe, answer, decline } = line(offer)
      const calls = [pair(), probe(NOW + 100), answer(emptyAnswer(offer)), decline('PALM_OWNER_DECLINED')]
      for (const call of calls) expect(await codeOf(call)).to.equal('PALM_PAIRING_REFUSED')
      expect(stateOf(offer)).to.equal('issued')
    })

    it('there is none for a request of the palm lane, or one that nobody made', async () => {
      const { requestHash } = await payments.issue({ amountMinor: 1, orderId: '' })
      for (const hash of [requestHash, hashOf('nobody')])
        expect(await codeOf(line({ url, requestHash: hash, pairing: hashOf('guess') }).pair())).to.equal(
          'PALM_PAIRING_REFUSED',
        )
    })

    it('waits for the palm, call after call', async () => {
      await stop()
      waits = { probeMs: 5, answerMs: 5000 }
      await start()
      const offer = await issue()
      await line(offer).pair()
      const probing = line(offer).probe(NOW + 100)
      const scanning = codeOf(scan(offer))
      expect((await probing).scan.requestHash).to.equal(offer.requestHash)
      await line(offer).decline('PALM_NOT_RECOGNISED')
      expect(await scanning).to.equal('PALM_NOT_RECOGNISED')
    })
  })

  describe('with answers that do not hold close the request:', () => {
    const cases: [name: string, code: string, bend: (answer: PhoneAnswer) => PhoneAnswer][] = [
      ['another amount of factors', 'PALM_ATTESTATION_MISMATCH', (answer) => attested(answer, { factors: 1 })],
      ['a PIN that nobody proved', 'PALM_ATTESTATION_MISMATCH', (answer) => attested(answer, { factors: 13 })],
      ["another payer's account", 'PALM_MATCH_PROOF', (answer) => attested(answer, { payer: addressOf('somebody') })],
      ['no payer', 'PALM_PAYER_INVALID', (answer) => attested(answer, { payer: `0x${'00'.repeat(20)}` })],
      ['a root that never was', 'PALM_ROOT_UNKNOWN', (answer) => attested(answer, { galleryRoot: hashOf('root') })],
      [
        'a looser policy',
        'PALM_POLICY_MISMATCH',
        ({ attestation, evidence }) => ({
          attestation,
          evidence: { ...evidence, policy: { ...evidence.policy, thresholdBits: 600 } },
        }),
      ],
      [
        'a proof for something else',
        'PALM_MATCH_PROOF',
        ({ attestation, evidence }) => ({
          attestation,
          evidence: { ...evidence, matchProof: evidence.membershipProof },
        }),
      ],
    ]
    const attested = ({ attestation, evidence }: PhoneAnswer, changes: object) => ({
      attestation: { ...attestation, ...changes },
      evidence,
    })
    for (const [name, code, bend] of cases)
      it(`${name}: ${code}`, async () => {
        const offer = await issue()
        const bending = await listenBetween(bend)
        try {
          const results = await pay({ ...offer, url: bending.url })
          expect(codesOf(results)).to.deep.equal([code, code])
          expect([stateOf(offer), charges.size]).to.deep.equal([`refused ${code}`, 0])
        } finally {
          await bending.close()
        }
      })
  })

  it('that the chain refuses are refused with its reason, at both ends', async () => {
    failures = [new ChainRevertError('PaymentLimitExceeded')]
    const offer = await issue()
    expect(codesOf(await pay(offer))).to.deep.equal(['PALM_LIMIT_EXCEEDED', 'PALM_LIMIT_EXCEEDED'])
    expect(stateOf(offer)).to.equal('refused PALM_LIMIT_EXCEEDED')
  })

  it('that the chain does not answer are pending, and settled once it is back, also after a restart', async () => {
    failures = [new ChainUnreachableError('http://127.0.0.1:1')]
    const offer = await issue()
    expect(codesOf(await pay(offer))).to.deep.equal(['PALM_SETTLEMENT_PENDING', 'PALM_SETTLEMENT_PENDING'])
    expect(stateOf(offer)).to.equal('attested')
    await stop()
    await start()
    await payments.recover()
    expect([stateOf(offer), charges.size, payments.receipts(1)[0]!.lane]).to.deep.equal(['settled', 1, 'phone'])
  })

  it('that a restart finds before the answer are closed by name, and nothing is charged', async () => {
    const [paired, scanned, old] = [await issue(), await issue(), await payments.issue({ amountMinor: 1, orderId: '' })]
    await line(paired).pair()
    database.takeScan(scanned.requestHash)
    await payments.recover()
    expect(stateOf(paired)).to.equal('issued')
    await stop()
    await start()
    await payments.recover()
    expect([stateOf(paired), stateOf(scanned)]).to.deep.equal(['refused PALM_PAIRING_LOST', 'refused PALM_SCAN_LOST'])
    expect(payments.find(old.requestHash).state).to.equal('issued')
    expect(await codeOf(line({ ...paired, url }).pair())).to.equal('PALM_PAIRING_REFUSED')
    expect(charges.size).to.equal(0)
  })

  it('give a wallet whose answer was lost its receipt again, and charge once', async () => {
    const offer = await issue()
    let sent: PhoneAnswer | undefined
    const between = await listenBetween((answer) => {
      sent = answer
      return answer
    })
    expect(codesOf(await pay({ ...offer, url: between.url }))).to.deep.equal(['done', 'done'])
    await between.close()
    expect((await line(offer, between.sealingKey()).answer(sent!)).txHash).to.equal(payments.receipts(1)[0]!.txHash)
    expect(charges.size).to.equal(1)
  })

  /** Stands between wallet and verifier, and bends answers on their way. */
  async function listenBetween(bend: (answer: PhoneAnswer) => PhoneAnswer) {
    let key: Hex | undefined
    const between = await createApiServer({
      title: 'between',
      metrics: new Registry(),
      log: pino({ level: 'silent' }),
      health: async () => ({ ok: true, checks: {} }),
    })
    between.post('/v1/phone/:requestHash/:call', async (request, reply) => {
      const { requestHash, call } = request.params as { requestHash: Hex; call: string }
      const body = request.body as PhoneAnswer & { pairing: Hex; sealingKey: Hex }
      const { pairing, sealingKey, ...answer } = body
      key = sealingKey
      const sent = call === 'answer' ? { pairing, sealingKey, ...bend(answer) } : body
      const response = await fetch(`${url}/v1/phone/${requestHash}/${call}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(sent),
      })
      return reply.status(response.status).send(await response.json())
    })
    return { url: await listen(between, 0), sealingKey: () => key!, close: () => between.close() }
  }

  function emptyAnswer({ requestHash }: PairingOffer): PhoneAnswer {
    const zero = `0x${'00'.repeat(32)}` as Hex
    return {
      attestation: {
        version: 1,
        lane: 1,
        merchantId: MERCHANT_ID,
        terminal: TERMINAL,
        requestHash,
        scanHash: zero,
        pseudonym: zero,
        factors: 9,
        payer: member.account,
        committeeId: zero,
        committeeEpoch: 0,
        galleryRoot: zero,
        expiry: NOW + 500,
      },
      evidence: {
        kind: 'proofs',
        policy: PHONE_POLICY,
        link: zero,
        membershipProof: `0x${'00'.repeat(256)}`,
        probeIndex: 0,
        probe: zero,
        probePath: [],
        matchProof: `0x${'00'.repeat(256)}`,
      },
    }
  }
})
