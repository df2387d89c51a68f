/** What a running network refuses, and that it names the reason: over HTTP, over the data plane, and on the chain. */

import { randomBytes } from 'node:crypto'
import { request as httpRequest } from 'node:http'
import { join } from 'node:path'
import type { Hex } from '@palmhold/base'
import { addressOfKey, createSealingKeys, merchantIdOf, PROBE_PURPOSE, seal } from '@palmhold/protocol'
import { expect } from 'chai'
import { settlementOf } from '../../node/src/verifier/settlement.ts'
import { openPayment, type PaymentResult } from '../../node/src/verifier/terminal-client.ts'
import { codesIn } from '../matching/in-memory.ts'
import { askOperators, queriesOf } from './data-plane-terminal.ts'
import { balanceOf, type LocalNetwork, NETWORK_TIMEOUT_MS, pay } from './local-network.ts'
import { probeOf } from './people.ts'
import { until } from './processes.ts'
import { refused } from './refused.ts'
import { sharedNetwork } from './shared-network.ts'

const TERMINAL_KEY = join('verifier', 'terminal.key')
const MERCHANT_KEY = join('verifier', 'merchant.key')
const random = (length: number) => new Uint8Array(randomBytes(length))

describe('a running network refuses', function () {
  this.timeout(30_000)
  let local: LocalNetwork
  let paid: PaymentResult

  before(async function () {
    this.timeout(NETWORK_TIMEOUT_MS)
    local = await sharedNetwork()
    paid = await pay(local, 'Ada')
  })

  /** The state that the verifier has of a request. */
  const stateOf = async (requestHash: Hex): Promise<{ state: string; refusal: string | null }> => {
    const { url, token } = local.place
    const response = await fetch(new URL(`/v1/payments/${requestHash}`, url), {
      headers: { authorization: `Bearer ${token}` },
    })
    return (await response.json()) as { state: string; refusal: string | null }
  }

  it('a stranger', async () => {
    const before = await Promise.all([...local.customers.values()].map(({ address }) => balanceOf(local, address)))
    await refused(pay(local, 'A stranger'), 'PALM_NOT_RECOGNISED')
    const after = await Promise.all([...local.customers.values()].map(({ address }) => balanceOf(local, address)))
    expect(after).to.deep.equal(before)
  })

  it('an attestation presented again, or for another sum', async () => {
    const settlement = settlementOf(paid.receipt.attestation)
    const balance = await balanceOf(local, paid.receipt.payer)
    await refused(local.network.governance.charge(settlement), 'PALM_REQUEST_SPENT')
    const altered = { ...settlement, request: { ...settlement.request, amountMinor: 1 } }
    await refused(local.network.governance.charge(altered), 'PALM_REQUEST_ALTERED')
    expect(await balanceOf(local, paid.receipt.payer)).to.equal(balance)
  })

  it('a second scan for one request', async () => {
    const issued = await openPayment(local.place, 1_00)
    const results = await Promise.allSettled([pay(local, 'Ada', { issued }), pay(local, 'Ada', { issued, index: 2 })])
    expect(results.map(({ status }) => status).sort()).to.deep.equal(['fulfilled', 'rejected'])
    await refused(pay(local, 'Ada', { issued, index: 3 }), 'PALM_REQUEST_SPENT')
    expect((await stateOf(issued.requestHash)).state).to.equal('settled')
  })

  it('a sum above the limit of the account', async () => {
    const issued = await openPayment(local.place, 60_00)
    const { hints } = await refused(pay(local, 'Ada', { issued }), 'PALM_LIMIT_EXCEEDED')
    expect(hints).not.to.be.empty
    expect(await stateOf(issued.requestHash)).to.include({ state: 'refused', refusal: 'PALM_LIMIT_EXCEEDED' })
  })

  it('a frozen account, until its owner has thawed it', async () => {
    const emmy = await local.chainAs('Emmy')
    try {
      await emmy.freeze()
      await refused(pay(local, 'Emmy'), 'PALM_ACCOUNT_FROZEN')
      await emmy.unfreeze()
      const thawed = async () => {
        // A public chain goes on by itself; the local one, and its clock with it, goes on with its next transaction.
        await emmy.fundGas(emmy.signer!, 1n)
        return !(await emmy.account(emmy.signer!)).frozen
      }
      await until(thawed, 10_000, 'the account to thaw')
      expect((await pay(local, 'Emmy', { amountMinor: 1_00 })).receipt.payer).to.equal(emmy.signer)
    } finally {
      emmy.close()
    }
  })

  it('a terminal that its merchant deactivated, until it is active again', async () => {
    const merchant = await local.chainOf(MERCHANT_KEY)
    const { verifier } = local.network.record
    const merchantId = merchantIdOf(verifier.did)
    try {
      await merchant.setTerminalActive(merchantId, verifier.address, false)
      await refused(pay(local, 'Ada'), 'PALM_TERMINAL_INACTIVE')
    } finally {
      // The verifier signs with the same key, and has to see that its nonce is spent.
      await merchant.setTerminalActive(merchantId, verifier.address, true)
      merchant.close()
    }
    expect((await pay(local, 'Ada', { amountMinor: 1_00 })).receipt.amountMinor).to.equal(1_00)
  })

  it('a probe that is sealed to another key', async () => {
    const issued = await openPayment(local.place, 1_00)
    const stranger = await createSealingKeys(random)
    const sealing = { ...issued.sealing, notice: { ...issued.sealing.notice, sealingKey: stranger.publicKey } }
    // The terminal's own client refuses a key that the verifier did not sign.
    await refused(pay(local, 'Ada', { issued: { ...issued, sealing } }), 'PALM_PEER_IDENTITY')
    const to = {
      publicKey: stranger.publicKey,
      purpose: PROBE_PURPOSE,
      bound: Buffer.from(issued.requestHash.slice(2), 'hex'),
    }
    const sealed = await seal(to, Buffer.concat(codesIn(probeOf('Ada'))), random)
    const response = await fetch(new URL(`/v1/payments/${issued.requestHash}/scan`, local.place.url), {
      method: 'POST',
      headers: { authorization: `Bearer ${local.place.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ sealed: Buffer.from(sealed).toString('base64') }),
    })
    expect(response.status).to.equal(400)
    expect(await response.json()).to.have.nested.property('error.code', 'PALM_SEAL_INVALID')
  })

  it('a call without the token of the verifier', async () => {
    for (const [path, method] of [
      ['/v1/payments', 'POST'],
      ['/v1/receipts', 'GET'],
      [`/v1/payments/${paid.receipt.requestHash}`, 'GET'],
      [`/v1/payments/${paid.receipt.requestHash}/scan`, 'POST'],
      [`/v1/payments/${paid.receipt.requestHash}/refund`, 'POST'],
    ] as const)
      for (const authorization of ['', `Bearer ${'0'.repeat(64)}`]) {
        const headers = { authorization, ...(method === 'POST' ? { 'content-type': 'application/json' } : {}) }
        const body = method === 'POST' ? { body: '{}' } : {}
        const response = await fetch(new URL(path, local.place.url), { method, headers, ...body })
        expect(response.status, `${method} ${path}`).to.equal(401)
        expect(await response.json()).to.have.nested.property('error.code', 'PALM_UNAUTHORISED')
      }
  })

  it('a call under another host name', async () => {
    for (const { url } of [...local.network.record.operators, local.network.record.verifier]) {
      const { hostname, port } = new URL(url)
      const answer = await new Promise<{ status: number | undefined; body: string }>((resolve, reject) => {
        const call = httpRequest(
          { hostname, port, path: '/v1/status', headers: { host: 'palms.example' } },
          (response) => {
            let body = ''
            response.on('data', (text) => {
              body += text
            })
            response.on('end', () => resolve({ status: response.statusCode, body }))
          },
        )
        call.on('error', reject).end()
      })
      expect(answer.status).to.equal(403)
      expect(JSON.parse(answer.body)).to.have.nested.property('error.code', 'PALM_FOREIGN_HOST')
    }
  })

  describe('a query over the data plane', () => {
    /** What every operator says to the terminal's query for a changed request, signed with `key`. */
    const codesFor = async (
      change: (request: PaymentResult['receipt']['attestation']['request']) => object,
      key = local.key(TERMINAL_KEY),
    ): Promise<string[]> => {
      const { request, policy } = await openPayment(local.place, 1_00)
      const queries = await queriesOf(local, key, { ...request, ...change(request) }, policy, probeOf('Ada'))
      return (await askOperators(local, key, queries)).map((reply) => (reply.ok ? 'match' : reply.code))
    }

    it('is answered when a terminal sends what a verifier sends', async () => {
      expect(await codesFor(() => ({}))).to.deep.equal(['match', 'match', 'match'])
    })

    it('whose request has run out', async () => {
      const old = (request: { issuedAt: number; expiry: number }) => ({
        issuedAt: request.issuedAt - 600,
        expiry: request.expiry - 600,
      })
      expect(await codesFor(old)).to.deep.equal(Array(3).fill('PALM_REQUEST_EXPIRED'))
    })

    it('whose request lives for longer than two minutes', async () => {
      const long = (request: { expiry: number }) => ({ expiry: request.expiry + 1 })
      expect(await codesFor(long)).to.deep.equal(Array(3).fill('PALM_REQUEST_INVALID'))
    })

    it('of a terminal that no merchant registered', async () => {
      const key = random(32)
      expect(await codesFor(() => ({ terminal: addressOfKey(key) }), key)).to.deep.equal(
        Array(3).fill('PALM_TERMINAL_INACTIVE'),
      )
    })

    it('in the name of a terminal whose key the sender does not hold', async () => {
      expect(await codesFor(() => ({}), random(32))).to.deep.equal(Array(3).fill('PALM_REQUEST_SIGNATURE'))
    })
  })
})
