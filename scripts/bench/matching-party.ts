/**
 * One of the three parties of a benchmarked query, in a process of its own, with the parts of an operator: kernel pool
 * (one thread), data plane (TLS under the node's identity, on loopback), pairwise masks, comparison. Only what surrounds a
 * query is left out: requests, chain, database.
 */

import { createHash } from 'node:crypto'
import { pathToFileURL } from 'node:url'
import type { Hex } from '@palmhold/base'
import {
  CHUNK_ROWS,
  createCascade,
  createComparison,
  createPairwisePrf,
  decodeMessage,
  discardBytes,
  encodeMessageHeader,
  FIRST_CHUNK_ROWS,
  type Message,
  type Role,
  step,
  stepCascade,
  supplyCascade,
  supplyScores,
} from '@palmhold/matching'
import { type Channel, createDataPlane, type DataPlane } from '@palmhold/net'
import { encodeCompare, readFrame } from '@palmhold/protocol'
import { aesCtr } from '../../node/src/operator/aes-ctr.ts'
import { createKernelPool, type KernelPool } from '../../node/src/workers/kernel-pool.ts'
import { measureKernel } from './kernel-speed.ts'
import { type PartyAddress, type PartyAnswer, type PartyRequest, type PartyTiming, partyKey } from './party-messages.ts'
import {
  createSyntheticGallery,
  dealTo,
  type PartyShares,
  type QueryKind,
  SHORT_BITS,
  type SyntheticGallery,
} from './synthetic-gallery.ts'

const ROLES = [0, 1, 2] as const

/** A query under way: how it takes a message. */
type Query = { readonly take: (message: Message) => void }

type Party = {
  readonly role: Role
  readonly plane: DataPlane
  channels: Partial<Record<Role, Channel>>
  gallery?: SyntheticGallery
  shares?: PartyShares
  pool?: KernelPool
  /** Where there is a cascade: the rows of short codes. */
  shortPool?: KernelPool
  sentBytes: number
  readonly queries: Map<string, Query>
  /** Messages of queries that have not begun here. */
  readonly early: Message[]
}

async function listen(role: Role, peers: readonly Hex[]): Promise<Party> {
  const plane = await createDataPlane({ privateKey: partyKey(role), authorise: (address) => peers.includes(address) })
  const party: Party = { role, plane, channels: {}, sentBytes: 0, queries: new Map(), early: [] }
  plane.onChannel(async (channel) => {
    for await (const frame of channel.receive()) receive(party, decodeMessage(readFrame(frame).body))
  })
  return party
}

async function connect(party: Party, peers: readonly PartyAddress[]): Promise<void> {
  for (const role of ROLES)
    if (role !== party.role) {
      const { address, port } = peers[role]!
      party.channels[role] = await party.plane.connect({ address, host: '127.0.0.1', port })
    }
}

/** Fills the pools with this party's shares. */
async function load(party: Party, gallery: SyntheticGallery): Promise<void> {
  await Promise.all([party.pool?.close(), party.shortPool?.close()])
  const { rows, passRate } = gallery.options
  party.gallery = gallery
  party.shares = dealTo(gallery, party.role)
  const fill = (pool: KernelPool, shares: readonly Uint8Array[]) => {
    pool.reserve(rows)
    for (let row = 0; row < rows; row++) pool.writeRow(row, shares[gallery.palmOf(row)]!)
    return pool
  }
  party.pool = fill(createKernelPool({ threads: 1, capacityRows: rows }), party.shares.rows)
  delete party.shortPool
  if (passRate === undefined) return
  const shortPool = createKernelPool({ threads: 1, capacityRows: rows, dimension: SHORT_BITS })
  party.shortPool = fill(shortPool, party.shares.shortRows)
}

function receive(party: Party, message: Message): void {
  const query = party.queries.get(Buffer.from(message.sid).toString('hex'))
  if (query) query.take(message)
  else party.early.push(message)
}

function send(party: Party, messages: readonly Message[]): void {
  for (const message of messages) {
    party.sentBytes += message.payload.length
    const frame = encodeCompare(encodeMessageHeader(message), message.payload)
    discardBytes(message.payload)
    void party.channels[message.to]!.send(frame).then(() => discardBytes(frame))
  }
}

/** Runs queries at once, as an operator runs those of several terminals. */
async function answer(party: Party, kind: QueryKind, runs: readonly number[]): Promise<PartyTiming> {
  const [start, cpu] = [performance.now(), process.cpuUsage()]
  party.sentBytes = 0
  const under = runs.map((run) => (kind === 'cascade' ? runCascade(party, run) : runComparison(party, run)))
  await Promise.all(under.map(({ kernel }) => kernel))
  const kernelMs = performance.now() - start
  const results = await Promise.all(under.map(({ result }) => result))
  const { user, system } = process.cpuUsage(cpu)
  return {
    kernelMs,
    totalMs: performance.now() - start,
    cpuMs: (user + system) / 1000,
    sentBytes: party.sentBytes,
    candidates: results[0]!.candidates,
    bitmaps: results.map(({ bitmaps }) => bitmaps),
  }
}

type Result = { readonly bitmaps: readonly Uint8Array[]; readonly candidates: number }

/** What a step of either protocol looks like from here. */
type Step = {
  readonly send: Message[]
  readonly result?: { readonly bitmaps: Uint8Array[]; readonly candidates?: number }
}

/** What every query of a run needs: its session, its masks, and what to do with a step. */
function openQuery(party: Party, run: number, takeMessage: (message: Message) => Step) {
  const { role, queries, early } = party
  const sid = createHash('sha256').update(`query ${run}`).digest()
  const id = sid.toString('hex')
  const pairKey = (peer: Role) =>
    createHash('sha256')
      .update(`pair without ${3 - role - peer}`)
      .digest()
  const keys = Object.fromEntries(ROLES.filter((peer) => peer !== role).map((peer) => [peer, pairKey(peer)]))
  const { promise: result, resolve } = Promise.withResolvers<Result>()
  const proceed = ({ send: messages, result: end }: Step) => {
    send(party, messages)
    if (!end) return
    queries.delete(id)
    resolve({ bitmaps: end.bitmaps, candidates: end.candidates ?? 0 })
  }
  const begin = () => {
    queries.set(id, { take: (message) => proceed(takeMessage(message)) })
    const due = early.splice(0)
    for (const message of due) receive(party, message)
  }
  return { sid, prf: createPairwisePrf({ keys, sid, aesCtr }), result, proceed, begin }
}

function runComparison(party: Party, run: number) {
  const { role, gallery, pool, shares } = party
  const { rows, shifts } = gallery!.options
  const query = openQuery(party, run, (message) => step(begun.state, message))
  const { sid, prf } = query
  const begun = createComparison({
    role,
    sid,
    prf,
    rows,
    shifts,
    thresholds: gallery!.thresholds.full,
    ownsMessages: true,
  })
  query.begin()
  const kernel = pool!.stream({
    probes: shares!.probe,
    rows,
    chunkRows: CHUNK_ROWS,
    onChunk: (chunk, scores) => query.proceed(supplyScores(begun.state, chunk, scores)),
  })
  return { kernel, result: query.result }
}

function runCascade(party: Party, run: number) {
  const { role, gallery, pool, shortPool, shares } = party
  const { thresholds, shortThreshold, options } = gallery!
  const { rows, shifts } = options
  const { promise: kernel, resolve: kernelDone } = Promise.withResolvers<void>()
  const query = openQuery(party, run, (message) => advance(stepCascade(begun.state, message)))
  const { sid, prf } = query
  const begun = createCascade({
    ...{ role, sid, prf, rows },
    first: { dimension: SHORT_BITS, threshold: shortThreshold },
    second: { shifts, thresholds: thresholds.cascade, isFused: true },
    active: new Uint8Array(Math.ceil(rows / 8)).fill(0xff),
    ownsMessages: true,
  })
  const advance = (next: ReturnType<typeof stepCascade>) => {
    if (next.wanted)
      void pool!
        .stream({
          probes: shares!.probe,
          ...next.wanted,
          onChunk: (chunk, scores) => query.proceed(advance(supplyCascade(begun.state, 'second', chunk, scores))),
        })
        .then(kernelDone)
    return next
  }
  query.begin()
  void shortPool!.stream({
    probes: shares!.shortProbe,
    rows,
    chunkRows: FIRST_CHUNK_ROWS,
    onChunk: (chunk, scores) => query.proceed(advance(supplyCascade(begun.state, 'first', chunk, scores))),
  })
  return { kernel, result: query.result }
}

/** Bytes that the rows of both pools take. */
function galleryBytes({ pool, shortPool }: Party): number {
  return (pool?.rows(0, 1).buffer.byteLength ?? 0) + (shortPool?.rows(0, 1).buffer.byteLength ?? 0)
}

/** Serves the process that started this one, until it disconnects. */
function serve(): void {
  let party: Party | undefined
  const handle = async (request: PartyRequest): Promise<PartyAnswer> => {
    const start = performance.now()
    if (request.kind === 'listen') {
      party = await listen(request.role, request.peers)
      return { kind: 'listening', at: { address: party.plane.address, port: party.plane.port } }
    }
    if (request.kind === 'kernel') return { kind: 'kernel', speed: measureKernel(request.shifts) }
    if (request.kind === 'query') return { kind: 'answered', timing: await answer(party!, request.of, request.runs) }
    if (request.kind === 'connect') await connect(party!, request.peers)
    else await load(party!, createSyntheticGallery(request.gallery))
    return { kind: 'done', ms: performance.now() - start, memoryBytes: galleryBytes(party!) }
  }
  process.on('message', async (request: PartyRequest) => process.send!(await handle(request)))
  process.on('disconnect', () => process.exit())
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) serve()
