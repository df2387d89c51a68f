/**
 * Deploys the contracts, in process ({@link deployContracts}) or from the command line:
 *
 *     npm run deploy -- --network NAME [--token ADDRESS] [--json]
 *
 * It can be run again: Ignition's journal under the deployments folder knows what stands already and goes on from there.
 */

import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { deploy } from '@nomicfoundation/ignition-core'
import { type Hex, PalmError } from '@palmhold/base'
import { openSigningProvider, type SigningProvider } from '@palmhold/chain'
import type { ContractAddresses } from '@palmhold/protocol'
import { type PalmholdParameters, palmholdModule, type VerifyingKeyWords } from '../contracts/ignition/palmhold.ts'
import { OptionError, readOptions, runScript } from './command-line.ts'
import { checkParameters, LOCAL_PARAMETERS, PRODUCTION_PARAMETERS } from './deployment-parameters.ts'
import {
  checkVerifyingKeys,
  hashVerifyingKeys,
  readVerifyingKeys,
  type VerifyingKeyHashes,
  type VerifyingKeys,
  verifyingKeyWords,
} from './verifying-keys.ts'

/** What is written to `<deploymentsDir>/<chainId>.json`. */
export type Deployment = {
  readonly chainId: number
  readonly contracts: ContractAddresses
  /** A block at or before the first contract's: where to start reading events. */
  readonly block: number
  readonly deployer: Hex
  /** Whether `contracts.token` is the worthless test token. */
  readonly testToken: boolean
  readonly parameters: PalmholdParameters
  /** Hashes of the keys that proofs of the phone lane are checked with. */
  readonly verifyingKeys: VerifyingKeyHashes
}

export type DeployOptions = {
  readonly rpcUrl: string
  /** Refuses any other chain. */
  readonly chainId?: number
  readonly deployerKey: Hex
  /** Overrides of the local or production defaults. */
  readonly parameters?: Partial<PalmholdParameters>
  /** The EURC-like token; needed off local chains, where the test token is never deployed. */
  readonly token?: Hex
  /** Is offered the ownership of every governed contract, and has to accept it; the deployer keeps it unless given. */
  readonly governance?: Hex
  readonly arbiter?: Hex
  readonly treasury?: Hex
  /** Folder of the verifying keys that a ceremony made; left out, the development keys, for the local chain alone. */
  readonly keysDir?: string
  readonly deploymentsDir: string
  readonly log?: (line: string) => void
}

/**
 * Deploys what is not there yet and returns where everything stands.
 * @throws PALM_CHAIN_UNREACHABLE, PALM_WRONG_CHAIN, PALM_DEPLOYMENT_UNSAFE, PALM_TOKEN_REQUIRED, PALM_DEPLOYMENT_STALE,
 *   PALM_DEPLOYMENT_FAILED, PALM_VERIFYING_KEY_MISSING, PALM_VERIFYING_KEY_INVALID, PALM_VERIFYING_KEY_WITHOUT_PHASE_2
 */
export async function deployContracts(options: DeployOptions): Promise<Deployment & { readonly fresh: boolean }> {
  const { rpcUrl, deployerKey, chainId: expected } = options
  const provider = await openSigningProvider({
    rpcUrl,
    key: deployerKey,
    ...(expected === undefined ? {} : { expectedChainId: expected }),
  })
  try {
    return await deployThrough(provider, options)
  } finally {
    provider.close()
  }
}

async function deployThrough(provider: SigningProvider, options: DeployOptions) {
  const { chainId, isLocal } = provider
  const log = options.log ?? (() => {})
  const parameters = { ...(isLocal ? LOCAL_PARAMETERS : PRODUCTION_PARAMETERS), ...options.parameters }
  checkParameters(parameters, isLocal)
  if (!isLocal && options.token === undefined) throw new TokenRequiredError(chainId)
  const keys = readVerifyingKeys(options.keysDir)
  checkVerifyingKeys(keys, chainId)

  const file = join(options.deploymentsDir, `${chainId}.json`)
  const journal = join(options.deploymentsDir, 'ignition', String(chainId))
  const known = readDeployment(file)
  if (known) {
    const standing = await countStanding(provider, known.contracts)
    if (standing === Object.keys(known.contracts).length) {
      log(`The contracts stand on chain ${chainId} already.`)
      return { ...known, fresh: false }
    }
    // a development node that was started anew has forgotten everything, and so must the journal
    if (!isLocal || standing !== 0) throw new DeploymentStaleError(file, chainId)
    log(`Chain ${chainId} was started anew: deploying again.`)
    rmSync(journal, { recursive: true, force: true })
  }

  const block = Number(await provider.request({ method: 'eth_blockNumber' }))
  const started = performance.now()
  const contracts = await runIgnition(provider, options, { ...parameters, ...keyParameters(keys) }, journal)
  const deployment: Deployment = {
    chainId,
    contracts,
    block: known?.block && known.block <= block ? known.block : block,
    deployer: provider.address,
    testToken: options.token === undefined,
    parameters,
    verifyingKeys: hashVerifyingKeys(keys),
  }
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, `${JSON.stringify(deployment, null, 2)}\n`)
  log(`Deployed to chain ${chainId} in ${Math.round(performance.now() - started)} ms; addresses in ${file}`)
  return { ...deployment, fresh: true }
}

async function runIgnition(
  provider: SigningProvider,
  options: DeployOptions,
  parameters: PalmholdParameters & ReturnType<typeof keyParameters>,
  journal: string,
): Promise<ContractAddresses> {
  mkdirSync(journal, { recursive: true })
  const { token, governance, arbiter, treasury } = options
  const module = palmholdModule({
    token: token === undefined ? 'test' : 'given',
    governance: governance === undefined ? 'deployer' : 'given',
  })
  const roles = Object.entries({ token, governance, arbiter, treasury }).filter(([, address]) => address !== undefined)
  const result = await deploy({
    ignitionModule: module,
    provider,
    accounts: [provider.address],
    deploymentDir: journal,
    deploymentParameters: { Palmhold: { ...parameters, ...(Object.fromEntries(roles) as Record<string, string>) } },
    // every artifact comes with the module
    artifactResolver: { loadArtifact: refuseArtifact, getBuildInfo: async () => undefined },
    ...(provider.isLocal ? { config: { blockPollingInterval: 20, requiredConfirmations: 1, retryInterval: 50 } } : {}),
  }).catch((cause: unknown) => {
    throw new DeploymentFailedError(cause instanceof Error ? cause.message : 'it broke off', cause)
  })
  if (result.type !== 'SUCCESSFUL_DEPLOYMENT') throw new DeploymentFailedError(result.type, JSON.stringify(result))
  const addressOf = (name: keyof typeof module.results): Hex =>
    result.contracts[module.results[name].id]!.address.toLowerCase() as Hex
  return {
    token: addressOf('token'),
    didRegistry: addressOf('didRegistry'),
    operatorRegistry: addressOf('operatorRegistry'),
    merchantRegistry: addressOf('merchantRegistry'),
    palmRegistry: addressOf('palmRegistry'),
    matchVerifier: addressOf('matchVerifier'),
    palmPay: addressOf('palmPay'),
    anchors: addressOf('anchors'),
  }
}

function keyParameters(keys: VerifyingKeys): { membershipKey: VerifyingKeyWords; matchKey: VerifyingKeyWords } {
  return { membershipKey: verifyingKeyWords(keys.membership), matchKey: verifyingKeyWords(keys.match) }
}

async function refuseArtifact(name: string): Promise<never> {
  throw new DeploymentFailedError(`the module names ${name} without its artifact`)
}

async function countStanding(provider: SigningProvider, contracts: ContractAddresses): Promise<number> {
  const codes = await Promise.all(
    Object.values(contracts).map((address) => provider.request({ method: 'eth_getCode', params: [address, 'latest'] })),
  )
  return codes.filter((code) => code !== '0x').length
}

function readDeployment(file: string): Deployment | undefined {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Deployment) : undefined
}

/** Off local chains the token has to be given. */
export class TokenRequiredError extends PalmError {
  constructor(chainId: number) {
    super('PALM_TOKEN_REQUIRED', `chain ${chainId} is no development node, so the test token is not deployed on it`, {
      hints: ['Give the address of the EURC-like token with --token.'],
    })
  }
}

/** A deployment file whose contracts are not all on the chain. */
export class DeploymentStaleError extends PalmError {
  constructor(file: string, chainId: number) {
    super('PALM_DEPLOYMENT_STALE', `${file} names contracts that are not on chain ${chainId}`, {
      hints: ['Check the RPC address; move the file and its ignition folder away to deploy again.'],
    })
  }
}

/** Ignition could not finish. */
export class DeploymentFailedError extends PalmError {
  constructor(what: string, cause?: unknown) {
    super('PALM_DEPLOYMENT_FAILED', `the deployment did not finish: ${what}`, {
      hints: ['Run it again: it goes on where it stopped. See the journal under deployments/ignition.'],
      cause,
    })
  }
}

/** A network that hardhat.config.ts does not define, or whose address or key is not set. */
export class NetworkUnknownError extends PalmError {
  constructor(name: string, names: readonly string[], cause?: unknown) {
    super('PALM_NETWORK_UNKNOWN', `network ${name} is not configured`, {
      hints: [
        `Configured in hardhat.config.ts: ${names.join(', ')}.`,
        'remote wants PALMHOLD_RPC_URL and PALMHOLD_DEPLOYER_KEY in the environment.',
      ],
      cause,
    })
  }
}

const HELP = `Deploys Palmhold's contracts and writes deployments/<chainId>.json.

  npm run deploy -- --network NAME [options]

  --network NAME      a network of hardhat.config.ts: local (PALMHOLD_LOCAL_RPC_URL, or port 8545 of this machine) or
                      remote (PALMHOLD_RPC_URL, PALMHOLD_DEPLOYER_KEY); add others there
  --chain-id N        refuse any other chain
  --token ADDRESS     the EURC-like token; left out on a development node, a test token is deployed
  --governance ADDRESS  is offered the ownership of the contracts; --arbiter and --treasury likewise (the deployer else)
  --parameters FILE   JSON with delays and limits in place of the defaults (see scripts/deployment-parameters.ts)
  --keys DIR          verifying keys of a ceremony; left out, the development keys, which only chain 31337 takes
  --out DIR           where deployments are written (deployments)
  --json              print the deployment as JSON
  --help              this text

Delays of seconds on a development node, of days elsewhere, where none may be 0.
`

/** The command line; returns the exit code. */
export async function main(argv: readonly string[], root: string): Promise<number> {
  const { values } = readOptions(argv, {
    options: {
      network: { type: 'string' },
      'chain-id': { type: 'string' },
      token: { type: 'string' },
      governance: { type: 'string' },
      arbiter: { type: 'string' },
      treasury: { type: 'string' },
      parameters: { type: 'string' },
      keys: { type: 'string' },
      out: { type: 'string', default: join(root, 'deployments') },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    process.stdout.write(HELP)
    return 0
  }
  const log = (line: string) => void process.stderr.write(`${line}\n`)
  const { network, token, governance, arbiter, treasury } = values
  const addresses = Object.entries({ token, governance, arbiter, treasury }).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, readAddress(name, value)] as const],
  )
  const givenChainId = values['chain-id'] === undefined ? undefined : readChainNumber(values['chain-id'])
  const parameters = values.parameters === undefined ? undefined : readParameters(values.parameters)
  const target = await readNetwork(network ?? '(none given)')
  const chainId = givenChainId ?? target.chainId
  const deployment = await deployContracts({
    rpcUrl: target.rpcUrl,
    deployerKey: target.deployerKey,
    deploymentsDir: values.out,
    ...(chainId === undefined ? {} : { chainId }),
    ...(parameters === undefined ? {} : { parameters }),
    ...(values.keys === undefined ? {} : { keysDir: values.keys }),
    ...Object.fromEntries(addresses),
    log,
  })
  if (values.json) process.stdout.write(`${JSON.stringify(deployment, null, 2)}\n`)
  else
    for (const [name, address] of Object.entries(deployment.contracts))
      process.stdout.write(`${name.padEnd(18)} ${address}\n`)
  return 0
}

function readAddress(name: string, value: string): Hex {
  if (!/^0x[0-9a-fA-F]{40}$/.test(value)) throw new OptionError(`--${name} is not an address`)
  return value.toLowerCase() as Hex
}

function readChainNumber(value: string): number {
  const chainId = Number(value)
  if (!Number.isSafeInteger(chainId) || chainId < 1) throw new OptionError('--chain-id is not a chain id')
  return chainId
}

/** Delays and limits of a JSON file: names of {@link PalmholdParameters}, whole numbers from 0 on. */
function readParameters(file: string): Partial<PalmholdParameters> {
  let given: unknown
  try {
    given = JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    throw new OptionError(`--parameters ${file} cannot be read as JSON`)
  }
  for (const [name, value] of Object.entries(given ?? {}))
    if (!(name in PRODUCTION_PARAMETERS) || !Number.isSafeInteger(value) || value < 0)
      throw new OptionError(`--parameters ${file}: ${name} is unknown or no whole number`)
  return given as Partial<PalmholdParameters>
}

/** URL and key of a network of hardhat.config.ts; configuration variables come from the environment or the keystore. */
async function readNetwork(name: string): Promise<{ rpcUrl: string; deployerKey: Hex; chainId: number | undefined }> {
  const { default: hre } = await import('hardhat')
  const names = Object.entries(hre.config.networks).flatMap(([known, { type, accounts }]) =>
    type === 'http' && Array.isArray(accounts) ? [known] : [],
  )
  const network = hre.config.networks[name]
  if (network?.type !== 'http' || !Array.isArray(network.accounts)) throw new NetworkUnknownError(name, names)
  try {
    const key = await network.accounts[0]!.getHexString()
    return { rpcUrl: await network.url.getUrl(), deployerKey: key as Hex, chainId: network.chainId }
  } catch (cause) {
    throw new NetworkUnknownError(name, names, cause)
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  await runScript((argv) => main(argv, dirname(import.meta.dirname)))
