/** A network whose searches have a first pass: it finds who is there, refuses who is not, and tells how many rows passed. */

import { join } from 'node:path'
import { policyFor, policyHash } from '@palmhold/protocol'
import { expect } from 'chai'
import { openPayment } from '../../node/src/verifier/terminal-client.ts'
import { askOperators, queriesOf } from './data-plane-terminal.ts'
import { type LocalNetwork, NETWORK_TIMEOUT_MS, openNetwork, pay } from './local-network.ts'
import { probeOf } from './people.ts'
import { cleanUp, temporaryFolder } from './processes.ts'
import { refused } from './refused.ts'

const FIRST_PASS = { use: 'on', passRate: 0.1 } as const
const ROWS = 4

describe('a network that searches in two passes', function () {
  this.timeout(60_000)
  let scratch: string
  let local: LocalNetwork

  before(async function () {
    this.timeout(NETWORK_TIMEOUT_MS)
    scratch = await temporaryFolder()
    local = await openNetwork(join(scratch, 'network'), { customers: ['Ada', 'Emmy'], firstPass: FIRST_PASS })
  })
  after(async () => {
    await local.network.stop()
    await cleanUp(scratch)
  })

  /** What each operator counts under `name`. */
  const metric = (name: string) =>
    Promise.all(
      local.network.record.operators.map(async ({ url }) => {
        const text = await (await fetch(new URL('/metrics', url))).text()
        return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1])
      }),
    )

  it('asks under a policy with a first pass, and finds the right person', async () => {
    const { policy } = await openPayment(local.place, 1_00)
    expect(policy).to.deep.equal(policyFor(ROWS, FIRST_PASS))
    expect(policy.firstPassBits).to.be.greaterThan(0)
    for (const name of ['Ada', 'Emmy']) {
      const { receipt } = await pay(local, name)
      expect(receipt.payer).to.equal(local.customers.get(name)!.address)
    }
    expect(await metric('palmhold_first_passes_total')).to.deep.equal([2, 2, 2])
    const passed = await metric('palmhold_first_pass_rows_total')
    // Their own rows, and seldom a stranger's; every operator sees the same.
    expect(passed[0]).to.be.within(2, 2 * ROWS)
    expect(passed).to.deep.equal(Array(3).fill(passed[0]))
  })

  it('refuses a stranger', async () => {
    await refused(pay(local, 'a stranger'), 'PALM_NOT_RECOGNISED')
    expect(await metric('palmhold_first_passes_total')).to.deep.equal([3, 3, 3])
  })

  it('takes no other first pass than its own: none, or another threshold', async () => {
    const key = local.key(join('verifier', 'terminal.key'))
    const { request } = await openPayment(local.place, 1_00)
    const own = policyFor(ROWS, FIRST_PASS)
    for (const firstPassBits of [0, own.firstPassBits - 1, own.firstPassBits + 1]) {
      const policy = { ...own, firstPassBits }
      const asked = { ...request, policyHash: policyHash(policy) }
      const queries = await queriesOf(local, key, asked, policy, probeOf('Ada'))
      const replies = await askOperators(local, key, queries)
      expect(replies.map((reply) => (reply.ok ? 'match' : reply.code))).to.deep.equal(
        Array(3).fill('PALM_POLICY_REFUSED'),
      )
    }
  })
})
