/**
 * Enrolments on a running network when something breaks off: a wallet that vanishes half-way, an operator whose disk is
 * full, and an owner who takes the palms back. Who is not enrolled everywhere is recognised nowhere.
 */

import { randomBytes } from 'node:crypto'
import { rmSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Hex, isPalmError } from '@palmhold/base'
import type { Chain } from '@palmhold/chain'
import { addressOfKey } from '@palmhold/protocol'
import {
  createEnrolmentSecrets,
  createOperatorClient,
  type DealtEnrolment,
  dealEnrolment,
  openPalmAccount,
} from '@palmhold/wallet'
import { expect } from 'chai'
import { connectCustomer, removeCustomer } from '../../node/src/customers/customer.ts'
import { fundOnLocalChain } from '../../node/src/network/local-chain.ts'
import { NETWORK_TIMEOUT_MS, pay, rowsOf } from './local-network.ts'
import { templatesOf } from './people.ts'
import { until } from './processes.ts'
import { refused } from './refused.ts'
import { type SharedNetwork, sharedNetwork } from './shared-network.ts'

const random = (length: number) => new Uint8Array(randomBytes(length))

describe('enrolments of a running network', function () {
  this.timeout(60_000)
  let local: SharedNetwork

  before(async function () {
    this.timeout(NETWORK_TIMEOUT_MS)
    local = await sharedNetwork()
  })

  /** A person with an account and an enrolment on chain, whose shares are dealt and still in the wallet. */
  const halfEnrolled = async (name: string) => {
    const { record, governance } = local.network
    const key = random(32)
    const address = addressOfKey(key)
    await fundOnLocalChain(record.chain.rpcUrl, address)
    await governance.mintTestTokens(address, 100_00)
    const chain = await connectCustomer(record, key)
    const limits = { perPaymentMinor: 50_00, perDayMinor: 100_00 }
    await openPalmAccount(chain, record.committeeId, { depositMinor: 100_00, ...limits })
    const committee = await governance.committee(record.committeeId)
    const dealt = dealEnrolment(createEnrolmentSecrets(templatesOf(name), random), committee, random)
    const { index } = await chain.enrol(dealt.commitment, dealt.sharesRoot)
    return { chain, address, dealt, index }
  }
  const operatorOf = (member: Hex) => {
    const { url } = local.network.record.operators.find(({ address }) => address === member)!
    return createOperatorClient({ operator: member, url }, local.domain, random)
  }
  const deliver = (index: number, packages: DealtEnrolment['packages']) =>
    Promise.all(packages.map((dealt) => operatorOf(dealt.member).deliver(index, dealt)))
  const revoke = async (chain: Chain, index: number) => {
    await chain.revoke(index)
    chain.close()
  }

  it('do not count before every operator has its shares', async () => {
    const { chain, dealt, index } = await halfEnrolled('Sofja')
    const before = await rowsOf(local)
    const receipts = await deliver(index, dealt.packages.slice(0, 2))
    for (const { member } of dealt.packages.slice(0, 2))
      await refused(operatorOf(member).activate(index, receipts), 'PALM_RECEIPTS_MISSING')
    await refused(operatorOf(dealt.packages[2]!.member).activate(index, receipts), 'PALM_ENROLMENT_UNKNOWN')
    expect(await rowsOf(local)).to.deep.equal(before)
    await refused(pay(local, 'Sofja'), 'PALM_NOT_RECOGNISED')
    await revoke(chain, index)
  })

  it('take no shares but those that the chain commits to, and none for anybody else', async () => {
    const { chain, dealt, index } = await halfEnrolled('Srinivasa')
    const [first, second] = dealt.packages
    const swapped = { ...first!, bytes: second!.bytes }
    await refused(operatorOf(first!.member).deliver(index, swapped), 'PALM_SHARE_INVALID')
    const flipped = { ...first!, bytes: first!.bytes.map((byte, i) => (i === 1_000 ? byte ^ 1 : byte)) }
    await refused(operatorOf(first!.member).deliver(index, flipped), 'PALM_SHARE_INVALID')
    await refused(operatorOf(first!.member).deliver(0, first!), 'PALM_SHARE_INVALID')
    await revoke(chain, index)
    await refused(operatorOf(first!.member).deliver(index, first!), 'PALM_ENROLMENT_UNKNOWN')
  })

  it('reach the other operators by themselves once one of them has all receipts', async () => {
    const before = await rowsOf(local)
    const { chain, address, dealt, index } = await halfEnrolled('Hedy')
    const receipts = await deliver(index, dealt.packages)
    await operatorOf(dealt.packages[0]!.member).activate(index, receipts)
    // A palm over the terminal shows the operators that they differ; they bring each other up to date.
    await until(
      async () => {
        try {
          return (await pay(local, 'Hedy', { amountMinor: 1_00 })).receipt.payer === address
        } catch (error) {
          // On the way there they may still differ, and say so.
          if (isPalmError(error) && error.code === 'PALM_GALLERY_MISMATCH') return false
          throw error
        }
      },
      20_000,
      'a payment',
    )
    expect(await rowsOf(local)).to.deep.equal(before.map((rows) => rows! + 2))
    chain.close()
  })

  it('end when their owner takes them back: every operator erases its shares', async () => {
    const customer = await local.enrol('Grace')
    expect((await pay(local, 'Grace', { amountMinor: 1_00 })).receipt.payer).to.equal(customer.address)
    const before = await rowsOf(local)
    // Until each of them has read the chain the operators differ: nobody else's payment fails for that.
    const remove = removeCustomer(local.folder, local.network.record, 'Grace')
    expect((await pay(local, 'Ada', { amountMinor: 1_00 })).receipt.amountMinor).to.equal(1_00)
    await remove
    expect(await rowsOf(local)).to.deep.equal(before.map((rows) => rows! - 2))
    await refused(pay(local, 'Grace', { amountMinor: 1_00 }), 'PALM_NOT_RECOGNISED')
    expect((await pay(local, 'Ada', { amountMinor: 1_00 })).receipt.amountMinor).to.equal(1_00)
  })

  it('are refused by an operator whose disk is full, leave nothing behind, and work once there is space', async function () {
    const disk = local.smallDisk
    if (disk === undefined) return this.skip()
    const filler = join(disk, 'filler')
    const before = await rowsOf(local)
    const { bavail, bsize } = statfsSync(disk)
    writeFileSync(filler, Buffer.alloc(bavail * bsize))
    expect(statfsSync(disk).bavail).to.equal(0)
    await refused(local.enrol('Katherine'), 'PALM_DISK_FULL')
    expect(await rowsOf(local)).to.deep.equal(before)
    rmSync(filler)
    const customer = await local.enrol('Katherine')
    expect(await rowsOf(local)).to.deep.equal(before.map((rows) => rows! + 2))
    expect((await pay(local, 'Katherine')).receipt.payer).to.equal(customer.address)
  })
})
