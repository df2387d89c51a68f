/** The agent that issues, against a real chain, and the errors it names. */

import { createServer, type ServerResponse } from 'node:http'
import { type Hex, toHex } from '@palmhold/base'
import {
  CredentialOrderError,
  createDidResolver,
  createIdentityAgent,
  DidError,
  type DidResolver,
  DidUnresolvedError,
  didOf,
  type IdentityAgent,
  IdentityKeyError,
  MERCHANT_CREDENTIAL_TYPE,
  resolveDid,
} from '@palmhold/identity'
import { expect } from 'chai'
import { Wallet } from 'ethers'
import { keyOf, type LocalChain, startLocalChain } from './local-chain.ts'

const NOW = 1_800_000_000

describe('identity agent', () => {
  let chain: LocalChain
  let agent: IdentityAgent
  let issuerDid: string
  let merchantDid: string

  before(async () => {
    chain = await startLocalChain()
    agent = createIdentityAgent({ ...chain, clock: () => NOW })
    issuerDid = (await agent.importIdentity({ privateKey: keyOf('issuer'), alias: 'issuer' })).did
    merchantDid = (await agent.importIdentity({ privateKey: toHex(keyOf('merchant')), alias: 'merchant' })).did
  })
  after(() => chain?.stop())

  async function codeOf(promise: Promise<unknown>): Promise<unknown> {
    return promise.then(
      () => expect.fail('did not reject'),
      (error) => error,
    )
  }

  it("gives an identity the DID of its key's address", async () => {
    const address = new Wallet(toHex(keyOf('issuer'))).address.toLowerCase() as Hex
    expect(issuerDid).to.equal(didOf(chain.chainId, address))
    const again = await agent.importIdentity({ privateKey: keyOf('issuer'), alias: 'issuer' })
    expect(again).to.deep.equal({ did: issuerDid, address, alias: 'issuer' })
  })

  it('resolves a DID to a document whose key is its own', async () => {
    const document = await agent.resolve(issuerDid)
    expect(document.id).to.equal(issuerDid)
    const [method] = document.verificationMethod ?? []
    expect(method?.blockchainAccountId?.toLowerCase()).to.equal(`eip155:${chain.chainId}:${issuerDid.slice(-42)}`)
  })

  it('issues what it verifies', async () => {
    const claims = { name: 'Café Zwölf', seats: 12, tags: ['a', 'b'] }
    const order = { issuerDid, subjectDid: merchantDid, type: MERCHANT_CREDENTIAL_TYPE, claims, expiresAt: NOW + 60 }
    const jwt = await agent.issueCredential(order)
    const policy = { trustedIssuers: [issuerDid], now: NOW }
    expect(await agent.verifyCredential(jwt, { ...policy, type: MERCHANT_CREDENTIAL_TYPE })).to.deep.equal({
      ok: true,
      issuerDid,
      subjectDid: merchantDid,
      claims,
      expiresAt: NOW + 60,
    })
    expect(await agent.verifyMerchantCredential(jwt, { ...policy, merchantDid })).to.deep.equal({
      ok: true,
      name: 'Café Zwölf',
    })
    const untrusted = await agent.verifyMerchantCredential(jwt, {
      ...policy,
      trustedIssuers: [merchantDid],
      merchantDid,
    })
    expect(untrusted).to.deep.equal({ ok: false, reason: 'issuer_untrusted' })
    const late = await agent.verifyMerchantCredential(jwt, { ...policy, merchantDid, now: NOW + 60 })
    expect(late).to.deep.equal({ ok: false, reason: 'expired' })
  })

  it('signs for each of its identities with its own key', async () => {
    const order = { subjectDid: issuerDid, type: 'Test', claims: { level: 3 }, expiresAt: NOW + 60 }
    const jwt = await agent.issueCredential({ ...order, issuerDid: merchantDid })
    const result = await agent.verifyCredential(jwt, { trustedIssuers: [merchantDid], type: 'Test', now: NOW })
    expect(result).to.include({ ok: true, issuerDid: merchantDid, subjectDid: issuerDid })
  })

  it('names what is wrong with an order', async () => {
    const order = { issuerDid, subjectDid: merchantDid, type: 'Test', claims: { level: 3 }, expiresAt: NOW + 60 }
    const wrong = {
      'a stranger as issuer': { issuerDid: didOf(chain.chainId, `0x${'12'.repeat(20)}`) },
      'a subject that is no DID': { subjectDid: 'somebody' },
      'a type with a space': { type: 'Two Words' },
      'claims with an id': { claims: { id: 'x' } },
      'claims that say nothing': { claims: {} },
      'claims that are no JSON': { claims: { size: 10n } },
      'an expiry now': { expiresAt: NOW },
      'an expiry in fractions': { expiresAt: NOW + 0.5 },
    }
    for (const [name, change] of Object.entries(wrong)) {
      const error = await codeOf(agent.issueCredential({ ...order, ...change }))
      expect(error, name).to.be.instanceOf(CredentialOrderError).and.include({ code: 'PALM_CREDENTIAL_ORDER_INVALID' })
    }
  })

  it('takes no key that is none', async () => {
    for (const privateKey of [new Uint8Array(32), new Uint8Array(31).fill(1), new Uint8Array(32).fill(0xff)]) {
      const error = await codeOf(agent.importIdentity({ privateKey, alias: 'x' }))
      expect(error).to.be.instanceOf(IdentityKeyError).and.include({ code: 'PALM_IDENTITY_KEY_INVALID' })
    }
  })

  it('says that a DID can not be resolved, and does not wait for ever', async () => {
    expect(await codeOf(agent.resolve('did:web:example.org'))).to.be.instanceOf(DidError)
    const foreign = await codeOf(agent.resolve(didOf(1, issuerDid.slice(-42))))
    expect(foreign).to.be.instanceOf(DidUnresolvedError).and.include({ code: 'PALM_DID_UNRESOLVED' })
    const failing: Record<string, DidResolver> = {
      chainUnreachable: createDidResolver({ ...chain, rpcUrl: 'http://127.0.0.1:1' }),
      wrongChain: createDidResolver({ ...chain, chainId: 7 }),
      notFound: createDidResolver({ ...chain, didRegistry: `0x${'34'.repeat(20)}` }),
    }
    for (const [reason, resolver] of Object.entries(failing)) {
      const error = await codeOf(resolveDid(resolver, issuerDid))
      expect(error).to.be.instanceOf(DidUnresolvedError).and.have.property('message').that.contains(reason)
    }
  })

  it('gives up on a chain that is silent, and asks again the next time', async () => {
    const requests: ServerResponse[] = []
    const silent = createServer((_request, response) => {
      requests.push(response)
    })
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    const rpcUrl = `http://127.0.0.1:${(silent.address() as { port: number }).port}`
    const resolver = createDidResolver({ ...chain, rpcUrl, timeoutMs: 50 })
    for (const count of [1, 2]) {
      expect(await codeOf(resolveDid(resolver, issuerDid))).to.be.instanceOf(DidUnresolvedError)
      expect(requests).to.have.length(count)
    }
    silent.closeAllConnections()
    silent.close()
  })
})
