/**
 * Operators that have answered a scan say the same again and take no part in another attempt. One that has not is told so
 * at once, whether it had the query before the others or after them, and does not wait until the time is over.
 */

import { expect } from 'chai'
import { makeQuery, probeOf, queryFor, startCommittee, type TestCommittee } from '../node/in-memory-committee.ts'
import { addressOf, hashOf } from '../protocol/signed.ts'

describe('another attempt at a scan that two of three have answered', () => {
  let world: TestCommittee
  before(async () => {
    world = await startCommittee('kept reply', 4)
    await world.enrol('anna', addressOf('anna'))
  })
  after(() => world.close())

  for (const [when, turns] of [
    ['after the others', [0, 1, 3]],
    ['before the others', [3, 0, 1]],
  ] as const)
    it(`ends at once for the third, which has the query ${when}`, async () => {
      const members = world.operators.map(({ address }) => address)
      const query = makeQuery(world, probeOf('anna'), { request: { orderHash: hashOf(when) } })
      const first = await world.askAll({ ...query, roles: members.slice(0, 3) })
      expect(first.every(({ ok }) => ok)).to.equal(true)
      const again = { ...query, roles: [members[0]!, members[1]!, members[3]!], attempt: 2 }
      // Longer than this test may take: whoever ends was told.
      world.timeoutMs = 600_000
      const replies = []
      for (const turn of turns) {
        const asked = world.ask(world.operators[turn]!, queryFor(again, members[turn]!))
        // The kept replies come by themselves; the third one's wait is what this is about.
        replies.push(turn === 3 ? asked : Promise.resolve(await asked))
      }
      const answers = new Map((await Promise.all(replies)).map((reply, i) => [turns[i]!, reply]))
      expect(answers.get(0)).to.deep.equal({ ...first[0]!, attempt: 2 })
      expect(answers.get(1)).to.deep.equal({ ...first[1]!, attempt: 2 })
      expect(answers.get(3)).to.include({ ok: false, code: 'PALM_REQUEST_SPENT' })
    })
})
