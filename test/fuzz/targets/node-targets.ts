/**
 * What reaches a running node: calls of its HTTP API, frames of its data plane, and what operators ask each other about
 * enrolments. Everything behind it is the real part; operators answer over function calls (test/node/in-memory-committee).
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Hex, toHex } from '@palmhold/base'
import { ChainUnreachableError } from '@palmhold/chain'
import type { SeededRandom } from '@palmhold/palm'
import {
  createSealingKeys,
  DEFAULT_FIRST_PASS,
  decodeReply,
  encodeQuery,
  FRAME,
  PROBE_PURPOSE,
  type ProofVerifier,
  parseJson,
  probeBinding,
  readFrame,
  requestHash,
  seal,
  signDigest,
} from '@palmhold/protocol'
import { Registry } from 'prom-client'
import { type ApiServer, createApiServer } from '../../../node/src/http/api-server.ts'
import { createLogger } from '../../../node/src/http/logger.ts'
import { createGallerySync } from '../../../node/src/operator/gallery-sync.ts'
import { addOperatorRoutes } from '../../../node/src/operator/operator-api.ts'
import { rowAnswerSchema, rowQuestionSchema } from '../../../node/src/operator/row-check.ts'
import { openAnchorDatabase } from '../../../node/src/verifier/anchor-database.ts'
import { createAnchoring } from '../../../node/src/verifier/anchoring.ts'
import { createCommitteeClient } from '../../../node/src/verifier/committee-client.ts'
import { createPayments } from '../../../node/src/verifier/payments.ts'
import { addVerifierRoutes } from '../../../node/src/verifier/verifier-api.ts'
import { openVerifierDatabase } from '../../../node/src/verifier/verifier-database.ts'
import { codesIn } from '../../matching/in-memory.ts'
import { addressOfName, peerIdOfName } from '../../net/test-keys.ts'
import {
  makeQuery,
  probeOf,
  queryFor,
  startCommittee,
  TERMINAL,
  type TestCommittee,
} from '../../node/in-memory-committee.ts'
import { createTestLinks } from '../../node/in-memory-links.ts'
import { addressOf, DOMAIN, hashOf, keyOf, MERCHANT_DID, MERCHANT_ID, makeTrust, NOW } from '../../protocol/signed.ts'
import type { FuzzTarget, OpenTarget } from '../fuzz-target.ts'
import { mutateBytes, pick } from '../mutate-bytes.ts'
import { mutateJson } from '../mutate-json.ts'
import { peerAlone } from '../peer-alone.ts'
import { saysAnother } from '../same-json.ts'
import { bytesOf, nearJson, textOf } from './near-seeds.ts'

const TOKEN = 'a-token-of-the-node'
/** A match that nobody else takes part in ends after this. */
const MATCH_MS = 20
/** Takes no proof, and has no key. */
const noProofs: ProofVerifier = { verify: () => false, keyHash: () => hashOf('no key') }

/** A route with valid bodies; the path may hold a parameter. */
type Route = { readonly method: 'GET' | 'POST'; readonly path: string; readonly bodies: readonly unknown[] }

/** A target of an API: an input is a line with method and path, and the body behind it. */
async function apiTarget(api: ApiServer, routes: readonly Route[], close: () => Promise<void>): Promise<OpenTarget> {
  await api.ready()
  let calls = 0
  return {
    make: (random) => callNear(random, routes),
    async decode(input) {
      const text = Buffer.from(input)
      const end = text.indexOf('\n')
      const [method = '', path = ''] = text
        .subarray(0, end < 0 ? text.length : end)
        .toString()
        .split(' ')
      const body = end < 0 ? Buffer.alloc(0) : text.subarray(end + 1)
      const answer = await api.inject({
        method: method === 'GET' ? 'GET' : 'POST',
        url: urlOf(path),
        headers: { 'content-type': 'application/json', authorization: `Bearer ${TOKEN}` },
        ...(method === 'GET' ? {} : { payload: body }),
        // One caller has 1,200 calls a minute.
        remoteAddress: `10.0.${(calls >> 8) & 0xff}.${calls++ & 0xff}`,
      })
      if (answer.statusCode === 200) return answer
      const { error } = answer.json<{ error: { code?: unknown } }>()
      const isNamed = typeof error.code === 'string' && error.code.startsWith('PALM_') && answer.statusCode !== 500
      return { ok: !isNamed, reason: String(error.code) }
    },
    complaint: (result) => ('reason' in (result as object) ? 'an internal error, or one without a code' : undefined),
    close: async () => {
      await api.close()
      await close()
    },
  }
}

function callNear(random: SeededRandom, routes: readonly Route[]): Uint8Array {
  const { method, path, bodies } = pick(random, routes)
  const bent = random.unit() < 0.2 ? textOf(mutateBytes(random, [bytesOf(path)])).replaceAll('\n', '') : path
  const body = bodies.length === 0 ? new Uint8Array() : mutateJson(random, bodies)
  return Buffer.concat([bytesOf(`${method} ${bent}\n`), body])
}

/** A path that a client can put on the wire: what it can't is not what this is about. */
function urlOf(path: string): string {
  return URL.canParse(path, 'http://localhost') && path.startsWith('/') ? path : '/v1/nothing'
}

function newApi(): Promise<ApiServer> {
  const log = createLogger('fuzz', 'silent')
  return createApiServer({
    title: 'A node',
    metrics: new Registry(),
    log,
    health: async () => ({ ok: true, checks: {} }),
  })
}

async function newWorld(name: string): Promise<TestCommittee> {
  const world = await startCommittee(name)
  await world.enrol('anna', addressOf('anna'))
  world.timeoutMs = MATCH_MS
  return world
}

const operatorApi: FuzzTarget = {
  name: 'http/operator',
  weight: 12,
  async open() {
    const world = await newWorld('http operator')
    const [operator] = world.operators
    const stored = operator!.gallery.enrolment(0)!
    const receipts: unknown = JSON.parse(stored.receipts!)
    const api = await newApi()
    addOperatorRoutes(api, {
      status: () => ({
        address: operator!.address,
        peerId: peerIdOfName('operator'),
        did: MERCHANT_DID,
        committeeId: hashOf('committee'),
        committeeEpoch: 1,
        rows: 1,
        enrolments: 1,
        damaged: [],
        galleryRoot: hashOf('gallery'),
        peers: 0,
      }),
      sealingKey: () => ({
        notice: { operator: operator!.address, sealingKey: operator!.sealing.publicKey, issuedAt: NOW },
        signature: signDigest(hashOf('notice'), keyOf('operator 1')),
      }),
      enrolments: operator!.enrolments,
      stateOf: (index) => operator!.gallery.enrolment(index)?.state ?? 'unknown',
    })
    const sealed = Buffer.from(world.random(200)).toString('base64')
    const routes: Route[] = [
      { method: 'GET', path: '/v1/status', bodies: [] },
      { method: 'GET', path: '/v1/enrolments/0', bodies: [] },
      { method: 'POST', path: '/v1/enrolments', bodies: [{ index: 0, sealed, proof: [hashOf('sibling')] }] },
      { method: 'POST', path: '/v1/enrolments/0/activation', bodies: [{ receipts }] },
      { method: 'POST', path: '/v1/enrolments/4294967295/activation', bodies: [{ receipts }] },
    ]
    return apiTarget(api, routes, () => world.close())
  },
}

const verifierApi: FuzzTarget = {
  name: 'http/verifier',
  weight: 6,
  // A whole match is behind one of its routes.
  memoryBytes: () => 256 * 1024 * 1024,
  async open() {
    const world = await newWorld('http verifier')
    const folder = mkdtempSync(join(tmpdir(), 'palmhold-fuzz-'))
    const database = openVerifierDatabase(join(folder, 'verifier.sqlite'))
    const sealing = await createSealingKeys(world.random)
    const client = createCommitteeClient({
      domain: DOMAIN,
      committee: () => world.committee,
      links: () => links,
      timeoutMs: 1000,
    })
    const links = createTestLinks(world, (channel) => client.listenTo(channel))
    const noChain = async () => {
      throw new ChainUnreachableError('http://127.0.0.1:1')
    }
    const anchors = openAnchorDatabase(join(folder, 'anchors.sqlite'))
    const anchoring = createAnchoring({
      chain: { anchor: noChain, anchoredAt: noChain },
      chainId: DOMAIN.chainId,
      contract: addressOf('anchors'),
      database: anchors,
      random: world.random,
    })
    const payments = createPayments({
      anchoring,
      domain: DOMAIN,
      chain: {
        charge: noChain,
        chargeOf: async () => undefined,
        attestationOf: async () => undefined,
        enrolmentCount: async () => 1,
      },
      database,
      client,
      committee: () => world.committee,
      terminalKey: keyOf('terminal'),
      terminal: TERMINAL,
      sealing,
      merchant: { merchantId: MERCHANT_ID, did: MERCHANT_DID, payout: addressOf('payee') },
      merchantName: async () => 'Corner shop',
      token: addressOf('token'),
      firstPass: DEFAULT_FIRST_PASS,
      trust: makeTrust,
      phoneLane: {
        proofs: noProofs,
        credential: null,
        trust: async () => makeTrust(),
        waits: { probeMs: 1, answerMs: 1 },
      },
      clock: () => world.now,
      random: world.random,
    })
    const api = await newApi()
    addVerifierRoutes(api, {
      token: TOKEN,
      payments,
      status: async () => ({
        address: TERMINAL,
        peerId: peerIdOfName('verifier'),
        merchant: { did: MERCHANT_DID, name: null, active: true },
        terminal: { address: TERMINAL, active: true },
        committeeId: hashOf('committee'),
        operators: [],
      }),
      sealingKey: () => ({
        notice: { operator: TERMINAL, sealingKey: sealing.publicKey, issuedAt: NOW },
        signature: signDigest(hashOf('notice'), keyOf('terminal')),
      }),
      repeatedAs: () => undefined,
      refund: noChain,
      openAnchor: ({ requestHash }) => anchoring.open(requestHash),
    })
    const { requestHash: hash } = await payments.issue({ amountMinor: 1250, orderId: 'order' })
    const to = { publicKey: sealing.publicKey, purpose: PROBE_PURPOSE, bound: probeBinding(hash) }
    const sealed = Buffer.from(await seal(to, Buffer.concat(codesIn(probeOf('anna'))), world.random)).toString('base64')
    const phone = await payments.issue({ amountMinor: 1250, orderId: 'order', lane: 'phone' })
    const paired = { pairing: phone.pairing }
    const at = (call: string) => `/v1/phone/${phone.requestHash}/${call}`
    const routes: Route[] = [
      { method: 'POST', path: at('pair'), bodies: [{ ...paired, sealingKey: hashOf('key') }] },
      { method: 'POST', path: at('probe'), bodies: [paired] },
      { method: 'POST', path: at('answer'), bodies: [{ ...paired, attestation: {}, evidence: { kind: 'proofs' } }] },
      { method: 'POST', path: at('decline'), bodies: [{ ...paired, reason: 'PALM_OWNER_DECLINED' }] },
      { method: 'POST', path: '/v1/payments', bodies: [{ amountMinor: 1250, orderId: 'order', lane: 'phone' }] },
      { method: 'POST', path: `/v1/payments/${hash}/scan`, bodies: [{ sealed }] },
      { method: 'GET', path: `/v1/payments/${hash}`, bodies: [] },
      { method: 'POST', path: `/v1/payments/${hash}/refund`, bodies: [{}] },
      { method: 'GET', path: '/v1/receipts?limit=20', bodies: [] },
      { method: 'POST', path: '/v1/admissions', bodies: [{ type: 'access', orderId: 'door', lane: 'palm' }] },
      { method: 'POST', path: `/v1/admissions/${hash}/scan`, bodies: [{ sealed }] },
      { method: 'GET', path: `/v1/anchors/${hash}`, bodies: [] },
    ]
    return apiTarget(api, routes, async () => {
      await links.close()
      anchors.close()
      database.close()
      rmSync(folder, { recursive: true, force: true })
      await world.close()
    })
  },
}

/** Frames as an operator takes them: from a terminal or a member, in the middle of a match or out of nowhere. */
const matcher: FuzzTarget = {
  name: 'node/matcher',
  weight: 8,
  async open() {
    const world = await newWorld('matcher')
    world.timeoutMs = 10_000
    const [operator, other] = world.operators
    const query = makeQuery(world, probeOf('anna'))
    await world.askAll(query)
    world.timeoutMs = MATCH_MS
    const late = makeQuery(world, probeOf('anna'), { request: { amountMinor: 77 } })
    const frames = [query, late].map((one) => encodeQuery(queryFor(one, operator!.address)))
    const seeds = [...frames, ...frames, ...world.frames.slice(0, 40).map(({ frame }) => frame)]
    const known = new Set([query, late].map(({ request }) => requestHash(DOMAIN, request)))
    return {
      make: (random) => mutateBytes(random, seeds),
      decode: (input) =>
        new Promise((resolve) => {
          const from = input[0] === FRAME.query ? TERMINAL : other!.address
          // A frame that is refused throws here, before the promise has a result.
          operator!.matcher.onFrame(from, input, async (frame) => resolve(decodeReply(readFrame(frame).body)))
          if (input[0] !== FRAME.query) resolve('taken')
        }),
      complaint(result) {
        if (result === 'taken') return undefined
        const { requestHash: hash } = result as { requestHash: Hex }
        return known.has(hash) ? undefined : 'a request that no terminal signed was answered'
      },
      close: () => world.close(),
    }
  },
}

/** What another operator asks about enrolments, and what it answers. */
const gallerySync: FuzzTarget = {
  name: 'node/gallery-sync',
  weight: 6,
  async open() {
    const world = await newWorld('gallery sync')
    const [operator] = world.operators
    const receipts: unknown = JSON.parse(operator!.gallery.enrolment(0)!.receipts!)
    const peer = peerAlone('operator')
    const directory = {
      get: (address: Hex) => ({ address, peerId: peerIdOfName('one') }),
    }
    const sync = await createGallerySync({
      peer,
      directory: directory as never,
      committee: () => world.committee,
      gallery: operator!.gallery,
      enrolments: operator!.enrolments,
      activeIndexes: () => [0],
    })
    const answers = [{ activations: [{ index: 0, receipts }], damaged: [{ index: 3, sharesRoot: hashOf('shares') }] }]
    const questions = [new Uint8Array(), new Uint8Array([0, 0, 0, 0]), new Uint8Array(400)]
    return {
      make: (random) => (random.unit() < 0.3 ? mutateBytes(random, questions) : mutateJson(random, answers)),
      async decode(input) {
        peer.answer = input
        await sync.pull()
        await peer.ask(addressOfName('stranger'), peerIdOfName('stranger'), input)
        return peer.ask(world.committee.members[1]!, peerIdOfName('one'), input)
      },
      close: () => world.close(),
    }
  },
}

/** What members ask and tell each other when an enrolment is checked. */
const rowCheck = nearJson(
  () => {
    const receipt = { index: 7, sharesRoot: hashOf('shares'), committeeId: hashOf('committee'), committeeEpoch: 1 }
    const signed = { ...receipt, operator: addressOf('operator'), coinCommitment: hashOf('commitment') }
    const signature = signDigest(hashOf('receipt'), keyOf('operator 1'))
    return [
      { index: 7, receipts: [{ receipt: signed, signature }], nonces: [hashOf('nonce')] },
      { nonce: hashOf('nonce'), opened: toHex(new Uint8Array(160)) },
      { nonce: hashOf('nonce'), opened: '' },
    ]
  },
  {
    name: 'node/row-check',
    weight: 25,
    decode(input) {
      const schema = (input.length & 1) === 0 ? rowQuestionSchema : rowAnswerSchema
      return parseJson<unknown>(schema, textOf(input), 'row check', 'PALM_ENCODING_INVALID')
    },
    complaint: (result, input) => saysAnother(textOf(input), result),
  },
)

export const nodeTargets: readonly FuzzTarget[] = [operatorApi, verifierApi, matcher, gallerySync, rowCheck]
