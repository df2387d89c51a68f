/**
 * Customers of a local network: each has a vault in the folder `wallets`, with the key that is its DID, its account and the
 * owner of its enrolment, and with its templates; and a record beside it that holds no secret.
 */

import { randomBytes } from 'node:crypto'
import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { PalmError, toHex } from '@palmhold/base'
import { type Chain, connectChain } from '@palmhold/chain'
import { createIdentityAgent, type IdentityAgent } from '@palmhold/identity'
import { createIdentitySecret, hashSchema, parseJson } from '@palmhold/protocol'
import {
  createEnrolmentSecrets,
  type DealtPackage,
  enrolPalms,
  openPalmAccount,
  type Templates,
} from '@palmhold/wallet'
import { type Vault, type VaultKey, wipeVault } from '@palmhold/wallet/vault'
import { z } from 'zod'
import { fundOnLocalChain } from '../network/local-chain.ts'
import { type NetworkRecord, networkPaths } from '../network/network-record.ts'
import { readFileIfThere, writeFileAtomically } from '../storage/disk.ts'
import { loadOrCreateKey } from '../storage/key-file.ts'
import { hasVault, keepIdentity, readVault, walletFiles, writeVault } from '../wallets/wallet-file.ts'

const NAME = /^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,63}$/u
const DEPOSIT_MINOR = 200_00
const PER_PAYMENT_MINOR = 50_00
const PER_DAY_MINOR = 150_00
const ERASE_TIMEOUT_MS = 15_000
const ERASE_POLL_MS = 100
const random = (length: number) => new Uint8Array(randomBytes(length))

const customerSchema = z.strictObject({
  name: z.string(),
  address: z.string(),
  did: z.string(),
  enrolmentIndex: z.int(),
  enrolmentTx: hashSchema,
})

/** An enrolled customer as its folder has it. */
export type Customer = z.infer<typeof customerSchema>

/** The enrolled customers of a network, by name. */
export function listCustomers(folder: string): Customer[] {
  const { wallets } = networkPaths(folder)
  if (!existsSync(wallets)) return []
  return readdirSync(wallets)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => readCustomer(join(wallets, file)))
}

function readCustomer(path: string): Customer {
  return parseJson(customerSchema, readFileIfThere(path)!.toString('utf8'), 'customer record', 'PALM_WALLET_INVALID')
}

/** The name of a customer, or of a wallet. @throws {CustomerNameError} */
export function requireName(name: string): string {
  if (!NAME.test(name)) throw new CustomerNameError()
  return name
}

/** A vault with a fresh key and identity secret, and no palm. */
export function createVault(): Vault {
  const key = secp256k1.utils.randomSecretKey(random(48))
  return { key, identitySecret: createIdentitySecret(random), templates: {}, enrolment: null }
}

/**
 * The vault of customer `name`, and what opens it: `given`, or the identity beside it. Where there is none yet, one is made.
 * The caller wipes it.
 */
export async function openCustomer(
  folder: string,
  name: string,
  given?: VaultKey,
): Promise<{ vault: Vault; vaultKey: VaultKey }> {
  const files = walletFiles(networkPaths(folder).wallets, requireName(name))
  const vaultKey = given ?? (await keepIdentity(files))
  if (hasVault(files)) return { vault: await readVault(files, vaultKey), vaultKey }
  const vault = createVault()
  await writeVault(files, vault, vaultKey)
  return { vault, vaultKey }
}

/** The chain of a network, signing as customer `name`; the caller closes it. */
export async function connectAs(folder: string, record: NetworkRecord, name: string, given?: VaultKey): Promise<Chain> {
  const { vault } = await openCustomer(folder, name, given)
  try {
    return await connectCustomer(record, vault.key)
  } finally {
    wipeVault(vault)
  }
}

/**
 * Makes `name` a customer of the local network: a key, test money, an account with limits, and its palms enrolled.
 * @throws {CustomerExistsError} the name is taken @throws {PalmError} of chain or operators
 */
export async function enrolCustomer(options: {
  folder: string
  record: NetworkRecord
  governance: Chain
  /** Takes the customer's key in as a DID. */
  identities: IdentityAgent
  name: string
  templates: Templates
  /** What opens the customer's vault; the identity beside it unless given. */
  vaultKey?: VaultKey | undefined
  /** Sees what is dealt; see enrolPalms. */
  onDealt?: ((packages: readonly DealtPackage[]) => void) | undefined
}): Promise<Customer> {
  const { folder, record, governance, identities, name } = options
  const { wallets } = networkPaths(folder)
  const file = join(wallets, `${requireName(name)}.json`)
  if (existsSync(file)) throw new CustomerExistsError(name)
  const files = walletFiles(wallets, name)
  const { vault: before, vaultKey } = await openCustomer(folder, name, options.vaultKey)
  const { templates } = createEnrolmentSecrets(options.templates, random)
  const vault: Vault = { ...before, templates, enrolment: null }
  const { did, address } = await identities.importIdentity({ privateKey: toHex(vault.key), alias: name })
  await fundOnLocalChain(record.chain.rpcUrl, address)
  await governance.mintTestTokens(address, DEPOSIT_MINOR)
  const chain = await connectCustomer(record, vault.key)
  try {
    const limits = { perPaymentMinor: PER_PAYMENT_MINOR, perDayMinor: PER_DAY_MINOR }
    await openPalmAccount(chain, record.committeeId, { depositMinor: DEPOSIT_MINOR, ...limits })
    // On disk before the chain has the commitment: nobody can open it without these salts.
    await writeVault(files, vault, vaultKey)
    const committee = await chain.committee(record.committeeId)
    const { index, txHash } = await enrolPalms({
      chain,
      domain: { chainId: record.chain.chainId, verifyingContract: record.contracts.matchVerifier },
      committee: {
        members: committee.members,
        threshold: committee.threshold,
        endpoints: record.operators.map(({ address: operator, url }) => ({ operator, url })),
      },
      secrets: vault,
      random,
      onDealt: options.onDealt,
    })
    const home = { chainId: record.chain.chainId, registry: record.contracts.palmRegistry }
    await writeVault(files, { ...vault, enrolment: { index, ...home } }, vaultKey)
    const customer: Customer = {
      name,
      address,
      did,
      enrolmentIndex: index,
      enrolmentTx: txHash,
    }
    writeFileAtomically(file, `${JSON.stringify(customer, null, 2)}\n`)
    return customer
  } finally {
    chain.close()
    // The templates are the caller's, who may enrol them elsewhere.
    wipeVault({ ...vault, templates: {} })
  }
}

/**
 * Takes a customer's palms back: revokes the enrolment on chain and waits until every operator has erased its shares.
 * The account and its money stay the customer's.
 * @throws {CustomerUnknownError} @throws {EraseTimeoutError} an operator did not confirm in time
 */
export async function removeCustomer(
  folder: string,
  record: NetworkRecord,
  name: string,
  given?: VaultKey,
): Promise<Customer> {
  const customer = listCustomers(folder).find((known) => known.name === name)
  if (!customer) throw new CustomerUnknownError(name)
  const { wallets } = networkPaths(folder)
  const index = customer.enrolmentIndex
  const chain = await connectAs(folder, record, name, given)
  try {
    if ((await chain.enrolment(index)).live) await chain.revoke(index)
  } finally {
    chain.close()
  }
  const deadline = performance.now() + ERASE_TIMEOUT_MS
  for (const { address, url } of record.operators)
    while ((await enrolmentStateAt(url, index)) !== 'erased') {
      if (performance.now() > deadline) throw new EraseTimeoutError(address)
      await delay(ERASE_POLL_MS)
    }
  const { vault, vaultKey } = await openCustomer(folder, name, given)
  await writeVault(walletFiles(wallets, name), { ...vault, templates: {}, enrolment: null }, vaultKey)
  wipeVault(vault)
  rmSync(join(wallets, `${name}.json`))
  return customer
}

async function enrolmentStateAt(url: string, index: number): Promise<string> {
  try {
    const response = await fetch(new URL(`/v1/enrolments/${index}`, url), { signal: AbortSignal.timeout(3_000) })
    return ((await response.json()) as { state: string }).state
  } catch {
    return 'unreachable'
  }
}

/** The chain of a network, signing with `key`. */
export async function connectCustomer(record: NetworkRecord, key: Uint8Array): Promise<Chain> {
  return connectChain({
    rpcUrl: record.chain.rpcUrl,
    expectedChainId: record.chain.chainId,
    contracts: record.contracts,
    signerKey: toHex(key),
  })
}

/** The key of the local deployment's governance, which mints test money. */
export async function connectGovernance(folder: string, record: NetworkRecord): Promise<Chain> {
  return connectCustomer(record, loadOrCreateKey(networkPaths(folder).governanceKey))
}

/** The DIDs of a network: did:ethr on its chain. */
export function openIdentities({ chain, contracts }: NetworkRecord): IdentityAgent {
  return createIdentityAgent({ rpcUrl: chain.rpcUrl, chainId: chain.chainId, didRegistry: contracts.didRegistry })
}

/** A name that cannot be a customer's. */
export class CustomerNameError extends PalmError {
  constructor() {
    super('PALM_NAME_INVALID', 'a name has 1 to 64 letters, digits, spaces, dots, hyphens or underscores', {
      hints: ['Give another name with --name.'],
    })
  }
}

/** No customer of that name. */
export class CustomerUnknownError extends PalmError {
  constructor(name: string) {
    super('PALM_CUSTOMER_UNKNOWN', `there is no customer ${name} on this machine`, {
      hints: ['The files in the folder wallets of the network name them all.'],
    })
  }
}

/** An operator that has not said that it erased an enrolment. */
export class EraseTimeoutError extends PalmError {
  constructor(operator: string) {
    super('PALM_ERASE_PENDING', `operator ${operator} has not confirmed yet that it erased the shares`, {
      hints: ['The enrolment is revoked on chain. An operator that is down erases when it is back; try again then.'],
    })
  }
}

/** A name that a customer has already. */
export class CustomerExistsError extends PalmError {
  constructor(name: string) {
    super('PALM_CUSTOMER_EXISTS', `${name} is enrolled already`, { hints: ['Give another name with --name.'] })
  }
}
