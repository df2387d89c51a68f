/**
 * Gas of what is done often, held against contracts/gas-snapshot.json. More or less than 2 % of the snapshot fails, so that
 * no change of cost goes unseen; calldata alone moves a figure by a few hundred gas, as zero bytes are cheaper.
 *
 *     UPDATE_GAS_SNAPSHOT=1 mocha test/contracts/gas.test.ts        writes the figures of now
 */

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Hex } from '@palmhold/base'
import { attestationHash, matchInputs, membershipInputs } from '@palmhold/protocol'
import { expect } from 'chai'
import { Contract } from 'ethers'
import { proofWords } from '../../packages/chain/src/encode-evidence.ts'
import { GROTH16_VERIFIER_ABI } from '../../packages/chain/src/generated/groth16-verifier-abi.ts'
import { enrolled, evidenceFor, field, NO_PROOF, phoneAccess, phonePayment } from './phone-lane.ts'
import {
  type Actor,
  actor,
  argumentsOf,
  bytes32,
  COMMITTEE,
  OPERATORS,
  openWorld,
  PARAMETERS,
  PAYER,
  PAYOUT,
  STRANGER,
  UNIT,
  type World,
} from './world.ts'

const SNAPSHOT = join(import.meta.dirname, '../../contracts/gas-snapshot.json')
const TOLERANCE = 0.02

describe('gas', () => {
  const gas: Record<string, number> = {}
  let world: World

  before(async function () {
    this.timeout(60_000)
    world = await (await openWorld())()

    // before any other charge, so that both lanes begin alike
    await phoneLane()
    gas['charge, 2 of 3, a first payment'] = await spent(await charge())
    gas['charge, 2 of 3, a later payment'] = await spent(await charge())
    gas['charge, 3 of 3'] = await spent(await charge(OPERATORS.slice(0, 3)))
    const access = await world.access()
    gas['spend an access request, 2 of 3'] = await spent(
      await world.as(world.matchVerifier, STRANGER).getFunction('spend')(...argumentsOf(access)),
    )
    gas['verify, 2 of 3'] = await verifyGas(await world.settlement())
    gas['verify, 3 of 3'] = await verifyGas(await world.settlement({ operators: OPERATORS.slice(0, 3) }))
    const refunded = await world.charge(await world.settlement())
    gas['refund one payment'] = await spent(await world.as(world.palmPay, PAYOUT).getFunction('refund')(refunded))
    await largestCommittee()

    const pay = world.as(world.palmPay, PAYER)
    gas.withdraw = await spent(await pay.getFunction('withdraw')(UNIT))
    gas.deposit = await spent(await pay.getFunction('deposit')(UNIT))
    gas.freeze = await spent(await pay.getFunction('freeze')())
    gas['quorum alone, 2 of 3'] = await quorumGas(OPERATORS.slice(0, 2))
    gas['quorum alone, 3 of 3'] = await quorumGas(OPERATORS.slice(0, 3))
    await fourOperators()
    await enrolments()
    gas['anchor a batch'] = await spent(await world.anchors.getFunction('anchor')(bytes32(1), 25))
    const register = world.merchantRegistry.getFunction('registerFor')
    gas['register a merchant'] = await spent(await register('did:web:shop.example', PAYOUT.address, PAYOUT.address))
  })

  it('stays within 2 % of the snapshot', () => {
    if (process.env.UPDATE_GAS_SNAPSHOT) writeFileSync(SNAPSHOT, `${JSON.stringify(gas, null, 2)}\n`)
    const snapshot: Record<string, number> = JSON.parse(readFileSync(SNAPSHOT, 'utf8'))
    expect(Object.keys(gas)).to.deep.equal(Object.keys(snapshot))
    for (const [name, now] of Object.entries(gas))
      expect(now, name).to.be.within(snapshot[name]! * (1 - TOLERANCE), snapshot[name]! * (1 + TOLERANCE))
  })

  it('of a match proof is at most 250,000, and of a quorum 50,000 at k = 2 and 60,000 at n = 4, k = 3', () => {
    expect(gas['match proof alone']).to.be.at.most(250_000)
    expect(gas['quorum alone, 2 of 3']).to.be.at.most(50_000)
    expect(gas['quorum alone, 3 of 4']).to.be.at.most(60_000)
    expect(gas['charge, 2 of 3, a later payment']).to.be.below(300_000)
  })

  async function charge(operators = OPERATORS.slice(0, 2)) {
    const settlement = await world.settlement({ operators })
    return world.as(world.palmPay, STRANGER).getFunction('charge')(...argumentsOf(settlement))
  }

  /** What the phone lane costs: its proofs alone, and payments with and without a registered membership. */
  async function phoneLane(): Promise<void> {
    const root = await enrolled(world)
    const first = await phonePayment(world, root)
    const { attestation, proofs } = first
    const digest = attestationHash(world.domain, attestation)
    gas['match proof alone'] = await proofGas(
      'matchProofVerifier',
      matchInputs(attestation, digest, proofs),
      proofs.matchProof,
    )
    gas['membership proof alone'] = await proofGas(
      'membershipVerifier',
      membershipInputs(31337, attestation, proofs.link),
      proofs.membershipProof,
    )
    const register = [
      attestation.merchantId,
      attestation.pseudonym,
      proofs.link,
      root,
      proofWords(proofs.membershipProof),
    ]
    gas['register a membership'] = await spent(
      await world.as(world.matchVerifier, STRANGER).getFunction('registerMembership')(...register),
    )
    const bare = async () => {
      const settlement = await phonePayment(world, root)
      return { ...settlement, ...evidenceFor(world, settlement, { membershipProof: NO_PROOF }) }
    }
    gas['verify by phone, membership registered'] = await verifyGas(await bare())
    gas['verify by phone, with both proofs'] = await verifyGas(first)
    const charge = world.as(world.palmPay, STRANGER).getFunction('charge')
    gas['charge by phone, a first payment, membership registered'] = await spent(
      await charge(...argumentsOf(await bare())),
    )
    gas['charge by phone, a later payment, membership registered'] = await spent(
      await charge(...argumentsOf(await bare())),
    )
    const both = await phonePayment(world, root, {}, { link: field('a fresh link') })
    gas['charge by phone, a later payment, with both proofs'] = await spent(await charge(...argumentsOf(both)))
    const access = await phoneAccess(world, root)
    const spend = argumentsOf({ ...access, ...evidenceFor(world, access, { membershipProof: NO_PROOF }) })
    gas['spend an access request by phone, membership registered'] = await spent(
      await world.as(world.matchVerifier, STRANGER).getFunction('spend')(...spend),
    )
  }

  async function proofGas(verifier: string, inputs: readonly bigint[], proof: Hex): Promise<number> {
    const address: string = await world.matchVerifier.getFunction(verifier)()
    const contract = new Contract(address, GROTH16_VERIFIER_ABI, world.provider)
    return Number(await contract.getFunction('requireProof').estimateGas(inputs, proofWords(proof)))
  }

  /** A quorum's check and nothing else, as a transaction of its own. */
  async function quorumGas(operators: readonly Actor[], committeeId = COMMITTEE): Promise<number> {
    const { attestation, evidence } = await world.settlement({ operators, request: { committeeId } })
    const digest = attestationHash(world.domain, attestation)
    return Number(await world.matchVerifier.getFunction('requireQuorum').estimateGas(committeeId, 1, digest, evidence))
  }

  async function fourOperators(): Promise<void> {
    const members = await joined(60, 4)
    const committeeId = bytes32(0xc4)
    const addresses = members.map(({ address }) => address)
    await world.operatorRegistry.getFunction('createCommittee')(committeeId, addresses, 1, 3)
    gas['quorum alone, 3 of 4'] = await quorumGas(members.slice(0, 3), committeeId)
  }

  /** Enrolling costs a hash for each bit of its place that is 1, changing an enrolment one for each level. */
  async function enrolments(): Promise<void> {
    for (let place = 1; place <= 16; place++) {
      const by = actor(80 + (place >> 2))
      await world.connection.networkHelpers.setBalance(by.address, 10n ** 18n)
      const enrol = world.as(world.palmRegistry, by).getFunction('enrol')
      const sent = await spent(await enrol(field(`place ${place}`), bytes32(2)))
      if ([1, 7, 8, 15].includes(place)) gas[`enrol at place ${place}`] = sent
    }
    const palms = world.as(world.palmRegistry, actor(81))
    gas['renew one of 17'] = await spent(await palms.getFunction('renew')(4, field('renewed'), bytes32(4)))
    gas['revoke one of 17'] = await spent(await palms.getFunction('revoke')(4))
  }

  async function verifyGas(settlement: Awaited<ReturnType<World['settlement']>>): Promise<number> {
    return Number(await world.matchVerifier.getFunction('verify').estimateGas(...argumentsOf(settlement)))
  }

  /** A charge that 8 of 15 operators signed: the most that members can cost. */
  async function largestCommittee(): Promise<void> {
    const members = await joined(40, 15)
    const committeeId = bytes32(0xc2)
    const addresses = members.map(({ address }) => address)
    await world.operatorRegistry.getFunction('createCommittee')(committeeId, addresses, 7, 8)
    await world.as(world.palmPay, PAYER).getFunction('optIn')(committeeId)
    const settlement = await world.settlement({ request: { committeeId }, operators: members.slice(0, 8) })
    const id = settlement.attestation.requestHash
    gas['charge, 8 of 15'] = await spent(
      await world.as(world.palmPay, STRANGER).getFunction('charge')(...argumentsOf(settlement)),
    )
    await world.pass(PARAMETERS.disputeWindowS)
    gas['release one payment'] = await spent(await world.as(world.palmPay, STRANGER).getFunction('release')([id]))
    gas['claim a payout'] = await spent(
      await world.as(world.palmPay, STRANGER).getFunction('claimPayout')(PAYOUT.address),
    )
  }

  /** New operators, ascending. */
  async function joined(first: number, count: number): Promise<Actor[]> {
    const members = Array.from({ length: count }, (_, i) => actor(first + i)).sort((a, b) =>
      a.address < b.address ? -1 : 1,
    )
    for (const member of members) {
      await world.connection.networkHelpers.setBalance(member.address, 10n ** 18n)
      await world.joinOperator(member, 1_000_000)
    }
    return members
  }

  async function spent(sent: { wait(): Promise<{ gasUsed: bigint } | null> }): Promise<number> {
    return Number((await sent.wait())!.gasUsed)
  }
})
