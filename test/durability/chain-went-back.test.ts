/**
 * The chain goes back behind what nodes have seen of it, as a local one does that is killed: operators neither lose nor
 * invent enrolments, and tell each other what would part their galleries.
 */

import type { Hex } from '@palmhold/base'
import type { EnrolmentEvent } from '@palmhold/chain'
import { expect } from 'chai'
import { createLogger } from '../../node/src/http/logger.ts'
import { followChain } from '../../node/src/operator/chain-follower.ts'
import type { DealtRow } from '../../node/src/operator/gallery.ts'
import { addressOf, hashOf } from '../protocol/signed.ts'

/** A chain of which blocks can be cut off. Block n has the event of index n, if any. */
class ShortMemory {
  blocks: { hash: Hex; event?: EnrolmentEvent }[] = [{ hash: hashOf('genesis') }]

  mine(kind: EnrolmentEvent['kind'], index: number, name: string): void {
    const sharesRoot = hashOf(name)
    const blockNumber = this.blocks.length
    const event = { kind, index, owner: addressOf('owner'), commitment: sharesRoot, sharesRoot, blockNumber }
    this.blocks.push({ hash: hashOf(`block ${blockNumber} ${name}`), event })
  }
  readonly port = {
    blockHash: async (number: number) => this.blocks[number]?.hash,
    enrolmentEvents: async (from: number) => ({
      events: this.blocks.slice(from).flatMap(({ event }) => event ?? []),
      toBlock: this.blocks.length - 1,
    }),
  }
}

describe('a chain that goes back', () => {
  let chain: ShortMemory
  let held: DealtRow[]
  let erased: DealtRow[]
  let leftOut: readonly DealtRow[]
  let lost: readonly DealtRow[]
  let noted: string | undefined
  let stop: AbortController

  const row = (index: number, name: string): DealtRow => ({ index, sharesRoot: hashOf(name) })
  const start = () =>
    followChain({
      chain: chain.port,
      fromBlock: 0,
      held: () => held,
      erased: () => erased,
      leaveOut: (rows) => {
        leftOut = rows
      },
      reportLost: (rows) => {
        lost = rows
      },
      identity: {
        known: () => noted,
        note: (hash) => {
          noted = hash
        },
      },
      erase: async (index) => {
        erased.push(...held.filter((known) => known.index === index))
        held = held.filter((known) => known.index !== index)
      },
      log: createLogger('test', 'silent'),
      signal: stop.signal,
    })

  beforeEach(() => {
    chain = new ShortMemory()
    chain.mine('enrolled', 0, 'ada')
    held = [row(0, 'ada')]
    erased = []
    leftOut = []
    lost = []
    noted = undefined
    stop = new AbortController()
  })
  afterEach(() => stop.abort())

  it('behind an enrolment: it takes no part, is kept, and takes part when the chain has it again', async () => {
    const follower = start()
    chain.mine('enrolled', 1, 'emmy')
    held.push(row(1, 'emmy'))
    expect(await follower.check()).to.equal('ok')
    expect(leftOut).to.deep.equal([])
    const [forgotten] = chain.blocks.splice(-1)
    expect(await follower.check()).to.equal('ok')
    expect(leftOut).to.deep.equal([row(1, 'emmy')])
    expect(erased).to.deep.equal([])
    chain.blocks.push(forgotten!)
    expect(await follower.check()).to.equal('ok')
    expect(leftOut).to.deep.equal([])
  })

  it('behind an enrolment, whose index goes to another: it is erased', async () => {
    const follower = start()
    chain.mine('enrolled', 1, 'emmy')
    held.push(row(1, 'emmy'))
    await follower.check()
    chain.blocks.splice(-1)
    // Grown again to the same length in between: only the hash shows it.
    chain.mine('enrolled', 1, 'grace')
    expect(await follower.check()).to.equal('ok')
    expect([leftOut, erased]).to.deep.equal([[], [row(1, 'emmy')]])
  })

  it('behind a revocation that was followed: the row is reported as lost here, until it is revoked again', async () => {
    const follower = start()
    await follower.check()
    chain.mine('revoked', 0, 'ada')
    await follower.check()
    expect([held, erased, lost]).to.deep.equal([[], [row(0, 'ada')], []])
    chain.blocks.splice(-1)
    expect(await follower.check()).to.equal('ok')
    expect(lost).to.deep.equal([row(0, 'ada')])
    chain.mine('revoked', 0, 'ada')
    expect(await follower.check()).to.equal('ok')
    expect(lost).to.deep.equal([])
  })

  it('does the same when the operator was down meanwhile', async () => {
    chain.mine('enrolled', 1, 'emmy')
    held.push(row(1, 'emmy'))
    const first = start()
    await first.check()
    first.stop()
    chain.blocks.splice(-1)
    expect(await start().check()).to.equal('ok')
    expect([leftOut, erased]).to.deep.equal([[row(1, 'emmy')], []])
  })

  it('is told from another chain, for which nothing is erased or left out', async () => {
    await start().check()
    chain.blocks[0] = { hash: hashOf('a new first block') }
    expect(await start().check(), 'nothing lies in it').to.equal('ok')
    chain.blocks.splice(1)
    chain.mine('enrolled', 0, 'somebody else')
    expect(await start().check()).to.equal('PALM_CHAIN_DIVERGED')
    expect([held, erased, leftOut]).to.deep.equal([[row(0, 'ada')], [], []])
  })
})
