/**
 * A clock that is an hour off, at the terminal or at the operators: the query is refused by name and nothing moves, and
 * what was spent stays spent when the clock is set right. Contracts judge by the chain's clock alone (test/contracts).
 */

import { expect } from 'chai'
import { makeQuery, probeOf, startCommittee, type TestCommittee } from '../node/in-memory-committee.ts'
import { addressOf, hashOf } from '../protocol/signed.ts'

const HOUR_S = 3600

describe('a clock that is an hour off', () => {
  let world: TestCommittee
  let right: number
  before(async () => {
    world = await startCommittee('clock off')
    await world.enrol('anna', addressOf('anna'))
    right = world.now
  })
  afterEach(() => {
    world.now = right
  })
  after(() => world.close())

  const codes = async (query: ReturnType<typeof makeQuery>) =>
    (await world.askAll(query)).map((reply) => (reply.ok ? 'ok' : reply.code))
  const queryOf = (name: string, issuedAt: number) =>
    makeQuery(world, probeOf('anna'), {
      request: { orderHash: hashOf(name), issuedAt, expiry: issuedAt + 120 },
      scan: { capturedAt: issuedAt },
    })

  for (const [who, operators, terminal, code] of [
    ['at the terminal, ahead', 0, HOUR_S, 'PALM_REQUEST_TOO_EARLY'],
    ['at the terminal, behind', 0, -HOUR_S, 'PALM_REQUEST_EXPIRED'],
    ['at the operators, ahead', HOUR_S, 0, 'PALM_REQUEST_EXPIRED'],
    ['at the operators, behind', -HOUR_S, 0, 'PALM_REQUEST_TOO_EARLY'],
  ] as const)
    it(`${who}: ${code}`, async () => {
      world.now = right + operators
      const frames = world.frames.length
      expect(await codes(queryOf(who, right + terminal))).to.deep.equal(Array(3).fill(code))
      expect(world.frames.length, 'nothing moves').to.equal(frames)
      expect(await codes(queryOf(`${who}, put right`, world.now))).to.deep.equal(Array(3).fill('ok'))
    })

  it('gives no second answer to a request when it is put right', async () => {
    const query = queryOf('again', right)
    const first = await world.askAll(query)
    expect(first.every(({ ok }) => ok)).to.equal(true)
    world.now = right + HOUR_S
    for (const operator of world.operators) expect(operator.prune(world.now)).to.be.above(0)
    world.now = right
    expect(await codes({ ...query, attempt: 2 })).to.deep.equal(Array(3).fill('PALM_REQUEST_SPENT'))
  })
})
