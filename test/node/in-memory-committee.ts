/**
 * Three operators and a terminal in one process. Everything is the real part (kernel threads, gallery on disk, SQLite,
 * sealing, dealing, matching, signatures); only the transport is a function call, so that a test can see, hold back or
 * bend each frame. For tests only.
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { x25519 } from '@noble/curves/ed25519.js'
import { type Hex, PalmError, type RandomBytes, toHex } from '@palmhold/base'
import { type DealRefusal, GALLERY_ROW_BYTES } from '@palmhold/matching'
import {
  buildPalmTemplate,
  createSyntheticPalm,
  encodeProbeCodes,
  type PalmTemplate,
  type ProbeCodes,
  renderRoi,
} from '@palmhold/palm'
import {
  addressOfKey,
  createSealingKeys,
  DEFAULT_FIRST_PASS,
  decodeReply,
  ENROLMENT_PURPOSE,
  encodeQuery,
  enrolmentBinding,
  type FirstPass,
  type IdentityShare,
  type Policy,
  policyFor,
  policyHash,
  type Query,
  type Reply,
  type Request,
  readFrame,
  requestHash,
  type Scan,
  type SealingKeys,
  type SignedReceipt,
  scanHash,
  seal,
  signDigest,
} from '@palmhold/protocol'
import { createEnrolmentSecrets, type DealtEnrolment, dealEnrolment, type Templates } from '@palmhold/wallet'
import type { DealingStore } from '../../node/src/operator/dealing-store.ts'
import { type ChainEnrolment, createEnrolments, type Enrolments } from '../../node/src/operator/enrolments.ts'
import { type Gallery, openGallery } from '../../node/src/operator/gallery.ts'
import { createGalleryPools, type GalleryPools } from '../../node/src/operator/gallery-pools.ts'
import { createMatcher, type Matcher } from '../../node/src/operator/matcher.ts'
import { openOperatorDatabase } from '../../node/src/operator/operator-database.ts'
import { createOperatorMetrics, type OperatorMetrics } from '../../node/src/operator/operator-metrics.ts'
import {
  type RowAnswer,
  type RowQuestion,
  rowAnswerSchema,
  rowQuestionSchema,
} from '../../node/src/operator/row-check.ts'
import type { Committee } from '../../node/src/runtime/committee.ts'
import { openSegments } from '../../node/src/storage/segment-store.ts'
import { splitProbe } from '../../node/src/verifier/split-probe.ts'
import type { KernelPool } from '../../node/src/workers/kernel-pool.ts'
import { seededRandom } from '../matching/in-memory.ts'
import { addressOf, COMMITTEE_ID, DOMAIN, keyOf, makeRequest, NOW, operatorKeys } from '../protocol/signed.ts'
import { noted } from '../wallet/deal-around.ts'

export type TestOperator = {
  readonly address: Hex
  readonly folder: string
  readonly matcher: Matcher
  readonly gallery: Gallery
  readonly enrolments: Enrolments
  readonly sealing: SealingKeys
  /** Hashes of the requests that this operator spent, in order. */
  readonly spent: Hex[]
  readonly dealings: DealingStore
  /** Forgets requests that were over before `now`; returns how many. */
  readonly prune: (now: number) => number
  /** Why it refused what was dealt for enrolments, in order. */
  readonly refusals: readonly DealRefusal[]
  readonly metrics: OperatorMetrics
  /** How often the kernel ran. */
  readonly kernelRuns: () => number
  /** How often another operator's gallery was not this one's. */
  readonly mismatches: () => number
  /** Closes gallery and database, once; another may open the folder then. */
  readonly closeGallery: () => void
}

/** A frame between operators: what a test sees, and may hold back by returning false. */
export type Delivery = { readonly from: Hex; readonly to: Hex; readonly frame: Uint8Array }

export type TestCommittee = {
  readonly operators: readonly TestOperator[]
  readonly committee: Committee
  /** Seconds since 1970, at every node. */
  now: number
  /** The longest match of every operator. */
  timeoutMs: number
  /** Whether every operator searches in two passes. */
  firstPass: FirstPass
  /** Lets frames between operators through. */
  deliver: (delivery: Delivery) => boolean
  /** Frames that went between operators. */
  readonly frames: Delivery[]
  /** What an operator threw at a frame: it would have closed the channel. */
  readonly refusedFrames: unknown[]
  isTerminalActive: boolean
  readonly random: RandomBytes
  readonly chain: Map<number, ChainEnrolment>
  /** What an operator takes its part of a pseudonym from; a test may bend it as a damaged disk does. */
  identityAt: (operator: Hex, identity: IdentityShare) => IdentityShare
  /** The identity secrets of those that `enrol` enrolled, by index. */
  readonly identitySecrets: Map<number, bigint>
  operator(address: Hex): TestOperator
  /** Registers `palm` and has everybody acknowledge and activate it; returns its index. */
  enrol(palm: string, owner: Hex, options?: { activate?: boolean }): Promise<number>
  /** Has every operator check and activate an enrolment. */
  activate(index: number, receipts: readonly SignedReceipt[]): Promise<void>
  /** Carries a question of one member's check to another, and the answer back; a test may bend or refuse either. */
  askMember: (from: Hex, to: Hex, question: RowQuestion) => Promise<RowAnswer>
  /** Sends `query` to one operator as `from` (the terminal unless given) and waits for the answer. */
  ask(operator: TestOperator, query: Query, from?: Hex): Promise<Reply>
  /** Sends each operator its query and waits for all answers, in the order of the roles. */
  askAll(queries: SplitQuery): Promise<Reply[]>
  close(): Promise<void>
}

/** A query with the share of each operator. */
export type SplitQuery = Omit<Query, 'package' | 'proof'> & {
  readonly packageOf: (member: Hex) => Pick<Query, 'package' | 'proof'>
}

export const TERMINAL = addressOf('terminal')

const templates = new Map<string, PalmTemplate>()
const probes = new Map<string, ProbeCodes>()

/** Pictures of one day make a template; drawn once a run. */
export function templateOf(palm: string): PalmTemplate {
  const known = templates.get(palm)
  if (known) return known
  const person = createSyntheticPalm(palm)
  const template = buildPalmTemplate([1, 2].map((index) => renderRoi(person, { session: 1, index })))
  templates.set(palm, template)
  return template
}

/** The codes of a picture of another day; drawn once a run. */
export function probeOf(palm: string, index = 1): ProbeCodes {
  const known = probes.get(`${palm} ${index}`)
  if (known) return known
  const probe = encodeProbeCodes(renderRoi(createSyntheticPalm(palm), { session: 2, index }))
  probes.set(`${palm} ${index}`, probe)
  return probe
}

/** What a wallet deals of `templates` under an identity that nobody had before. */
export function dealTemplates(
  templates: Templates,
  { committee, random }: Pick<TestCommittee, 'committee' | 'random'>,
): DealtEnrolment {
  return dealEnrolment(createEnrolmentSecrets(templates, random), committee, random)
}

/** A probe of the first `count` codes of another. */
export function shortened({ codes, pooled }: ProbeCodes, count: number): ProbeCodes {
  return { codes: codes.slice(0, count), pooled }
}

/** A signed query for a probe: everything in it is as an honest verifier makes it, after `changes`. */
export function makeQuery(
  world: Pick<TestCommittee, 'committee' | 'random' | 'now'>,
  probe: ProbeCodes,
  changes: { request?: Partial<Request>; scan?: Partial<Scan>; policy?: Policy; attempt?: number } = {},
): SplitQuery {
  const policy = changes.policy ?? policyFor(40)
  const request = makeRequest({
    policyHash: policyHash(policy),
    nonce: toHex(world.random(32)),
    issuedAt: world.now,
    expiry: world.now + 120,
    ...changes.request,
  })
  const split = splitProbe(probe, world.committee, world.random)
  const scan: Scan = {
    requestHash: requestHash(DOMAIN, request),
    probeRoot: split.probeRoot,
    leafCount: probe.codes.length,
    probeSharesRoot: split.probeSharesRoot,
    capturedAt: world.now,
    ...changes.scan,
  }
  return signed({
    request,
    requestSignature: '0x',
    scan,
    scanSignature: '0x',
    policy,
    roles: world.committee.members,
    attempt: changes.attempt ?? 1,
    packageOf: split.packageOf,
  })
}

/** `query` with the terminal's signatures over what it holds now. */
export function signed(query: SplitQuery, key = keyOf('terminal')): SplitQuery {
  return {
    ...query,
    requestSignature: signDigest(requestHash(DOMAIN, query.request), key),
    scanSignature: signDigest(scanHash(DOMAIN, query.scan), key),
  }
}

/** What `member` gets of a split query. */
export function queryFor({ packageOf, ...query }: SplitQuery, member: Hex): Query {
  return { ...query, ...packageOf(member) }
}

/** Starts `count` operators, of whom any one alone learns nothing and any three can match. */
export async function startCommittee(seed: string, count = 3, scansPerMinute = 10_000): Promise<TestCommittee> {
  const random = seededRandom(seed)
  const keys = operatorKeys(count)
  const committee: Committee = {
    committeeId: COMMITTEE_ID,
    epoch: 1,
    members: keys.map(addressOfKey),
    threshold: 1,
    quorum: 2,
  }
  const root = mkdtempSync(join(tmpdir(), 'palmhold-operators-'))
  const allPools: GalleryPools[] = []
  const operators: TestOperator[] = []

  const world: TestCommittee = {
    operators,
    committee,
    now: NOW,
    timeoutMs: 10_000,
    firstPass: DEFAULT_FIRST_PASS,
    deliver: () => true,
    frames: [],
    refusedFrames: [],
    isTerminalActive: true,
    random,
    chain: new Map(),
    identityAt: (_, identity) => identity,
    identitySecrets: new Map(),
    operator: (address) => operators.find((operator) => operator.address === address)!,
    async enrol(palm, owner, { activate = true } = {}) {
      const secrets = createEnrolmentSecrets({ left: templateOf(palm) }, random)
      const dealt = dealEnrolment(secrets, committee, random)
      const index = world.chain.size
      world.chain.set(index, noted(index, owner, dealt))
      world.identitySecrets.set(index, secrets.identitySecret)
      const receipts: SignedReceipt[] = []
      for (const { member, bytes, proof } of dealt.packages) {
        const { enrolments, sealing } = world.operator(member)
        const to = {
          publicKey: sealing.publicKey,
          purpose: ENROLMENT_PURPOSE,
          bound: enrolmentBinding(index, member),
        }
        receipts.push(await enrolments.deliver(index, await seal(to, bytes, random), proof))
      }
      if (activate) await world.activate(index, receipts)
      return index
    },
    async activate(index, receipts) {
      await Promise.all(operators.map(({ enrolments }) => enrolments.activate({ index, receipts })))
    },
    askMember: async (_from, to, question) => {
      // As on a wire: another turn, and nothing but JSON.
      await new Promise(setImmediate)
      const asked = rowQuestionSchema.parse(JSON.parse(JSON.stringify(question)))
      return rowAnswerSchema.parse(JSON.parse(JSON.stringify(await world.operator(to).enrolments.answer(asked))))
    },
    ask: (operator, query, from = TERMINAL) =>
      new Promise((resolve, reject) => {
        try {
          operator.matcher.onFrame(from, encodeQuery(query), async (frame) =>
            resolve(decodeReply(readFrame(frame).body)),
          )
        } catch (error) {
          reject(error)
        }
      }),
    askAll: (query) => Promise.all(query.roles.map((role) => world.ask(world.operator(role), queryFor(query, role)))),
    async close() {
      await Promise.all(allPools.map((pools) => pools.close()))
      for (const { closeGallery } of operators) closeGallery()
      rmSync(root, { recursive: true })
    },
  }

  const sendFrom = (from: Hex) => async (to: Hex, frame: Uint8Array) => {
    const delivery = { from, to, frame: Uint8Array.from(frame) }
    if (!world.deliver(delivery)) return
    world.frames.push(delivery)
    // As on a wire: what is sent arrives later, and in order.
    setImmediate(() => {
      try {
        // A copy, for what is taken is freed.
        world.operator(to).matcher.onFrame(from, delivery.frame.slice(), async () => undefined)
      } catch (error) {
        world.refusedFrames.push(error)
      }
    })
  }

  for (const [i, privateKey] of keys.entries()) {
    const address = addressOfKey(privateKey)
    const folder = join(root, `operator-${i + 1}`)
    const database = openOperatorDatabase(join(folder, 'operator.sqlite'))
    const pools = createGalleryPools({ threads: 1, capacityRows: 64 })
    allPools.push(pools)
    const gallery = await openGallery(database, openSegments(join(folder, 'segments'), GALLERY_ROW_BYTES), pools)
    const exchangeSecret = random(32)
    const spent: Hex[] = []
    const refusals: DealRefusal[] = []
    const metrics = createOperatorMetrics()
    let kernelRuns = 0
    const counted = (pool: KernelPool): KernelPool => ({
      ...pool,
      dot(probes, rows) {
        kernelRuns++
        return pool.dot(probes, rows)
      },
      stream(query) {
        kernelRuns++
        return pool.stream(query)
      },
    })
    let mismatches = 0
    let isOpen = true
    const matcher = createMatcher({
      domain: DOMAIN,
      registry: addressOf('operator registry'),
      self: address,
      privateKey,
      exchange: { secretKey: exchangeSecret, publicKey: toHex(x25519.getPublicKey(exchangeSecret)) },
      committee: () => committee,
      gallery: {
        ...gallery,
        ownerOf(slot) {
          const owner = gallery.ownerOf(slot)
          return owner && { ...owner, identity: world.identityAt(address, owner.identity) }
        },
      },
      database: {
        ...database,
        spend(hash, scan, attempt, keepUntil) {
          const earlier = database.spend(hash, scan, attempt, keepUntil)
          spent.push(hash)
          return earlier
        },
      },
      pools: { codes: counted(pools.codes), pooled: counted(pools.pooled) },
      metrics,
      clock: () => world.now,
      random,
      get timeoutMs() {
        return world.timeoutMs
      },
      scansPerMinute,
      get firstPass() {
        return world.firstPass
      },
      isActiveTerminal: async () => world.isTerminalActive,
      sendTo: sendFrom(address),
      onMismatch: () => mismatches++,
    })
    const sealing = await createSealingKeys(random)
    const enrolments = createEnrolments({
      domain: DOMAIN,
      self: address,
      privateKey,
      sealing,
      committee: () => committee,
      gallery,
      chainEnrolment: async (index) => {
        const found = world.chain.get(index)
        if (!found) throw new PalmError('PALM_ENROLMENT_UNKNOWN', 'the chain knows no such enrolment')
        return found
      },
      whileIdle: matcher.whileIdle,
      onChange: () => undefined,
      dealings: database.dealings,
      askMember: (member, question) => world.askMember(address, member, question),
      onRefusal: (reason) => refusals.push(reason),
    })
    operators.push({
      address,
      folder,
      matcher,
      gallery,
      enrolments,
      sealing,
      spent,
      dealings: database.dealings,
      prune: (now) => database.prune(now),
      refusals,
      metrics,
      kernelRuns: () => kernelRuns,
      mismatches: () => mismatches,
      closeGallery() {
        if (isOpen) gallery.close()
        isOpen = false
      },
    })
  }
  return world
}
