/** What every HTTP server of a node does alike, over real sockets; and what the two nodes publish of themselves. */

import { once } from 'node:events'
import { createServer, request as httpRequest, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { PalmError } from '@palmhold/base'
import { expect } from 'chai'
import { Counter, Registry } from 'prom-client'
import { z } from 'zod'
import { type ApiServer, createApiServer, listen, requireToken } from '../../node/src/http/api-server.ts'
import { createLogger } from '../../node/src/http/logger.ts'
import { addOperatorRoutes } from '../../node/src/operator/operator-api.ts'
import { addVerifierRoutes } from '../../node/src/verifier/verifier-api.ts'
import { addressOf, hashOf } from '../protocol/signed.ts'

type Answer = { status: number; body: string; json: { error: { code: string; message: string; hints: string[] } } }
type Call = { method?: string; headers?: Record<string, string>; body?: string }

const TOKEN = 'a-token-of-the-node'
const SECRET = '/home/someone/secret'

/** One request with full control over its headers, Host too. */
function call(base: string, path: string, { method = 'GET', headers = {}, body }: Call = {}): Promise<Answer> {
  const { hostname, port } = new URL(base)
  return new Promise((resolve, reject) => {
    const sent = httpRequest({ hostname, port, path, method, headers }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        text += chunk
      })
      response.on('end', () => {
        const isJson = response.headers['content-type']?.includes('json')
        resolve({ status: response.statusCode!, body: text, json: isJson ? JSON.parse(text) : undefined })
      })
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

async function newServer(
  health = { ok: true, checks: { chain: 'ok' } },
): Promise<{ api: ApiServer; metrics: Registry }> {
  const metrics = new Registry()
  const log = createLogger('test', 'silent')
  const api = await createApiServer({ title: 'A node', metrics, log, health: async () => health })
  return { api, metrics }
}

describe('the API server', () => {
  let api: ApiServer
  let base: string

  before(async () => {
    const server = await newServer()
    api = server.api
    new Counter({ name: 'palmhold_test_total', help: 'A counter', registers: [server.metrics] }).inc(3)
    api.post(
      '/v1/echo',
      {
        schema: {
          body: z.strictObject({ amountMinor: z.int().min(1) }),
          response: { 200: z.object({ ok: z.boolean() }) },
        },
      },
      async () => ({ ok: true }),
    )
    api.get('/v1/private', { onRequest: async (request) => requireToken(request, TOKEN) }, async () => ({ ok: true }))
    const failures: Record<string, () => never> = {
      spent: () => {
        throw new PalmError('PALM_REQUEST_SPENT', 'spent', { hints: ['Make another.'], cause: new Error(SECRET) })
      },
      plain: () => {
        throw new TypeError(`cannot read ${SECRET}`)
      },
      full: () => {
        throw new PalmError('PALM_DISK_FULL', 'full')
      },
      refused: () => {
        throw new PalmError('PALM_NOT_RECOGNISED', 'not recognised')
      },
    }
    api.get('/v1/fail/:how', async (request) => failures[(request.params as { how: string }).how]!())
    api.get(
      '/v1/wrong',
      { schema: { response: { 200: z.object({ n: z.int() }) } } },
      async () => ({ n: SECRET }) as never,
    )
    base = await listen(api, 0)
  })
  after(() => api.close())

  it('listens on loopback alone, on a free port when none is given', () => {
    expect(base).to.match(/^http:\/\/127\.0\.0\.1:[1-9]\d+$/)
  })

  it('answers a call that is right', async () => {
    const body = JSON.stringify({ amountMinor: 1250 })
    const answer = await call(base, '/v1/echo', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    })
    expect(answer).to.deep.include({ status: 200, json: { ok: true } })
  })

  describe('fails with code, sentence and hints, and no stack or path', () => {
    const json = { 'content-type': 'application/json' }
    const cases: [name: string, status: number, code: string, path: string, call?: Call][] = [
      ['a refusal', 400, 'PALM_NOT_RECOGNISED', '/v1/fail/refused'],
      ['a conflict', 409, 'PALM_REQUEST_SPENT', '/v1/fail/spent'],
      ['a full disk', 507, 'PALM_DISK_FULL', '/v1/fail/full'],
      ['a fault of the program', 500, 'PALM_INTERNAL', '/v1/fail/plain'],
      ['an answer that is not what was promised', 500, 'PALM_INTERNAL', '/v1/wrong'],
      ['no such page', 404, 'PALM_NOT_FOUND', '/v1/nothing'],
      ['no such method', 404, 'PALM_NOT_FOUND', '/v1/echo'],
      ['a path that cannot be decoded', 400, 'PALM_BAD_REQUEST', '/v1/%ff'],
      ['a path out of the tree', 404, 'PALM_NOT_FOUND', '/../../etc/passwd'],
      ['no JSON', 400, 'PALM_BAD_REQUEST', '/v1/echo', { method: 'POST', headers: json, body: '{' }],
      ['no body', 400, 'PALM_BAD_REQUEST', '/v1/echo', { method: 'POST', headers: json }],
      [
        'another media type',
        400,
        'PALM_BAD_REQUEST',
        '/v1/echo',
        { method: 'POST', headers: { 'content-type': 'text/x' }, body: 'x' },
      ],
      [
        'a wrong field',
        400,
        'PALM_BAD_REQUEST',
        '/v1/echo',
        { method: 'POST', headers: json, body: '{"amountMinor":0}' },
      ],
      [
        'an unknown field',
        400,
        'PALM_BAD_REQUEST',
        '/v1/echo',
        { method: 'POST', headers: json, body: '{"amountMinor":1,"x":1}' },
      ],
      [
        'too large a body',
        400,
        'PALM_BAD_REQUEST',
        '/v1/echo',
        { method: 'POST', headers: json, body: `"${'x'.repeat(1024 * 1024)}"` },
      ],
    ]
    for (const [name, status, code, path, options] of cases)
      it(`${name}: ${status} ${code}`, async () => {
        const answer = await call(base, path, options)
        expect(answer.status).to.equal(status)
        expect(answer.json.error).to.have.keys('code', 'message', 'hints')
        expect(answer.json.error.code).to.equal(code)
        expect(answer.body).not.to.match(/\.ts|node_modules|at \w+ \(/)
        expect(answer.body).not.to.include(SECRET)
      })

    it('names the field that is off, and not its content', async () => {
      const body = JSON.stringify({ amountMinor: 'a secret' })
      const answer = await call(base, '/v1/echo', { method: 'POST', headers: json, body })
      expect(answer.json.error.message).to.include('amountMinor')
      expect(answer.body).not.to.include('a secret')
    })
  })

  it('hangs up on a call that does not come to its end', async () => {
    const log = createLogger('test', 'silent')
    const health = async () => ({ ok: true, checks: {} })
    const slow = await createApiServer({ title: 'A', metrics: new Registry(), log, health, requestTimeoutMs: 50 })
    const { port } = new URL(await listen(slow, 0))
    for (const begun of [
      'GET / HTTP/1.1\r\nhost: 127.0.0.1',
      'POST / HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 9\r\n\r\n{',
    ]) {
      const socket = connect(Number(port), '127.0.0.1')
      socket.write(begun)
      socket.resume()
      await once(socket, 'close')
    }
    await slow.close()
  })

  describe('answers under its own name alone', () => {
    for (const [host, status] of [
      ['127.0.0.1', 200],
      ['127.0.0.1:1', 200],
      ['localhost', 200],
      ['[::1]:80', 200],
      ['rebound.example', 403],
      ['rebound.example:8080', 403],
      ['127.0.0.1.rebound.example', 403],
      ['localhost.rebound.example', 403],
      ['0.0.0.0', 403],
    ] as const)
      it(`${host}: ${status}`, async () => {
        for (const path of ['/health', '/metrics', '/openapi.json']) {
          const answer = await call(base, path, { headers: { host } })
          expect(answer.status, path).to.equal(status)
          if (status === 403) expect(answer.json.error.code).to.equal('PALM_FOREIGN_HOST')
        }
      })
  })

  describe('wants its token', () => {
    for (const [name, status, authorization] of [
      ['the token', 200, `Bearer ${TOKEN}`],
      ['none', 401, undefined],
      ['another', 401, `Bearer ${'b'.repeat(TOKEN.length)}`],
      ['its beginning', 401, `Bearer ${TOKEN.slice(0, -1)}`],
      ['more than it', 401, `Bearer ${TOKEN}x`],
      ['the bare token', 401, TOKEN],
      ['an empty one', 401, 'Bearer '],
    ] as const)
      it(`${name}: ${status}`, async () => {
        const answer = await call(base, '/v1/private', { headers: authorization ? { authorization } : {} })
        expect(answer.status).to.equal(status)
        if (status === 401) expect(answer.json.error.code).to.equal('PALM_UNAUTHORISED')
        expect(answer.body).not.to.include(TOKEN)
      })
  })

  it('gives its metrics in the text format of Prometheus', async () => {
    const answer = await call(base, '/metrics')
    expect(answer.status).to.equal(200)
    expect(answer.body).to.include('palmhold_test_total 3')
    expect(answer.body).to.match(/^# HELP palmhold_test_total/m)
  })

  it('says 503 when something is not well, and what', async () => {
    const { api: ill } = await newServer({ ok: false, checks: { chain: 'PALM_CHAIN_UNREACHABLE' } })
    const where = await listen(ill, 0)
    const answer = await call(where, '/health')
    expect(answer).to.deep.include({ status: 503, json: { ok: false, checks: { chain: 'PALM_CHAIN_UNREACHABLE' } } })
    await ill.close()
    expect((await call(base, '/health')).status).to.equal(200)
  })

  it('names a port that another program has', async () => {
    const taken: Server = createServer()
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
    const { port } = taken.address() as AddressInfo
    const { api: late } = await newServer()
    const error = await listen(late, port).catch((cause: unknown) => cause)
    expect(error).to.include({ code: 'PALM_PORT_TAKEN' })
    expect((error as PalmError).message).to.include(String(port))
    await late.close()
    taken.close()
  })

  it('slows down whoever calls too often', async () => {
    const { api: busy } = await newServer()
    let last: Awaited<ReturnType<typeof busy.inject>> | undefined
    let served = 0
    for (let i = 0; i < 1300 && last?.statusCode !== 429; i++) {
      last = await busy.inject({ url: '/health', headers: { host: 'localhost' } })
      if (last.statusCode === 200) served++
    }
    expect(served).to.equal(1200)
    expect(last!.json().error).to.include({ code: 'PALM_RATE_LIMITED' })
    await busy.close()
  })
})

describe('openapi.json', () => {
  /** Paths with their methods, as the document lists them. */
  async function published(add: (api: ApiServer) => void): Promise<Record<string, string[]>> {
    const { api } = await newServer()
    add(api)
    const answer = await api.inject({ url: '/openapi.json', headers: { host: 'localhost' } })
    await api.close()
    expect(answer.statusCode, answer.body).to.equal(200)
    const { openapi, paths } = answer.json() as { openapi: string; paths: Record<string, object> }
    expect(openapi).to.match(/^3\./)
    return Object.fromEntries(Object.entries(paths).map(([path, methods]) => [path, Object.keys(methods)]))
  }

  it('lists the routes of an operator', async () => {
    const paths = await published((api) => addOperatorRoutes(api, {} as Parameters<typeof addOperatorRoutes>[1]))
    expect(paths).to.deep.include({
      '/health': ['get'],
      '/v1/status': ['get'],
      '/v1/sealing-key': ['get'],
      '/v1/enrolments': ['post'],
      '/v1/enrolments/{index}': ['get'],
      '/v1/enrolments/{index}/activation': ['post'],
    })
  })

  it('lists the routes of a verifier', async () => {
    const options = { token: TOKEN, payments: {} } as Parameters<typeof addVerifierRoutes>[1]
    const paths = await published((api) => addVerifierRoutes(api, options))
    expect(paths).to.deep.include({
      '/v1/status': ['get'],
      '/v1/payments': ['post'],
      '/v1/payments/{requestHash}': ['get'],
      '/v1/payments/{requestHash}/scan': ['post'],
      '/v1/payments/{requestHash}/refund': ['post'],
      '/v1/receipts': ['get'],
    })
  })
})

describe('routes of a node', () => {
  it('of a verifier want the token, but for its status', async () => {
    const { api } = await newServer()
    addVerifierRoutes(api, { token: TOKEN, payments: {} } as Parameters<typeof addVerifierRoutes>[1])
    const hash = hashOf('request')
    for (const [method, url] of [
      ['POST', '/v1/payments'],
      ['POST', `/v1/payments/${hash}/scan`],
      ['GET', `/v1/payments/${hash}`],
      ['POST', `/v1/payments/${hash}/refund`],
      ['GET', '/v1/receipts'],
    ] as const) {
      const answer = await api.inject({
        method,
        url,
        headers: { host: 'localhost' },
        ...(method === 'POST' ? { payload: {} } : {}),
      })
      expect([answer.statusCode, answer.json().error.code], url).to.deep.equal([401, 'PALM_UNAUTHORISED'])
    }
    await api.close()
  })

  it('of an operator hand over what a wallet sends, and refuse what is out of shape', async () => {
    const { api } = await newServer()
    const delivered: unknown[] = []
    const receipt = {
      index: 7,
      sharesRoot: hashOf('root'),
      committeeId: hashOf('c'),
      committeeEpoch: 1,
      operator: addressOf('o'),
      coinCommitment: hashOf('commitment'),
    }
    const signed = { receipt, signature: `0x${'11'.repeat(65)}` as const }
    addOperatorRoutes(api, {
      enrolments: {
        deliver: async (...args: unknown[]) => {
          delivered.push(args)
          return signed
        },
        activate: (activation: unknown) => void delivered.push(activation),
      },
      stateOf: () => 'stored',
    } as unknown as Parameters<typeof addOperatorRoutes>[1])
    const post = (url: string, payload: object) =>
      api.inject({ method: 'POST', url, payload, headers: { host: 'localhost' } })

    const good = { index: 7, sealed: Buffer.from('sealed').toString('base64'), proof: [hashOf('sibling')] }
    expect((await post('/v1/enrolments', good)).json()).to.deep.equal(signed)
    expect(delivered.pop()).to.deep.equal([7, Buffer.from('sealed'), [hashOf('sibling')]])
    expect((await post('/v1/enrolments/7/activation', { receipts: [signed] })).json()).to.deep.equal({ active: true })
    expect(delivered.pop()).to.deep.equal({ index: 7, receipts: [signed] })

    for (const [url, payload] of [
      ['/v1/enrolments', { ...good, index: -1 }],
      ['/v1/enrolments', { ...good, sealed: 'not base64!' }],
      ['/v1/enrolments', { ...good, sealed: 'A'.repeat(64 * 1024 + 4) }],
      ['/v1/enrolments', { ...good, proof: Array(5).fill(hashOf('x')) }],
      ['/v1/enrolments', { ...good, note: '' }],
      ['/v1/enrolments/x/activation', { receipts: [signed] }],
      ['/v1/enrolments/7/activation', { receipts: [] }],
      ['/v1/enrolments/7/activation', { receipts: Array(16).fill(signed) }],
      ['/v1/enrolments/7/activation', { receipts: [{ ...signed, signature: '0x' }] }],
    ] as const) {
      const answer = await post(url, payload)
      expect([answer.statusCode, answer.json().error.code], url).to.deep.equal([400, 'PALM_BAD_REQUEST'])
    }
    expect(delivered).to.deep.equal([])
    await api.close()
  })
})
