/**
 * The phone lane of the demonstration: the customer who paid by palm pays by phone too, what must be refused is tried for
 * real, and the person's pseudonyms are compared over lanes and merchants.
 */

import { randomBytes } from 'node:crypto'
import { errorCode, type Hex, toHex } from '@palmhold/base'
import { enrolmentRootsOf } from '@palmhold/chain'
import { didOf } from '@palmhold/identity'
import { encodeProbeCodes } from '@palmhold/palm'
import {
  type AttestationDocument,
  addressOfKey,
  attestationHash,
  fieldFromHex,
  type MatchAttestation,
  matchInputs,
  membershipInputs,
  type ProofEvidence,
  type ProofVerifier,
  requestHash,
  type SigningDomain,
  scanHash,
  scopePointOf,
  signDigest,
  verifyAttestation,
} from '@palmhold/protocol'
import { createMembershipCache } from '@palmhold/wallet/phone-lane'
import { wipeVault } from '@palmhold/wallet/vault'
import type { Prover } from '@palmhold/zk'
import { connectCustomer, openCustomer } from '../../node/src/customers/customer.ts'
import { openPhone, type Phone, payWithPhone } from '../../node/src/customers/phone.ts'
import { fundOnLocalChain } from '../../node/src/network/local-chain.ts'
import type { Network } from '../../node/src/network/network.ts'
import { networkPaths } from '../../node/src/network/network-record.ts'
import { readPalm } from '../../node/src/pictures/read-palm.ts'
import { openKeyFolder } from '../../node/src/prover/key-files.ts'
import { createNodeProver } from '../../node/src/prover/node-prover.ts'
import { DEVELOPMENT_KEYS, readProofVerifier } from '../../node/src/prover/proving-keys.ts'
import { readFileIfThere } from '../../node/src/storage/disk.ts'
import type { Receipt } from '../../node/src/verifier/receipt.ts'
import { settlementOf } from '../../node/src/verifier/settlement.ts'
import type { VerifierPlace } from '../../node/src/verifier/terminal-client.ts'
import { proveMembership } from '../../wallet/src/phone-lane/membership.ts'
import type { LeakCheck } from '../leaks/leak-check.ts'
import { type Refusal, refusalOf } from './refusal.ts'
import { laterPicture } from './synthetic-customers.ts'

const AMOUNT_MINOR = 8_40
const OTHER_AMOUNT_MINOR = 84_00
/** A person holds the palm again when it is not recognised. */
const TRIES = 3

type PhoneLanePaid = {
  readonly ok: true
  readonly amountMinor: number
  /** Made before the palm was shown. */
  readonly proveMembershipMs: number
  readonly proveMatchMs: number
  /** A reader's check of the document off chain, both proofs included, after the first. */
  readonly verifyMs: number
  /** From the probe to the settled payment, at the terminal. */
  readonly totalMs: number
  readonly tries: number
  readonly txHash: Hex
  /** Gas of a transaction that checks the match proof and does nothing else. */
  readonly gas: number
  /** The same for the membership proof, which a merchant needs once for each person and root. */
  readonly gasMembership: number
  /** Gas of the whole charge, with both proofs. */
  readonly gasTotal: number
  readonly attestation: AttestationDocument
  readonly receipt: Omit<Receipt, 'attestation'>
}

export type PhoneLaneSummary = {
  readonly phoneLane: PhoneLanePaid | { readonly ok: false; readonly reason: string }
  /** Another person's palm at the terminal, with the customer's phone beside it. */
  readonly phoneStranger: Refusal
  readonly phoneReplay: Refusal
  readonly phoneWrongAmount: Refusal
  /** The proofs presented by another merchant for a payment of its own. */
  readonly phoneOtherMerchant: Refusal
  readonly pseudonyms: {
    readonly sameMerchantEqual: boolean
    readonly otherMerchantDifferent: boolean
    readonly lanesEqual: boolean
  }
}

type Place = {
  readonly folder: string
  readonly network: Network
  readonly place: VerifierPlace
  readonly domain: SigningDomain
  readonly leaks: LeakCheck
  readonly log: (line: string) => void
}

/**
 * Runs it for the customer `payer`, of whom `palmPseudonym` is the name that the operators signed in the palm lane;
 * `stranger` is somebody else with a palm. `shot` numbers the pictures.
 */
export async function runPhoneLane(
  options: Place & { payer: string; stranger: string; palmPseudonym: Hex | undefined; shot: number },
): Promise<PhoneLaneSummary> {
  const { folder, network, log, payer, stranger, shot } = options
  const prover = createNodeProver({ keys: openKeyFolder(DEVELOPMENT_KEYS) })
  const proofs = readProofVerifier()
  const phone = await openPhone({
    folder,
    record: network.record,
    name: payer,
    prover,
    cache: createMembershipCache(),
  })
  try {
    log(`${payer} pays by phone: the palm stays on it, and two proofs leave it ...`)
    const first = await payWithTries(options, phone, payer, shot)
    if (!first.ok) return failed(first.reason)
    const again = await payWithTries(options, phone, payer, shot + TRIES)
    const document = first.receipt.attestation
    const phoneLane = await measure(options, first, proofs)

    log('What must be refused is tried ...')
    const phoneStranger = await refusalOf(() => payOnce(options, phone, stranger, shot))
    const settlement = settlementOf(document)
    const { governance } = network
    const phoneReplay = await refusalOf(() => governance.charge(settlement))
    const altered = { ...settlement, request: { ...settlement.request, amountMinor: OTHER_AMOUNT_MINOR } }
    const phoneWrongAmount = await refusalOf(() => governance.charge(altered))
    const other = await openMerchant(options)
    const phoneOtherMerchant = await refusalOf(() => governance.charge(takenBy(other, document, options.domain)))
    const elsewhere = await pseudonymAt(options, payer, other, document, prover, proofs)
    const { pseudonym } = document.attestation
    return {
      phoneLane,
      phoneStranger,
      phoneReplay,
      phoneWrongAmount,
      phoneOtherMerchant,
      pseudonyms: {
        sameMerchantEqual: again.ok && again.receipt.pseudonym === pseudonym,
        otherMerchantDifferent: elsewhere !== undefined && elsewhere !== pseudonym,
        lanesEqual: options.palmPseudonym === pseudonym,
      },
    }
  } finally {
    phone.close()
    await prover.close()
  }
}

/** Whether all of it came out as it should. */
export function isPhoneLaneAsExpected(summary: PhoneLaneSummary): boolean {
  const { phoneLane, phoneStranger, phoneReplay, phoneWrongAmount, phoneOtherMerchant, pseudonyms } = summary
  const refusals = [phoneStranger, phoneReplay, phoneWrongAmount, phoneOtherMerchant]
  return phoneLane.ok && refusals.every(({ ok }) => !ok) && Object.values(pseudonyms).every((holds) => holds)
}

function failed(reason: string): PhoneLaneSummary {
  const untried: Refusal = { ok: true, reason: null }
  return {
    phoneLane: { ok: false, reason },
    phoneStranger: untried,
    phoneReplay: untried,
    phoneWrongAmount: untried,
    phoneOtherMerchant: untried,
    pseudonyms: { sameMerchantEqual: false, otherMerchantDifferent: false, lanesEqual: false },
  }
}

async function payOnce({ folder, place, domain, leaks }: Place, phone: Phone, palmOf: string, shot: number) {
  const picture = await laterPicture(networkPaths(folder).pictures, palmOf, 'left', shot)
  const { roi } = await readPalm(picture)
  const probe = encodeProbeCodes(roi)
  leaks.addPicture(picture, roi, readFileIfThere(picture))
  leaks.addCodes(picture, [...probe.codes, probe.pooled])
  return payWithPhone({ place, domain, phone, probe, amountMinor: AMOUNT_MINOR, orderId: picture })
}

type Paid = { readonly ok: true; readonly tries: number } & Awaited<ReturnType<typeof payOnce>>

async function payWithTries(
  place: Place,
  phone: Phone,
  payer: string,
  shot: number,
): Promise<Paid | { ok: false; reason: string }> {
  for (let tries = 1; ; tries++) {
    try {
      return { ok: true, tries, ...(await payOnce(place, phone, payer, shot + tries)) }
    } catch (error) {
      const reason = errorCode(error)
      if (tries === TRIES || reason !== 'PALM_NOT_RECOGNISED') return { ok: false, reason }
    }
  }
}

async function measure({ network }: Place, paid: Paid, proofs: ProofVerifier): Promise<PhoneLaneSummary['phoneLane']> {
  const { governance } = network
  const { attestation: document, ...receipt } = paid.receipt
  const { attestation } = document
  const evidence = document.evidence as ProofEvidence
  const [trust, now] = [await network.readTrust(), Math.floor(Date.now() / 1000)]
  const first = verifyAttestation(document, trust, now, proofs)
  if (!first.ok) return { ok: false, reason: first.reason }
  const startedAt = performance.now()
  verifyAttestation(document, trust, now, proofs)
  const verifyMs = performance.now() - startedAt
  const domain = { chainId: document.chainId, verifyingContract: document.verifyingContract }
  const match = matchInputs(attestation, attestationHash(domain, attestation), evidence)
  const membership = membershipInputs(document.chainId, attestation, evidence.link)
  return {
    ok: true,
    amountMinor: receipt.amountMinor,
    proveMembershipMs: Math.round(paid.proveMembershipMs),
    proveMatchMs: Math.round(paid.proveMatchMs),
    verifyMs: Math.round(verifyMs * 10) / 10,
    totalMs: Math.round(paid.totalMs),
    tries: paid.tries,
    txHash: receipt.txHash,
    gas: await governance.matchProofGas(match, evidence.matchProof),
    gasMembership: await governance.membershipProofGas(membership, evidence.membershipProof),
    gasTotal: (await governance.gasUsed(receipt.txHash)) ?? 0,
    attestation: document,
    receipt,
  }
}

/** A merchant of the same chain, with a terminal of its own. */
type OtherMerchant = { readonly merchantId: Hex; readonly payout: Hex; readonly terminalKey: Uint8Array }

async function openMerchant({ network: { record } }: Place): Promise<OtherMerchant> {
  const [ownerKey, terminalKey] = [randomKey(), randomKey()]
  const owner = addressOfKey(ownerKey)
  await fundOnLocalChain(record.chain.rpcUrl, owner)
  const chain = await connectCustomer(record, ownerKey)
  try {
    const { merchantId } = await chain.registerMerchant({ did: didOf(record.chain.chainId, owner), payout: owner })
    await chain.addTerminal(merchantId, addressOfKey(terminalKey))
    return { merchantId, payout: owner, terminalKey }
  } finally {
    chain.close()
  }
}

/** What `merchant` would present of another one's proofs, as a payment to itself that its terminal signs. */
function takenBy(merchant: OtherMerchant, document: AttestationDocument, domain: SigningDomain) {
  const terminal = addressOfKey(merchant.terminalKey)
  const { merchantId, payout: payee } = merchant
  const request = { ...document.request, merchantId, terminal, payee, nonce: toHex(randomKey()) }
  const hash = requestHash(domain, request)
  const scan = { ...document.scan, requestHash: hash }
  const digest = scanHash(domain, scan)
  const attestation: MatchAttestation = {
    ...document.attestation,
    merchantId,
    terminal,
    requestHash: hash,
    scanHash: digest,
  }
  return {
    request,
    requestSignature: signDigest(hash, merchant.terminalKey),
    scan,
    scanSignature: signDigest(digest, merchant.terminalKey),
    attestation,
    evidence: document.evidence,
  }
}

/** The customer's proven pseudonym at another merchant; undefined where the proof does not hold. */
async function pseudonymAt(
  { folder, network: { record } }: Place,
  name: string,
  { merchantId }: OtherMerchant,
  document: AttestationDocument,
  prover: Prover,
  proofs: ProofVerifier,
): Promise<Hex | undefined> {
  const { vault } = await openCustomer(folder, name)
  const chain = await connectCustomer(record, vault.key)
  try {
    const [{ changes }, times] = await Promise.all([chain.enrolmentLeafChanges(), chain.rootTimes()])
    const membership = await proveMembership({
      member: { ...vault, account: addressOfKey(vault.key), index: vault.enrolment!.index },
      request: { ...document.request, merchantId },
      domain: { chainId: document.chainId, verifyingContract: document.verifyingContract },
      history: { changes, roots: enrolmentRootsOf(changes, times), ...times },
      cache: createMembershipCache(),
      prover,
      now: Math.floor(Date.now() / 1000),
      random: (length) => new Uint8Array(randomBytes(length)),
    })
    const scope = scopePointOf({ chainId: document.chainId, merchantId })
    const { root, link, pseudonym } = membership
    const inputs = [fieldFromHex(root), fieldFromHex(link), scope.x, scope.y, fieldFromHex(pseudonym)]
    return proofs.verify('membership', inputs, membership.proof) ? pseudonym : undefined
  } finally {
    chain.close()
    wipeVault(vault)
  }
}

function randomKey(): Uint8Array {
  return new Uint8Array(randomBytes(32))
}
