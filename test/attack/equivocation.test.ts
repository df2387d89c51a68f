/**
 * A terminal makes two attempts at one request at once, and has an enrolment of its own activated between them, so that
 * the attempts see different galleries. Operators that signed both outcomes would have equivocated, although each is
 * honest, and whoever reports that takes their stakes (OperatorRegistry.slashEquivocation).
 */

import { setImmediate as nextTurn } from 'node:timers/promises'
import { attestationHash, ENROLMENT_PURPOSE, enrolmentBinding, type Reply, seal } from '@palmhold/protocol'
import { expect } from 'chai'
import {
  dealTemplates,
  makeQuery,
  probeOf,
  startCommittee,
  type TestCommittee,
  templateOf,
} from '../node/in-memory-committee.ts'
import { addressOf, DOMAIN } from '../protocol/signed.ts'
import { noted } from '../wallet/deal-around.ts'

const ALICE = addressOf('alice')

describe('two attempts at one request at once', () => {
  let world: TestCommittee

  before(async () => {
    world = await startCommittee('equivocation')
    await world.enrol('alice', ALICE)
  })
  after(() => world.close())

  /** Everybody holds its shares and is about to decide on them; the returned function lets them, and waits for all. */
  async function prepareEnrolment(palm: string): Promise<() => Promise<void>> {
    const dealt = dealTemplates({ left: templateOf(palm) }, world)
    const index = world.chain.size
    world.chain.set(index, noted(index, addressOf(palm), dealt))
    const receipts = await Promise.all(
      dealt.packages.map(async ({ member, bytes, proof }) => {
        const { enrolments, sealing } = world.operator(member)
        const bound = enrolmentBinding(index, member)
        const to = { publicKey: sealing.publicKey, purpose: ENROLMENT_PURPOSE, bound }
        return enrolments.deliver(index, await seal(to, bytes, world.random), proof)
      }),
    )
    const { promise: opened, resolve: open } = Promise.withResolvers<void>()
    const { askMember } = world
    let asked = 0
    world.askMember = async (from, to, question) => {
      const answer = await askMember(from, to, question)
      if (question.nonces.length > 0) {
        asked++
        await opened
      }
      return answer
    }
    const activated = world.activate(index, receipts)
    while (asked < 6) await nextTurn()
    return () => {
      open()
      return activated
    }
  }

  it('get one signed answer, though the gallery changed between them', async () => {
    const activate = await prepareEnrolment('mallory')
    const query = makeQuery(world, probeOf('alice'))
    const first = world.askAll({ ...query, attempt: 1 })
    while (world.operators.some(({ matcher }) => matcher.running() === 0)) await nextTurn()
    await activate()
    expect(world.operators.every(({ matcher }) => matcher.running() === 1)).to.equal(true)
    const second = world.askAll({ ...query, attempt: 2 })
    const replies = [...(await first), ...(await second)]

    for (const { address } of world.operators) expect(digestsOf(repliesOf(address, replies)).size).to.equal(1)
    expect(replies.some(({ ok }) => ok)).to.equal(true)
  })

  /** Replies come in the order of the roles, once for each attempt. */
  function repliesOf(operator: string, replies: readonly Reply[]): Reply[] {
    return replies.filter((_, i) => world.committee.members[i % 3] === operator)
  }
})

/** The attestations that were signed. */
function digestsOf(replies: readonly Reply[]): Set<string> {
  return new Set(replies.flatMap((reply) => (reply.ok ? [attestationHash(DOMAIN, reply.attestation)] : [])))
}
