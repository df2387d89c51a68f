/** OperatorRegistry: identities, stakes, committees and their epochs, and the price of a lie. */

import { expect } from 'chai'
import {
  type Actor,
  actor,
  bytes32,
  COMMITTEE,
  GOVERNANCE,
  OPERATORS,
  openWorld,
  PARAMETERS,
  STAKE_MINOR,
  STRANGER,
  TREASURY,
  UNIT,
  type World,
} from './world.ts'

const [A, B, C, D, E] = OPERATORS as [Actor, Actor, Actor, Actor, Actor]
const STAKE = STAKE_MINOR.map((minor) => BigInt(minor) * UNIT) as [bigint, bigint, bigint]

describe('OperatorRegistry', () => {
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
    world.as(world.operatorRegistry, by).getFunction(name)(...args)
  const read = (name: string, ...args: unknown[]) => world.operatorRegistry.getFunction(name)(...args)
  const refused = async (sent: Promise<unknown>, error: string) =>
    expect(sent).to.be.revertedWithCustomError(world.operatorRegistry, error)
  const addresses = (...actors: Actor[]) => actors.map(({ address }) => address).sort()

  describe('operators', () => {
    it('register under the key that is their address, once', async () => {
      await refused(call(D, 'registerOperator', E.publicKey), 'PublicKeyMismatch')
      await refused(call(D, 'registerOperator', D.publicKey.slice(0, -2)), 'PublicKeyMismatch')
      await refused(call(D, 'registerOperator', '0x'), 'PublicKeyMismatch')
      await call(D, 'registerOperator', D.publicKey)
      await refused(call(D, 'registerOperator', D.publicKey), 'OperatorAlreadyRegistered')
      const operator = await read('operatorOf', D.address)
      expect(`${operator.publicKeyX}${operator.publicKeyY.slice(2)}`).to.equal(D.publicKey)
    })

    it('count only from the minimum stake on', async () => {
      await world.joinOperator(D, PARAMETERS.minimumStake / Number(UNIT) - 1)
      expect(await read('isActive', D.address)).to.equal(false)
      await world.token.getFunction('mint')(D.address, UNIT)
      await call(D, 'depositStake', UNIT)
      expect(await read('isActive', D.address)).to.equal(true)
      await refused(call(D, 'depositStake', 0), 'ZeroAmount')
      await refused(call(STRANGER, 'depositStake', 1), 'OperatorStatus')
    })

    it('count for nothing from the moment they leave, and take the stake after the delay', async () => {
      await call(A, 'startExit')
      expect(await read('isActive', A.address)).to.equal(false)
      await world.pass(PARAMETERS.unbondingDelayS - 2)
      await refused(call(A, 'withdrawStake'), 'UnbondingNotOver')
      await world.pass(1)
      await call(A, 'withdrawStake')
      expect(await world.token.getFunction('balanceOf')(A.address)).to.equal(STAKE[0])
      await refused(call(A, 'withdrawStake'), 'OperatorStatus')
      await call(A, 'registerOperator', A.publicKey)
      expect(await read('isActive', A.address)).to.equal(false)
    })

    it('are stopped and brought back by governance alone', async () => {
      for (const name of ['deactivate', 'reactivate'])
        await refused(call(A, name, A.address), 'OwnableUnauthorizedAccount')
      await call(GOVERNANCE, 'deactivate', A.address)
      expect(await read('isActive', A.address)).to.equal(false)
      await refused(call(GOVERNANCE, 'deactivate', A.address), 'OperatorStatus')
      await refused(call(A, 'withdrawStake'), 'OperatorStatus')
      await call(GOVERNANCE, 'reactivate', A.address)
      expect(await read('isActive', A.address)).to.equal(true)
    })

    it('leave also when they are stopped, with their stake and for good', async () => {
      await call(GOVERNANCE, 'deactivate', A.address)
      await expect(call(A, 'startExit')).to.emit(world.operatorRegistry, 'ExitStarted')
      expect(await read('isActive', A.address)).to.equal(false)
      await refused(call(A, 'startExit'), 'OperatorStatus')
      await refused(call(A, 'depositStake', 1), 'OperatorStatus')
      await world.pass(PARAMETERS.unbondingDelayS - 4)
      await refused(call(A, 'withdrawStake'), 'UnbondingNotOver')
      await world.pass(3)
      await call(A, 'withdrawStake')
      expect(await world.token.getFunction('balanceOf')(A.address)).to.equal(STAKE[0])
      expect((await read('operatorOf', A.address)).stake).to.equal(0n)
      await refused(call(A, 'withdrawStake'), 'OperatorStatus')
      // what governance stopped does not come back by registering anew
      await refused(call(A, 'registerOperator', A.publicKey), 'OperatorAlreadyRegistered')
      await call(GOVERNANCE, 'reactivate', A.address)
      expect(await read('isActive', A.address)).to.equal(false)
      await world.token.getFunction('mint')(A.address, STAKE[0])
      await call(A, 'depositStake', STAKE[0])
      expect(await read('isActive', A.address)).to.equal(true)
    })

    it('go on leaving when they are brought back meanwhile, and no later', async () => {
      await call(GOVERNANCE, 'deactivate', A.address)
      await call(A, 'startExit')
      const { exitAt } = await read('operatorOf', A.address)
      await world.pass(PARAMETERS.unbondingDelayS - 10)
      await call(GOVERNANCE, 'reactivate', A.address)
      expect(await read('isActive', A.address)).to.equal(false)
      expect((await read('operatorOf', A.address)).exitAt).to.equal(exitAt)
      for (const name of ['deactivate', 'reactivate'])
        await refused(call(GOVERNANCE, name, A.address), 'OperatorStatus')
      await world.pass(10)
      await call(A, 'withdrawStake')
      expect(await world.token.getFunction('balanceOf')(A.address)).to.equal(STAKE[0])
    })

    it('leave only if they are registered', async () => {
      for (const name of ['startExit', 'withdrawStake']) await refused(call(D, name), 'OperatorStatus')
    })
  })

  describe('committees', () => {
    const create = (members: readonly string[], t: number, k: number, id: string = bytes32(0xc2)) =>
      call(GOVERNANCE, 'createCommittee', id, members, t, k)

    it('tell their members, shape and who of them counts', async () => {
      await call(B, 'startExit')
      const committee = await read('committeeAt', COMMITTEE, 0)
      expect(committee.members.map((member: string) => member.toLowerCase())).to.deep.equal(addresses(A, B, C))
      expect([...committee.active]).to.deep.equal([true, false, true])
      expect([committee.epoch, committee.currentEpoch, committee.threshold, committee.quorum]).to.deep.equal([
        1n,
        1n,
        1n,
        2n,
      ])
      expect(committee.valid).to.equal(true)
      await refused(read('committeeAt', bytes32(9), 0), 'CommitteeUnknown')
      await refused(read('committeeAt', COMMITTEE, 2), 'EpochInvalid')
    })

    it('have a shape in which a quorum is honest in part and t absent stop nobody', async () => {
      const fifteen = Array.from({ length: 16 }, (_, i) => actor(40 + i))
      for (const one of fifteen) {
        await world.connection.networkHelpers.setBalance(one.address, 10n ** 18n)
        await world.joinOperator(one, 1_000_000)
      }
      const some = (n: number) => addresses(...fifteen.slice(0, n))
      const shapes: readonly (readonly [n: number, t: number, k: number])[] = [
        [0, 0, 0],
        [3, 0, 1],
        [2, 1, 2],
        [3, 1, 1],
        [3, 1, 3],
        [4, 2, 3],
        [5, 2, 2],
        [5, 2, 4],
        [16, 7, 8],
        [15, 8, 9],
      ]
      for (const [n, t, k] of shapes) await refused(create(some(n), t, k), 'CommitteeShapeInvalid')
      await create(some(15), 7, 8)
      expect(await read('slashableStake', bytes32(0xc2))).to.equal(8_000_000n * UNIT)
    })

    it('take distinct ascending active members, each in one committee', async () => {
      await world.joinOperator(D, 1_000_000)
      await world.joinOperator(E, 1_000_000)
      await refused(create(addresses(A, D, E), 1, 2), 'OperatorBound')
      await refused(create([D.address, D.address, E.address], 1, 2), 'MembersNotAscending')
      await refused(create(addresses(A, D, E).reverse(), 1, 2), 'MembersNotAscending')
      await refused(create(addresses(STRANGER, D, E), 1, 2), 'OperatorInactive')
      await refused(create(addresses(A, B, C), 1, 2, COMMITTEE), 'CommitteeExists')
      await refused(create(addresses(A, B, C), 1, 2, bytes32(0)), 'CommitteeUnknown')
      await refused(call(GOVERNANCE, 'advanceEpoch', bytes32(9), addresses(A, B, C), 1, 2), 'CommitteeUnknown')
      await refused(call(STRANGER, 'createCommittee', bytes32(9), [], 1, 2), 'OwnableUnauthorizedAccount')
      await refused(call(STRANGER, 'advanceEpoch', COMMITTEE, [], 1, 2), 'OwnableUnauthorizedAccount')
    })

    it('bind who leaves until the epoch it signed for is over', async () => {
      await world.joinOperator(D, 1_000_000)
      await world.joinOperator(E, 1_000_000)
      await call(GOVERNANCE, 'advanceEpoch', COMMITTEE, addresses(A, B, D), 1, 2)
      const other = actor(15)
      await world.joinOperator(other, 1_000_000)
      await refused(create(addresses(C, E, other), 1, 2), 'OperatorBound')
      await world.pass(PARAMETERS.epochGraceS)
      await create(addresses(C, E, other), 1, 2)
      await refused(create(addresses(A, E, other), 1, 2, bytes32(0xc3)), 'OperatorBound')
    })

    it('end every epoch but the current and the one before it', async () => {
      const valid = async (epoch: number) => (await read('committeeAt', COMMITTEE, epoch)).valid as boolean
      for (let i = 0; i < 2; i++) await call(GOVERNANCE, 'advanceEpoch', COMMITTEE, addresses(A, B, C), 1, 2)
      expect([await valid(1), await valid(2), await valid(3)]).to.deep.equal([false, true, true])
      await world.pass(PARAMETERS.epochGraceS)
      expect([await valid(1), await valid(2), await valid(3)]).to.deep.equal([false, false, true])
    })
  })

  describe('slashable stake', () => {
    const slashable = (id: string = COMMITTEE) => read('slashableStake', id) as Promise<bigint>

    it('is what the k smallest active members have at stake', async () => {
      expect(await slashable()).to.equal(STAKE[1] + STAKE[2])
      await call(B, 'startExit')
      expect(await slashable()).to.equal(STAKE[0] + STAKE[2])
      await call(GOVERNANCE, 'deactivate', A.address)
      expect(await slashable()).to.equal(0n)
      await call(A, 'startExit')
      expect(await slashable()).to.equal(0n)
      expect(await slashable(bytes32(9))).to.equal(0n)
    })

    it('is the lesser of two epochs while both can sign', async () => {
      await world.joinOperator(D, 5_000_000)
      await world.joinOperator(E, 5_000_000)
      await call(GOVERNANCE, 'advanceEpoch', COMMITTEE, addresses(A, D, E), 1, 2)
      expect(await slashable()).to.equal(STAKE[1] + STAKE[2])
      await world.pass(PARAMETERS.epochGraceS)
      expect(await slashable()).to.equal(STAKE[0] + 5_000_000n * UNIT)
    })
  })

  describe('slashing', () => {
    const slash = async (by: Actor, first: Actor, second: Actor, bend: object, same = true) => {
      const { attestation } = await world.settlement()
      const other = same ? { ...attestation, ...bend } : (await world.settlement()).attestation
      return call(
        by,
        'slashEquivocation',
        attestation,
        world.signed(attestation, [first]),
        other,
        world.signed(other, [second]),
      )
    }
    const lie = { payer: STRANGER.address }

    it('takes the whole stake for two answers to one request, and pays the reporter', async () => {
      await slash(STRANGER, A, A, lie)
      const reward = (STAKE[0] * BigInt(PARAMETERS.rewardBps)) / 10_000n
      expect(await world.token.getFunction('balanceOf')(STRANGER.address)).to.equal(reward)
      expect(await world.token.getFunction('balanceOf')(TREASURY.address)).to.equal(STAKE[0] - reward)
      expect(await read('isActive', A.address)).to.equal(false)
      await refused(slash(STRANGER, A, A, lie), 'OperatorStatus')
      await refused(call(A, 'registerOperator', A.publicKey), 'OperatorAlreadyRegistered')
      await refused(call(GOVERNANCE, 'reactivate', A.address), 'OperatorStatus')
    })

    it('reaches one that is leaving', async () => {
      await call(A, 'startExit')
      await slash(STRANGER, A, A, lie)
      await world.pass(PARAMETERS.unbondingDelayS)
      await refused(call(A, 'withdrawStake'), 'OperatorStatus')
    })

    it('reaches one that is stopped, leaving or not', async () => {
      await call(GOVERNANCE, 'deactivate', A.address)
      await call(A, 'startExit')
      await slash(STRANGER, A, A, lie)
      await world.pass(PARAMETERS.unbondingDelayS)
      for (const name of ['startExit', 'withdrawStake']) await refused(call(A, name), 'OperatorStatus')
      expect(await world.token.getFunction('balanceOf')(A.address)).to.equal(0n)
      await call(GOVERNANCE, 'deactivate', B.address)
      await slash(STRANGER, B, B, lie)
      await refused(call(B, 'startExit'), 'OperatorStatus')
    })

    it('needs two different answers to one request under one key', async () => {
      await refused(slash(STRANGER, A, A, {}), 'NotEquivocation')
      await refused(slash(STRANGER, A, A, {}, false), 'NotEquivocation')
      await refused(slash(STRANGER, A, B, lie), 'SignatureInvalid')
      await refused(slash(STRANGER, STRANGER, STRANGER, lie), 'OperatorStatus')
      const { attestation } = await world.settlement()
      const other = { ...attestation, ...lie }
      const bad = `0x${'00'.repeat(65)}`
      const good = world.signed(attestation, [A])
      await refused(call(STRANGER, 'slashEquivocation', attestation, bad, other, bad), 'SignatureInvalid')
      await refused(call(STRANGER, 'slashEquivocation', attestation, good, other, bad), 'SignatureInvalid')
    })
  })

  it('takes its verifier once', async () => {
    await refused(call(GOVERNANCE, 'setMatchVerifier', STRANGER.address), 'MatchVerifierAlreadySet')
    await refused(call(STRANGER, 'setMatchVerifier', STRANGER.address), 'OwnableUnauthorizedAccount')
  })
})
