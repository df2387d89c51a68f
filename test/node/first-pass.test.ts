/** Queries in two passes at three operators: the same answers, and what is seen of it besides. */

import { comparisonRounds, decodeMessage } from '@palmhold/matching'
import { FIRST_PASS_RATES, POOLED_BYTES, pooledCode } from '@palmhold/palm'
import { encodeAbort, FRAME, policyFor, requestHash } from '@palmhold/protocol'
import { expect } from 'chai'
import { addressOf, DOMAIN } from '../protocol/signed.ts'
import {
  makeQuery,
  probeOf,
  type SplitQuery,
  startCommittee,
  type TestCommittee,
  templateOf,
} from './in-memory-committee.ts'

const PEOPLE = ['anna', 'bela', 'carl']
const ROWS = PEOPLE.length
/** Rounds of the first pass: one threshold, one shift. */
const FIRST_ROUNDS = comparisonRounds({ shifts: 1, thresholds: [0] })

/** A pooled code that differs from each of three in every bit in which it may: where two of them agree. */
function farFrom([a, b, c]: readonly Uint8Array[]) {
  return pooledCode(a!.map((byte, i) => ~((byte & b![i]!) | (byte & c![i]!) | (b![i]! & c![i]!))))
}

describe('queries in two passes', function () {
  this.timeout(20_000)
  let world: TestCommittee

  before(async () => {
    world = await startCommittee('two passes')
    for (const person of PEOPLE) await world.enrol(person, addressOf(person))
    world.firstPass = { use: 'on', passRate: 0.1 }
  })
  after(() => world.close())
  afterEach(() => {
    world.firstPass = { use: 'on', passRate: 0.1 }
    world.deliver = () => true
    expect(world.operators.map(({ matcher }) => matcher.running())).to.deep.equal([0, 0, 0])
    expect(world.refusedFrames.splice(0)).to.deep.equal([])
  })

  const queryOf = (probe = probeOf('anna')) => makeQuery(world, probe, { policy: policyFor(ROWS, world.firstPass) })
  const answers = async (query: SplitQuery) =>
    (await world.askAll(query)).map((reply) => (reply.ok ? reply.attestation.payer : reply.code))
  const all = (answer: string) => Array(3).fill(answer)
  const counted = async () =>
    Promise.all(
      world.operators.map(async ({ metrics }) => ({
        passes: (await metrics.firstPasses.get()).values[0]!.value,
        rows: (await metrics.firstPassRows.get()).values[0]!.value,
      })),
    )

  for (const passRate of FIRST_PASS_RATES)
    it(`recognise everybody, and no stranger, at a rate of ${passRate}`, async () => {
      world.firstPass = { use: 'on', passRate }
      for (const person of PEOPLE) expect(await answers(queryOf(probeOf(person)))).to.deep.equal(all(addressOf(person)))
      expect(await answers(queryOf(probeOf('a stranger')))).to.deep.equal(all('PALM_NOT_RECOGNISED'))
    })

  it('count at all operators alike how many rows passed, and nothing else', async () => {
    const before = await counted()
    expect(await answers(queryOf())).to.deep.equal(all(addressOf('anna')))
    const now = await counted()
    expect(new Set(now.map(({ rows }) => rows)).size).to.equal(1)
    for (const [i, { passes, rows }] of now.entries()) {
      expect(passes).to.equal(before[i]!.passes + 1)
      expect(rows - before[i]!.rows).to.be.within(1, ROWS)
    }
  })

  it('find nobody whose pooled code is far away, though the codes are near, and compare nobody at shifts then', async () => {
    const { codes } = probeOf('anna')
    const far = farFrom(PEOPLE.map((person) => templateOf(person).pooled))
    const [before, runs] = [await counted(), world.operators[0]!.kernelRuns()]
    expect(await answers(queryOf({ codes, pooled: far }))).to.deep.equal(all('PALM_NOT_RECOGNISED'))
    expect(world.operators[0]!.kernelRuns()).to.equal(runs + 1)
    expect((await counted()).map(({ rows }) => rows)).to.deep.equal(before.map(({ rows }) => rows))
    // Without a first pass the pooled code of a probe counts for nothing.
    world.firstPass = { use: 'off', passRate: 0.1 }
    expect(await answers(queryOf({ codes, pooled: pooledCode(new Uint8Array(POOLED_BYTES)) }))).to.deep.equal(
      all(addressOf('anna')),
    )
  })

  it('are refused where the operators do without, and the other way round', async () => {
    const withFirstPass = queryOf()
    world.firstPass = { use: 'off', passRate: 0.1 }
    expect(await answers(withFirstPass)).to.deep.equal(all('PALM_POLICY_REFUSED'))
    const without = queryOf()
    world.firstPass = { use: 'on', passRate: 0.1 }
    expect(await answers(without)).to.deep.equal(all('PALM_POLICY_REFUSED'))
    const atOtherRate = makeQuery(world, probeOf('anna'), { policy: policyFor(ROWS, { use: 'on', passRate: 0.02 }) })
    expect(await answers(atOtherRate)).to.deep.equal(all('PALM_POLICY_REFUSED'))
  })

  it('hold on where a message of the second pass is lost, until somebody gives up; another attempt finds the person', async () => {
    const query = queryOf()
    const { roles, request } = query
    let lastRound = 0
    world.deliver = ({ frame }) => {
      if (frame[0] !== FRAME.compare || lastRound >= FIRST_ROUNDS) return true
      lastRound = Math.max(lastRound, decodeMessage(frame.subarray(1)).round)
      return lastRound < FIRST_ROUNDS
    }
    const waiting = answers(query)
    while (lastRound < FIRST_ROUNDS) await new Promise(setImmediate)
    expect(world.operators.map(({ matcher }) => matcher.running())).to.deep.equal([1, 1, 1])
    const abort = encodeAbort({ requestHash: requestHash(DOMAIN, request), attempt: 1, code: 'PALM_NODE_SLOW' })
    for (const [i, role] of roles.entries())
      world.operator(role).matcher.onFrame(roles[(i + 1) % 3]!, abort, async () => undefined)
    expect(await waiting).to.deep.equal(all('PALM_NODE_SLOW'))
    expect(await answers({ ...query, attempt: 2 })).to.deep.equal(all(addressOf('anna')))
  })
})
