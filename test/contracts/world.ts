/**
 * A deployment on an in-memory chain with production delays, a committee of three, a merchant with a terminal and a payer
 * with money: what every contract test starts from. Keys come from hardhat's development phrase, so every run is alike.
 */

import { fromHex, type Hex } from '@palmhold/base'
import {
  attestationHash,
  type MatchAttestation,
  merchantIdOf,
  type Request,
  requestHash,
  type Scan,
  scanHash,
  signDigest,
  ZERO_ADDRESS,
  ZERO_HASH,
} from '@palmhold/protocol'
import { Contract, HDNodeWallet, Interface, type InterfaceAbi, Mnemonic, type Provider } from 'ethers'
import { network } from 'hardhat'
import { palmholdModule } from '../../contracts/ignition/palmhold.ts'
import { ANCHORS_ABI } from '../../packages/chain/src/generated/anchors-abi.ts'
import { GROTH16_VERIFIER_ABI } from '../../packages/chain/src/generated/groth16-verifier-abi.ts'
import { MATCH_VERIFIER_ABI } from '../../packages/chain/src/generated/match-verifier-abi.ts'
import { MERCHANT_REGISTRY_ABI } from '../../packages/chain/src/generated/merchant-registry-abi.ts'
import { OPERATOR_REGISTRY_ABI } from '../../packages/chain/src/generated/operator-registry-abi.ts'
import { PALM_PAY_ABI } from '../../packages/chain/src/generated/palm-pay-abi.ts'
import { PALM_REGISTRY_ABI } from '../../packages/chain/src/generated/palm-registry-abi.ts'
import { TEST_EURC_ABI } from '../../packages/chain/src/generated/test-eurc-abi.ts'
import { PRODUCTION_PARAMETERS } from '../../scripts/deployment-parameters.ts'
import { verifyingKeyWords } from '../../scripts/verifying-keys.ts'
import { simulatedKey } from './simulated-proofs.ts'

export type Connection = Awaited<ReturnType<typeof network.connect>>

/** A key of the development phrase. */
export type Actor = {
  readonly address: Hex
  readonly key: Uint8Array
  readonly publicKey: Hex
  readonly wallet: HDNodeWallet
}

export const PARAMETERS = PRODUCTION_PARAMETERS
/** Token units in a cent. */
export const UNIT = 10_000n
export const COMMITTEE: Hex = `0x${'c1'.repeat(32)}`
/** Keys of the phone lane's verifiers, for which tests can make any proof. */
export const MEMBERSHIP = simulatedKey('membership')
export const MATCH = simulatedKey('match')
export const STAKE_MINOR = [1_500_000, 1_000_000, 1_200_000] as const

const ERRORS = new Interface(
  [
    PALM_PAY_ABI,
    MATCH_VERIFIER_ABI,
    GROTH16_VERIFIER_ABI,
    OPERATOR_REGISTRY_ABI,
    MERCHANT_REGISTRY_ABI,
    PALM_REGISTRY_ABI,
    ANCHORS_ABI,
    TEST_EURC_ABI,
  ]
    .flat()
    .filter((line, i, all) => line.startsWith('error ') && all.indexOf(line) === i),
)
const PHRASE = Mnemonic.fromPhrase('test test test test test test test test test test test junk')

/** The `index`-th development account (0 to 19 have money for gas). */
export function actor(index: number): Actor {
  const wallet = HDNodeWallet.fromMnemonic(PHRASE, `m/44'/60'/0'/0/${index}`)
  return {
    address: wallet.address.toLowerCase() as Hex,
    key: fromHex(wallet.privateKey),
    publicKey: `0x${wallet.signingKey.publicKey.slice(4)}`,
    wallet,
  }
}

export const GOVERNANCE = actor(0)
export const MERCHANT = actor(1)
export const PAYOUT = actor(2)
export const TERMINAL = actor(3)
export const OTHER_TERMINAL = actor(4)
/** Ascending by address, as committees want them; the first three are the committee. */
export const OPERATORS = sorted([5, 6, 7]).concat(sorted([8, 9]))
export const PAYER = actor(10)
export const OTHER_PAYER = actor(11)
export const STRANGER = actor(12)
export const ARBITER = actor(13)
export const TREASURY = actor(14)

export const MERCHANT_DID = `did:ethr:0x7a69:${MERCHANT.address}`
export const MERCHANT_ID = merchantIdOf(MERCHANT_DID)

export type Settlement = {
  readonly request: Request
  readonly requestSignature: Hex
  readonly scan: Scan
  readonly scanSignature: Hex
  readonly attestation: MatchAttestation
  readonly evidence: Hex
}

/** What a test may bend; hashes and signatures follow unless they are bent too. */
export type Bends = {
  readonly request?: Partial<Request>
  readonly scan?: Partial<Scan>
  readonly attestation?: Partial<MatchAttestation>
  readonly requestSigner?: Actor
  readonly scanSigner?: Actor
  readonly operators?: readonly Actor[]
}

export class World {
  readonly connection: Connection
  readonly provider: Provider
  readonly token: Contract
  readonly operatorRegistry: Contract
  readonly merchantRegistry: Contract
  readonly palmRegistry: Contract
  readonly matchVerifier: Contract
  readonly palmPay: Contract
  readonly anchors: Contract
  readonly domain: { chainId: number; verifyingContract: Hex }
  #nonce = 0

  constructor(connection: Connection, addresses: Readonly<Record<string, string>>) {
    this.connection = connection
    this.provider = connection.ethers.provider as unknown as Provider
    const at = (name: string, abi: InterfaceAbi) =>
      new Contract(addresses[name]!, abi, GOVERNANCE.wallet.connect(this.provider))
    this.token = at('token', TEST_EURC_ABI)
    this.operatorRegistry = at('operatorRegistry', OPERATOR_REGISTRY_ABI)
    this.merchantRegistry = at('merchantRegistry', MERCHANT_REGISTRY_ABI)
    this.palmRegistry = at('palmRegistry', PALM_REGISTRY_ABI)
    this.matchVerifier = at('matchVerifier', MATCH_VERIFIER_ABI)
    this.palmPay = at('palmPay', PALM_PAY_ABI)
    this.anchors = at('anchors', ANCHORS_ABI)
    this.domain = { chainId: 31337, verifyingContract: addresses.matchVerifier!.toLowerCase() as Hex }
  }

  /** `contract` with `by` as its sender. */
  as(contract: Contract, by: Actor): Contract {
    return contract.connect(by.wallet.connect(this.provider)) as Contract
  }

  /** Time of the newest block. */
  now(): Promise<number> {
    return this.connection.networkHelpers.time.latest()
  }

  /** Moves the clock on. */
  async pass(seconds: number): Promise<void> {
    await this.connection.networkHelpers.time.increase(seconds)
  }

  /** A payment of 12.50 that a palm answered, bent as told. */
  async settlement(bends: Bends = {}): Promise<Settlement> {
    const now = await this.now()
    const request: Request = {
      requestType: 1,
      merchantId: MERCHANT_ID,
      terminal: TERMINAL.address,
      payee: PAYOUT.address,
      token: (await this.token.getAddress()).toLowerCase() as Hex,
      amountMinor: 1250,
      lane: 2,
      factors: 1,
      policyHash: bytes32(0xb0),
      committeeId: COMMITTEE,
      committeeEpoch: 1,
      orderHash: bytes32(0xb1),
      nonce: `0x${(++this.#nonce).toString(16).padStart(64, '0')}`,
      issuedAt: now,
      expiry: now + 120,
      ...bends.request,
    }
    const digest = requestHash(this.domain, request)
    const scan: Scan = {
      requestHash: digest,
      probeRoot: bytes32(0xb2),
      leafCount: 25,
      probeSharesRoot: bytes32(0xb3),
      capturedAt: request.issuedAt + 5,
      ...bends.scan,
    }
    const scanDigest = scanHash(this.domain, scan)
    const attestation: MatchAttestation = {
      version: 1,
      lane: request.lane,
      merchantId: request.merchantId,
      terminal: request.terminal,
      requestHash: digest,
      scanHash: scanDigest,
      pseudonym: bytes32(0xb4),
      factors: request.factors,
      payer: request.requestType === 1 ? PAYER.address : ZERO_ADDRESS,
      committeeId: request.committeeId,
      committeeEpoch: request.committeeEpoch,
      galleryRoot: bytes32(0xb5),
      expiry: request.expiry + 300,
      ...bends.attestation,
    }
    return {
      request,
      requestSignature: signDigest(digest, (bends.requestSigner ?? TERMINAL).key),
      scan,
      scanSignature: signDigest(scanDigest, (bends.scanSigner ?? TERMINAL).key),
      attestation,
      evidence: this.signed(attestation, bends.operators ?? OPERATORS.slice(0, 2)),
    }
  }

  /** An access request that a palm answered. */
  access(bends: Bends = {}): Promise<Settlement> {
    return this.settlement({
      ...bends,
      request: { requestType: 2, amountMinor: 0, payee: ZERO_ADDRESS, token: ZERO_ADDRESS, ...bends.request },
    })
  }

  /** The operators' signatures over `attestation`, one after the other in the order given. */
  signed(attestation: MatchAttestation, operators: readonly Actor[]): Hex {
    const digest = attestationHash(this.domain, attestation)
    return `0x${operators.map(({ key }) => signDigest(digest, key).slice(2)).join('')}`
  }

  /** Charges as a stranger would: anybody may send it. */
  async charge(settlement: Settlement): Promise<Hex> {
    await this.as(this.palmPay, STRANGER).getFunction('charge')(...argumentsOf(settlement))
    return settlement.attestation.requestHash
  }

  /** Gives `by` an account with money, opted in, with palm limits as told; takes the delay for raising them. */
  async openAccount(by: Actor, balanceMinor: number, perPaymentMinor: number, perDayMinor: number): Promise<void> {
    const pay = this.as(this.palmPay, by)
    await this.token.getFunction('mint')(by.address, BigInt(balanceMinor) * UNIT)
    await this.as(this.token, by).getFunction('approve')(await this.palmPay.getAddress(), 2n ** 255n)
    await pay.getFunction('deposit')(BigInt(balanceMinor) * UNIT)
    await pay.getFunction('optIn')(COMMITTEE)
    await pay.getFunction('setLimits')(2, perPaymentMinor, perDayMinor)
  }

  /** Registers `by` as an operator with a stake. */
  async joinOperator(by: Actor, stakeMinor: number): Promise<void> {
    const registry = this.as(this.operatorRegistry, by)
    await registry.getFunction('registerOperator')(by.publicKey)
    await this.token.getFunction('mint')(by.address, BigInt(stakeMinor) * UNIT)
    await this.as(this.token, by).getFunction('approve')(await this.operatorRegistry.getAddress(), 2n ** 255n)
    await registry.getFunction('depositStake')(BigInt(stakeMinor) * UNIT)
  }
}

/** The arguments of verify, spend and charge. */
export function argumentsOf(settlement: Settlement): unknown[] {
  const { request, requestSignature, scan, scanSignature, attestation, evidence } = settlement
  return [request, requestSignature, scan, scanSignature, attestation, evidence]
}

/** The name of the custom error that `call` is refused with; undefined where it is accepted. */
export async function refusalOf(call: Promise<unknown>): Promise<string | undefined> {
  try {
    await call
    return undefined
  } catch (error) {
    const data = typeof error === 'object' && error !== null && 'data' in error ? String(error.data) : '0x'
    return ERRORS.parseError(data)?.name ?? `no custom error: ${String(error)}`
  }
}

export function bytes32(byte: number): Hex {
  return `0x${byte.toString(16).padStart(2, '0').repeat(32)}`
}

/** Opens a chain and returns a function that puts a fresh world on it, by snapshot after the first. */
export async function openWorld(): Promise<() => Promise<World>> {
  const connection = await network.connect()
  const build = () => buildWorld(connection)
  return () => connection.networkHelpers.loadFixture(build)
}

async function buildWorld(connection: Connection): Promise<World> {
  const deployed = await connection.ignition.deploy(palmholdModule({ token: 'test', governance: 'deployer' }), {
    parameters: {
      Palmhold: {
        ...PARAMETERS,
        arbiter: ARBITER.address,
        treasury: TREASURY.address,
        membershipKey: verifyingKeyWords(MEMBERSHIP.key),
        matchKey: verifyingKeyWords(MATCH.key),
      },
    },
  })
  const addresses = await Promise.all(
    Object.entries(deployed).map(async ([name, contract]) => [name, await contract.getAddress()] as const),
  )
  const world = new World(connection, Object.fromEntries(addresses))
  for (const [i, operator] of OPERATORS.slice(0, 3).entries()) await world.joinOperator(operator, STAKE_MINOR[i]!)
  const members = OPERATORS.slice(0, 3).map(({ address }) => address)
  await world.operatorRegistry.getFunction('createCommittee')(COMMITTEE, members, 1, 2)
  const merchants = world.as(world.merchantRegistry, MERCHANT)
  await merchants.getFunction('register')(MERCHANT_DID, '0x', PAYOUT.address)
  await merchants.getFunction('addTerminal')(MERCHANT_ID, TERMINAL.address)
  await world.openAccount(PAYER, 100_000, 5_000, 20_000)
  await world.pass(PARAMETERS.limitDelayS)
  await world.as(world.palmPay, PAYER).getFunction('applyLimits')(2)
  return world
}

function sorted(indices: readonly number[]): Actor[] {
  return indices.map(actor).sort((a, b) => (a.address < b.address ? -1 : 1))
}

export { ZERO_ADDRESS, ZERO_HASH }
