/** The phone lane over time: roots come of age and die, membership is remembered, and a request is spent once. */

import type { Hex } from '@palmhold/base'
import { attestationHash, matchInputs, merchantIdOf, verifyAttestation } from '@palmhold/protocol'
import { createProofVerifier } from '@palmhold/zk'
import { expect } from 'chai'
import { proofWords } from '../../packages/chain/src/encode-evidence.ts'
import { EXPLANATIONS } from '../../packages/chain/src/revert-explanations.ts'
import {
  documentOf,
  enrolled,
  evidenceFor,
  field,
  NO_PROOF,
  type PhoneSettlement,
  phoneAccess,
  phonePayment,
  trustOf,
} from './phone-lane.ts'
import {
  argumentsOf,
  type Bends,
  MATCH,
  MEMBERSHIP,
  MERCHANT,
  OPERATORS,
  OTHER_PAYER,
  openWorld,
  PARAMETERS,
  PAYER,
  PAYOUT,
  refusalOf,
  type Settlement,
  STRANGER,
  TERMINAL,
  type World,
  ZERO_HASH,
} from './world.ts'

const PROOFS = createProofVerifier({ membership: MEMBERSHIP.key, match: MATCH.key })

describe('the phone lane over time', function () {
  this.timeout(60_000)
  let fresh: () => Promise<World>
  let world: World
  let root: Hex

  before(async () => {
    fresh = await openWorld()
    await fresh()
  })

  beforeEach(async () => {
    world = await fresh()
    root = await enrolled(world)
  })

  const verify = (settlement: PhoneSettlement) => world.matchVerifier.getFunction('verify')(...argumentsOf(settlement))
  const spend = (settlement: Settlement) =>
    world.as(world.matchVerifier, STRANGER).getFunction('spend')(...argumentsOf(settlement))
  const withoutMembership = (settlement: PhoneSettlement): PhoneSettlement => ({
    ...settlement,
    ...evidenceFor(world, settlement, { membershipProof: NO_PROOF, link: settlement.proofs.link }),
  })

  describe('roots', () => {
    /** What the chain says of an answer, after everybody off chain was heard to say the same. */
    const outcome = async (under: Hex, bends: Bends = {}): Promise<string | undefined> => {
      const settlement = await phonePayment(world, under, bends)
      const error = await refusalOf(verify(settlement))
      const verdict = verifyAttestation(documentOf(world, settlement), await trustOf(world), 0, PROOFS)
      expect(verdict.ok ? undefined : verdict.reason).to.equal(error && EXPLANATIONS[error]![0])
      return error
    }
    const registry = (by = PAYER) => world.as(world.palmRegistry, by)
    const rootOf = (under: Hex) => world.palmRegistry.getFunction('rootOf')(under)

    it('count from the minimum age on, to the second', async () => {
      await registry(OTHER_PAYER).getFunction('enrol')(field('young'), ZERO_HASH)
      const young: Hex = await world.palmRegistry.getFunction('currentRoot')()
      const createdAt = Number((await rootOf(young)).createdAt)
      const issuedAt = createdAt + PARAMETERS.minRootAgeS
      await world.pass(PARAMETERS.minRootAgeS)
      expect(await outcome(young, { request: { issuedAt: issuedAt - 1, expiry: issuedAt + 60 } })).to.equal(
        'RootTooYoung',
      )
      expect(await outcome(young, { request: { issuedAt, expiry: issuedAt + 60 } })).to.equal(undefined)
    })

    it('count until the maximum age after they were replaced, to the second', async () => {
      await registry(OTHER_PAYER).getFunction('enrol')(field('next'), ZERO_HASH)
      const last = Number((await rootOf(root)).supersededAt) + PARAMETERS.maxRootAgeS
      await world.pass(PARAMETERS.maxRootAgeS)
      const at = (capturedAt: number) => ({
        request: { issuedAt: capturedAt - 5, expiry: capturedAt + 60 },
        scan: { capturedAt },
      })
      expect(await outcome(root, at(last))).to.equal(undefined)
      expect(await outcome(root, at(last + 1))).to.equal('RootTooOld')
    })

    for (const way of ['revoke', 'renew'])
      it(`end at the checkpoint after somebody has left by ${way}, to the second`, async () => {
        await registry(OTHER_PAYER).getFunction('enrol')(field('leaver'), ZERO_HASH)
        const before: Hex = await world.palmRegistry.getFunction('currentRoot')()
        await world.pass(PARAMETERS.minRootAgeS)
        const leave = way === 'revoke' ? [1] : [1, field('renewed'), ZERO_HASH]
        await registry(OTHER_PAYER).getFunction(way)(...leave)
        const leftAt = await world.now()
        const after: Hex = await world.palmRegistry.getFunction('currentRoot')()
        const { checkpointIntervalS, checkpointDelayS } = PARAMETERS
        const refusedFrom = (Math.floor(leftAt / checkpointIntervalS) + 1) * checkpointIntervalS + checkpointDelayS
        expect(refusedFrom - leftAt).to.be.at.most(600)
        await world.pass(refusedFrom - leftAt + 1)
        const at = (capturedAt: number) => ({
          request: { issuedAt: capturedAt - 5, expiry: capturedAt + 60 },
          scan: { capturedAt },
        })
        for (const dead of [root, before]) {
          expect(Number((await rootOf(dead)).refusedFrom)).to.equal(refusedFrom)
          expect(await outcome(dead, at(refusedFrom - 1))).to.equal(undefined)
          expect(await outcome(dead, at(refusedFrom))).to.equal('RootRevoked')
        }
        expect(await outcome(after, at(refusedFrom))).to.equal(undefined)
      })

    it('are never all refused, however often somebody leaves', async () => {
      for (let i = 1; i < PARAMETERS.maxEnrolmentOperations; i++) {
        await registry().getFunction('renew')(0, field(`renewal ${i}`), ZERO_HASH)
        await world.pass(97)
        const trust = await trustOf(world)
        const issuedAt = await world.now()
        const old = trust.enrolments.roots.filter(({ createdAt }) => createdAt + PARAMETERS.minRootAgeS <= issuedAt)
        const newest = old.at(-1)!
        // through all of the request's life and the skew of clocks
        const request = { issuedAt, expiry: issuedAt + 120 }
        expect(await outcome(newest.root, { request, scan: { capturedAt: issuedAt + 149 } })).to.equal(undefined)
      }
    })
  })

  describe('membership', () => {
    it('is registered by anybody ahead of the palm, and then needs no proof', async () => {
      const settlement = await phonePayment(world, root)
      const { merchantId, pseudonym } = settlement.attestation
      const { link, membershipProof } = settlement.proofs
      const bare = withoutMembership(settlement)
      expect(await refusalOf(verify(bare))).to.equal('MembershipUnknown')
      const register = (under: Hex, proof: Hex) =>
        world.as(world.matchVerifier, STRANGER).getFunction('registerMembership')(
          merchantId,
          pseudonym,
          link,
          under,
          proofWords(proof),
        )
      expect(await refusalOf(register(root, settlement.proofs.matchProof))).to.equal('MembershipProofInvalid')
      expect(await refusalOf(register(field('never'), membershipProof))).to.equal('RootUnknown')
      expect(await refusalOf(register(ZERO_HASH, membershipProof))).to.equal('RootUnknown')
      await expect(register(root, membershipProof))
        .to.emit(world.matchVerifier, 'MembershipRegistered')
        .withArgs(merchantId, pseudonym, BigInt(link), root)
      const isMember = world.matchVerifier.getFunction('isMember')
      expect(await isMember(merchantId, pseudonym, link, root)).to.equal(true)
      expect(await isMember(merchantId, field('another'), link, root)).to.equal(false)
      await verify(bare)
      // what is given is checked all the same
      const wrong = evidenceFor(world, settlement, { membershipProof: settlement.proofs.matchProof })
      expect(await refusalOf(verify({ ...settlement, ...wrong }))).to.equal('MembershipProofInvalid')
    })

    it('is remembered by the first answer, for its merchant, pseudonym, link and root alone', async () => {
      await spend(await phoneAccess(world, root))
      const bare = async (bends: Bends = {}, link = field('link'), under = root) =>
        refusalOf(spend(withoutMembership(await phoneAccess(world, under, bends, { link }))))
      expect(await bare()).to.equal(undefined)
      expect(await bare({}, field('another link'))).to.equal('MembershipUnknown')
      expect(await bare({ attestation: { pseudonym: field('another') } }, field('another link'))).to.equal(
        'MembershipUnknown',
      )
      const next = await enrolled(world, OTHER_PAYER, 'next')
      expect(await bare({}, field('link'), next)).to.equal('MembershipUnknown')
      await spend(await phoneAccess(world, next))
      expect(await bare({}, field('link'), next)).to.equal(undefined)
    })

    it('dies with its root', async () => {
      await spend(await phoneAccess(world, root))
      await world.as(world.palmRegistry, PAYER).getFunction('revoke')(0)
      await world.pass(600)
      const bare = withoutMembership(await phoneAccess(world, root))
      expect(await refusalOf(verify(bare))).to.equal('RootRevoked')
    })

    it('is refused where its link belongs to another pseudonym or merchant', async () => {
      await spend(await phoneAccess(world, root))
      const other = await phoneAccess(world, root, { attestation: { pseudonym: field('another') } })
      expect(await refusalOf(verify(other))).to.equal('LinkReused')
      const merchantId = await anotherMerchant()
      const elsewhere = await phoneAccess(world, root, { request: { merchantId } })
      expect(await refusalOf(spend(elsewhere))).to.equal('LinkReused')
      const { pseudonym } = elsewhere.attestation
      const { link, membershipProof } = elsewhere.proofs
      const register = world.matchVerifier.getFunction('registerMembership')
      expect(await refusalOf(register(merchantId, pseudonym, link, root, proofWords(membershipProof)))).to.equal(
        'LinkReused',
      )
      await spend(await phoneAccess(world, root, { request: { merchantId } }, { link: field('a link of its own') }))
    })

    it('at one merchant is none at another', async () => {
      const merchantId = await anotherMerchant()
      const here = await phoneAccess(world, root)
      const there = await phoneAccess(world, root, { request: { merchantId } })
      const moved = evidenceFor(world, there, { membershipProof: here.proofs.membershipProof })
      expect(await refusalOf(verify({ ...there, ...moved }))).to.equal('MembershipProofInvalid')
      await verify(there)
    })

    async function anotherMerchant(): Promise<Hex> {
      const did = 'did:web:another.example'
      await world.merchantRegistry.getFunction('registerFor')(did, MERCHANT.address, PAYOUT.address)
      const merchantId = merchantIdOf(did)
      await world.as(world.merchantRegistry, MERCHANT).getFunction('addTerminal')(merchantId, TERMINAL.address)
      return merchantId
    }
  })

  describe('requests', () => {
    it('are paid once, by whatever proof', async () => {
      const settlement = await phonePayment(world, root)
      const charge = (input: PhoneSettlement) => refusalOf(world.charge(input))
      expect(await charge(settlement)).to.equal(undefined)
      const payment = await world.palmPay.getFunction('paymentOf')(settlement.attestation.requestHash)
      expect([payment.payer.toLowerCase(), payment.amountMinor, payment.lane]).to.deep.equal([PAYER.address, 1250n, 1n])
      expect(await charge(settlement)).to.equal('RequestAlreadySpent')
      // a proof can be rewritten and still hold, so nothing rests on its bytes
      const { proofs, attestation } = settlement
      const match = MATCH.prove(matchInputsOf(settlement), 'another')
      expect(match).to.not.equal(proofs.matchProof)
      expect(await charge({ ...settlement, ...evidenceFor(world, settlement, { matchProof: match }) })).to.equal(
        'RequestAlreadySpent',
      )
      const other = { ...attestation, pseudonym: field('another') }
      const second = { ...settlement, attestation: other }
      expect(await charge({ ...second, ...evidenceFor(world, second, { link: field('x') }) })).to.equal(
        'RequestAlreadySpent',
      )
    })

    it('that a phone answered cannot be answered by a palm, nor the other way round', async () => {
      const phone = await phoneAccess(world, root)
      await spend(phone)
      const quorum = { ...phone, evidence: world.signed(phone.attestation, OPERATORS.slice(0, 2)) }
      expect(await refusalOf(spend(quorum))).to.equal('RequestAlreadySpent')
      const palm = await world.access()
      await world.as(world.matchVerifier, STRANGER).getFunction('spend')(...argumentsOf(palm))
      const bent = { ...palm, evidence: phone.evidence }
      expect(await refusalOf(spend(bent))).to.equal('RequestAlreadySpent')
      // before it is spent, its lane is signed: the other lane's evidence is none
      const unspent = await phoneAccess(world, root)
      const relabelled = {
        ...unspent,
        request: { ...unspent.request, lane: 2 },
        evidence: world.signed(unspent.attestation, OPERATORS.slice(0, 2)),
      }
      expect(await refusalOf(spend(relabelled))).to.equal('ScanRequestMismatch')
    })

    it('of payment are charged to the account of the leaf, within its phone limits', async () => {
      const tooMuch = { request: { amountMinor: PARAMETERS.phonePerPaymentMinor + 1 } }
      expect(await refusalOf(world.charge(await phonePayment(world, root, tooMuch)))).to.equal('PaymentLimitExceeded')
      const { attestation } = await phonePayment(world, root)
      const stolen = { attestation: { payer: OTHER_PAYER.address } }
      const inputs = (settlement: PhoneSettlement) => matchInputsOf(settlement).with(4, BigInt(attestation.payer))
      const settlement = await phonePayment(world, root, stolen)
      const bent = { ...settlement, ...evidenceFor(world, settlement, { matchFor: inputs(settlement) }) }
      expect(await refusalOf(world.charge(bent))).to.equal('MatchProofInvalid')
    })
  })

  function matchInputsOf({ attestation, proofs }: PhoneSettlement): bigint[] {
    return matchInputs(attestation, attestationHash(world.domain, attestation), proofs)
  }
})
