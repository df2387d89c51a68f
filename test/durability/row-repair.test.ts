/**
 * A bit flips in a segment of one operator: the row is refused at the next start, rebuilt with the help of t + 1 others,
 * and what is rebuilt is held against the database before it counts. Nobody helps who should not, and nobody is believed.
 */

import { closeSync, openSync, readSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { x25519 } from '@noble/curves/ed25519.js'
import { errorCode, type Hex, PalmError, toHex } from '@palmhold/base'
import { GALLERY_ROW_BYTES } from '@palmhold/matching'
import { expect } from 'chai'
import { type Gallery, openGallery } from '../../node/src/operator/gallery.ts'
import { createGalleryPools, type GalleryPools } from '../../node/src/operator/gallery-pools.ts'
import type { ExchangeKeys } from '../../node/src/operator/match-session.ts'
import { openOperatorDatabase } from '../../node/src/operator/operator-database.ts'
import { createRowRepair, type RepairOrder, type RowRepair } from '../../node/src/operator/row-repair.ts'
import { openSegments } from '../../node/src/storage/segment-store.ts'
import { startCommittee, type TestCommittee } from '../node/in-memory-committee.ts'
import { addressOf } from '../protocol/signed.ts'

describe('a row with a flipped bit', () => {
  let world: TestCommittee
  let root: Hex
  let gallery: Gallery
  let pool: GalleryPools
  let repairs: Map<Hex, RowRepair>
  /** What a helper's answer becomes on the way. */
  let bend: (helper: Hex, answer: Uint8Array) => Uint8Array
  let orders: RepairOrder[]
  let exchanges: Map<Hex, ExchangeKeys>

  const damagedOne = () => world.operators[0]!

  beforeEach(async () => {
    world = await startCommittee('row repair')
    await world.enrol('alice', addressOf('alice'))
    await world.enrol('bob', addressOf('bob'))
    root = damagedOne().gallery.snapshot().root
    damagedOne().closeGallery()
    flipBit(join(damagedOne().folder, 'segments', 'segment-00000.rows'), 2 * GALLERY_ROW_BYTES + 77)
    ;({ gallery, pool } = await openAgain())
    exchanges = new Map(
      world.committee.members.map((member) => {
        const secretKey = world.random(32)
        return [member, { secretKey, publicKey: toHex(x25519.getPublicKey(secretKey)) }]
      }),
    )
    bend = (_, answer) => answer
    orders = []
    repairs = new Map(world.operators.map(({ address }) => [address, repairOf(address)]))
  })
  afterEach(async () => {
    gallery.close()
    await pool.close()
    await world.close()
  })

  async function openAgain() {
    const { folder } = damagedOne()
    const kernels = createGalleryPools({ threads: 1, capacityRows: 64 })
    const database = openOperatorDatabase(join(folder, 'operator.sqlite'))
    return {
      pool: kernels,
      gallery: await openGallery(database, openSegments(join(folder, 'segments'), GALLERY_ROW_BYTES), kernels),
    }
  }

  function repairOf(address: Hex): RowRepair {
    return createRowRepair({
      self: address,
      committee: () => world.committee,
      gallery: address === damagedOne().address ? gallery : world.operator(address).gallery,
      exchange: exchanges.get(address)!,
      exchangeKeyOf: (member) => exchanges.get(member)?.publicKey,
      random: world.random,
      ask: async (helper, order) => {
        orders.push(order)
        return bend(helper, repairs.get(helper)!.help(address, order))
      },
    })
  }
  const mendAll = () => repairs.get(damagedOne().address)!.mendAll()

  it('is left out, rebuilt, and takes part as before, also after another start', async () => {
    expect(gallery.damaged().map(({ index }) => index)).to.deep.equal([1])
    expect(gallery.snapshot().root).not.to.equal(root)
    expect(await mendAll()).to.equal(1)
    expect(gallery.damaged()).to.deep.equal([])
    expect(gallery.snapshot().root).to.equal(root)
    gallery.close()
    await pool.close()
    ;({ gallery, pool } = await openAgain())
    expect(gallery.damaged()).to.deep.equal([])
    expect(gallery.snapshot().root).to.equal(root)
  })

  it('stays out while a helper lies, is away, or has other keys, and is rebuilt afterwards', async () => {
    const [, second, third] = world.operators.map(({ address }) => address)
    bend = (helper, answer) => (helper === second ? answer.map((byte, i) => (i === 5 ? byte ^ 1 : byte)) : answer)
    expect(await mendAll(), 'lies').to.equal(0)
    bend = () => {
      throw new PalmError('PALM_PEER_UNREACHABLE', 'away')
    }
    expect(await mendAll(), 'away').to.equal(0)
    bend = (_, answer) => answer.subarray(2)
    expect(await mendAll(), 'too short').to.equal(0)
    bend = (_, answer) => answer
    const before = exchanges.get(third!)!
    const secretKey = world.random(32)
    exchanges.set(third!, { secretKey, publicKey: toHex(x25519.getPublicKey(secretKey)) })
    expect(await mendAll(), 'masks that do not cancel').to.equal(0)
    expect(gallery.damaged()).to.have.length(1)
    exchanges.set(third!, before)
    expect(await mendAll()).to.equal(1)
  })

  it('is masked anew with every try, so that answers of two tries show nothing together', async () => {
    const answers: string[] = []
    bend = (_, answer) => {
      answers.push(toHex(answer))
      throw new PalmError('PALM_PEER_UNREACHABLE', 'lost on the way')
    }
    await mendAll()
    await mendAll()
    // Two helpers a try.
    expect(orders.length).to.be.at.least(4)
    expect(new Set(orders.map(({ nonce }) => nonce))).to.have.property('size', orders.length / 2)
    expect(new Set(answers)).to.have.property('size', answers.length)
    const rows = world.operators.slice(1).flatMap((operator) => {
      const { sharesRoot } = operator.gallery.enrolment(1)!
      return operator.gallery.rowsOf({ index: 1, sharesRoot })!.map(toHex)
    })
    for (const row of rows) expect(answers).not.to.include(row)
  })

  it('gets no help for other rows, with other helpers, or for one of the helpers', async () => {
    await mendAll()
    const [first, second, third] = world.operators.map(({ address }) => address)
    const order = orders[0]!
    const help = (changes: Partial<RepairOrder>, from: Hex = first!, by: Hex = second!) =>
      refusal(() => repairs.get(by)!.help(from, { ...order, ...changes }))
    expect(help({})).to.equal('taken')
    for (const [what, code] of [
      ['another root', help({ sharesRoot: toHex(new Uint8Array(32)) })],
      ['an enrolment that is not there', help({ index: 7 })],
      ['a helper for itself', help({}, third!)],
      ['one helper alone', help({ helpers: [second!] })],
      ['everybody', help({ helpers: [first!, second!, third!] })],
      ['a stranger among them', help({ helpers: [second!, addressOf('stranger')] })],
      ['without this operator', help({ helpers: [third!, addressOf('stranger')] })],
    ])
      expect(code, what).to.equal('PALM_REPAIR_REFUSED')
  })
})

function flipBit(path: string, at: number): void {
  const file = openSync(path, 'r+')
  const byte = new Uint8Array(1)
  readSync(file, byte, 0, 1, at)
  byte[0]! ^= 0x10
  writeSync(file, byte, 0, 1, at)
  closeSync(file)
}

function refusal(work: () => unknown): string {
  try {
    work()
    return 'taken'
  } catch (error) {
    return errorCode(error)
  }
}
