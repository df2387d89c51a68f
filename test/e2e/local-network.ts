/**
 * A network for a test file: chain, operators and verifier as processes of their own, started by the same code as `palmhold
 * up`, in a folder of its own, with a few customers. What tests do to it, they do from outside: over HTTP, over the data
 * plane, on the chain, or with signals.
 */

import { join } from 'node:path'
import { fromHex, type Hex } from '@palmhold/base'
import type { Chain } from '@palmhold/chain'
import type { FirstPass, SigningDomain } from '@palmhold/protocol'
import {
  type Customer,
  connectAs,
  connectCustomer,
  enrolCustomer,
  openIdentities,
} from '../../node/src/customers/customer.ts'
import { type Network, startNetwork } from '../../node/src/network/network.ts'
import { readFileIfThere } from '../../node/src/storage/disk.ts'
import type { TapRecord } from '../../node/src/tap/tap-record.ts'
import {
  type Issued,
  openPayment,
  type PaymentResult,
  scanForPayment,
  type VerifierPlace,
  verifierPlace,
} from '../../node/src/verifier/terminal-client.ts'
import { deployContracts } from '../../scripts/deploy.ts'
import { probeOf, templatesOf } from './people.ts'
import { until } from './processes.ts'

/** Longest wait for a network that starts on a busy machine. */
export const NETWORK_TIMEOUT_MS = 120_000
const GALLERY_TIMEOUT_MS = 10_000

export type LocalNetwork = {
  readonly folder: string
  readonly network: Network
  readonly domain: SigningDomain
  /** The verifier that the network started. */
  readonly place: VerifierPlace
  readonly customers: ReadonlyMap<string, Customer>
  /** Enrols `name`, whose palms are drawn from the name. */
  readonly enrol: (name: string) => Promise<Customer>
  /** The chain, signing with the key in `file`, such as the merchant's. */
  readonly chainOf: (file: string) => Promise<Chain>
  /** The chain, signing as customer `name`. */
  readonly chainAs: (name: string) => Promise<Chain>
  readonly key: (file: string) => Uint8Array
  /** Calls back for what the nodes send, before it is encrypted. Returns a function that ends it. */
  readonly onSent: (listener: OnSent) => () => void
}

export type OnSent = (node: string, sent: TapRecord) => void

/** Starts a network in `folder`, or finds its state there again. */
export async function openNetwork(
  folder: string,
  options: {
    operators?: number
    customers?: readonly string[]
    firstPass?: FirstPass
    matchTimeoutMs?: number
    lightsPalms?: boolean
  } = {},
): Promise<LocalNetwork> {
  const listeners = new Set<OnSent>()
  const network = await startNetwork({
    folder,
    operators: options.operators ?? 3,
    merchantName: 'Café Palme',
    chainPort: 0,
    verifierPort: 0,
    ...(options.firstPass ? { firstPass: options.firstPass } : {}),
    ...(options.lightsPalms === undefined ? {} : { lightsPalms: options.lightsPalms }),
    ...(options.matchTimeoutMs === undefined ? {} : { matchTimeoutMs: options.matchTimeoutMs }),
    deploy: deployContracts,
    log: () => undefined,
    tap: (node, sent) => {
      for (const listener of listeners) listener(node, sent)
    },
    onNodeExit: () => undefined,
  })
  const { record, governance } = network
  const identities = openIdentities(record)
  const customers = new Map<string, Customer>()
  const key = (file: string) => fromHex(readFileIfThere(join(folder, file))!.toString('utf8').trim())
  const enrol = async (name: string) => {
    const customer = await enrolCustomer({ folder, record, governance, identities, name, templates: templatesOf(name) })
    customers.set(name, customer)
    return customer
  }
  for (const name of options.customers ?? []) await enrol(name)
  return {
    folder,
    network,
    domain: { chainId: record.chain.chainId, verifyingContract: record.contracts.matchVerifier },
    place: verifierPlace(record.verifier),
    customers,
    enrol,
    chainOf: (file) => connectCustomer(record, key(file)),
    chainAs: (name) => connectAs(folder, record, name),
    key,
    onSent(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

/** One payment from request to receipt, at `place` in place of the network's verifier where it is given. */
export async function pay(
  { domain, place }: LocalNetwork,
  name: string,
  order: { amountMinor?: number; index?: number; place?: VerifierPlace; issued?: Issued } = {},
): Promise<PaymentResult> {
  const at = order.place ?? place
  const issued = order.issued ?? (await openPayment(at, order.amountMinor ?? 12_50))
  return scanForPayment(at, domain, issued, probeOf(name, 'left', order.index))
}

/** What an account holds on chain, in cents. */
export async function balanceOf({ network }: LocalNetwork, address: string): Promise<number> {
  return (await network.governance.account(address as Hex)).balanceMinor
}

type OperatorStatus = { readonly rows: number; readonly galleryRoot: Hex }

/** How many rows take part in matching at each operator that answers. */
export async function rowsOf(local: LocalNetwork): Promise<(number | undefined)[]> {
  return (await statusesOf(local)).map((status) => status?.rows)
}

/** Waits until all operators have the same rows. */
export async function untilOneGallery(local: LocalNetwork): Promise<void> {
  const isOne = async () => new Set((await statusesOf(local)).map((status) => status?.galleryRoot)).size === 1
  await until(isOne, GALLERY_TIMEOUT_MS, 'the operators to have one gallery')
}

function statusesOf({ network }: LocalNetwork): Promise<(OperatorStatus | undefined)[]> {
  return Promise.all(
    network.record.operators.map(async ({ url }) => {
      try {
        const response = await fetch(new URL('/v1/status', url), { signal: AbortSignal.timeout(3_000) })
        return (await response.json()) as OperatorStatus
      } catch {
        return undefined
      }
    }),
  )
}
