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
import { createGallerySync } from '../../node/src/operator/gallery-sync.ts'
import { peerAlone } from '../fuzz/peer-alone.ts'
import { peerIdOfName } from '../net/test-keys.ts'
import { startCommittee, type TestCommittee } from '../node/in-memory-committee.ts'
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
      newest: { number: this.blocks.length - 1, hash: this.blocks.at(-1)!.hash },
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

  it('and grows again to the same length while it is read: it is read anew', async () => {
    const follower = start()
    await follower.check()
    const { enrolmentEvents } = chain.port
    chain.mine('enrolled', 1, 'emmy')
    held.push(row(1, 'emmy'))
    // It dies behind the answer, and its new block has what nobody was told of.
    chain.port.enrolmentEvents = async (from) => {
      const answer = await enrolmentEvents(from)
      chain.blocks.splice(-1)
      chain.mine('revoked', 0, 'ada')
      chain.port.enrolmentEvents = enrolmentEvents
      return answer
    }
    expect(await follower.check()).to.equal('ok')
    expect(await follower.check()).to.equal('ok')
    expect([erased, leftOut]).to.deep.equal([[row(0, 'ada')], [row(1, 'emmy')]])
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

type Operator = TestCommittee['operators'][number]

describe('operators of a chain that went back behind a revocation', () => {
  let world: TestCommittee
  before(async () => {
    world = await startCommittee('a forgotten revocation')
    await world.enrol('anna', addressOf('anna'))
    await world.enrol('ben', addressOf('ben'))
  })
  after(() => world.close())

  it('leave out what one of them has erased already, so that all have the same gallery', async () => {
    const [quick, other] = world.operators as readonly [Operator, Operator]
    const peers = [peerAlone('quick'), peerAlone('other')] as const
    const syncs = await Promise.all(
      [quick, other].map(({ gallery, enrolments }, i) =>
        createGallerySync({
          peer: peers[i]!,
          directory: { get: (address: Hex) => ({ address, peerId: peerIdOfName('one') }) } as never,
          committee: () => world.committee,
          gallery,
          enrolments,
          activeIndexes: () => [0, 1],
          onFailure: (_, error) => {
            throw error
          },
        }),
      ),
    )
    const known = quick.gallery.enrolment(0)!
    await quick.enrolments.erase(0, known.sharesRoot)
    expect(other.gallery.snapshot().root).to.not.equal(quick.gallery.snapshot().root)
    // As the follower finds it in the operator's database, with all that is kept of an erased enrolment.
    quick.gallery.reportLost([quick.gallery.enrolment(0)!])
    peers[1].answer = await peers[0].ask(world.committee.members[1]!, peerIdOfName('one'), new Uint8Array())
    await syncs[1]!.pull()
    expect(other.gallery.snapshot().root).to.equal(quick.gallery.snapshot().root)
    expect(other.gallery.activeEnrolments()).to.equal(1)
  })
})
