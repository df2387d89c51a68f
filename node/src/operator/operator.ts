/**
 * One operator, composed: its key is its name everywhere (EVM address, libp2p PeerId, TLS identity, signer of
 * attestations). It registers on chain, waits for its committee, loads its rows, meets the others, and answers queries.
 */

import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { x25519 } from '@noble/curves/ed25519.js'
import { errorCode, type Hex, PalmError, toHex } from '@palmhold/base'
import { type Chain, connectChain } from '@palmhold/chain'
import { didOf } from '@palmhold/identity'
import { GALLERY_ROW_BYTES } from '@palmhold/matching'
import { type Channel, createDataPlane, createPeer, createPeerDirectory } from '@palmhold/net'
import {
  addressOfKey,
  createSealingKeys,
  decodeCountersign,
  decodeReply,
  FRAME,
  readFrame,
  sealingKeyHash,
  signDigest,
} from '@palmhold/protocol'
import { createApiServer, listen } from '../http/api-server.ts'
import { createLogger, type Logger } from '../http/logger.ts'
import type { Committee } from '../runtime/committee.ts'
import { createLinks, MAX_FRAME_BYTES } from '../runtime/links.ts'
import type { NodeContext, Running } from '../runtime/node-process.ts'
import { loadOrCreateKey } from '../storage/key-file.ts'
import { openSegments } from '../storage/segment-store.ts'
import { followChain } from './chain-follower.ts'
import { createEnrolments } from './enrolments.ts'
import { openGallery } from './gallery.ts'
import { createGalleryPools } from './gallery-pools.ts'
import { createGallerySync } from './gallery-sync.ts'
import { createMatcher } from './matcher.ts'
import { addOperatorRoutes } from './operator-api.ts'
import type { OperatorConfig } from './operator-config.ts'
import { openOperatorDatabase } from './operator-database.ts'
import { createOperatorMetrics } from './operator-metrics.ts'
import { askRowCheck, serveRowCheck } from './row-check-exchange.ts'
import { serveRowRepair } from './row-repair.ts'
import { selfTest } from './self-test.ts'
import { createStrangerPlaces } from './stranger-places.ts'

/** The log message under which each countersignature is found. */
export const COUNTERSIGNED = 'countersigned'
const WAIT_POLL_MS = 200
const SYNC_EVERY_MS = 15_000
const INITIAL_ROWS = 1024
const PEERS_TIMEOUT_MS = 20_000
const HEARTBEAT_MS = 5_000
const MAX_STRANGERS = 256
/** More than a committee has members. */
const MAX_PEERS = 64

/** Starts an operator and reports on the way; ends when `context.signal` aborts. */
export async function startOperator(config: OperatorConfig, context: NodeContext): Promise<Running> {
  const { signal } = context
  const clock = () => Math.floor(Date.now() / 1000)
  const random = (length: number) => new Uint8Array(randomBytes(length))
  const databasePath = join(config.dataFolder, 'operator.sqlite')
  const privateKey = loadOrCreateKey(join(config.dataFolder, 'operator.key'), databasePath)
  const self = addressOfKey(privateKey)
  const log = createLogger(`operator ${self.slice(0, 8)}`, config.logLevel)
  selfTest(privateKey, random)
  const chain = await connectChain({
    rpcUrl: config.rpcUrl,
    expectedChainId: config.chainId,
    contracts: config.contracts,
    signerKey: toHex(privateKey),
  })

  await register(chain, config, context, self)
  const committee = await findCommittee(chain, config, context, self)
  log.info({ committee: committee.committeeId, epoch: committee.epoch }, 'serving')

  const database = openOperatorDatabase(databasePath)
  requireSameChain(database, config)
  const segments = openSegments(join(config.dataFolder, 'segments'), GALLERY_ROW_BYTES)
  const pools = createGalleryPools({ threads: config.threads, capacityRows: INITIAL_ROWS })
  const gallery = openGallery(database, segments, pools)
  for (const { index } of gallery.damaged()) log.error({ index }, 'PALM_ROW_DAMAGED: enrolment left out')

  const metrics = createOperatorMetrics()
  const sealing = await createSealingKeys(random)
  const exchangeSecret = random(32)
  const exchange = { secretKey: exchangeSecret, publicKey: toHex(x25519.getPublicKey(exchangeSecret)) }
  const peer = await createPeer({ privateKey, port: config.peerPort, bootstrap: config.bootstrap, signal })
  // Strangers reach this node too: only those are remembered that it may have to find.
  const accept = (address: Hex) => committee.members.includes(address)
  const directory = await createPeerDirectory({ peer, privateKey, accept, maxEntries: MAX_PEERS, clock })
  const limits = { maxFrameBytes: MAX_FRAME_BYTES }
  const plane = await createDataPlane({ privateKey, port: config.dataPort, authorise: () => true, ...limits })
  const links = createLinks(plane, directory, (channel) => void listenTo(channel))

  const domain = { chainId: config.chainId, verifyingContract: config.contracts.matchVerifier }
  const matcher = createMatcher({
    domain,
    registry: config.contracts.operatorRegistry,
    self,
    privateKey,
    exchange,
    committee: () => committee,
    gallery,
    database,
    pools,
    metrics,
    clock,
    random,
    timeoutMs: config.matchTimeoutMs,
    scansPerMinute: config.scansPerMinute,
    firstPass: config.firstPass,
    isActiveTerminal: (merchantId, terminal) => chain.isActiveTerminal(merchantId, terminal),
    sendTo: (operator, frame) => {
      logCountersign(log, operator, frame)
      return links.send(operator, frame)
    },
    onMismatch: () => {
      // Another knows of an enrolment or of a revocation first.
      void sync.pull()
      void follower.check()
    },
  })
  const enrolments = createEnrolments({
    domain,
    self,
    privateKey,
    sealing,
    committee: () => committee,
    gallery,
    chainEnrolment: (index) => chain.enrolment(index),
    whileIdle: matcher.whileIdle,
    onChange: () => metrics.rows.set(gallery.activeRows()),
    dealings: database.dealings,
    askMember: askRowCheck(peer, directory),
    onRefusal: (code) => metrics.dealerRefusals.inc({ code }),
  })
  await serveRowCheck(peer, () => committee, enrolments.answer)
  const sync = await createGallerySync({
    peer,
    directory,
    committee: () => committee,
    gallery,
    enrolments,
    activeIndexes: () =>
      database
        .enrolments()
        .filter(({ state }) => state === 'active')
        .map(({ index }) => index),
    onFailure: (member, error) => log.warn({ member, code: errorCode(error) }, 'gallery not compared'),
  })
  const repair = await serveRowRepair({ self, committee: () => committee, gallery, exchange, random, peer, directory })
  /** Mends what the disk damaged, asks the others what this operator missed, and forgets requests that are long over. */
  const catchUp = async () => {
    const mended = await repair.mendAll()
    if (mended > 0) log.info({ mended }, 'rows repaired with the help of the others')
    await sync.pull()
    metrics.rows.set(gallery.activeRows())
    database.prune(clock())
  }
  metrics.rows.set(gallery.activeRows())

  const places = createStrangerPlaces<Channel>(MAX_STRANGERS)
  const listenTo = async (channel: Channel) => {
    // Terminals come and go; whoever takes all places must not keep the operators from each other, nor terminals out.
    if (!committee.members.includes(channel.peer)) void places.take(channel)?.close()
    const answer = (frame: Uint8Array) => {
      if (isMatch(frame)) places.served(channel)
      return channel.send(frame)
    }
    try {
      for await (const frame of channel.receive()) matcher.onFrame(channel.peer, frame, answer)
    } catch (error) {
      log.warn({ peer: channel.peer, code: errorCode(error) }, 'channel closed')
      await channel.close()
    } finally {
      places.leave(channel)
    }
  }
  plane.onChannel((channel) => void listenTo(channel))

  const follower = followChain({
    chain,
    fromBlock: config.deploymentBlock,
    held: () => database.enrolments().filter(({ state }) => state !== 'erased'),
    erased: () => database.enrolments().filter(({ state }) => state === 'erased'),
    leaveOut: (unknown) => gallery.leaveOut(self, unknown),
    reportLost: gallery.reportLost,
    identity: {
      known: () => database.fact('chain identity'),
      note: (hash) => database.setFact('chain identity', hash),
    },
    erase: enrolments.erase,
    log,
    signal,
  })

  const api = await createApiServer({
    title: 'Palmhold operator',
    metrics: metrics.registry,
    log,
    health: async () => {
      const others = committee.members.filter((member) => member !== self)
      const heard = others.filter((member) => directory.get(member)).length
      const checks = {
        chain: await follower.check(),
        operators: heard === others.length ? 'ok' : `${heard} of ${others.length} others known`,
        rows: gallery.damaged().length === 0 ? 'ok' : 'PALM_ROW_DAMAGED',
      }
      return { ok: Object.values(checks).every((check) => check === 'ok'), checks }
    },
  })
  addOperatorRoutes(api, {
    status: () => ({
      address: self,
      peerId: peer.peerId,
      did: didOf(config.chainId, self),
      committeeId: committee.committeeId,
      committeeEpoch: committee.epoch,
      rows: gallery.activeRows(),
      enrolments: gallery.activeEnrolments(),
      damaged: gallery.damaged().map(({ index }) => index),
      galleryRoot: gallery.snapshot().root,
      peers: peer.connectedPeers().length,
    }),
    sealingKey: () => {
      const notice = { operator: self, sealingKey: sealing.publicKey, issuedAt: clock() }
      return { notice, signature: signDigest(sealingKeyHash(domain, notice), privateKey) }
    },
    enrolments,
    stateOf: (index) => gallery.enrolment(index)?.state ?? 'unknown',
  })
  const httpUrl = await listen(api, config.httpPort)

  const announce = () =>
    directory.announce({
      dataHost: plane.host,
      dataPort: plane.port,
      httpUrl,
      sealingKey: sealing.publicKey,
      exchangeKey: exchange.publicKey,
      committeeId: committee.committeeId,
      committeeEpoch: committee.epoch,
      sequence: Date.now(),
      issuedAt: clock(),
    })
  await announce()
  const heartbeat = setInterval(() => void announce().catch(() => undefined), HEARTBEAT_MS)
  // A full disk, for one, keeps nothing from being pruned later.
  const catchUpQuietly = () => catchUp().catch((error) => log.warn({ code: errorCode(error) }, 'not caught up'))
  const syncing = setInterval(() => void catchUpQuietly(), SYNC_EVERY_MS)
  const stopOrders = (order: { kind: string; multiaddrs?: readonly string[] }) => {
    if (order.kind === 'peers')
      for (const address of order.multiaddrs ?? []) void peer.dial(address).catch(() => undefined)
  }
  context.onOrder(stopOrders)

  context.report({
    kind: 'ready',
    address: self,
    peerId: peer.peerId,
    multiaddrs: peer.multiaddrs,
    httpUrl,
    rows: gallery.activeRows(),
    did: didOf(config.chainId, self),
  })
  void directory
    .waitFor(
      committee.members.filter((member) => member !== self),
      { timeoutMs: PEERS_TIMEOUT_MS, signal },
    )
    .then(catchUp)
    .catch((error) => log.warn({ code: errorCode(error) }, 'not every operator is here'))

  return {
    async stop() {
      clearInterval(heartbeat)
      clearInterval(syncing)
      follower.stop()
      await api.close()
      await links.close()
      await plane.close()
      directory.stop()
      await peer.stop()
      await pools.close()
      gallery.close()
      chain.close()
    },
  }
}

/**
 * Writes down which session this operator agrees to: after a crash its log shows that no masks, which come from session
 * and exchange key, served twice.
 */
function logCountersign(log: Logger, to: Hex, frame: Uint8Array): void {
  const { kind, body } = readFrame(frame)
  if (kind !== FRAME.countersign) return
  const { sid, requestHash, attempt, exchangeKey } = decodeCountersign(body)
  log.info({ sid, requestHash, attempt, exchangeKey, to }, COUNTERSIGNED)
}

/** Whether a reply attests a match: only a scan of a registered terminal gets one. */
function isMatch(frame: Uint8Array): boolean {
  return decodeReply(readFrame(frame).body).ok
}

/** Registers the operator and its stake, waiting for the money to do so. */
async function register(
  chain: Chain,
  config: OperatorConfig,
  { report, signal }: NodeContext,
  self: Hex,
): Promise<void> {
  const known = await chain.operator(self)
  if (known.status !== 'none' && known.stakeMinor >= config.stakeMinor) return
  let hasAsked = false
  // Whoever funds a node sends the coin for fees first, the stake after it.
  while ((await chain.tokenBalanceMinor(self)) < config.stakeMinor) {
    if (!hasAsked) report({ kind: 'waiting', needs: 'funds', address: self })
    hasAsked = true
    await delay(WAIT_POLL_MS, undefined, { signal })
  }
  if (known.status === 'none') await chain.registerOperator()
  await chain.depositStake(config.stakeMinor)
}

/** The committee of the config, awaited until it is there and has this operator in it. */
async function findCommittee(
  chain: Chain,
  { committeeId }: OperatorConfig,
  { report, signal }: NodeContext,
  self: Hex,
): Promise<Committee> {
  let hasAsked = false
  for (;;) {
    const found = await committeeIfThere(chain, committeeId)
    if (found?.members.includes(self)) return found
    if (!hasAsked) report({ kind: 'waiting', needs: 'committee', address: self })
    hasAsked = true
    await delay(WAIT_POLL_MS, undefined, { signal })
  }
}

async function committeeIfThere(chain: Chain, committeeId: Hex): Promise<Committee | undefined> {
  try {
    return await chain.committee(committeeId)
  } catch (error) {
    if (errorCode(error) === 'PALM_COMMITTEE_UNKNOWN') return undefined
    throw error
  }
}

/** Refuses a data folder that belongs to another deployment. */
function requireSameChain(database: ReturnType<typeof openOperatorDatabase>, config: OperatorConfig): void {
  const deployment = `${config.chainId}:${config.contracts.palmRegistry}`
  const known = database.fact('deployment')
  if (known === undefined) database.setFact('deployment', deployment)
  else if (known !== deployment) throw new ChainDivergedError()
}

/** A data folder and a chain that do not belong together. */
export class ChainDivergedError extends PalmError {
  constructor() {
    super('PALM_CHAIN_DIVERGED', 'this data folder belongs to another deployment than the chain it is given', {
      hints: ['Use the chain it was made with, or an empty data folder.'],
    })
  }
}
