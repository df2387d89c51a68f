/**
 * What a verifier carries for an enrolment in the terminal page, and what it does not: calls by a path that nobody guesses, to
 * operators and chain alone, by listed methods; and wallets that wait for their owners. The chain and the operator behind
 * it are servers that say what reached them.
 */

import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { errorCode, toHex } from '@palmhold/base'
import { createIdentitySecret } from '@palmhold/protocol'
import {
  claimIdOf,
  createClaimCode,
  encodeClaim,
  fetchClaim,
  forgetClaim,
  parseClaim,
  readClaimCode,
  sealClaim,
  type Vault,
  writeClaimCode,
} from '@palmhold/wallet/vault'
import { expect } from 'chai'
import { Registry } from 'prom-client'
import { type ApiServer, createApiServer, listen } from '../../node/src/http/api-server.ts'
import { createLogger } from '../../node/src/http/logger.ts'
import { addEnrolmentRoutes } from '../../node/src/terminal/enrolment-api.ts'
import { createEnrolmentDesk } from '../../node/src/terminal/enrolment-desk.ts'
import { TerminalUnlinkedError } from '../../node/src/terminal/terminal-sessions.ts'
import type { EnrolmentPlace } from '../../node/src/terminal/terminal-shapes.ts'
import { addressOf, hashOf, keyOf, makeTrust, NOW } from '../protocol/signed.ts'
import { temporaryFolder } from './temporary-folder.ts'

const OPERATOR = addressOf('operator 1')
const random = (length: number) => crypto.getRandomValues(new Uint8Array(length))

describe('an enrolment at the terminal', () => {
  const at = temporaryFolder()
  let now = NOW
  let isLinked = true
  let api: ApiServer
  let base: string
  let behind: Server
  /** What reached chain and operator. */
  let carried: string[]
  let funded: string[]

  before(async () => {
    behind = createServer((request, response) => {
      let body = ''
      request.on('data', (chunk) => {
        body += chunk
      })
      request.on('end', () => {
        carried.push(`${request.method} ${request.url} ${body}`)
        response.statusCode = request.url === '/v1/enrolments' ? 400 : 200
        response.end(JSON.stringify({ jsonrpc: '2.0', id: 1, result: '0x1' }))
      })
    })
    await new Promise<void>((resolve) => behind.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(behind.address() as AddressInfo).port}`
    api = await createApiServer({
      title: 'A verifier',
      metrics: new Registry(),
      log: createLogger('test', 'silent'),
      health: async () => ({ ok: true, checks: {} }),
    })
    addEnrolmentRoutes(api, {
      desk: createEnrolmentDesk({ folder: at('claims'), clock: () => now }),
      session: {
        require() {
          if (!isLinked) throw new TerminalUnlinkedError()
          return { cookie: '', key: '' }
        },
      },
      chainId: 31_337,
      contracts: makeTrust().contracts,
      committeeId: hashOf('committee'),
      rpcUrl: url,
      members: () => [OPERATOR, addressOf('operator 2')],
      urlOf: (operator) => (operator === OPERATOR ? url : undefined),
      fund: async (address) => void funded.push(address),
    })
    base = await listen(api, 0)
  })
  after(async () => {
    await api.close()
    behind.close()
  })
  beforeEach(() => {
    now = NOW
    isLinked = true
    carried = []
    funded = []
  })

  const call = async (path: string, body?: object, headers: Record<string, string> = {}) => {
    const response = await fetch(new URL(path, base), {
      ...(body === undefined
        ? {}
        : { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) }),
    })
    const json = (await response.json()) as { error?: { code: string } }
    return { status: response.status, code: json.error?.code ?? 'fine', json }
  }
  const begin = async () => (await call('/v1/terminal/enrolments', {})).json as unknown as EnrolmentPlace
  const rpc = (method: string) => ({ jsonrpc: '2.0', id: 1, method, params: [] })

  it('begins for a linked page alone, under a path of its own', async () => {
    const [one, other] = [await begin(), await begin()]
    expect(one.rpcPath)
      .to.match(/^\/v1\/terminal\/enrolments\/[A-Za-z0-9_-]{32}\/rpc$/)
      .and.not.equal(other.rpcPath)
    isLinked = false
    expect((await call('/v1/terminal/enrolments', {})).code).to.equal('PALM_TERMINAL_UNLINKED')
  })

  it('carries what an enrolment needs to the chain, and nothing else', async () => {
    const { rpcPath } = await begin()
    expect((await call(rpcPath, rpc('eth_chainId'))).json).to.deep.include({ result: '0x1' })
    for (const method of [
      'anvil_setBalance',
      'eth_sendTransaction',
      'eth_sign',
      'debug_traceCall',
      'evm_mine',
      'net_version',
    ])
      expect((await call(rpcPath, rpc(method))).code, method).to.equal('PALM_RPC_REFUSED')
    expect((await call(rpcPath, [rpc('eth_chainId')] as object)).code).to.equal('PALM_BAD_REQUEST')
    expect(carried).to.have.length(1)
  })

  it('carries to operators of the committee what wallets say to them, with their answer as it is', async () => {
    const { operators } = await begin()
    const [known, silent] = operators
    expect((await call(`${known!.path}v1/sealing-key`)).status).to.equal(200)
    expect((await call(`${known!.path}v1/enrolments`, { index: 1 })).status).to.equal(400)
    expect(carried).to.deep.equal(['GET /v1/sealing-key ', 'POST /v1/enrolments {"index":1}'])
    expect((await call(`${silent!.path}v1/sealing-key`)).code).to.equal('PALM_CARRIED_NOWHERE')
    const stranger = known!.path.replace(OPERATOR, addressOf('stranger'))
    expect((await call(`${stranger}v1/sealing-key`)).code).to.equal('PALM_CARRIED_NOWHERE')
    for (const path of [
      'v1/status',
      'metrics',
      'v1/enrolments/1',
      'v1/enrolments/1/activation/..',
      '..%2f..%2fmetrics',
    ])
      expect((await call(`${known!.path}${path}`)).status, path).to.be.within(400, 404)
    expect(carried).to.have.length(2)
  })

  it('ends after twenty minutes, takes no made-up path, and no call from another page', async () => {
    const place = await begin()
    const calls: [string, object][] = [
      [place.rpcPath, rpc('eth_chainId')],
      [place.fundingPath, { address: addressOf('a') }],
      [place.claimsPath, { claimId: `0x${'ab'.repeat(16)}`, vault: 'AAAA' }],
      [`${place.operators[0]!.path}v1/enrolments`, {}],
    ]
    for (const [path, body] of calls) {
      expect((await call(path, body, { origin: 'http://127.0.0.1:1' })).code, path).to.equal('PALM_FOREIGN_ORIGIN')
      const madeUp = path.replace(/enrolments\/[^/]{32}/, `enrolments/${'A'.repeat(32)}`)
      expect((await call(madeUp, body)).code, path).to.equal('PALM_ENROLMENT_CLOSED')
    }
    now += 20 * 60 + 1
    for (const [path, body] of calls) expect((await call(path, body)).code, path).to.equal('PALM_ENROLMENT_CLOSED')
    expect([carried, funded]).to.deep.equal([[], []])
  })

  it('asks for test money once', async () => {
    const { fundingPath } = await begin()
    expect((await call(fundingPath, { address: addressOf('a') })).code).to.equal('fine')
    expect((await call(fundingPath, { address: addressOf('b') })).code).to.equal('PALM_FUNDING_SPENT')
    expect(funded).to.deep.equal([addressOf('a')])
  })

  describe('leaves a wallet for its owner', () => {
    const vault = (): Vault => ({
      key: keyOf('sofja'),
      identitySecret: createIdentitySecret(random),
      templates: {},
      enrolment: null,
    })
    const codeOf = async (work: Promise<unknown>) => work.then(() => 'fine', errorCode)

    it('who fetches it with the code, until it is forgotten', async () => {
      const { claimsPath } = await begin()
      const claim = { url: base, code: createClaimCode(random) }
      const sealed = async (content: Vault) => Buffer.from(await sealClaim(content, claim.code)).toString('base64')
      const claimId = claimIdOf(claim.code)
      expect((await call(claimsPath, { claimId, vault: await sealed(vault()) })).code).to.equal('fine')
      const enrolment = { index: 7, chainId: 31_337, registry: addressOf('registry') }
      expect((await call(claimsPath, { claimId, vault: await sealed({ ...vault(), enrolment }) })).code).to.equal(
        'fine',
      )
      const fetched = await fetchClaim(claim)
      expect([toHex(fetched.key), fetched.enrolment]).to.deep.equal([toHex(keyOf('sofja')), enrolment])
      await forgetClaim(claim)
      expect(await codeOf(fetchClaim(claim))).to.equal('PALM_CLAIM_MISSING')
    })

    it('and lets no other enrolment take its place, nor one take two', async () => {
      const [one, other] = [await begin(), await begin()]
      const claimId = `0x${'cd'.repeat(16)}`
      expect((await call(one.claimsPath, { claimId, vault: 'AAAA' })).code).to.equal('fine')
      expect((await call(other.claimsPath, { claimId, vault: 'BBBB' })).code).to.equal('PALM_CLAIM_TAKEN')
      const second = `0x${'ef'.repeat(16)}`
      expect((await call(one.claimsPath, { claimId: second, vault: 'AAAA' })).code).to.equal('PALM_CLAIM_TAKEN')
    })

    it('under a code that can be written down, read back however it is typed, and nothing else', () => {
      const code = createClaimCode(random)
      const written = writeClaimCode(code)
      expect(written).to.match(/^([0-9A-HJKMNP-TV-Z]{4}-){4}[0-9A-HJKMNP-TV-Z]{4}$/)
      expect(readClaimCode(written.toLowerCase().replaceAll('-', ' '))).to.equal(code)
      expect(readClaimCode(written.replaceAll('0', 'o').replaceAll('1', 'l'))).to.equal(code)
      for (const text of ['', 'ABCD', `${written}A`, written.replace(/.$/, 'U'), written.replace(/.$/, '!')])
        expect(() => readClaimCode(text), text)
          .to.throw()
          .with.property('code', 'PALM_CLAIM_INVALID')
      const claim = { url: 'http://127.0.0.1:4000', code }
      expect(parseClaim(encodeClaim(claim))).to.deep.equal(claim)
      for (const text of [written, encodeClaim(claim).replace('v=1', 'v=2'), encodeClaim({ ...claim, url: 'nowhere' })])
        expect(() => parseClaim(text), text)
          .to.throw()
          .with.property('code', 'PALM_CLAIM_INVALID')
    })
  })
})
