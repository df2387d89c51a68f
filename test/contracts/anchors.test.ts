/** Anchors: when a batch of commitments was there, as whoever came first has it. */

import { expect } from 'chai'
import { bytes32, MERCHANT, openWorld, refusalOf, STRANGER, type World } from './world.ts'

describe('Anchors', function () {
  this.timeout(60_000)
  let world: World

  before(async () => {
    world = await (await openWorld())()
  })

  it('keep the first anchor of a root, by anybody', async () => {
    const anchors = world.as(world.anchors, MERCHANT)
    await expect(anchors.getFunction('anchor')(bytes32(1), 7)).to.emit(anchors, 'BatchAnchored')
    const time = BigInt(await world.now())
    const { by, count, time: anchoredAt } = await anchors.getFunction('anchoredAt')(bytes32(1))
    expect([by, count, anchoredAt]).to.deep.equal([MERCHANT.wallet.address, 7n, time])
    const again = world.as(world.anchors, STRANGER).getFunction('anchor')(bytes32(1), 9)
    expect(await refusalOf(again)).to.equal('AlreadyAnchored')
    expect((await anchors.getFunction('anchoredAt')(bytes32(1))).by).to.equal(MERCHANT.wallet.address)
  })

  it('hold nothing of a batch that never was, and no empty one', async () => {
    expect((await world.anchors.getFunction('anchoredAt')(bytes32(2))).time).to.equal(0n)
    expect(await refusalOf(world.anchors.getFunction('anchor')(bytes32(2), 0))).to.equal('BatchEmpty')
  })
})
