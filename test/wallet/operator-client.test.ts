/** A wallet's line to an operator, over real sockets, with operators that do what they should and with such that do not. */

import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fromHex, type Hex } from '@palmhold/base'
import {
  addressOfKey,
  createSealingKeys,
  ENROLMENT_PURPOSE,
  type EnrolmentReceipt,
  enrolmentBinding,
  isSignedBy,
  receiptHash,
  type SealingKeyNotice,
  type SealingKeys,
  type SignedReceipt,
  sealingKeyHash,
  signDigest,
  unseal,
} from '@palmhold/protocol'
import { createOperatorClient, type DealtPackage } from '@palmhold/wallet'
import { expect } from 'chai'
import { seededRandom } from '../matching/in-memory.ts'
import { COMMITTEE_ID, DOMAIN, hashOf, keyOf, NOW } from '../protocol/signed.ts'

type Answer = { status?: number; body: unknown; type?: string }

const KEY = keyOf('operator 1')
const OPERATOR = addressOfKey(KEY)
const INDEX = 7

describe('the operator client', () => {
  const random = seededRandom('operator client')
  const dealt: DealtPackage = { member: OPERATOR, bytes: random(500), proof: [hashOf('sibling')] }
  let sealing: SealingKeys
  let server: Server
  let url: string
  /** What the operator answers by path; tests replace parts of it. */
  let answers: Record<string, (body: never) => Promise<Answer> | Answer>
  let calls: { path: string; body: Record<string, unknown> }[]

  const notice = (changes: Partial<SealingKeyNotice> = {}, key = KEY, domain = DOMAIN) => {
    const full = { operator: OPERATOR, sealingKey: sealing.publicKey, issuedAt: NOW, ...changes }
    return { notice: full, signature: signDigest(sealingKeyHash(domain, full), key) }
  }
  const receipt = (changes: Partial<EnrolmentReceipt> = {}, key = KEY, domain = DOMAIN): SignedReceipt => {
    const full = {
      index: INDEX,
      sharesRoot: hashOf('root'),
      committeeId: COMMITTEE_ID,
      committeeEpoch: 1,
      operator: OPERATOR,
      coinCommitment: hashOf('commitment'),
      ...changes,
    }
    return { receipt: full, signature: signDigest(receiptHash(domain, full), key) }
  }
  const failure = (code: string, message = 'no', hints = ['Try again.']) => ({ error: { code, message, hints } })
  const client = (options: { operator?: Hex; url?: string; timeoutMs?: number } = {}) =>
    createOperatorClient(
      { operator: options.operator ?? OPERATOR, url: options.url ?? url },
      DOMAIN,
      random,
      options.timeoutMs,
    )
  const codeOf = (promise: Promise<unknown>) =>
    promise.then(
      () => 'taken',
      (error: { code?: string }) => error.code ?? String(error),
    )

  before(async () => {
    sealing = await createSealingKeys(random)
    server = createServer(async (request, response) => {
      const path = request.url!
      const body = request.method === 'POST' ? JSON.parse(await textOf(request)) : undefined
      calls.push({ path, body })
      const answer = await answers[path]?.(body as never)
      if (!answer) return response.destroy()
      response.writeHead(answer.status ?? 200, { 'content-type': answer.type ?? 'application/json' })
      response.end(typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  after(() => {
    server.closeAllConnections()
    server.close()
  })
  beforeEach(() => {
    calls = []
    answers = {
      '/v1/sealing-key': () => ({ body: notice() }),
      '/v1/enrolments': () => ({ body: receipt() }),
      [`/v1/enrolments/${INDEX}/activation`]: () => ({ body: { active: true } }),
    }
  })

  it('delivers what the operator alone can open, with its proof, and brings back the receipt', async () => {
    const signed = await client().deliver(INDEX, dealt)
    expect(signed).to.deep.equal(receipt())
    expect(isSignedBy(OPERATOR, receiptHash(DOMAIN, signed.receipt), signed.signature)).to.equal(true)
    const { body } = calls.find(({ path }) => path === '/v1/enrolments')!
    expect(body).to.have.keys('index', 'sealed', 'proof')
    expect(body).to.deep.include({ index: INDEX, proof: dealt.proof })
    const sealed = Buffer.from(body.sealed as string, 'base64')
    const open = (index: number) =>
      unseal(
        { secretKey: sealing.secretKey, purpose: ENROLMENT_PURPOSE, bound: enrolmentBinding(index, OPERATOR) },
        sealed,
      )
    expect(await open(INDEX)).to.deep.equal(dealt.bytes)
    expect(await codeOf(open(INDEX + 1))).to.equal('PALM_SEAL_INVALID')
    expect(sealed.includes(Buffer.from(dealt.bytes.subarray(0, 16)))).to.equal(false)
  })

  it('delivers a package of many kilobytes', async () => {
    const large = { ...dealt, bytes: random(40_000) }
    await client().deliver(INDEX, large)
    const sealed = Buffer.from(calls.at(-1)!.body.sealed as string, 'base64')
    const keys = { secretKey: sealing.secretKey, purpose: ENROLMENT_PURPOSE, bound: enrolmentBinding(INDEX, OPERATOR) }
    expect(await unseal(keys, sealed)).to.deep.equal(large.bytes)
  })

  it('hands over all receipts to activate', async () => {
    await client().activate(INDEX, [receipt(), receipt()])
    expect(calls).to.deep.equal([
      { path: `/v1/enrolments/${INDEX}/activation`, body: { receipts: [receipt(), receipt()] } },
    ])
  })

  describe('sends nothing to', () => {
    const cases: [name: string, code: string, make: () => Answer][] = [
      [
        'another operator',
        'PALM_PEER_IDENTITY',
        () => ({ body: notice({ operator: addressOfKey(keyOf('x')) }, keyOf('x')) }),
      ],
      ['somebody who claims to be it', 'PALM_PEER_IDENTITY', () => ({ body: notice({}, keyOf('x')) })],
      [
        'somebody who puts a key of his own under its signature',
        'PALM_PEER_IDENTITY',
        () => {
          const { signature } = notice()
          return { body: { notice: { ...notice().notice, sealingKey: hashOf('his key') }, signature } }
        },
      ],
      [
        'the same operator of another chain',
        'PALM_PEER_IDENTITY',
        () => ({ body: notice({}, KEY, { ...DOMAIN, chainId: 1 }) }),
      ],
      ['whoever answers in another shape', 'PALM_OPERATOR_ANSWER', () => ({ body: { key: sealing.publicKey } })],
      ['whoever answers more than that', 'PALM_OPERATOR_ANSWER', () => ({ body: { ...notice(), note: '' } })],
      [
        'an operator that is not well',
        'PALM_CHAIN_UNREACHABLE',
        () => ({ status: 503, body: failure('PALM_CHAIN_UNREACHABLE') }),
      ],
      ['what is no operator', 'PALM_OPERATOR_UNREACHABLE', () => ({ body: '<html>', type: 'text/html' })],
      ['a key that is none', 'PALM_SEAL_INVALID', () => ({ body: notice({ sealingKey: `0x${'00'.repeat(32)}` }) })],
    ]
    for (const [name, code, make] of cases)
      it(`${name}: ${code}`, async () => {
        answers['/v1/sealing-key'] = make
        expect(await codeOf(client().deliver(INDEX, dealt))).to.equal(code)
        expect(calls.map(({ path }) => path)).to.deep.equal(['/v1/sealing-key'])
      })

    it('the operator at the wrong address', async () => {
      expect(await codeOf(client({ operator: addressOfKey(keyOf('operator 2')) }).deliver(INDEX, dealt))).to.equal(
        'PALM_PEER_IDENTITY',
      )
      expect(calls.length).to.equal(1)
    })
  })

  describe('takes no receipt', () => {
    const cases: [name: string, make: () => unknown][] = [
      ['of another enrolment', () => receipt({ index: INDEX + 1 })],
      ['in the name of another', () => receipt({ operator: addressOfKey(keyOf('x')) }, keyOf('x'))],
      ['that names another', () => receipt({ operator: addressOfKey(keyOf('x')) })],
      ['that another signed', () => receipt({}, keyOf('x'))],
      ['of another deployment', () => receipt({}, KEY, { ...DOMAIN, chainId: 1 })],
      [
        'whose content was changed',
        () => ({ ...receipt(), receipt: { ...receipt().receipt, sharesRoot: hashOf('other') } }),
      ],
      ['without signature', () => ({ receipt: receipt().receipt })],
    ]
    for (const [name, make] of cases)
      it(`${name}: PALM_OPERATOR_ANSWER`, async () => {
        answers['/v1/enrolments'] = () => ({ body: make() })
        expect(await codeOf(client().deliver(INDEX, dealt))).to.equal('PALM_OPERATOR_ANSWER')
      })
  })

  it("passes the operator's refusal on: code, words and hints", async () => {
    answers['/v1/enrolments'] = () => ({
      status: 400,
      body: failure('PALM_SHARE_INVALID', 'not these', ['Deal again.']),
    })
    const error = await client()
      .deliver(INDEX, dealt)
      .catch((cause: unknown) => cause)
    expect(error).to.deep.include({ code: 'PALM_SHARE_INVALID', hints: ['Deal again.'] })
    expect((error as Error).message).to.equal(`operator ${OPERATOR}: not these`)

    answers[`/v1/enrolments/${INDEX}/activation`] = () => ({ status: 400, body: failure('PALM_RECEIPTS_MISSING') })
    expect(await codeOf(client().activate(INDEX, []))).to.equal('PALM_RECEIPTS_MISSING')
  })

  it('takes no foreign code, and no failure of another shape', async () => {
    for (const body of [failure('ENOENT'), failure('PALM_x'), { error: 'no' }, {}]) {
      answers['/v1/enrolments'] = () => ({ status: 400, body })
      expect(await codeOf(client().deliver(INDEX, dealt))).to.equal('PALM_OPERATOR_ANSWER')
    }
  })

  it('names an operator that does not answer, with its address and place', async () => {
    delete answers['/v1/enrolments']
    expect(await codeOf(client().deliver(INDEX, dealt))).to.equal('PALM_OPERATOR_UNREACHABLE')

    const nobody = createServer()
    await new Promise<void>((resolve) => nobody.listen(0, '127.0.0.1', resolve))
    const place = `http://127.0.0.1:${(nobody.address() as AddressInfo).port}`
    await new Promise((resolve) => nobody.close(resolve))
    const error = await client({ url: place })
      .activate(INDEX, [])
      .catch((cause: unknown) => cause)
    expect(error).to.include({ code: 'PALM_OPERATOR_UNREACHABLE' })
    expect((error as Error).message)
      .to.include(OPERATOR)
      .and.to.include(place)
  })

  it('does not wait for ever', async () => {
    answers['/v1/sealing-key'] = () => new Promise(() => undefined)
    expect(await codeOf(client({ timeoutMs: 100 }).deliver(INDEX, dealt))).to.equal('PALM_OPERATOR_UNREACHABLE')
  })

  it('binds a package to enrolment and operator', () => {
    const bound = (index: number, operator: Hex) => Buffer.from(enrolmentBinding(index, operator)).toString('hex')
    const all = [bound(1, OPERATOR), bound(11, OPERATOR), bound(1, addressOfKey(keyOf('x')))]
    expect(new Set(all).size).to.equal(3)
    expect(fromHex(OPERATOR).length).to.equal(20)
  })
})

async function textOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request) text += chunk
  return text
}
