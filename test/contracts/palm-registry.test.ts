/** PalmRegistry: commitments are enrolled, renewed and revoked by their owner, within limits. */

import { expect } from 'chai'
import { type Actor, bytes32, OTHER_PAYER, openWorld, PARAMETERS, PAYER, type World, ZERO_HASH } from './world.ts'

describe('PalmRegistry', () => {
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

  const call = (by: Actor, name: string, ...args: unknown[]) =>
    world.as(world.palmRegistry, by).getFunction(name)(...args)
  const read = (name: string, ...args: unknown[]) => world.palmRegistry.getFunction(name)(...args)
  const refused = async (sent: Promise<unknown>, error: string) =>
    expect(sent).to.be.revertedWithCustomError(world.palmRegistry, error)

  it('gives places out one after the other', async () => {
    await expect(call(PAYER, 'enrol', bytes32(1), bytes32(2)))
      .to.emit(world.palmRegistry, 'Enrolled')
      .withArgs(0, PAYER.wallet.address, bytes32(1), bytes32(2))
    await call(OTHER_PAYER, 'enrol', bytes32(3), ZERO_HASH)
    expect(await read('enrolmentCount')).to.equal(2n)
    const enrolment = await read('enrolmentOf', 1)
    expect(enrolment.owner).to.equal(OTHER_PAYER.wallet.address)
    expect([enrolment.commitment, enrolment.sharesRoot, enrolment.live]).to.deep.equal([bytes32(3), ZERO_HASH, true])
    await refused(read('enrolmentOf', 2), 'EnrolmentUnknown')
    await refused(call(PAYER, 'revoke', 2), 'EnrolmentUnknown')
  })

  it('takes no commitment twice, even one that is gone, and never zero', async () => {
    await call(PAYER, 'enrol', bytes32(1), ZERO_HASH)
    await refused(call(OTHER_PAYER, 'enrol', bytes32(1), ZERO_HASH), 'DuplicateCommitment')
    await refused(call(PAYER, 'renew', 0, bytes32(1), ZERO_HASH), 'DuplicateCommitment')
    await call(PAYER, 'revoke', 0)
    await refused(call(PAYER, 'enrol', bytes32(1), ZERO_HASH), 'DuplicateCommitment')
    await refused(call(PAYER, 'enrol', ZERO_HASH, ZERO_HASH), 'ZeroCommitment')
  })

  it('renews and revokes for the owner alone', async () => {
    await call(PAYER, 'enrol', bytes32(1), bytes32(2))
    await refused(call(OTHER_PAYER, 'renew', 0, bytes32(3), bytes32(4)), 'NotEnrolmentOwner')
    await refused(call(OTHER_PAYER, 'revoke', 0), 'NotEnrolmentOwner')
    await call(PAYER, 'renew', 0, bytes32(3), bytes32(4))
    const renewed = await read('enrolmentOf', 0)
    expect([renewed.commitment, renewed.sharesRoot]).to.deep.equal([bytes32(3), bytes32(4)])
    await call(PAYER, 'revoke', 0)
    const revoked = await read('enrolmentOf', 0)
    expect([revoked.commitment, revoked.sharesRoot, revoked.live]).to.deep.equal([ZERO_HASH, ZERO_HASH, false])
    await refused(call(PAYER, 'renew', 0, bytes32(5), ZERO_HASH), 'EnrolmentRevoked')
    await refused(call(PAYER, 'revoke', 0), 'EnrolmentRevoked')
  })

  it('limits how many live enrolments an owner has', async () => {
    const limit = PARAMETERS.maxEnrolmentsPerOwner
    for (let i = 0; i < limit; i++) await call(PAYER, 'enrol', bytes32(i + 1), ZERO_HASH)
    await refused(call(PAYER, 'enrol', bytes32(0x2e), ZERO_HASH), 'TooManyEnrolments')
    await call(OTHER_PAYER, 'enrol', bytes32(0x2f), ZERO_HASH)
    await call(PAYER, 'revoke', 0)
    expect(await read('liveCountOf', PAYER.address)).to.equal(BigInt(limit - 1))
    await call(PAYER, 'enrol', bytes32(0x2e), ZERO_HASH)
  })

  it('limits how often an owner changes something, but never its leaving', async () => {
    await call(PAYER, 'enrol', bytes32(1), ZERO_HASH)
    for (let i = 1; i < PARAMETERS.maxEnrolmentOperations; i++)
      await call(PAYER, 'renew', 0, bytes32(0x10 + i), ZERO_HASH)
    await refused(call(PAYER, 'renew', 0, bytes32(0x2e), ZERO_HASH), 'TooManyOperations')
    await refused(call(PAYER, 'enrol', bytes32(0x2e), ZERO_HASH), 'TooManyOperations')
    await call(PAYER, 'revoke', 0)
    await world.pass((PARAMETERS.enrolmentWindowS * 5) / 4 + 1)
    await call(PAYER, 'enrol', bytes32(0x2e), ZERO_HASH)
  })
})
