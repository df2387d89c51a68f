/** MatchVerifier: what it accepts, what it refuses by which name, and that a request is spent once. */

import { ATTESTATION_STRUCT, REQUEST_STRUCT, SCAN_STRUCT, signDigest } from '@palmhold/protocol'
import { expect } from 'chai'
import {
  argumentsOf,
  type Bends,
  bytes32,
  COMMITTEE,
  GOVERNANCE,
  MERCHANT,
  MERCHANT_ID,
  OPERATORS,
  OTHER_TERMINAL,
  openWorld,
  refusalOf,
  type Settlement,
  STRANGER,
  TERMINAL,
  type World,
  ZERO_ADDRESS,
} from './world.ts'

describe('MatchVerifier', () => {
  let fresh: () => Promise<World>
  let world: World

  before(async function () {
    this.timeout(60_000)
    fresh = await openWorld()
    await fresh()
  })

  beforeEach(async () => {
    world = await fresh()
  })

  const verify = (settlement: Settlement) => world.matchVerifier.getFunction('verify')(...argumentsOf(settlement))
  const refused = async (settlement: Settlement, error: string) =>
    expect(verify(settlement)).to.be.revertedWithCustomError(world.matchVerifier, error)

  describe('accepts', () => {
    it('a payment with the signatures of a quorum', async () => {
      const settlement = await world.settlement()
      const [requestHash, digest] = await verify(settlement)
      expect(requestHash).to.equal(settlement.attestation.requestHash)
      expect(digest).to.equal(await world.matchVerifier.getFunction('hashAttestation')(settlement.attestation))
    })

    it('more signatures than the quorum', async () => {
      await verify(await world.settlement({ operators: OPERATORS.slice(0, 3) }))
    })

    it('an access request without payer and sum', async () => {
      await verify(await world.access())
    })

    it('more factors than were asked for', async () => {
      await verify(await world.settlement({ attestation: { factors: 5 } }))
    })

    it('times at the very edge of every window', async () => {
      const now = await world.now()
      const request = { issuedAt: now - 300, expiry: now - 180 }
      const attestation = { expiry: now + 420 }
      await verify(await world.settlement({ request, attestation, scan: { capturedAt: request.issuedAt - 30 } }))
      await verify(await world.settlement({ request, attestation, scan: { capturedAt: request.expiry + 30 } }))
      await verify(await world.settlement({ request: { issuedAt: now + 30, expiry: now + 150 } }))
    })
  })

  describe('refuses by name what was signed wrongly', () => {
    const future = 10_000_000_000
    const table: readonly (readonly [name: string, error: string, bends: Bends])[] = [
      ['request type 0', 'RequestTypeUnknown', { request: { requestType: 0 } }],
      ['request type 4', 'RequestTypeUnknown', { request: { requestType: 4 } }],
      ['lane 0', 'LaneUnknown', { request: { lane: 0 } }],
      ['lane 3', 'LaneUnknown', { request: { lane: 3 } }],
      ['a committee in the phone lane', 'CommitteeForbidden', { request: { lane: 1 } }],
      ['no palm among the factors', 'FactorsInvalid', { request: { factors: 4 } }],
      ['a factor that is missing', 'FactorsMissing', { request: { factors: 5 }, attestation: { factors: 1 } }],
      ['another version', 'VersionUnsupported', { attestation: { version: 2 } }],
      ['another lane in the answer', 'AttestationLaneMismatch', { attestation: { lane: 1 } }],
      ['another merchant in the answer', 'AttestationMerchantMismatch', { attestation: { merchantId: bytes32(9) } }],
      [
        'another terminal in the answer',
        'AttestationTerminalMismatch',
        { attestation: { terminal: OTHER_TERMINAL.address } },
      ],
      ['another committee in the answer', 'AttestationCommitteeMismatch', { attestation: { committeeId: bytes32(9) } }],
      ['another epoch in the answer', 'AttestationCommitteeMismatch', { attestation: { committeeEpoch: 2 } }],
      ['another request in the answer', 'AttestationRequestMismatch', { attestation: { requestHash: bytes32(9) } }],
      ['another scan in the answer', 'AttestationScanMismatch', { attestation: { scanHash: bytes32(9) } }],
      ['a scan of another request', 'ScanRequestMismatch', { scan: { requestHash: bytes32(9) } }],
      ['an empty scan', 'ScanEmpty', { scan: { leafCount: 0 } }],
      ['a payment without payer', 'PayerMissing', { attestation: { payer: ZERO_ADDRESS } }],
      ['a payment of nothing', 'AmountInvalid', { request: { amountMinor: 0 } }],
      ['a payment to nobody', 'PartiesInvalid', { request: { payee: ZERO_ADDRESS } }],
      ['a payment in nothing', 'PartiesInvalid', { request: { token: ZERO_ADDRESS } }],
      ['an epoch that never was', 'EpochInvalid', { request: { committeeEpoch: 2 } }],
      ['epoch 0', 'EpochInvalid', { request: { committeeEpoch: 0 } }],
      ['the last epoch there is', 'EpochInvalid', { request: { committeeEpoch: 2 ** 32 - 1 } }],
      ['a committee that never was', 'EpochInvalid', { request: { committeeId: bytes32(9) } }],
      ['a merchant that never was', 'TerminalInactive', { request: { merchantId: bytes32(9) } }],
      ['a terminal that never was', 'TerminalInactive', { request: { terminal: OTHER_TERMINAL.address } }],
      ['a request that another key signed', 'RequestSignatureInvalid', { requestSigner: OTHER_TERMINAL }],
      ['a scan that another key signed', 'ScanSignatureInvalid', { scanSigner: OTHER_TERMINAL }],
      ['a request of 121 seconds', 'RequestWindowInvalid', { request: { issuedAt: 1000, expiry: 1121 } }],
      ['a request that ends as it begins', 'RequestWindowInvalid', { request: { issuedAt: 1000, expiry: 1000 } }],
      ['a request from the future', 'RequestFromFuture', { request: { issuedAt: future, expiry: future + 1 } }],
      ['an answer that has expired', 'AttestationExpired', { request: { issuedAt: 1000, expiry: 1100 } }],
      ['too few signatures', 'QuorumMissing', { operators: OPERATORS.slice(0, 1) }],
      ['no signature', 'SignaturesMalformed', { operators: [] }],
      ['one operator twice', 'SignersNotAscending', { operators: [OPERATORS[0]!, OPERATORS[0]!] }],
      ['signatures out of order', 'SignersNotAscending', { operators: [OPERATORS[1]!, OPERATORS[0]!] }],
      [
        'a stranger among enough operators',
        'NotAMember',
        { operators: [...OPERATORS.slice(0, 3), STRANGER].sort((a, b) => (a.address < b.address ? -1 : 1)) },
      ],
    ]
    for (const [name, error, bends] of table)
      it(name, async () => {
        // what the registries refuse, they refuse by their own names
        const source = ['EpochInvalid', 'QuorumMissing', 'NotAMember'].includes(error)
          ? world.operatorRegistry
          : world.matchVerifier
        await expect(verify(await world.settlement(bends))).to.be.revertedWithCustomError(source, error)
      })

    it('an access request with a payer, a sum, a payee or a token', async () => {
      await refused(await world.access({ attestation: { payer: STRANGER.address } }), 'PayerForbidden')
      await refused(await world.access({ request: { amountMinor: 1 } }), 'AmountInvalid')
      await refused(await world.access({ request: { payee: STRANGER.address } }), 'PartiesInvalid')
      await refused(await world.access({ request: { token: STRANGER.address } }), 'PartiesInvalid')
    })

    it('times one second beyond every window', async () => {
      const now = await world.now()
      const request = { issuedAt: now - 60, expiry: now }
      await refused(await world.settlement({ request, scan: { capturedAt: now - 91 } }), 'ScanTimeInvalid')
      await refused(await world.settlement({ request, scan: { capturedAt: now + 31 } }), 'ScanTimeInvalid')
      await refused(await world.settlement({ request, attestation: { expiry: now + 601 } }), 'AttestationExpiryInvalid')
      await refused(await world.settlement({ request, attestation: { expiry: now - 1 } }), 'AttestationExpiryInvalid')
      const settlement = await world.settlement()
      await world.pass(421)
      await refused(settlement, 'AttestationExpired')
    })
  })

  describe('refuses by name each field that was changed after signing', () => {
    // whoever such a signature recovers to, it is no member, and two of them stand in any order
    const unsigned = ['NotAMember', 'SignersNotAscending', 'OperatorSignatureInvalid']
    const expected: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
      request: Object.fromEntries(REQUEST_STRUCT.fields.map(({ name }) => [name, ['ScanRequestMismatch']])),
      scan: {
        ...Object.fromEntries(SCAN_STRUCT.fields.map(({ name }) => [name, ['AttestationScanMismatch']])),
        requestHash: ['ScanRequestMismatch'],
      },
      attestation: {
        version: ['VersionUnsupported'],
        lane: ['AttestationLaneMismatch'],
        merchantId: ['AttestationMerchantMismatch'],
        terminal: ['AttestationTerminalMismatch'],
        requestHash: ['AttestationRequestMismatch'],
        scanHash: ['AttestationScanMismatch'],
        pseudonym: unsigned,
        factors: ['FactorsMissing'],
        payer: unsigned,
        committeeId: ['AttestationCommitteeMismatch'],
        committeeEpoch: ['AttestationCommitteeMismatch'],
        galleryRoot: unsigned,
        expiry: unsigned,
      },
    }
    const changed = (value: unknown) =>
      typeof value === 'number' ? value + 1 : `${String(value).slice(0, -1)}${String(value).endsWith('1') ? '2' : '1'}`

    it('knows every field', () => {
      expect(Object.keys(expected.attestation!)).to.deep.equal(ATTESTATION_STRUCT.fields.map(({ name }) => name))
    })

    for (const part of ['request', 'scan', 'attestation'] as const)
      for (const [name, errors] of Object.entries(expected[part]!))
        it(`${part}.${name}`, async () => {
          const settlement = await world.settlement()
          const fields: Readonly<Record<string, unknown>> = settlement[part]
          const bent = { ...settlement, [part]: { ...fields, [name]: changed(fields[name]) } }
          expect(await refusalOf(verify(bent))).to.be.oneOf(errors)
        })

    it('any digit of a signature', async () => {
      const settlement = await world.settlement()
      const names = {
        requestSignature: ['RequestSignatureInvalid'],
        scanSignature: ['ScanSignatureInvalid'],
        evidence: unsigned,
      }
      for (const [part, errors] of Object.entries(names))
        for (const at of [2, 40, 80, 128]) {
          const old = settlement[part as keyof typeof names]
          const bent = {
            ...settlement,
            [part]: `${old.slice(0, at)}${old[at] === '1' ? '2' : '1'}${old.slice(at + 1)}`,
          }
          expect(await refusalOf(verify(bent)), `${part} at ${at}`).to.be.oneOf(errors)
        }
      await verify(settlement)
    })
  })

  it('refuses signatures in their other form: high s, wrong v, another length', async () => {
    const settlement = await world.settlement()
    const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n
    const twin = (signature: string) => {
      const s = (order - BigInt(`0x${signature.slice(66, 130)}`)).toString(16).padStart(64, '0')
      return `${signature.slice(0, 66)}${s}${signature.endsWith('1b') ? '1c' : '1b'}` as const
    }
    const { requestSignature, evidence } = settlement
    await refused(
      { ...settlement, requestSignature: twin(requestSignature) as `0x${string}` },
      'RequestSignatureInvalid',
    )
    const first = twin(evidence.slice(0, 132)) as `0x${string}`
    await refused({ ...settlement, evidence: `${first}${evidence.slice(132)}` }, 'OperatorSignatureInvalid')
    await refused({ ...settlement, evidence: `${evidence}00` }, 'SignaturesMalformed')
    await refused({ ...settlement, requestSignature: `${requestSignature}00` }, 'RequestSignatureInvalid')
    const zeroV = `${requestSignature.slice(0, 130)}0${requestSignature.endsWith('1b') ? 0 : 1}` as `0x${string}`
    await refused({ ...settlement, requestSignature: zeroV }, 'RequestSignatureInvalid')
  })

  it('refuses one bad signature even above the quorum', async () => {
    const settlement = await world.settlement({ operators: OPERATORS.slice(0, 3) })
    const bad = `${settlement.evidence.slice(0, -130)}${'00'.repeat(65)}` as `0x${string}`
    await refused({ ...settlement, evidence: bad }, 'OperatorSignatureInvalid')
    const foreign = signDigest(bytes32(7), OPERATORS[2]!.key).slice(2)
    const other = `${settlement.evidence.slice(0, -130)}${foreign}` as `0x${string}`
    expect(await refusalOf(verify({ ...settlement, evidence: other }))).to.be.oneOf([
      'NotAMember',
      'SignersNotAscending',
    ])
  })

  it('counts an inactive terminal or merchant for nothing, from that moment on', async () => {
    const merchants = world.as(world.merchantRegistry, MERCHANT)
    await merchants.getFunction('setTerminalActive')(MERCHANT_ID, TERMINAL.address, false)
    await refused(await world.settlement(), 'TerminalInactive')
    await merchants.getFunction('setTerminalActive')(MERCHANT_ID, TERMINAL.address, true)
    await verify(await world.settlement())
    await world.merchantRegistry.getFunction('setMerchantActive')(MERCHANT_ID, false)
    await refused(await world.settlement(), 'TerminalInactive')
  })

  describe('spends', () => {
    it('an access request once, by anybody, and anchors its answer', async () => {
      const settlement = await world.access()
      const verifier = world.as(world.matchVerifier, STRANGER)
      const digest = await verifier.getFunction('hashAttestation')(settlement.attestation)
      const id = settlement.attestation.requestHash
      expect(await verifier.getFunction('isSpent')(id)).to.equal(false)
      await expect(verifier.getFunction('spend')(...argumentsOf(settlement)))
        .to.emit(verifier, 'Anchored')
        .withArgs(id, MERCHANT_ID, digest)
      expect(await verifier.getFunction('isSpent')(id)).to.equal(true)
      expect(await verifier.getFunction('anchorOf')(id)).to.equal(digest)
      await expect(verifier.getFunction('spend')(...argumentsOf(settlement))).to.be.revertedWithCustomError(
        verifier,
        'RequestAlreadySpent',
      )
    })

    it('one request once, also when another answer to it is presented later', async () => {
      const first = await world.access()
      const verifier = world.as(world.matchVerifier, STRANGER)
      await verifier.getFunction('spend')(...argumentsOf(first))
      const attestation = { ...first.attestation, pseudonym: bytes32(0xee) }
      const second = { ...first, attestation, evidence: world.signed(attestation, OPERATORS.slice(1, 3)) }
      await world.pass(10_000)
      await expect(verifier.getFunction('spend')(...argumentsOf(second))).to.be.revertedWithCustomError(
        verifier,
        'RequestAlreadySpent',
      )
    })

    it('payments through PalmPay alone', async () => {
      const settlement = await world.settlement()
      await expect(
        world.as(world.matchVerifier, STRANGER).getFunction('spend')(...argumentsOf(settlement)),
      ).to.be.revertedWithCustomError(world.matchVerifier, 'OnlyPaymentConsumer')
    })
  })

  it('takes its payment consumer once, from governance', async () => {
    const set = (by: typeof GOVERNANCE) =>
      world.as(world.matchVerifier, by).getFunction('setPaymentConsumer')(STRANGER.address)
    await expect(set(GOVERNANCE)).to.be.revertedWithCustomError(world.matchVerifier, 'PaymentConsumerAlreadySet')
    await expect(set(STRANGER)).to.be.revertedWithCustomError(world.matchVerifier, 'OwnableUnauthorizedAccount')
  })

  it('lets a replaced epoch settle within its grace period and not after', async () => {
    for (const [i, operator] of OPERATORS.slice(3).entries()) await world.joinOperator(operator, 1_000_000 + i)
    const members = [OPERATORS[0]!, ...OPERATORS.slice(3)].map(({ address }) => address).sort()
    await world.operatorRegistry.getFunction('advanceEpoch')(COMMITTEE, members, 1, 2)
    await verify(await world.settlement())
    const next = [OPERATORS[0]!, OPERATORS[3]!].sort((a, b) => (a.address < b.address ? -1 : 1))
    await verify(await world.settlement({ request: { committeeEpoch: 2 }, operators: next }))
    await world.pass(3600)
    await expect(verify(await world.settlement())).to.be.revertedWithCustomError(world.operatorRegistry, 'EpochInvalid')
    await verify(await world.settlement({ request: { committeeEpoch: 2 }, operators: next }))
  })
})
