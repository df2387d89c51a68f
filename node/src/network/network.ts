/**
 * A whole network on one machine: a local chain, the contracts, n operators and one verifier, each a process with its
 * own folder and keys. This process holds the governance key of the local deployment and no other: the nodes make their
 * keys themselves and say what they need. A process that ended is started again on request, and finds its state.
 */

import { join } from 'node:path'
import { keccak_256 } from '@noble/hashes/sha3.js'
import { errorCode, type Hex, PalmError, type PalmErrorCode, toHex, utf8 } from '@palmhold/base'
import { type Chain, connectChain } from '@palmhold/chain'
import { createDidResolver, createIdentityAgent, didOf, MERCHANT_CREDENTIAL_TYPE, resolveDid } from '@palmhold/identity'
import {
  addressOfKey,
  type ContractAddresses,
  DEFAULT_FIRST_PASS,
  type FirstPass,
  merchantIdOf,
  type Trust,
} from '@palmhold/protocol'
import { PortTakenError } from '../http/port-taken-error.ts'
import type { NodeReport } from '../runtime/node-process.ts'
import { ensureFolder, writeFileAtomically } from '../storage/disk.ts'
import { loadOrCreateKey } from '../storage/key-file.ts'
import type { TapRecord } from '../tap/tap-record.ts'
import { type ChildProcess, startChild } from './child-process.ts'
import { isPortFree } from './free-port.ts'
import { keepTrust } from './keep-trust.ts'
import { fundOnLocalChain, LOCAL_CHAIN_ID, type LocalChain, startLocalChain } from './local-chain.ts'
import {
  findNetwork,
  keepNodeCount,
  type NetworkRecord,
  type NodeRecord,
  networkPaths,
  removeRecord,
  writeRecord,
} from './network-record.ts'

const LEAST_OPERATORS = 3
const STAKE_MINOR = 5_000_00
const CUSTOMER_MINOR = 200_00
const START_TIMEOUT_MS = 60_000
const CREDENTIAL_YEARS = 5
const YEAR_S = 365 * 24 * 3600

/** Deploys the contracts where they do not stand yet; the composition root knows how. */
export type Deploy = (options: {
  rpcUrl: string
  chainId: number
  deployerKey: Hex
  deploymentsDir: string
  log: (line: string) => void
}) => Promise<{ contracts: ContractAddresses; block: number }>

export type NetworkOptions = {
  /** Where everything is kept. */
  readonly folder: string
  /** Operators in the committee, 3 to 15; t = 1. Left out, as many as the folder has, or 3. */
  readonly operators?: number
  readonly merchantName: string
  /** 0 for free ones. */
  readonly chainPort: number
  readonly verifierPort: number
  /** Whether searches have a first pass; above some thousands of rows unless given. */
  readonly firstPass?: FirstPass
  /** Above this sum, in cents, a suspicious scan asks for another factor; the verifier's default unless given. */
  readonly askAboveMinor?: number
  /** Whether the terminal's screen lights palms for that; not unless given. */
  readonly lightsPalms?: boolean
  /** Longest time one match may take, at operators and verifier; the defaults of each unless given. */
  readonly matchTimeoutMs?: number
  readonly deploy: Deploy
  readonly log: (line: string) => void
  /** Called when a process of the network ends by itself. */
  readonly onNodeExit: (name: string) => void
  /** Watches all that operators and verifier send, before it is encrypted; off unless given. For checks, on one machine. */
  readonly tap?: (node: string, sent: TapRecord) => void
}

export type Network = {
  /** Where everything answers now: another one after {@link Network.revive}. */
  readonly record: NetworkRecord
  /** The chain, signing as governance of the local deployment. */
  readonly governance: Chain
  readonly trust: Trust
  /** The same with the gallery roots and enrolment roots seen now. */
  readonly readTrust: () => Promise<Trust>
  /** Writes trust.json anew with the gallery roots and enrolment roots seen now. */
  readonly refreshTrust: () => Promise<void>
  /** Resolves when `tap` has been told all that the nodes have sent so far. */
  readonly flushTap: () => Promise<void>
  /**
   * Starts again what has ended by itself or by a kill, and writes the record anew; returns the names of what it started.
   * @throws {NodeStartError | ChainStartError} it does not come up
   */
  readonly revive: () => Promise<string[]>
  readonly stop: () => Promise<void>
}

/**
 * Brings a network up, or finds its state again.
 * @throws {AlreadyRunningError} @throws {PortTakenError} @throws {NodeStartError} a node failed, with its code
 */
export async function startNetwork(order: NetworkOptions): Promise<Network> {
  const { folder, log } = order
  const paths = networkPaths(folder)
  ensureFolder(folder)
  const running = findNetwork(folder)
  if (running) throw new AlreadyRunningError(running.pid)
  // The chain's port may be held by a chain of this very folder, whose guard was killed: that is for its start to mend.
  const { verifierPort } = order
  if (verifierPort !== 0 && !(await isPortFree(verifierPort))) throw new PortTakenError(verifierPort)
  const options = { ...order, operators: keepNodeCount(folder, order.operators, LEAST_OPERATORS) }

  const stops: (() => Promise<void>)[] = []
  const taps: (() => Promise<void>)[] = []
  let isStopping = false
  const stop = async () => {
    isStopping = true
    // Last started, first stopped: the chain outlives the nodes.
    for (const end of stops.splice(0).reverse()) await end()
  }
  const onExit = (name: string) => () => {
    if (!isStopping) options.onNodeExit(name)
  }

  try {
    log('Starting the local chain ...')
    const startChain = async (port: number): Promise<LocalChain> => {
      const started = await startLocalChain({
        folder: paths.chain,
        port,
        chainId: LOCAL_CHAIN_ID,
        onExit: onExit(CHAIN_NAME),
        log,
      })
      stops.push(started.stop)
      return started
    }
    let chain = await startChain(options.chainPort)
    const governanceKey = loadOrCreateKey(paths.governanceKey)
    await fundOnLocalChain(chain.rpcUrl, addressOfKey(governanceKey))
    log('Deploying the contracts ...')
    const { contracts, block } = await options.deploy({
      rpcUrl: chain.rpcUrl,
      chainId: LOCAL_CHAIN_ID,
      deployerKey: toHex(governanceKey),
      deploymentsDir: paths.deployments,
      log,
    })
    const governance = await connectChain({
      rpcUrl: chain.rpcUrl,
      expectedChainId: LOCAL_CHAIN_ID,
      contracts,
      signerKey: toHex(governanceKey),
    })
    stops.push(async () => governance.close())

    const place: Place = {
      options,
      rpcUrl: chain.rpcUrl,
      contracts,
      block,
      governance,
      governanceKey,
      onExit,
      stops,
      taps,
    }
    let operators = await startOperators(place)
    let verifier = await startVerifierProcess(place, operators)
    const startedAt = Math.floor(Date.now() / 1000)
    const describe = (): NetworkRecord => ({
      format: 'palmhold/run/1',
      pid: process.pid,
      startedAt,
      chain: { rpcUrl: chain.rpcUrl, chainId: LOCAL_CHAIN_ID, pid: chain.pid },
      contracts,
      committeeId: COMMITTEE_ID,
      operators: operators.map(({ record: operator }) => operator),
      verifier: verifier.record,
    })
    let record = describe()
    await requireDids(place, record)
    writeRecord(folder, record)
    // Stopped last: whoever still finds the record finds a network.
    stops.unshift(async () => removeRecord(folder))
    const trust = await buildTrust(place, record)
    const readTrust = async (): Promise<Trust> => {
      const roots = await Promise.all(record.operators.map(({ url }) => galleryRootAt(url)))
      const root = roots.find((seen) => seen !== undefined)
      const seen = root === undefined ? [] : [{ committeeId: COMMITTEE_ID, epoch: 1, galleryRoot: root }]
      const enrolments = await governance.enrolmentRoots(block)
      return { ...trust, roots: seen, enrolments }
    }
    const refreshTrust = async () => writeFileAtomically(paths.trust, `${JSON.stringify(await readTrust(), null, 2)}\n`)
    await refreshTrust()
    const watching = new AbortController()
    const kept = keepTrust({ chain: governance, refresh: refreshTrust, signal: watching.signal, log })
    // The chain may end first, which is told by itself.
    kept.catch(() => undefined)
    stops.push(async () => {
      watching.abort()
      await kept.catch(() => undefined)
    })

    const reviveOnce = async (): Promise<string[]> => {
      const revived: string[] = []
      if (chain.hasExited()) {
        chain = await startChain(Number(new URL(chain.rpcUrl).port))
        revived.push(CHAIN_NAME)
      }
      const ended = operators.flatMap(({ child }, i) => (child.hasExited() ? [i] : []))
      const fresh = await Promise.all(
        ended.map((i) => startOperator(place, i + 1, () => undefined, operators[i]!.record)),
      )
      operators = operators.map((operator, i) => fresh[ended.indexOf(i)] ?? operator)
      for (const operator of fresh) introduce(operator, operators)
      revived.push(...ended.map((i) => operatorName(i + 1)))
      if (verifier.child.hasExited()) {
        verifier = await startVerifierProcess(place, operators, verifier.record)
        revived.push(VERIFIER_NAME)
      }
      record = describe()
      if (revived.length > 0) writeRecord(folder, record)
      return revived
    }
    let reviving: Promise<unknown> = Promise.resolve()
    return {
      get record() {
        return record
      },
      governance,
      trust,
      readTrust,
      refreshTrust,
      async flushTap() {
        await Promise.all(taps.map((flush) => flush()))
      },
      revive() {
        // One after the other: what is starting now must not be started twice.
        const revived = reviving.then(reviveOnce)
        reviving = revived.catch(() => undefined)
        return revived
      },
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

/** One committee serves a local network; its id is the same at every start. */
const COMMITTEE_ID = toHex(keccak_256(utf8('palmhold/local-committee/1')))

const CHAIN_NAME = 'the local chain'
const VERIFIER_NAME = 'verifier'
const operatorName = (number: number) => `operator ${number}`

type Place = {
  readonly options: NetworkOptions & { readonly operators: number }
  readonly rpcUrl: string
  readonly contracts: ContractAddresses
  readonly block: number
  readonly governance: Chain
  readonly governanceKey: Uint8Array
  readonly onExit: (name: string) => () => void
  readonly stops: (() => Promise<void>)[]
  /** Waits for what each watched node has told. */
  readonly taps: (() => Promise<void>)[]
}

type StartedNode = {
  readonly record: NodeRecord
  readonly multiaddrs: readonly string[]
  readonly child: ChildProcess
}

/** Starts all operators, gives each its stake, and forms the committee once all are registered. */
async function startOperators(place: Place): Promise<StartedNode[]> {
  const { options, governance } = place
  const registered = new Set<Hex>()
  const allRegistered = Promise.withResolvers<void>()
  options.log(`Starting ${options.operators} operators ...`)
  const numbers = Array.from({ length: options.operators }, (_, i) => i + 1)
  const started = numbers.map((number) =>
    startOperator(place, number, (address) => {
      registered.add(address)
      if (registered.size === options.operators) allRegistered.resolve()
    }),
  )
  const ready = Promise.all(started)
  // Either the committee stands already and all get ready, or all wait for it.
  await Promise.race([allRegistered.promise, ready])
  if (registered.size > 0) {
    options.log('Forming the committee ...')
    await governance.createCommittee(COMMITTEE_ID, {
      members: [...registered],
      threshold: 1,
      // Three operators compute and sign; k <= n - t besides.
      quorum: Math.min(3, options.operators - 1),
    })
  }
  const operators = await ready
  for (const operator of operators) introduce(operator, operators)
  return operators
}

/**
 * Starts operator `number`, 1 and up; pays for what it needs, and says when it waits for its committee. Started again it
 * answers where it did `before`.
 */
function startOperator(
  place: Place,
  number: number,
  onRegistered: (address: Hex) => void,
  before?: NodeRecord,
): Promise<StartedNode> {
  return startNode(place, {
    name: operatorName(number),
    entry: new URL('../operator/main.ts', import.meta.url),
    dataFolder: networkPaths(place.options.folder).operator(number),
    config: {
      stakeMinor: STAKE_MINOR,
      httpPort: before === undefined ? 0 : portOf(before),
      ...matchTime(place),
    },
    onWaiting: async (report) => {
      if (report.needs !== 'funds') return onRegistered(report.address)
      await fundOnLocalChain(place.rpcUrl, report.address)
      await place.governance.mintTestTokens(report.address, STAKE_MINOR)
    },
  })
}

function matchTime({ options: { matchTimeoutMs } }: Place): { matchTimeoutMs?: number } {
  return matchTimeoutMs === undefined ? {} : { matchTimeoutMs }
}

function portOf({ url }: NodeRecord): number {
  return Number(new URL(url).port)
}

/** Tells an operator where the others are. */
function introduce({ child }: StartedNode, operators: readonly StartedNode[]): void {
  const multiaddrs = operators.flatMap((other) => (other.child === child ? [] : other.multiaddrs))
  child.send({ kind: 'peers', multiaddrs })
}

function startVerifierProcess(
  place: Place,
  operators: readonly StartedNode[],
  before?: NodeRecord,
): Promise<StartedNode> {
  const { options, rpcUrl, contracts, governanceKey } = place
  const agent = async () => createIdentityAgent({ rpcUrl, chainId: LOCAL_CHAIN_ID, didRegistry: contracts.didRegistry })
  options.log('Starting the merchant verifier ...')
  return startNode(place, {
    name: VERIFIER_NAME,
    entry: new URL('../verifier/main.ts', import.meta.url),
    dataFolder: networkPaths(options.folder).verifier,
    config: {
      bootstrap: operators.flatMap(({ multiaddrs }) => multiaddrs),
      credentialIssuers: [issuerDid(place)],
      httpPort: before === undefined ? options.verifierPort : portOf(before),
      ...matchTime(place),
      ...(options.askAboveMinor === undefined ? {} : { askAboveMinor: options.askAboveMinor }),
      lightsPalms: options.lightsPalms ?? false,
    },
    onWaiting: async (report, child) => {
      await fundOnLocalChain(rpcUrl, report.address)
      const registrar = await agent()
      const issuer = await registrar.importIdentity({ privateKey: toHex(governanceKey), alias: 'registrar' })
      // The registrar vouches for the name of whoever holds the DID; that it resolves is the least it checks.
      await registrar.resolve(report.did!)
      const jwt = await registrar.issueCredential({
        issuerDid: issuer.did,
        subjectDid: report.did!,
        type: MERCHANT_CREDENTIAL_TYPE,
        claims: { name: options.merchantName },
        expiresAt: Math.floor(Date.now() / 1000) + CREDENTIAL_YEARS * YEAR_S,
      })
      child.send({ kind: 'credential', jwt })
    },
  })
}

/** Gives a customer who enrols at the terminal what `palmhold enrol` gives, and tells the node that asked. */
async function fundCustomer({ rpcUrl, governance }: Place, address: Hex, child: ChildProcess): Promise<void> {
  let code: string | null = null
  try {
    await fundOnLocalChain(rpcUrl, address)
    await governance.mintTestTokens(address, CUSTOMER_MINOR)
  } catch (error) {
    code = errorCode(error)
  }
  child.send({ kind: 'funded', address, code })
}

type WaitingReport = Extract<NodeReport, { kind: 'waiting' }>

async function startNode(
  place: Place,
  node: {
    name: string
    entry: URL
    dataFolder: string
    config: object
    onWaiting: (report: WaitingReport, child: ChildProcess) => Promise<void>
  },
): Promise<StartedNode> {
  const { rpcUrl, contracts, block } = place
  const { tap } = place.options
  const configFile = join(node.dataFolder, 'config.json')
  const config = {
    dataFolder: node.dataFolder,
    rpcUrl,
    chainId: LOCAL_CHAIN_ID,
    contracts,
    deploymentBlock: block,
    committeeId: COMMITTEE_ID,
    firstPass: place.options.firstPass ?? DEFAULT_FIRST_PASS,
    ...node.config,
  }
  writeFileAtomically(configFile, `${JSON.stringify(config, null, 2)}\n`)
  const { promise, resolve, reject } = Promise.withResolvers<StartedNode>()
  let isReady = false
  const child = startChild({
    entry: node.entry,
    args: [configFile],
    logFile: join(node.dataFolder, 'node.log'),
    tap: tap && ((sent) => tap(node.name, sent)),
    onMessage: (message) => {
      const report = message as NodeReport
      if (report.kind === 'waiting') node.onWaiting(report, child).catch(reject)
      else if (report.kind === 'customer') void fundCustomer(place, report.address, child)
      else if (report.kind === 'failed') reject(new NodeStartError(node.name, report))
      else {
        isReady = true
        const { address, peerId, httpUrl: url, multiaddrs } = report
        const record = { pid: child.pid, address, peerId, did: report.did ?? '', url, multiaddrs: [...multiaddrs] }
        resolve({ record: { ...record, dataFolder: node.dataFolder }, multiaddrs, child })
      }
    },
    onExit: () => {
      reject(new NodeStartError(node.name))
      if (isReady) place.onExit(node.name)()
    },
  })
  place.stops.push(child.stop)
  place.taps.push(child.flushTap)
  const timer = setTimeout(() => reject(new NodeStartError(node.name)), START_TIMEOUT_MS)
  try {
    return await promise
  } finally {
    clearTimeout(timer)
  }
}

/** Every node's DID, and its terminal's, must resolve on this chain. @throws {PalmError} PALM_DID_UNRESOLVED */
async function requireDids({ rpcUrl, contracts }: Place, record: NetworkRecord): Promise<void> {
  const resolver = createDidResolver({ rpcUrl, chainId: LOCAL_CHAIN_ID, didRegistry: contracts.didRegistry })
  const dids = [...record.operators, record.verifier].map(({ did }) => did)
  dids.push(didOf(LOCAL_CHAIN_ID, record.verifier.address))
  await Promise.all(dids.map((did) => resolveDid(resolver, did)))
}

function issuerDid({ governanceKey }: Place): string {
  return didOf(LOCAL_CHAIN_ID, addressOfKey(governanceKey))
}

/** What a reader of attestations is to trust in this network. */
async function buildTrust(place: Place, record: NetworkRecord): Promise<Trust> {
  const committee = await place.governance.committee(COMMITTEE_ID)
  const { epoch, threshold, quorum, members } = committee
  return {
    format: 'palmhold/trust/2',
    chainId: LOCAL_CHAIN_ID,
    contracts: place.contracts,
    committees: [{ committeeId: COMMITTEE_ID, epochs: [{ epoch, threshold, quorum, operators: [...members] }] }],
    merchants: [
      {
        merchantId: merchantIdOf(record.verifier.did),
        did: record.verifier.did,
        terminals: [record.verifier.address],
      },
    ],
    credentialIssuers: [issuerDid(place)],
    roots: [],
    verifyingKeys: await place.governance.verifyingKeyHashes(),
    enrolments: await place.governance.enrolmentRoots(place.block),
  }
}

async function galleryRootAt(url: string): Promise<Hex | undefined> {
  try {
    const response = await fetch(new URL('/v1/status', url), { signal: AbortSignal.timeout(3_000) })
    return ((await response.json()) as { galleryRoot?: Hex }).galleryRoot
  } catch {
    return undefined
  }
}

/** A network runs in this folder already. */
export class AlreadyRunningError extends PalmError {
  constructor(pid: number) {
    super('PALM_ALREADY_RUNNING', `a network runs here already (process ${pid})`, {
      hints: ['Use it, or stop it with `npx palmhold down`.'],
    })
  }
}

/** A node did not come up. */
export class NodeStartError extends PalmError {
  constructor(name: string, report?: { code: string; message: string; hints: readonly string[] }) {
    super((report?.code ?? 'PALM_NODE_FAILED') as PalmErrorCode, `${name}: ${report?.message ?? 'it did not start'}`, {
      hints: report?.hints ?? ['Its node.log in the data folder says more.'],
    })
  }
}
