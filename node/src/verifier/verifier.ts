/**
 * One merchant verifier, composed: it holds the terminal's key (which is its name among nodes) and the merchant's key
 * (which pays fees and owns the merchant on chain), registers both, keeps the merchant's credential, and takes payments.
 */

import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { errorCode, type Hex, isPalmError, PalmError, toHex } from '@palmhold/base'
import { type Chain, type ChainHead, ChainRevertError, connectChain, createChainHead } from '@palmhold/chain'
import { createDidResolver, didOf, verifyMerchantCredential } from '@palmhold/identity'
import { createDataPlane, createPeer, createPeerDirectory } from '@palmhold/net'
import {
  addressOfKey,
  attestationHash,
  createSealingKeys,
  merchantIdOf,
  sealingKeyHash,
  signDigest,
  type Trust,
} from '@palmhold/protocol'
import { collectDefaultMetrics, Registry } from 'prom-client'
import { createApiServer, listen } from '../http/api-server.ts'
import { createLogger, type Logger } from '../http/logger.ts'
import { readProofVerifier } from '../prover/proving-keys.ts'
import { createLinks, type Links } from '../runtime/links.ts'
import type { NodeContext, Running } from '../runtime/node-process.ts'
import { readFileIfThere, writeFileAtomically } from '../storage/disk.ts'
import { loadOrCreateKey } from '../storage/key-file.ts'
import { createCustomerFunding } from '../terminal/customer-funding.ts'
import { addTerminal } from '../terminal/terminal.ts'
import { createTerminalDesk } from '../terminal/terminal-desk.ts'
import { openAnchorDatabase } from './anchor-database.ts'
import { createAnchoring, startAnchoring } from './anchoring.ts'
import { createCommitteeClient } from './committee-client.ts'
import { createPayments, type Payments, type PhoneLane } from './payments.ts'
import { startPayouts } from './payouts.ts'
import { addVerifierRoutes } from './verifier-api.ts'
import type { VerifierConfig } from './verifier-config.ts'
import { openVerifierDatabase } from './verifier-database.ts'

const WAIT_POLL_MS = 100
const OPERATORS_TIMEOUT_MS = 20_000

/** Starts a verifier and reports on the way; ends when `context.signal` aborts. */
export async function startVerifier(config: VerifierConfig, context: NodeContext): Promise<Running> {
  const { signal } = context
  const { contracts, chainId } = config
  const clock = () => Math.floor(Date.now() / 1000)
  const random = (length: number) => new Uint8Array(randomBytes(length))
  const databasePath = join(config.dataFolder, 'verifier.sqlite')
  const terminalKey = loadOrCreateKey(join(config.dataFolder, 'terminal.key'), databasePath)
  const merchantKey = loadOrCreateKey(join(config.dataFolder, 'merchant.key'), databasePath)
  const terminal = addressOfKey(terminalKey)
  const did = didOf(chainId, addressOfKey(merchantKey))
  const log = createLogger(`verifier ${terminal.slice(0, 8)}`, config.logLevel)
  const chain = await connectChain({
    rpcUrl: config.rpcUrl,
    expectedChainId: chainId,
    contracts,
    signerKey: toHex(merchantKey),
  })
  const resolver = createDidResolver({ rpcUrl: config.rpcUrl, chainId, didRegistry: contracts.didRegistry })

  const credential = await obtainCredential(config, context, addressOfKey(merchantKey), did)
  const merchant = await registerMerchant(chain, did, addressOfKey(merchantKey), terminal)
  const committee = await chain.committee(config.committeeId)
  const store = openVerifierDatabase(databasePath)
  const { database, watchPayments, openDesk } = createTerminalDesk(store, clock)
  const token = loadOrCreateToken(join(config.dataFolder, 'api-token'))

  const sealing = await createSealingKeys(random)
  const peer = await createPeer({ privateKey: terminalKey, port: config.peerPort, bootstrap: config.bootstrap, signal })
  const accept = (address: Hex) => committee.members.includes(address)
  const directory = await createPeerDirectory({ peer, privateKey: terminalKey, accept, clock })
  const plane = await createDataPlane({ privateKey: terminalKey, port: config.dataPort, authorise: accept })
  const domain = { chainId, verifyingContract: contracts.matchVerifier }
  const client = createCommitteeClient({
    domain,
    committee: () => committee,
    links: (): Links => links,
    timeoutMs: config.matchTimeoutMs,
  })
  const links = createLinks(plane, directory, client.listenTo)

  const merchantName = async () => {
    const policy = { resolver, trustedIssuers: config.credentialIssuers, merchantDid: did, now: clock() }
    const result = await verifyMerchantCredential(credential, policy)
    if (!result.ok) log.warn({ reason: result.reason }, "the merchant's credential does not hold")
    return result.ok ? result.name : undefined
  }
  const trust: Trust = {
    format: 'palmhold/trust/2',
    chainId,
    contracts,
    committees: [
      {
        committeeId: committee.committeeId,
        epochs: [
          {
            epoch: committee.epoch,
            threshold: committee.threshold,
            quorum: committee.quorum,
            operators: [...committee.members],
          },
        ],
      },
    ],
    merchants: [{ merchantId: merchant.merchantId, did, terminals: [terminal] }],
    credentialIssuers: config.credentialIssuers,
    roots: [],
    verifyingKeys: null,
    enrolments: { minRootAgeS: 0, maxRootAgeS: 0, roots: [] },
  }
  const head = createChainHead(chain)
  const anchors = openAnchorDatabase(join(config.dataFolder, 'anchors.sqlite'))
  const anchoring = createAnchoring({
    chain: {
      anchor: (root, count) => chain.anchorBatch(root, count),
      anchoredAt: async (root) => (await chain.anchoredBatch(root))?.time,
    },
    chainId,
    contract: contracts.anchors,
    database: anchors,
    random,
  })
  const untold = createPayments({
    anchoring,
    domain,
    chain,
    head,
    database,
    client,
    committee: () => committee,
    terminalKey,
    terminal,
    sealing,
    merchant: { ...merchant, did },
    merchantName,
    token: contracts.token,
    firstPass: config.firstPass,
    trust: () => trust,
    phoneLane: await openPhoneLane(config, chain, trust, credential, log),
    clock,
    random,
  })
  const payments = watchPayments(untold)
  const desk = openDesk(payments)

  const metrics = new Registry()
  collectDefaultMetrics({ register: metrics })
  const api = await createApiServer({
    title: 'Palmhold verifier',
    metrics,
    log,
    health: async () => {
      const known = committee.members.filter((member) => directory.get(member)).length
      const checks = {
        chain: await chain.blockNumber().then(() => 'ok', errorCode),
        operators: known >= 3 ? 'ok' : `${known} of ${committee.members.length} known`,
      }
      return { ok: Object.values(checks).every((check) => check === 'ok'), checks }
    },
  })
  const sealingKey = () => {
    const notice = { operator: terminal, sealingKey: sealing.publicKey, issuedAt: clock() }
    return { notice, signature: signDigest(sealingKeyHash(domain, notice), terminalKey) }
  }
  addTerminal(api, {
    dataFolder: config.dataFolder,
    token,
    terminal,
    did,
    domain,
    contracts,
    chain,
    committee: () => committee,
    links: () => links,
    desk,
    payments,
    askAboveMinor: config.askAboveMinor,
    lightsPalms: config.lightsPalms,
    merchantName,
    rpcUrl: config.rpcUrl,
    urlOf: (operator) => directory.get(operator)?.httpUrl,
    fund: createCustomerFunding(context),
    sealingKey,
    clock,
    log,
  })
  addVerifierRoutes(api, {
    token,
    payments,
    status: async () => ({
      address: terminal,
      peerId: peer.peerId,
      merchant: {
        did,
        name: (await merchantName()) ?? null,
        active: (await chain.merchant(merchant.merchantId))?.active ?? false,
      },
      terminal: { address: terminal, active: await chain.isActiveTerminal(merchant.merchantId, terminal) },
      committeeId: committee.committeeId,
      operators: await Promise.all(
        committee.members.map(async (operator) => ({
          operator,
          url: directory.get(operator)?.httpUrl ?? '',
          up: await links.channel(operator).then(
            () => true,
            () => false,
          ),
        })),
      ),
    }),
    sealingKey,
    repeatedAs: desk.repeatedAs,
    refund: async (requestHash) => ({ txHash: (await chain.refund(requestHash)).txHash }),
    openAnchor: ({ requestHash, state, document }) => {
      if (state !== 'settled' || !document) return anchoring.open(requestHash)
      // Its charge keeps the attestation's digest on chain.
      return {
        format: 'palmhold/anchor/1',
        kind: 'settlement',
        chainId,
        contract: contracts.matchVerifier,
        attestationHash: attestationHash(domain, document.attestation),
        requestHash,
      }
    },
  })
  const httpUrl = await listen(api, config.httpPort)

  context.onOrder((order) => {
    if (order.kind === 'peers') for (const address of order.multiaddrs) void peer.dial(address).catch(() => undefined)
  })
  await directory.waitFor(committee.members, { timeoutMs: OPERATORS_TIMEOUT_MS, signal }).catch((error) => {
    if (signal.aborted) throw error
    log.warn({ code: errorCode(error) }, 'not every operator is here')
  })
  await recoverAtStart(chain, head, payments)
  const anchorRounds = startAnchoring(anchoring, log)
  const payouts = startPayouts({ chain, head, database, payments, payee: merchant.payout, clock, log })
  context.report({
    kind: 'ready',
    address: terminal,
    peerId: peer.peerId,
    multiaddrs: peer.multiaddrs,
    httpUrl,
    rows: 0,
    did,
  })

  return {
    async stop() {
      await anchorRounds.stop()
      await payouts.stop()
      await api.close()
      await links.close()
      await plane.close()
      directory.stop()
      await peer.stop()
      anchors.close()
      database.close()
      chain.close()
    },
  }
}

/**
 * How proofs are checked; undefined where the chain checks them under other keys than this program has, so that whatever
 * was accepted here would not settle there.
 */
async function openPhoneLane(
  config: VerifierConfig,
  chain: Chain,
  trust: Trust,
  credential: string,
  log: Logger,
): Promise<PhoneLane | undefined> {
  const proofs = readProofVerifier(config.keysFolder)
  const verifyingKeys = await chain.verifyingKeyHashes()
  const isSame = (['membership', 'match'] as const).every(
    (circuit) => proofs.keyHash(circuit) === verifyingKeys[circuit],
  )
  if (!isSame) {
    log.warn({ code: 'PALM_VERIFYING_KEY_UNKNOWN' }, 'no phone lane: the chain has other verifying keys')
    return undefined
  }
  const { minRootAgeS, maxRootAgeS } = await chain.rootTimes()
  return {
    proofs,
    credential,
    async trust(galleryRoot) {
      const root = await chain.enrolmentRoot(galleryRoot)
      return { ...trust, verifyingKeys, enrolments: { minRootAgeS, maxRootAgeS, roots: root ? [root] : [] } }
    },
  }
}

/** The chain may have gone back while this node was away; one that does not answer is asked again later. */
async function recoverAtStart(chain: Chain, head: ChainHead, payments: Payments): Promise<void> {
  try {
    await payments.recheck()
    await head.saw(await chain.blockNumber())
  } catch (error) {
    if (!isPalmError(error)) throw error
  }
  await payments.recover()
}

/** The merchant's credential: kept from an earlier start, or awaited from whoever started this node. */
async function obtainCredential(
  config: VerifierConfig,
  { report, onOrder, signal }: NodeContext,
  owner: Hex,
  did: string,
): Promise<string> {
  const path = join(config.dataFolder, 'merchant.credential.jwt')
  const kept = readFileIfThere(path)
  if (kept) return kept.toString('utf8').trim()
  let jwt: string | undefined
  onOrder((order) => {
    if (order.kind === 'credential') jwt = order.jwt
  })
  report({ kind: 'waiting', needs: 'credential', address: owner, did })
  while (jwt === undefined) await delay(WAIT_POLL_MS, undefined, { signal })
  writeFileAtomically(path, `${jwt}\n`)
  return jwt
}

async function registerMerchant(
  chain: Chain,
  did: string,
  owner: Hex,
  terminal: Hex,
): Promise<{ merchantId: Hex; payout: Hex }> {
  const merchantId = merchantIdOf(did)
  if (!(await chain.merchant(merchantId))) await chain.registerMerchant({ did, payout: owner })
  if (!(await chain.isActiveTerminal(merchantId, terminal))) await addTerminalOnce(chain, merchantId, terminal)
  const merchant = await chain.merchant(merchantId)
  if (!merchant) throw new MerchantMissingError(did)
  return { merchantId, payout: merchant.payout }
}

/** Adds the terminal where it was never added; one that its owner deactivated stays so. */
async function addTerminalOnce(chain: Chain, merchantId: Hex, terminal: Hex): Promise<void> {
  try {
    await chain.addTerminal(merchantId, terminal)
  } catch (error) {
    if (!(error instanceof ChainRevertError && error.reason === 'TerminalExists')) throw error
  }
}

function loadOrCreateToken(path: string): string {
  const kept = readFileIfThere(path)
  if (kept) return kept.toString('utf8').trim()
  const token = randomBytes(32).toString('hex')
  writeFileAtomically(path, `${token}\n`)
  return token
}

/** A merchant that the chain does not show after it was registered. */
export class MerchantMissingError extends PalmError {
  constructor(did: string) {
    super('PALM_MERCHANT_MISSING', `the chain shows no merchant ${did}`, {
      hints: ['The chain may have been replaced while this node started. Start it again.'],
    })
  }
}
