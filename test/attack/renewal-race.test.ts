/**
 * A palm is renewed, delivered and activated while an operator is busy with what the chain said before. Shares that are
 * valid now must not be erased for it: they would not be taken again under the same root, and operators whose galleries
 * differ match nobody.
 */

import type { Hex } from '@palmhold/base'
import type { EnrolmentEvent, EnrolmentEvents } from '@palmhold/chain'
import { ENROLMENT_PURPOSE, enrolmentBinding, seal } from '@palmhold/protocol'
import { expect } from 'chai'
import { createLogger } from '../../node/src/http/logger.ts'
import { type FollowedChain, followChain } from '../../node/src/operator/chain-follower.ts'
import { dealTemplates, startCommittee, type TestCommittee, templateOf } from '../node/in-memory-committee.ts'
import { addressOf, hashOf } from '../protocol/signed.ts'
import { noted } from '../wallet/deal-around.ts'

const OWNER = addressOf('alice')
const log = createLogger('test', 'silent')

describe('a renewal while an operator is behind', () => {
  let world: TestCommittee
  let index: number

  beforeEach(async () => {
    world = await startCommittee('renewal race')
    index = await world.enrol('alice', OWNER)
  })
  afterEach(() => world.close())

  /** Renews the palm on chain, delivers it to everybody and activates it. */
  async function renew(palm: string): Promise<void> {
    const dealt = dealTemplates({ left: templateOf(palm) }, world)
    world.chain.set(index, noted(index, OWNER, dealt))
    const receipts = await Promise.all(
      dealt.packages.map(async ({ member, bytes, proof }) => {
        const { enrolments, sealing } = world.operator(member)
        const bound = enrolmentBinding(index, member)
        const to = { publicKey: sealing.publicKey, purpose: ENROLMENT_PURPOSE, bound }
        return enrolments.deliver(index, await seal(to, bytes, world.random), proof)
      }),
    )
    await world.activate(index, receipts)
  }

  function eventOf(sharesRoot: Hex): EnrolmentEvent {
    return { kind: 'enrolled', index, owner: OWNER, commitment: sharesRoot, sharesRoot, blockNumber: 1 }
  }

  function upTo(toBlock: number, events: EnrolmentEvent[]): EnrolmentEvents {
    return { events, toBlock, newest: { number: toBlock, hash: hashOf(`block ${toBlock}`) } }
  }

  /** Lets one operator follow `chain` once. */
  async function followOnce(events: Pick<FollowedChain, 'enrolmentEvents'>): Promise<string> {
    const [operator] = world.operators
    const follower = followChain({
      fromBlock: 0,
      chain: { ...events, blockHash: async (number) => hashOf(`block ${number}`) },
      held: () => [operator!.gallery.enrolment(index)!].filter(({ state }) => state !== 'erased'),
      erased: () => [],
      leaveOut: () => undefined,
      reportLost: () => undefined,
      identity: { known: () => undefined, note: () => undefined },
      erase: operator!.enrolments.erase,
      log,
      signal: new AbortController().signal,
    })
    try {
      return await follower.check()
    } finally {
      follower.stop()
    }
  }

  it('that comes while the chain is being read erases nothing', async () => {
    const before = world.chain.get(index)!.sharesRoot
    const state = await followOnce({
      async enrolmentEvents() {
        await renew('alice, again')
        return upTo(1, [eventOf(before)])
      },
    })
    expect(state).to.equal('ok')
    expect(world.operators[0]!.gallery.enrolment(index)?.state).to.equal('active')
    expect(new Set(world.operators.map(({ gallery }) => gallery.snapshot().root)).size).to.equal(1)
  })

  it('that comes before an erasure has had its turn outlives it', async () => {
    const { sharesRoot: old } = world.chain.get(index)!
    const [operator] = world.operators
    await renew('alice, again')
    await operator!.enrolments.erase(index, old)
    expect(operator!.gallery.enrolment(index)?.state).to.equal('active')
  })

  it('is still no reason to keep what was dealt before', async () => {
    const fresh = `0x${'ab'.repeat(32)}` as Hex
    const renewed: EnrolmentEvent = { ...eventOf(fresh), kind: 'renewed', blockNumber: 2 }
    const state = await followOnce({ enrolmentEvents: async () => upTo(2, [renewed]) })
    expect(state).to.equal('ok')
    expect(world.operators[0]!.gallery.enrolment(index)?.state).to.equal('erased')
  })
})
