/** PalmPay: custody, limits, freezing, charges, payouts, refunds and disputes, with production delays. */

import { expect } from 'chai'
import { Signature, TypedDataEncoder, Wallet, ZeroHash } from 'ethers'
import {
  type Actor,
  ARBITER,
  actor,
  argumentsOf,
  bytes32,
  COMMITTEE,
  GOVERNANCE,
  MERCHANT,
  MERCHANT_ID,
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

const BALANCE = 100_000n * UNIT
const PRICE = 1250n * UNIT

describe('PalmPay', () => {
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

  const call = (by: Actor, name: string, ...args: unknown[]) => world.as(world.palmPay, by).getFunction(name)(...args)
  const read = (name: string, ...args: unknown[]) => world.palmPay.getFunction(name)(...args)
  const balanceOf = async (by: Actor) => (await read('accountOf', by.address)).balance as bigint
  const tokensOf = async (address: string) => (await world.token.getFunction('balanceOf')(address)) as bigint
  const refused = async (sent: Promise<unknown>, error: string) =>
    expect(sent).to.be.revertedWithCustomError(world.palmPay, error)

  const pay = async (by: Actor, amountMinor: number) =>
    world.charge(await world.settlement({ request: { amountMinor }, attestation: { payer: by.address } }))
  /** Accounts whose balance and limits do not bind before the committee's cap does. */
  const enrich = async (...rich: readonly Actor[]) => {
    for (const by of rich) await world.openAccount(by, 4_000_000, 1_000_000, 4_000_000)
    await world.pass(PARAMETERS.limitDelayS)
    for (const by of rich) await call(by, 'applyLimits', 2)
  }

  describe('deposits and withdrawals', () => {
    it('come out as they went in', async () => {
      await call(PAYER, 'withdraw', BALANCE)
      expect(await balanceOf(PAYER)).to.equal(0n)
      expect(await tokensOf(PAYER.address)).to.equal(BALANCE)
      expect(await tokensOf(await world.palmPay.getAddress())).to.equal(0n)
    })

    it('never more than there is, never nothing', async () => {
      await refused(call(PAYER, 'withdraw', BALANCE + 1n), 'BalanceTooLow')
      await refused(call(STRANGER, 'withdraw', 1n), 'BalanceTooLow')
      await refused(call(PAYER, 'withdraw', 0), 'ZeroAmount')
      await refused(call(PAYER, 'deposit', 0), 'ZeroAmount')
    })

    it('for somebody else', async () => {
      await world.token.getFunction('mint')(PAYER.address, PRICE)
      await call(PAYER, 'depositFor', OTHER_PAYER.address, PRICE)
      expect(await balanceOf(OTHER_PAYER)).to.equal(PRICE)
      expect(await balanceOf(PAYER)).to.equal(BALANCE)
    })

    it('by an EIP-2612 permit, also one that somebody submitted before', async () => {
      const spender = await world.palmPay.getAddress()
      await world.token.getFunction('mint')(OTHER_PAYER.address, PRICE)
      const types = {
        Permit: ['address owner', 'address spender', 'uint256 value', 'uint256 nonce', 'uint256 deadline'].map(field),
      }
      const message = { owner: OTHER_PAYER.address, spender, value: PRICE, nonce: 0, deadline: 2n ** 40n }
      const { v, r, s } = await signToken(types, message, OTHER_PAYER)
      const token = world.as(world.token, STRANGER)
      await token.getFunction('permit')(OTHER_PAYER.address, spender, PRICE, message.deadline, v, r, s)
      await call(OTHER_PAYER, 'depositWithPermit', PRICE, message.deadline, v, r, s)
      expect(await balanceOf(OTHER_PAYER)).to.equal(PRICE)
    })

    it("by an EIP-3009 authorization, once, whoever relays it, into the signer's account", async () => {
      await world.token.getFunction('mint')(OTHER_PAYER.address, 2n * PRICE)
      const fields = ['address from', 'address to', 'uint256 value', 'uint256 validAfter', 'uint256 validBefore']
      const types = { ReceiveWithAuthorization: [...fields, 'bytes32 nonce'].map(field) }
      const to = await world.palmPay.getAddress()
      const message = {
        from: OTHER_PAYER.address,
        to,
        value: PRICE,
        validAfter: 0,
        validBefore: 2n ** 40n,
        nonce: bytes32(1),
      }
      const { v, r, s } = await signToken(types, message, OTHER_PAYER)
      const deposit = (from: Actor) =>
        call(STRANGER, 'depositWithAuthorization', from.address, PRICE, 0, 2n ** 40n, bytes32(1), v, r, s)
      await deposit(OTHER_PAYER)
      expect(await balanceOf(OTHER_PAYER)).to.equal(PRICE)
      await expect(deposit(OTHER_PAYER)).to.be.revertedWithCustomError(world.token, 'ERC3009UsedAuthorization')
      await expect(deposit(PAYER)).to.be.revertedWithCustomError(world.token, 'ERC3009InvalidSignature')
    })

    async function signToken(types: Record<string, { name: string; type: string }[]>, message: object, by: Actor) {
      const verifyingContract = await world.token.getAddress()
      const domain = { name: 'Test EUR Coin', version: '1', chainId: 31337, verifyingContract }
      const digest = TypedDataEncoder.hash(domain, types, message)
      return Signature.from(new Wallet(by.wallet.privateKey).signingKey.sign(digest))
    }

    function field(text: string) {
      const [type, name] = text.split(' ')
      return { type: type!, name: name! }
    }
  })

  describe('charges', () => {
    it('move the sum from the balance into the lock and say so', async () => {
      const settlement = await world.settlement()
      const id = settlement.attestation.requestHash
      const charged = call(STRANGER, 'charge', ...argumentsOf(settlement))
      await expect(charged).to.emit(world.palmPay, 'Charged')
      const payment = await read('paymentOf', id)
      expect(payment.payer.toLowerCase()).to.equal(PAYER.address)
      expect(payment.payee.toLowerCase()).to.equal(PAYOUT.address)
      expect(payment.amountMinor).to.equal(1250n)
      expect(payment.status).to.equal(1n)
      expect(payment.merchantId).to.equal(MERCHANT_ID)
      expect(Number(payment.until)).to.equal((await world.now()) + PARAMETERS.disputeWindowS)
      expect(await balanceOf(PAYER)).to.equal(BALANCE - PRICE)
      expect(await read('lockedTotal')).to.equal(PRICE)
      expect(await read('spentTodayMinor', PAYER.address, 2)).to.equal(1250n)
      expect(await read('chargedInWindowMinor', COMMITTEE)).to.equal(1250n)
    })

    it('once for a request', async () => {
      const settlement = await world.settlement()
      await world.charge(settlement)
      await expect(call(STRANGER, 'charge', ...argumentsOf(settlement))).to.be.revertedWithCustomError(
        world.matchVerifier,
        'RequestAlreadySpent',
      )
    })

    it('not for another sum, payee or token than the terminal signed', async () => {
      const settlement = await world.settlement()
      const bent = { ...settlement, request: { ...settlement.request, amountMinor: 9999 } }
      await expect(call(STRANGER, 'charge', ...argumentsOf(bent))).to.be.revertedWithCustomError(
        world.matchVerifier,
        'ScanRequestMismatch',
      )
      await refused(world.charge(await world.settlement({ request: { payee: STRANGER.address } })), 'PayeeMismatch')
      await refused(world.charge(await world.settlement({ request: { token: STRANGER.address } })), 'TokenMismatch')
      await refused(world.charge(await world.access()), 'NotAPayment')
    })

    it('only in the committee that the account chose', async () => {
      await call(PAYER, 'optIn', ZeroHash)
      await refused(world.charge(await world.settlement()), 'NotOptedIn')
      await refused(call(PAYER, 'optIn', bytes32(9)), 'CommitteeUnknown')
      await call(PAYER, 'optIn', COMMITTEE)
      await world.charge(await world.settlement())
    })

    it('only what the balance holds', async () => {
      await call(PAYER, 'withdraw', BALANCE - PRICE + 1n)
      await refused(world.charge(await world.settlement()), 'BalanceTooLow')
      await world.charge(await world.settlement({ request: { amountMinor: 1249 } }))
    })

    it('leave the request unspent when the account refuses', async () => {
      await call(PAYER, 'freeze')
      const settlement = await world.settlement()
      await refused(world.charge(settlement), 'AccountFrozen')
      expect(await world.matchVerifier.getFunction('isSpent')(settlement.attestation.requestHash)).to.equal(false)
    })

    it('hold the committee to its slashable stake', async () => {
      // the two smallest stakes: 1,000,000 + 1,200,000 cents
      expect(await world.operatorRegistry.getFunction('slashableStake')(COMMITTEE)).to.equal(2_200_000n * UNIT)
      await enrich(OTHER_PAYER, PAYER, STRANGER)
      await pay(OTHER_PAYER, 1_000_000)
      await pay(STRANGER, 1_000_000)
      await refused(pay(PAYER, 200_001), 'CommitteeCapExceeded')
      await pay(PAYER, 200_000)
      await world.pass((PARAMETERS.disputeWindowS * 5) / 4 + 1)
      await pay(PAYER, 200_001)
    })

    it('shrink with the stake: nothing can be charged once no quorum is left', async () => {
      const settlement = await world.settlement()
      const registry = (by: Actor) => world.as(world.operatorRegistry, by)
      await registry(OPERATORS[2]!).getFunction('startExit')()
      await world.charge(settlement)
      await registry(OPERATORS[1]!).getFunction('startExit')()
      expect(await world.operatorRegistry.getFunction('slashableStake')(COMMITTEE)).to.equal(0n)
      await expect(
        world.settlement({ operators: [OPERATORS[0]!, OPERATORS[1]!] }).then((s) => world.charge(s)),
      ).to.be.revertedWithCustomError(world.operatorRegistry, 'OperatorInactive')
    })
  })

  describe("the room under a committee's cap", () => {
    const CAP = 2_200_000
    const counted = async (id: string = COMMITTEE) => Number(await read('chargedInWindowMinor', id))

    it('cannot be used up with one sum that is refunded and charged over and over', async () => {
      await enrich(OTHER_PAYER)
      for (let round = 0; round < 4; round++) await call(MERCHANT, 'refund', await pay(OTHER_PAYER, 900_000))
      expect(await counted()).to.equal(0)
      await pay(PAYER, 1250)
      expect(await counted()).to.equal(1250)
    })

    it('is taken by what is locked, and comes back whole when that is refunded', async () => {
      await enrich(OTHER_PAYER, STRANGER)
      const locked = [await pay(OTHER_PAYER, 1_000_000), await pay(STRANGER, 1_000_000), await pay(STRANGER, 200_000)]
      expect(await counted()).to.equal(CAP)
      await refused(pay(PAYER, 1250), 'CommitteeCapExceeded')
      await call(PAYOUT, 'refund', locked[2]!)
      await refused(pay(OTHER_PAYER, 200_001), 'CommitteeCapExceeded')
      await pay(OTHER_PAYER, 200_000)
      await refused(pay(PAYER, 1), 'CommitteeCapExceeded')
    })

    it("leaves the payer's day as it is", async () => {
      await call(PAYOUT, 'refund', await pay(PAYER, 5000))
      expect(await read('spentTodayMinor', PAYER.address, 2)).to.equal(5000n)
      for (let i = 0; i < 3; i++) await pay(PAYER, 5000)
      await refused(pay(PAYER, 1), 'DayLimitExceeded')
    })

    for (const [name, end, left] of [
      ['comes back when the arbiter decides for the payer', (id: string) => call(ARBITER, 'resolve', id, true), 1000],
      ['comes back when the merchant gives in', (id: string) => call(MERCHANT, 'refund', id), 1000],
      ['is kept when the arbiter decides for the merchant', (id: string) => call(ARBITER, 'resolve', id, false), 3000],
    ] as const)
      it(name, async () => {
        await pay(PAYER, 1000)
        const id = await pay(PAYER, 2000)
        await call(PAYER, 'dispute', id)
        expect(await counted()).to.equal(3000)
        await end(id)
        expect(await counted()).to.equal(left)
      })

    it('is kept by what was released', async () => {
      const id = await pay(PAYER, 2000)
      await world.pass(PARAMETERS.disputeWindowS)
      await call(STRANGER, 'release', [id])
      expect(await counted()).to.equal(2000)
    })

    it('grows by no more than the refunded sum in the part of the window that counted it', async () => {
      const early = await pay(PAYER, 1000)
      await world.pass(PARAMETERS.disputeWindowS / 2)
      const late = await pay(PAYER, 2000)
      await call(PAYOUT, 'refund', early)
      expect(await counted()).to.equal(2000)
      await world.pass((PARAMETERS.disputeWindowS * 3) / 4 + 1)
      expect(await counted()).to.equal(2000)
      await call(PAYOUT, 'refund', late)
      expect(await counted()).to.equal(0)
    })

    it('gives nothing back for a sum that counts no more', async () => {
      const old = await pay(PAYER, 2000)
      await call(PAYER, 'dispute', old)
      await world.pass(PARAMETERS.arbitrationWindowS)
      await pay(PAYER, 3000)
      await call(STRANGER, 'closeDispute', old)
      expect(await counted()).to.equal(3000)
    })

    it('comes back to the committee that charged, also when the payer has chosen another or none since', async () => {
      const other = bytes32(0xc2)
      const members = [20, 21, 22].map(actor).sort((a, b) => (a.address < b.address ? -1 : 1))
      for (const member of members) {
        await world.connection.networkHelpers.setBalance(member.address, 10n ** 18n)
        await world.joinOperator(member, 1_000_000)
      }
      const addresses = members.map(({ address }) => address)
      await world.operatorRegistry.getFunction('createCommittee')(other, addresses, 1, 2)
      const here = await pay(PAYER, 1000)
      await call(PAYER, 'optIn', other)
      const there = await world.charge(
        await world.settlement({ request: { committeeId: other }, operators: members.slice(0, 2) }),
      )
      expect([await counted(), await counted(other)]).to.deep.equal([1000, 1250])
      await call(PAYOUT, 'refund', here)
      expect([await counted(), await counted(other)]).to.deep.equal([0, 1250])
      await call(PAYER, 'optIn', ZeroHash)
      await call(PAYOUT, 'refund', there)
      expect([await counted(), await counted(other)]).to.deep.equal([0, 0])
      expect(await counted(bytes32(9))).to.equal(0)
    })
  })

  describe('limits', () => {
    const charge = async (amountMinor: number) => world.charge(await world.settlement({ request: { amountMinor } }))

    it('start at 0 in the palm lane', async () => {
      await world.openAccount(OTHER_PAYER, 1000, 500, 500)
      const limits = await read('limitsOf', OTHER_PAYER.address, 2)
      expect([limits.perPaymentMinor, limits.perDayMinor, limits.pendingPerPaymentMinor]).to.deep.equal([0n, 0n, 500n])
      const settlement = await world.settlement({
        request: { amountMinor: 1 },
        attestation: { payer: OTHER_PAYER.address },
      })
      await refused(world.charge(settlement), 'PaymentLimitExceeded')
    })

    it("start at the deployment's in the phone lane, and can be lowered there at once", async () => {
      const before = await read('limitsOf', OTHER_PAYER.address, 1)
      expect(before.perPaymentMinor).to.equal(BigInt(PARAMETERS.phonePerPaymentMinor))
      await call(OTHER_PAYER, 'setLimits', 1, 0, 0)
      expect((await read('limitsOf', OTHER_PAYER.address, 1)).perPaymentMinor).to.equal(0n)
      await refused(call(OTHER_PAYER, 'setLimits', 3, 0, 0), 'LaneUnknown')
    })

    it('hold for a payment and for a day', async () => {
      await refused(charge(5001), 'PaymentLimitExceeded')
      for (let i = 0; i < 4; i++) await charge(5000)
      await refused(charge(1), 'DayLimitExceeded')
      await world.pass(86_400 - 30)
      await refused(charge(1), 'DayLimitExceeded')
      await world.pass(86_400 / 4 + 30)
      await charge(5000)
    })

    it('fall at once and rise only after the delay, by a second word of the owner', async () => {
      await call(PAYER, 'setLimits', 2, 100, 50_000)
      const limits = await read('limitsOf', PAYER.address, 2)
      expect([limits.perPaymentMinor, limits.perDayMinor]).to.deep.equal([100n, 20_000n])
      await refused(charge(101), 'PaymentLimitExceeded')
      await refused(call(PAYER, 'applyLimits', 2), 'LimitsNotDue')
      await world.pass(PARAMETERS.limitDelayS)
      await refused(call(STRANGER, 'applyLimits', 2), 'NoPendingLimits')
      expect((await read('limitsOf', PAYER.address, 2)).perDayMinor).to.equal(20_000n)
      await call(PAYER, 'applyLimits', 2)
      expect((await read('limitsOf', PAYER.address, 2)).perDayMinor).to.equal(50_000n)
      await refused(call(PAYER, 'applyLimits', 2), 'NoPendingLimits')
    })

    it('that are lowered take back an earlier wish to raise them', async () => {
      await call(PAYER, 'setLimits', 2, 50_000, 50_000)
      await call(PAYER, 'setLimits', 2, 100, 100)
      await world.pass(PARAMETERS.limitDelayS)
      await refused(call(PAYER, 'applyLimits', 2), 'NoPendingLimits')
    })
  })

  describe('freezing', () => {
    it('stops charges at once and ends only after the delay', async () => {
      await call(PAYER, 'freeze')
      await refused(world.charge(await world.settlement()), 'AccountFrozen')
      await call(PAYER, 'unfreeze')
      await refused(world.charge(await world.settlement()), 'AccountFrozen')
      await call(PAYER, 'freeze')
      await world.pass(PARAMETERS.unfreezeDelayS * 2)
      await refused(world.charge(await world.settlement()), 'AccountFrozen')
      await call(PAYER, 'unfreeze')
      await world.pass(PARAMETERS.unfreezeDelayS)
      await world.charge(await world.settlement())
    })

    it("keeps nobody from its own money, and is the owner's alone", async () => {
      await call(PAYER, 'freeze')
      await call(PAYER, 'withdraw', BALANCE)
      await refused(call(STRANGER, 'unfreeze'), 'AccountNotFrozen')
    })
  })

  describe('payouts', () => {
    it('wait out the dispute window, then are claimed to the payee by anybody, once', async () => {
      const id = await world.charge(await world.settlement())
      await world.pass(PARAMETERS.disputeWindowS - 2)
      await refused(call(STRANGER, 'release', [id]), 'StillLocked')
      await world.pass(1)
      await call(STRANGER, 'release', [id])
      expect(await read('payableTo', PAYOUT.address)).to.equal(PRICE)
      await refused(call(STRANGER, 'release', [id]), 'PaymentStatus')
      const before = await tokensOf(PAYOUT.address)
      await call(STRANGER, 'claimPayout', PAYOUT.address)
      expect((await tokensOf(PAYOUT.address)) - before).to.equal(PRICE)
      await refused(call(STRANGER, 'claimPayout', PAYOUT.address), 'NothingToClaim')
    })

    it('go to the payee of the request, also when the merchant moves its payout later', async () => {
      const id = await world.charge(await world.settlement())
      await world.as(world.merchantRegistry, MERCHANT).getFunction('setPayout')(MERCHANT_ID, STRANGER.address)
      await world.pass(PARAMETERS.disputeWindowS)
      await call(STRANGER, 'release', [id])
      expect(await read('payableTo', PAYOUT.address)).to.equal(PRICE)
    })
  })

  describe('refunds', () => {
    for (const [name, by] of [
      ['the payee', PAYOUT],
      ["the merchant's owner", MERCHANT],
    ] as const)
      it(`by ${name} give the sum back`, async () => {
        const id = await world.charge(await world.settlement())
        await call(by, 'refund', id)
        expect(await balanceOf(PAYER)).to.equal(BALANCE)
        expect(await read('lockedTotal')).to.equal(0n)
        await refused(call(by, 'refund', id), 'PaymentStatus')
        await world.pass(PARAMETERS.disputeWindowS)
        await refused(call(STRANGER, 'release', [id]), 'PaymentStatus')
      })

    it('by nobody else, and not after the release', async () => {
      const id = await world.charge(await world.settlement())
      for (const by of [PAYER, STRANGER, GOVERNANCE, ARBITER]) await refused(call(by, 'refund', id), 'NotMerchant')
      await world.pass(PARAMETERS.disputeWindowS)
      await call(STRANGER, 'release', [id])
      await refused(call(PAYOUT, 'refund', id), 'PaymentStatus')
      await refused(call(PAYOUT, 'refund', bytes32(9)), 'PaymentStatus')
    })
  })

  describe('disputes', () => {
    let id: string

    beforeEach(async () => {
      id = await world.charge(await world.settlement())
    })

    it('stop the payout; the arbiter decides for the payer', async () => {
      await call(PAYER, 'dispute', id)
      await world.pass(PARAMETERS.disputeWindowS + 1)
      await refused(call(STRANGER, 'release', [id]), 'PaymentStatus')
      await call(ARBITER, 'resolve', id, true)
      expect(await balanceOf(PAYER)).to.equal(BALANCE)
    })

    it('or for the merchant', async () => {
      await call(PAYER, 'dispute', id)
      await call(ARBITER, 'resolve', id, false)
      expect(await read('payableTo', PAYOUT.address)).to.equal(PRICE)
      await refused(call(ARBITER, 'resolve', id, true), 'PaymentStatus')
    })

    it('end in a refund when nobody decides, and not before', async () => {
      await call(PAYER, 'dispute', id)
      await world.pass(PARAMETERS.arbitrationWindowS - 10)
      await refused(call(STRANGER, 'closeDispute', id), 'ArbitrationRunning')
      await world.pass(10)
      await refused(call(ARBITER, 'resolve', id, false), 'ArbitrationOver')
      await call(STRANGER, 'closeDispute', id)
      expect(await balanceOf(PAYER)).to.equal(BALANCE)
    })

    it('end when the merchant gives in', async () => {
      await call(PAYER, 'dispute', id)
      await call(PAYOUT, 'refund', id)
      expect(await balanceOf(PAYER)).to.equal(BALANCE)
    })

    it("are the payer's alone, and only within the window", async () => {
      for (const by of [STRANGER, MERCHANT, ARBITER]) await refused(call(by, 'dispute', id), 'NotPayer')
      for (const by of [STRANGER, PAYER, GOVERNANCE]) await refused(call(by, 'resolve', id, true), 'NotArbiter')
      await world.pass(PARAMETERS.disputeWindowS)
      await refused(call(PAYER, 'dispute', id), 'DisputeWindowOver')
    })
  })

  it('lets governance name the arbiter and nothing more', async () => {
    await expect(call(STRANGER, 'setArbiter', STRANGER.address)).to.be.revertedWithCustomError(
      world.palmPay,
      'OwnableUnauthorizedAccount',
    )
    await call(GOVERNANCE, 'setArbiter', actor(15).address)
    expect((await read('arbiter')).toLowerCase()).to.equal(actor(15).address)
  })

  it('keeps parameters that fit the stakes behind it', async () => {
    const parameters = await read('parameters')
    expect(Number(parameters.disputeWindow)).to.equal(PARAMETERS.disputeWindowS)
    expect(await read('unitsPerMinor')).to.equal(UNIT)
  })
})
