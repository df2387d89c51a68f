/**
 * Wallets and terminals that deal something else than they should, on a running network: every operator refuses by the same
 * code, says so in its metrics, and serves the next customer.
 */

import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { isPalmError, toBigEndian } from '@palmhold/base'
import { dealBits, ELEMENT_BYTES, rowLayout } from '@palmhold/matching'
import { palmCode, pooledCode } from '@palmhold/palm'
import { addressOfKey, dealIdentity, encodeRowPackage, SUBGROUP_ORDER } from '@palmhold/protocol'
import { createOperatorClient } from '@palmhold/wallet'
import { expect } from 'chai'
import { connectCustomer } from '../../node/src/customers/customer.ts'
import { fundOnLocalChain } from '../../node/src/network/local-chain.ts'
import { openPayment, scanForPayment } from '../../node/src/verifier/terminal-client.ts'
import { dealElements } from '../../packages/matching/src/dealing.ts'
import { asUint16 } from '../../packages/matching/src/little-endian.ts'
import { type Bend, dealAround } from '../wallet/deal-around.ts'
import { askOperators, queriesOf } from './data-plane-terminal.ts'
import { type LocalNetwork, NETWORK_TIMEOUT_MS, pay, rowsOf } from './local-network.ts'
import { probeOf, templatesOf } from './people.ts'
import { until } from './processes.ts'
import { refused } from './refused.ts'
import { sharedNetwork } from './shared-network.ts'

const ERASE_TIMEOUT_MS = 10_000

const random = (length: number) => new Uint8Array(randomBytes(length))

describe('a running network refuses dealers', function () {
  this.timeout(60_000)
  let local: LocalNetwork

  before(async function () {
    this.timeout(NETWORK_TIMEOUT_MS)
    local = await sharedNetwork()
  })

  /** How many dealings each operator has refused with `code`. */
  const refusalsOf = (code: string): Promise<number[]> =>
    Promise.all(
      local.network.record.operators.map(async ({ url }) => {
        const text = await (await fetch(new URL('/metrics', url))).text()
        const line = new RegExp(`^palmhold_dealer_refusals_total{code="${code}"} (\\d+)$`, 'm').exec(text)
        return Number(line?.[1] ?? 0)
      }),
    )

  /** What each operator says of an enrolment. */
  const statesOf = (index: number): Promise<string[]> =>
    Promise.all(
      local.network.record.operators.map(async ({ url }) => {
        const answer = await fetch(new URL(`/v1/enrolments/${index}`, url))
        return ((await answer.json()) as { state: string }).state
      }),
    )

  /** Deals `shares` as a left palm of somebody new, to all operators, and asks each to activate it. */
  const enrolShares = async (
    sharesOf: (n: number) => Uint8Array[],
    bend?: Bend,
  ): Promise<{ codes: string[]; states: string[] }> => {
    const { record, governance } = local.network
    const key = random(32)
    await fundOnLocalChain(record.chain.rpcUrl, addressOfKey(key))
    const chain = await connectCustomer(record, key)
    const committee = await governance.committee(record.committeeId)
    const { members } = committee
    const { packages, commitment, sharesRoot } = dealAround(sharesOf(members.length), committee, random, bend)
    const { index } = await chain.enrol(commitment, sharesRoot)
    try {
      const clients = members.map((member) => {
        const { url } = record.operators.find(({ address }) => address === member)!
        return createOperatorClient({ operator: member, url }, local.domain, random)
      })
      const receipts = await Promise.all(clients.map((client, i) => client.deliver(index, packages[i]!)))
      const codes = await Promise.all(
        clients.map((client) =>
          client.activate(index, receipts).then(
            () => 'active',
            (error: unknown) => (isPalmError(error) ? error.code : String(error)),
          ),
        ),
      )
      return { codes, states: await statesOf(index) }
    } finally {
      await chain.revoke(index)
      chain.close()
      // An operator that took nothing knows nothing of it.
      const isErased = async () => (await statesOf(index)).every((state) => ['unknown', 'erased'].includes(state))
      await until(isErased, ERASE_TIMEOUT_MS, 'the operators to erase what was revoked')
    }
  }

  it('that enrol a row of random ring elements: erased everywhere, and the wallet is told', async () => {
    const [before, rows] = [await refusalsOf('PALM_SHARES_NOT_BITS'), await rowsOf(local)]
    const layout = rowLayout(1)
    const { codes, states } = await enrolShares((n) =>
      dealElements(asUint16(random(ELEMENT_BYTES * layout.bits)), layout, { n, t: 1 }, random),
    )
    expect(codes).to.deep.equal(Array(3).fill('PALM_SHARES_NOT_BITS'))
    expect(states).to.deep.equal(Array(3).fill('erased'))
    expect(await refusalsOf('PALM_SHARES_NOT_BITS')).to.deep.equal(before.map((count) => count + 1))
    expect(await rowsOf(local)).to.deep.equal(rows)
    expect((await pay(local, 'Ada', { amountMinor: 1_00 })).receipt.amountMinor).to.equal(1_00)
  })

  for (const [name, code, bend] of [
    [
      'a share of the identity secret that does not fit its commitments',
      'PALM_IDENTITY_SHARE',
      (row) => ({ ...row, identity: { ...row.identity, share: row.identity.share + 1n } }),
    ],
    [
      'another identity point than the one on chain',
      'PALM_IDENTITY_MISMATCH',
      (row, at) => ({ ...row, identity: dealIdentity(5n, { n: 3, t: 1 }, random)[at]! }),
    ],
    [
      'a share of the identity secret above the order',
      'PALM_POINT_INVALID',
      (row) => {
        const bytes = encodeRowPackage(row)
        bytes.set(toBigEndian(row.identity.share + SUBGROUP_ORDER, 32), 32)
        return bytes
      },
    ],
  ] as [string, string, Bend][])
    it(`that deal ${name}: no receipt, and nothing is kept`, async () => {
      const rows = await rowsOf(local)
      const { left } = templatesOf('Maryam')
      await refused(
        enrolShares((n) => dealBits([left!.code, left!.pooled], rowLayout(1), { n, t: 1 }, random), bend),
        code,
      )
      expect(await rowsOf(local)).to.deep.equal(rows)
    })

  it('but none that enrol what they should', async () => {
    const { left } = templatesOf('Maryam')
    const { codes, states } = await enrolShares((n) =>
      dealBits([left!.code, left!.pooled], rowLayout(1), { n, t: 1 }, random),
    )
    expect(codes).to.deep.equal(Array(3).fill('active'))
    expect(states).to.deep.equal(Array(3).fill('active'))
  })

  it('that ask for 25 unrelated hands, over the data plane and through a verifier', async () => {
    const key = local.key(join('verifier', 'terminal.key'))
    const before = await refusalsOf('PALM_PROBE_INCONSISTENT')
    const probes = [probeOf('Ada'), probeOf('Emmy')]
    // A terminal overwrites the codes that it has sent.
    const hands = () => ({
      codes: Array.from({ length: 25 }, (_, k) => palmCode(probes[k % 2]!.codes[k]!)),
      pooled: pooledCode(probes[0]!.pooled),
    })
    const { request, policy } = await openPayment(local.place, 1_00)
    const replies = await askOperators(local, key, await queriesOf(local, key, request, policy, hands()))
    expect(replies.map((reply) => (reply.ok ? 'match' : reply.code))).to.deep.equal(
      Array(3).fill('PALM_PROBE_INCONSISTENT'),
    )
    const issued = await openPayment(local.place, 1_00)
    const { hints } = await refused(
      scanForPayment(local.place, local.domain, issued, hands()),
      'PALM_PROBE_INCONSISTENT',
    )
    expect(hints).not.to.be.empty
    expect(await refusalsOf('PALM_PROBE_INCONSISTENT')).to.deep.equal(before.map((count) => count + 2))
    expect((await pay(local, 'Ada', { amountMinor: 1_00 })).receipt.amountMinor).to.equal(1_00)
  })
})
