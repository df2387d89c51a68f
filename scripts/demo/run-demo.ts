/**
 * The demonstration: customers are enrolled, one pays with a new picture of the palm, and what must be refused is tried
 * for real. Returns the summary that `npm start -- --json` writes.
 */

import { errorCode, type Hex } from '@palmhold/base'
import type { Chain } from '@palmhold/chain'
import { encodeProbeCodes } from '@palmhold/palm'
import { type AttestationDocument, type SigningDomain, verifyAttestation } from '@palmhold/protocol'
import type { DealtPackage, Templates } from '@palmhold/wallet'
import { type Customer, enrolCustomer, listCustomers, openIdentities } from '../../node/src/customers/customer.ts'
import type { Network } from '../../node/src/network/network.ts'
import { networkPaths } from '../../node/src/network/network-record.ts'
import { readPalm } from '../../node/src/pictures/read-palm.ts'
import { readFileIfThere } from '../../node/src/storage/disk.ts'
import type { Receipt } from '../../node/src/verifier/receipt.ts'
import { settlementOf } from '../../node/src/verifier/settlement.ts'
import {
  fetchReceipts,
  openPayment,
  scanForPayment,
  type VerifierPlace,
  verifierPlace,
} from '../../node/src/verifier/terminal-client.ts'
import type { LeakCheck, LeakReport } from '../leaks/leak-check.ts'
import { isAsExpected, type NodeDown, showNodeDown } from './node-down.ts'
import { customerName, enrolmentTemplates, laterPicture } from './synthetic-customers.ts'

const AMOUNT_MINOR = 12_50
const OTHER_AMOUNT_MINOR = 125_00
/** A person holds the palm again when it is not recognised. */
const TRIES = 3
const STRANGER = 'A stranger'

export type Refusal = { readonly ok: false; readonly reason: string } | { readonly ok: true; readonly reason: null }

export type DemoSummary = {
  readonly ok: boolean
  readonly nodes: readonly { pid: number; address: Hex; peerId: string; rows: number }[]
  readonly enrolled: number
  readonly payer: string
  readonly palmLane:
    | {
        readonly ok: true
        readonly amountMinor: number
        /** From the query to the signed attestation, the slowest signer's figure. */
        readonly matchMs: number
        /** From the probe to the settled payment, at the terminal. */
        readonly totalMs: number
        readonly tries: number
        readonly txHash: Hex
        readonly attestation: AttestationDocument
        readonly receipt: Omit<Receipt, 'attestation'>
      }
    | { readonly ok: false; readonly reason: string }
  readonly stranger: Refusal
  readonly replay: Refusal
  readonly wrongAmount: Refusal
  /** What became of a payment while one operator was dead. */
  readonly nodeDown: NodeDown
  /** Whether anything of a palm was found where it should not be. */
  readonly leaks: LeakReport
}

export async function runDemo(options: {
  folder: string
  network: Network
  customers: number
  /** Hears already what the nodes send, and what this process sends. */
  leaks: LeakCheck
  log: (line: string) => void
}): Promise<DemoSummary> {
  const { folder, network, leaks, log } = options
  const { governance } = network
  const { pictures } = networkPaths(folder)
  const known = new Set(listCustomers(folder).map(({ name }) => name))
  const customers = await enrolAll(options)
  await network.refreshTrust()

  const { record } = network
  const terminal: Terminal = {
    place: verifierPlace(record.verifier),
    domain: { chainId: record.chain.chainId, verifyingContract: record.contracts.matchVerifier },
    leaks,
  }
  const earlier = (await fetchReceipts(terminal.place, 1000)).length
  // Another customer each time, so that nobody's daily limit runs out over many starts.
  const payer = customers[earlier % customers.length]!
  if (known.has(payer.name)) await readTemplates(pictures, payer.name, leaks)
  await topUp(governance, payer.address as Hex)

  log(`${payer.name} holds a palm over the terminal of Café Palme ...`)
  const shot = Date.now()
  const paid = await payWithTries(terminal, (index) => laterPicture(pictures, payer.name, 'left', shot + index))
  log('A stranger tries ...')
  const strangerPicture = await laterPicture(pictures, STRANGER, 'left', shot)
  const stranger = await refusalOf(() => pay(terminal, strangerPicture))

  let replay: Refusal = { ok: true, reason: null }
  let wrongAmount: Refusal = { ok: true, reason: null }
  if (paid.ok) {
    const settlement = settlementOf(paid.attestation)
    replay = await refusalOf(() => governance.charge(settlement))
    const altered = { ...settlement, request: { ...settlement.request, amountMinor: OTHER_AMOUNT_MINOR } }
    wrongAmount = await refusalOf(() => governance.charge(altered))
  }
  const nodeDown = await showNodeDown({
    network,
    log,
    pay: async () => {
      await topUp(governance, payer.address as Hex)
      const again = await payWithTries(terminal, (index) =>
        laterPicture(pictures, payer.name, 'left', shot + TRIES + index),
      )
      return again.ok ? { ok: true, reason: null } : again
    },
  })
  log('Searching for what may have leaked ...')
  await network.flushTap()
  const leakReport = await leaks.finish(folder, network.record)
  const nodes = await Promise.all(
    network.record.operators.map(async ({ pid, address, peerId, url }) => ({
      pid,
      address,
      peerId,
      rows: await rowsAt(url),
    })),
  )
  const isVerified = paid.ok && verifyAttestation(paid.attestation, network.trust, Math.floor(Date.now() / 1000)).ok
  // One or two rows a customer, the same at every operator.
  const hasAllRows = nodes.every(({ rows }) => rows === nodes[0]!.rows && rows >= customers.length)
  return {
    ok:
      isVerified &&
      hasAllRows &&
      !stranger.ok &&
      !replay.ok &&
      !wrongAmount.ok &&
      isAsExpected(nodeDown, nodes.length) &&
      leakReport.found === 0 &&
      leakReport.missedBytes === 0,
    nodes,
    enrolled: customers.length,
    payer: payer.name,
    palmLane: paid,
    stranger,
    replay,
    wrongAmount,
    nodeDown,
    leaks: leakReport,
  }
}

type Terminal = { readonly place: VerifierPlace; readonly domain: SigningDomain; readonly leaks: LeakCheck }

async function enrolAll({
  folder,
  network,
  customers,
  leaks,
  log,
}: Parameters<typeof runDemo>[0]): Promise<Customer[]> {
  const { record, governance } = network
  const { pictures } = networkPaths(folder)
  const identities = openIdentities(record)
  const known = new Set(listCustomers(folder).map(({ name }) => name))
  const names = Array.from({ length: customers }, (_, i) => customerName(i))
  const missing = names.filter((name) => !known.has(name))
  for (const [i, name] of missing.entries()) {
    log(`Enrolling ${name} (${i + 1} of ${missing.length}) ...`)
    const templates = await readTemplates(pictures, name, leaks)
    const onDealt = (packages: readonly DealtPackage[]) => leaks.addDealt(name, packages)
    await enrolCustomer({ folder, record, governance, identities, name, templates, onDealt })
  }
  return listCustomers(folder).filter(({ name }) => names.includes(name))
}

/** The templates of a customer, whose secrecy is checked from here on. */
async function readTemplates(pictures: string, name: string, leaks: LeakCheck): Promise<Templates> {
  const templates = await enrolmentTemplates(pictures, name, (path, roi) =>
    leaks.addPicture(path, roi, readFileIfThere(path)),
  )
  leaks.addCodes(
    name,
    Object.values(templates).flatMap(({ code, pooled }) => [code, pooled]),
  )
  return templates
}

/** Sends the customer test money as long as its account cannot pay. */
async function topUp(governance: Chain, address: Hex): Promise<void> {
  const { balanceMinor } = await governance.account(address)
  if (balanceMinor >= AMOUNT_MINOR) return
  await governance.mintTestTokens(governance.signer!, 100_00)
  await governance.deposit(100_00, address)
}

async function payWithTries(
  terminal: Terminal,
  picture: (index: number) => Promise<string>,
): Promise<DemoSummary['palmLane']> {
  for (let tries = 1; ; tries++) {
    try {
      return { ...(await pay(terminal, await picture(tries))), tries }
    } catch (error) {
      const reason = errorCode(error)
      if (tries === TRIES || reason !== 'PALM_NOT_RECOGNISED') return { ok: false, reason }
    }
  }
}

async function pay({ place, domain, leaks }: Terminal, picture: string) {
  const { roi } = await readPalm(picture)
  const issued = await openPayment(place, AMOUNT_MINOR, picture)
  const probe = encodeProbeCodes(roi)
  leaks.addPicture(picture, roi, readFileIfThere(picture))
  leaks.addCodes(picture, [...probe.codes, probe.pooled])
  const startedAt = performance.now()
  const { receipt, matchMs } = await scanForPayment(place, domain, issued, probe)
  const totalMs = Math.round(performance.now() - startedAt)
  const { attestation, ...rest } = receipt
  return {
    ok: true as const,
    amountMinor: receipt.amountMinor,
    matchMs: Math.round(matchMs),
    totalMs,
    txHash: receipt.txHash,
    attestation,
    receipt: rest,
  }
}

async function refusalOf(work: () => Promise<unknown>): Promise<Refusal> {
  try {
    await work()
    return { ok: true, reason: null }
  } catch (error) {
    return { ok: false, reason: errorCode(error) }
  }
}

async function rowsAt(url: string): Promise<number> {
  const response = await fetch(new URL('/v1/status', url), { signal: AbortSignal.timeout(5_000) })
  return ((await response.json()) as { rows: number }).rows
}
