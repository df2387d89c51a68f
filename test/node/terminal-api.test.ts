/** The routes of the terminal page as an attacker sees them: another page, another port, half a session, the till's token. */

import { signDigest } from '@palmhold/protocol'
import { expect } from 'chai'
import type { InjectOptions } from 'fastify'
import { Registry } from 'prom-client'
import { type ApiServer, createApiServer } from '../../node/src/http/api-server.ts'
import { createLogger } from '../../node/src/http/logger.ts'
import { addTerminalRoutes } from '../../node/src/terminal/terminal-api.ts'
import { createTerminalDesk } from '../../node/src/terminal/terminal-desk.ts'
import { addTerminalPage } from '../../node/src/terminal/terminal-page.ts'
import { createTerminalSessions } from '../../node/src/terminal/terminal-sessions.ts'
import { openVerifierDatabase, type VerifierDatabase } from '../../node/src/verifier/verifier-database.ts'
import { addressOf, DOMAIN, hashOf, keyOf, MERCHANT_DID, NOW } from '../protocol/signed.ts'
import { temporaryFolder } from './temporary-folder.ts'
import { unscannedPayments } from './unscanned-payments.ts'

const TOKEN = 'the-tills-token'
const PIN = '246802'
const HOST = '127.0.0.1:4000'
const KEY = 'x-palmhold-terminal'

describe('the API of a terminal', () => {
  const at = temporaryFolder()
  let api: ApiServer
  let store: VerifierDatabase
  let cookie: string
  let key: string
  let refunds: string[]

  before(async () => {
    const clock = () => NOW
    store = openVerifierDatabase(at('verifier.sqlite'))
    const { database, openDesk } = createTerminalDesk(store, clock)
    const payments = await unscannedPayments(database, clock)
    api = await createApiServer({
      title: 'A verifier',
      metrics: new Registry(),
      log: createLogger('test', 'silent'),
      health: async () => ({ ok: true, checks: {} }),
    })
    refunds = []
    addTerminalRoutes(api, {
      token: TOKEN,
      staffPin: PIN,
      address: addressOf('terminal'),
      sessions: createTerminalSessions({ file: at('sessions.json'), pin: PIN, clock }),
      desk: openDesk(payments),
      payments,
      sealingKey: () => ({
        notice: { operator: addressOf('terminal'), sealingKey: hashOf('key'), issuedAt: NOW },
        signature: signDigest(hashOf('notice'), keyOf('terminal')),
      }),
      describe: async () => ({
        now: NOW,
        terminal: addressOf('terminal'),
        merchant: { did: MERCHANT_DID, name: 'Corner shop' },
        domain: DOMAIN,
        operators: 3,
        askAboveMinor: 25_00,
        lightsPalms: false,
      }),
      strip: async () => ({ chain: { ok: true, code: null }, operators: [] }),
      refund: async (requestHash) => {
        refunds.push(requestHash)
        return { txHash: hashOf('tx') }
      },
      statusOf: async () => 'locked',
      onLink: () => undefined,
    })
    addTerminalPage(api)
    const link = await inject('POST', '/v1/terminal/links', { authorization: `Bearer ${TOKEN}` })
    const opened = await inject(
      'POST',
      '/v1/terminal/session',
      { origin: `http://${HOST}` },
      { code: link.json().code },
    )
    cookie = String(opened.headers['set-cookie']).split(';')[0]!
    key = opened.json().key
  })
  after(async () => {
    await api.close()
    store.close()
  })

  const inject = (
    method: 'GET' | 'POST' | 'DELETE',
    url: string,
    headers: Record<string, string> = {},
    body?: InjectOptions['payload'],
  ) =>
    api.inject({ method, url, headers: { host: HOST, ...headers }, ...(body === undefined ? {} : { payload: body }) })
  const withSession = () => ({ cookie, [KEY]: key })
  const codeOf = async (answer: ReturnType<typeof inject>) => (await answer).json().error?.code ?? 'fine'
  const issue = async () =>
    (await inject('POST', '/v1/terminal/payments', withSession(), { amountMinor: 500 })).json().requestHash as string

  it('gives a link to the till alone, and a cookie that no script, no other site and no other path gets', async () => {
    expect(await codeOf(inject('POST', '/v1/terminal/links'))).to.equal('PALM_UNAUTHORISED')
    expect(await codeOf(inject('POST', '/v1/terminal/links', withSession()))).to.equal('PALM_UNAUTHORISED')
    const { code } = (await inject('POST', '/v1/terminal/links', { authorization: `Bearer ${TOKEN}` })).json()
    const opened = await inject('POST', '/v1/terminal/session', {}, { code })
    expect(String(opened.headers['set-cookie']).split('; ').slice(1)).to.have.members([
      'Max-Age=2592000',
      'Path=/v1/terminal',
      'HttpOnly',
      'SameSite=Strict',
    ])
    expect(opened.headers['cache-control']).to.equal('no-store')
    expect(await codeOf(inject('POST', '/v1/terminal/session', {}, { code }))).to.equal('PALM_LINK_SPENT')
  })

  it('answers every route to a whole session from its own page, and to nothing less', async () => {
    const hash = await issue()
    const other = { ...(await inject('POST', '/v1/terminal/links', { authorization: `Bearer ${TOKEN}` })).json() }
    const second = await inject('POST', '/v1/terminal/session', {}, { code: other.code })
    const bent: [string, Record<string, string>, string][] = [
      ['nothing', {}, 'PALM_TERMINAL_UNLINKED'],
      ["the till's token", { authorization: `Bearer ${TOKEN}` }, 'PALM_TERMINAL_UNLINKED'],
      ['the cookie alone', { cookie }, 'PALM_TERMINAL_UNLINKED'],
      ['the key alone', { [KEY]: key }, 'PALM_TERMINAL_UNLINKED'],
      ["another session's key", { cookie, [KEY]: second.json().key }, 'PALM_TERMINAL_UNLINKED'],
      ['another origin', { ...withSession(), origin: 'http://127.0.0.1:5000' }, 'PALM_FOREIGN_ORIGIN'],
      ['an opaque origin', { ...withSession(), origin: 'null' }, 'PALM_FOREIGN_ORIGIN'],
      ['another site', { ...withSession(), 'sec-fetch-site': 'cross-site' }, 'PALM_FOREIGN_ORIGIN'],
      ['another port', { ...withSession(), 'sec-fetch-site': 'same-site' }, 'PALM_FOREIGN_ORIGIN'],
      ['another name', { ...withSession(), host: 'rebound.example:4000' }, 'PALM_FOREIGN_HOST'],
    ]
    const routes: ['GET' | 'POST' | 'DELETE', string, object?][] = [
      ['GET', '/v1/terminal/desk'],
      ['GET', '/v1/terminal/strip'],
      ['GET', '/v1/terminal/sealing'],
      ['GET', '/v1/terminal/receipts'],
      ['POST', '/v1/terminal/payments', { amountMinor: 500 }],
      ['GET', `/v1/terminal/payments/${hash}`],
      ['POST', `/v1/terminal/payments/${hash}/scan`, { sealed: 'AAAA' }],
      ['POST', `/v1/terminal/payments/${hash}/repeat`, { lane: 'palm' }],
      ['POST', `/v1/terminal/payments/${hash}/cancel`],
      ['POST', `/v1/terminal/payments/${hash}/refund`],
      ['POST', '/v1/terminal/staff', { pin: PIN }],
      ['DELETE', '/v1/terminal/staff'],
      ['DELETE', '/v1/terminal/session'],
    ]
    for (const [method, url, body] of routes)
      for (const [what, headers, code] of bent)
        expect(await codeOf(inject(method, url, headers, body)), `${method} ${url} with ${what}`).to.equal(code)
    expect(await codeOf(inject('GET', '/v1/terminal/desk', withSession()))).to.equal('fine')
    expect((await inject('GET', `/v1/terminal/payments/${hash}`, withSession())).json().state).to.equal('issued')
    expect(refunds).to.deep.equal([])
  })

  it('gives money back only where staff unlocked the page', async () => {
    const hash = await issue()
    const refund = () => codeOf(inject('POST', `/v1/terminal/payments/${hash}/refund`, withSession()))
    expect(await refund()).to.equal('PALM_STAFF_ONLY')
    expect(await codeOf(inject('POST', '/v1/terminal/staff', withSession(), { pin: '1' }))).to.equal('PALM_PIN_WRONG')
    expect(await refund()).to.equal('PALM_STAFF_ONLY')
    await inject('POST', '/v1/terminal/staff', withSession(), { pin: PIN })
    expect(await refund()).to.equal('fine')
    await inject('DELETE', '/v1/terminal/staff', withSession())
    expect(await refund()).to.equal('PALM_STAFF_ONLY')
    expect(refunds).to.deep.equal([hash])
  })

  it('follows a request beside the newest one', async () => {
    const first = await issue()
    await inject('POST', `/v1/terminal/payments/${first}/cancel`, withSession())
    const newest = await issue()
    const desk = (await inject('GET', `/v1/terminal/desk?waitMs=0&follow=${first}`, withSession())).json()
    expect([desk.current.requestHash, desk.followed.requestHash]).to.deep.equal([newest, first])
    expect(desk.followed.refusal).to.equal('PALM_CANCELLED')
  })

  it('serves files of the page under a strict policy, and none from elsewhere', async () => {
    const file = await inject('GET', '/terminal/hands/hands.binarypb')
    expect(file.statusCode).to.equal(200)
    const policy = String(file.headers['content-security-policy'])
    expect(policy).to.include("default-src 'none'").and.to.include("frame-ancestors 'none'")
    expect(policy).not.to.match(/unsafe-inline|'unsafe-eval'|https?:|\*|data:|blob:/)
    expect(file.headers).to.include({
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-embedder-policy': 'require-corp',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
    })
    for (const path of [
      '/terminal/hands/../package.json',
      '/terminal/hands/..%2fpackage.json',
      '/terminal/hands/%2e%2e%2fhands.js',
      '/terminal/assets/..%5c..%5cpackage.json',
      '/terminal/hands/.npmrc',
      '/terminal/hands/none.js',
    ])
      expect((await inject('GET', path)).statusCode, path).to.be.within(400, 404)
  })
})
