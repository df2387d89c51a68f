/**
 * Gas of what is done often, held against contracts/gas-snapshot.json. More or less than 2 % of the snapshot fails, so that
 * no change of cost goes unseen; calldata alone moves a figure by a few hundred gas, as zero bytes are cheaper.
 *
 *     UPDATE_GAS_SNAPSHOT=1 mocha test/contracts/gas.test.ts        writes the figures of now
 */

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import {
  type Actor,
  actor,
  argumentsOf,
  bytes32,
  OPERATORS,
  OTHER_PAYER,
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
    const palms = world.as(world.palmRegistry, OTHER_PAYER)
    gas.enrol = await spent(await palms.getFunction('enrol')(bytes32(1), bytes32(2)))
    gas.renew = await spent(await palms.getFunction('renew')(0, bytes32(3), bytes32(4)))
    gas.revoke = await spent(await palms.getFunction('revoke')(0))
  })

  it('stays within 2 % of the snapshot', () => {
    if (process.env.UPDATE_GAS_SNAPSHOT) writeFileSync(SNAPSHOT, `${JSON.stringify(gas, null, 2)}\n`)
    const snapshot: Record<string, number> = JSON.parse(readFileSync(SNAPSHOT, 'utf8'))
    expect(Object.keys(gas)).to.deep.equal(Object.keys(snapshot))
    for (const [name, now] of Object.entries(gas))
      expect(now, name).to.be.within(snapshot[name]! * (1 - TOLERANCE), snapshot[name]! * (1 + TOLERANCE))
  })

  it('of two more signatures is far below a pairing, and of a quorum of two below 50,000', () => {
    const perSignature = gas['verify, 3 of 3']! - gas['verify, 2 of 3']!
    // two signatures, and the committee's and the epoch's slot with the call to the registry
    expect(2 * perSignature + 10_000).to.be.below(50_000)
    expect(gas['charge, 2 of 3, a later payment']).to.be.below(300_000)
  })

  async function charge(operators = OPERATORS.slice(0, 2)) {
    const settlement = await world.settlement({ operators })
    return world.as(world.palmPay, STRANGER).getFunction('charge')(...argumentsOf(settlement))
  }

  async function verifyGas(settlement: Awaited<ReturnType<World['settlement']>>): Promise<number> {
    return Number(await world.matchVerifier.getFunction('verify').estimateGas(...argumentsOf(settlement)))
  }

  /** A charge that 8 of 15 operators signed: the most that members can cost. */
  async function largestCommittee(): Promise<void> {
    const members: Actor[] = Array.from({ length: 15 }, (_, i) => actor(40 + i)).sort((a, b) =>
      a.address < b.address ? -1 : 1,
    )
    for (const member of members) {
      await world.connection.networkHelpers.setBalance(member.address, 10n ** 18n)
      await world.joinOperator(member, 1_000_000)
    }
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

  async function spent(sent: { wait(): Promise<{ gasUsed: bigint } | null> }): Promise<number> {
    return Number((await sent.wait())!.gasUsed)
  }
})
