/**
 * Payments of a merchant's verifier, each done once or not at all:
 *
 *   issued --scan--> scanned --quorum--> attested --charge--> settled
 *      \________________\__________________\__________________refused, with a code
 *
 * A request is signed before the scan and takes one scan; the attestation is durable before it is presented to the chain,
 * and a restart finishes what was attested.
 */

import { keccak_256 } from '@noble/hashes/sha3.js'
import { type Clock, errorCode, type Hex, isPalmError, PalmError, type RandomBytes, toHex, utf8 } from '@palmhold/base'
import type { Chain, ChainHead, Charge, SettlementInput } from '@palmhold/chain'
import { didOf } from '@palmhold/identity'
import {
  type AttestationDocument,
  CLOCK_SKEW_S,
  FACTOR,
  type FirstPass,
  LANE,
  type Policy,
  PROBE_PURPOSE,
  policyFor,
  policyHash,
  probeBinding,
  REQUEST_LIFETIME_S,
  REQUEST_TYPE,
  type Request,
  refuseRequest,
  requestHash,
  type Scan,
  SETTLE_WITHIN_S,
  type SealingKeys,
  type SigningDomain,
  scanHash,
  signDigest,
  type Trust,
  unseal,
  verifyAttestation,
} from '@palmhold/protocol'
import { NotFoundError } from '../http/api-server.ts'
import type { Committee } from '../runtime/committee.ts'
import { type CommitteeClient, CommitteeRefusedError } from './committee-client.ts'
import type { Receipt } from './receipt.ts'
import { readProbe, splitProbe } from './split-probe.ts'
import type { PaymentRecord, VerifierDatabase } from './verifier-database.ts'

export type PaymentsOptions = {
  readonly domain: SigningDomain
  readonly chain: Pick<Chain, 'charge' | 'chargeOf' | 'enrolmentCount'>
  /** Is told of the block of each charge, so that it notices when the chain forgets one. */
  readonly head?: Pick<ChainHead, 'saw'>
  readonly database: VerifierDatabase
  readonly client: CommitteeClient
  readonly committee: () => Committee
  readonly terminalKey: Uint8Array
  readonly terminal: Hex
  readonly sealing: SealingKeys
  readonly merchant: { readonly merchantId: Hex; readonly did: string; readonly payout: Hex }
  /** The merchant's name from its credential, verified now. */
  readonly merchantName: () => Promise<string | undefined>
  readonly token: Hex
  /** What the operators have too; otherwise they refuse. */
  readonly firstPass: FirstPass
  readonly trust: () => Trust
  readonly clock: Clock
  readonly random: RandomBytes
}

/** A sum, and which order it is for: by the till's name of it, or by the hash that an earlier request has. */
export type Order = { readonly amountMinor: number } & ({ readonly orderId: string } | { readonly orderHash: Hex })

export type IssuedRequest = Pick<PaymentRecord, 'requestHash' | 'request' | 'signature' | 'policy'>

export type ScanResult = { readonly receipt: Receipt; readonly matchMs: number; readonly totalMs: number }

export type Payments = {
  /** Signs a request for `amountMinor` cents. */
  readonly issue: (order: Order) => Promise<IssuedRequest>
  /**
   * Takes the one scan of a request: the probe sealed under {@link PROBE_PURPOSE}, bound to the request's hash.
   * @throws {PalmError} the code of whoever refused: terminal, operators or chain
   */
  readonly scan: (requestHash: Hex, sealed: Uint8Array) => Promise<ScanResult>
  readonly find: (requestHash: Hex) => PaymentRecord
  readonly receipts: (limit: number) => Receipt[]
  /** Finishes or closes what a stop, or a chain that did not answer, left under way. */
  readonly recover: () => Promise<void>
  /**
   * To be called when the chain may have gone back: what it has not charged any more, and could still charge, is presented
   * again by the next {@link recover}.
   */
  readonly recheck: () => Promise<void>
}

export function createPayments(options: PaymentsOptions): Payments {
  const { domain, database, chain, clock, random } = options
  /** Requests that this process works on now: nobody else is to finish them. */
  const underWay = new Set<Hex>()

  const find = (hash: Hex): PaymentRecord => {
    const record = database.payment(hash)
    if (!record) throw new NotFoundError('request')
    return record
  }

  const attest = async (
    record: PaymentRecord,
    sealed: Uint8Array,
  ): Promise<{ document: AttestationDocument; matchMs: number }> => {
    const { request, policy } = record
    const bound = probeBinding(record.requestHash)
    const opened = await unseal({ secretKey: options.sealing.secretKey, purpose: PROBE_PURPOSE, bound }, sealed)
    const probe = readProbe(opened, policy.maxProbeCodes)
    const split = splitProbe(probe, options.committee(), random)
    opened.fill(0)
    for (const code of [...probe.codes, probe.pooled]) code.fill(0)
    const scan: Scan = {
      requestHash: record.requestHash,
      probeRoot: split.probeRoot,
      leafCount: probe.codes.length,
      probeSharesRoot: split.probeSharesRoot,
      capturedAt: clock(),
    }
    const scanSignature = signDigest(scanHash(domain, scan), options.terminalKey)
    const answer = await options.client.ask(
      { request, requestSignature: record.signature, scan, scanSignature, policy },
      record.requestHash,
      split.packageOf,
    )
    const document: AttestationDocument = {
      format: 'palmhold/attestation/1',
      chainId: domain.chainId,
      verifyingContract: domain.verifyingContract,
      request,
      requestSignature: record.signature,
      scan,
      scanSignature,
      attestation: answer.attestation,
      evidence: { kind: 'quorum', signatures: [...answer.signatures] },
    }
    const verified = verifyAttestation(document, options.trust(), clock())
    if (!verified.ok) throw new CommitteeRefusedError(verified.reason)
    return { document, matchMs: answer.matchMs }
  }

  /**
   * Charges an attested payment, or finds it charged: anybody may present an attestation to the chain, and an earlier
   * try may have got through. Once it is charged, nothing that fails here makes it a refused payment.
   */
  const settle = async (hash: Hex, document: AttestationDocument): Promise<Receipt> => {
    const name = options.merchantName().catch(() => undefined)
    const charge = await chain.charge(settlementOf(document)).catch(async (error) => {
      const made = isFinal(error) ? await chain.chargeOf(hash) : undefined
      if (made) return made
      throw error
    })
    try {
      const receipt = receiptOf(document, charge, await name)
      database.settle(hash, receipt)
      void options.head?.saw(charge.blockNumber).catch(() => undefined)
      return receipt
    } catch (error) {
      throw new SettlementPendingError(error)
    }
  }

  const receiptOf = (document: AttestationDocument, charge: Charge, name: string | undefined): Receipt => {
    const { request, attestation } = document
    return {
      format: 'palmhold/receipt/1',
      requestHash: attestation.requestHash,
      lane: 'palm',
      amountMinor: request.amountMinor,
      currency: 'EUR',
      merchant: { did: options.merchant.did, name },
      terminal: request.terminal,
      terminalDid: didOf(domain.chainId, request.terminal),
      payer: attestation.payer,
      payerDid: didOf(domain.chainId, attestation.payer),
      pseudonym: attestation.pseudonym,
      orderHash: request.orderHash,
      txHash: charge.txHash,
      blockNumber: charge.blockNumber,
      settledAt: clock(),
      payoutAt: charge.lockedUntil,
      attestation: document,
    }
  }

  /** Settles an attested payment, or closes it when the chain refuses it for good. */
  const finish = async (hash: Hex, document: AttestationDocument): Promise<void> => {
    try {
      await settle(hash, document)
    } catch (error) {
      if (isFinal(error)) database.refuse(hash, errorCode(error))
    }
  }

  return {
    find,
    receipts: (limit) => database.receipts(limit),

    async issue({ amountMinor, ...order }) {
      const committee = options.committee()
      // Two rows an enrolment: never fewer than the operators count, so the threshold is never looser than theirs.
      const policy: Policy = policyFor(2 * (await chain.enrolmentCount()), options.firstPass)
      const issuedAt = clock()
      const request: Request = {
        requestType: REQUEST_TYPE.payment,
        merchantId: options.merchant.merchantId,
        terminal: options.terminal,
        payee: options.merchant.payout,
        token: options.token,
        amountMinor,
        lane: LANE.palm,
        factors: FACTOR.palm,
        policyHash: policyHash(policy),
        committeeId: committee.committeeId,
        committeeEpoch: committee.epoch,
        orderHash: 'orderHash' in order ? order.orderHash : toHex(keccak_256(utf8(order.orderId))),
        nonce: toHex(random(32)),
        issuedAt,
        expiry: issuedAt + REQUEST_LIFETIME_S,
      }
      const hash = requestHash(domain, request)
      const issued = { requestHash: hash, request, signature: signDigest(hash, options.terminalKey), policy }
      database.issue(issued)
      return issued
    },

    async scan(hash, sealed) {
      const startedAt = performance.now()
      const record = find(hash)
      const late = refuseRequest(record.request, clock())
      if (late) throw new CommitteeRefusedError(late)
      if (!database.takeScan(hash)) throw new CommitteeRefusedError('PALM_REQUEST_SPENT')
      underWay.add(hash)
      try {
        const { document, matchMs } = await attest(record, sealed)
        database.attest(hash, document)
        const receipt = await settle(hash, document)
        return { receipt, matchMs, totalMs: performance.now() - startedAt }
      } catch (error) {
        const isAttested = database.payment(hash)?.state === 'attested'
        if (error instanceof SettlementPendingError) throw error
        if (isAttested && !isFinal(error)) throw new SettlementPendingError(error)
        database.refuse(hash, errorCode(error))
        throw error
      } finally {
        underWay.delete(hash)
      }
    },

    async recheck() {
      const since = clock() - REQUEST_LIFETIME_S - SETTLE_WITHIN_S - CLOCK_SKEW_S
      for (const hash of database.settledSince(since)) database.reopen(hash, (await chain.chargeOf(hash)) !== undefined)
    },

    async recover() {
      const left = (state: PaymentRecord['state']) =>
        database.inState(state).filter(({ requestHash: hash }) => !underWay.has(hash))
      // The probe was in memory alone: nothing was charged, and the request is spent.
      for (const { requestHash: hash } of left('scanned')) database.refuse(hash, 'PALM_SCAN_LOST')
      for (const { requestHash: hash, document } of left('attested')) {
        underWay.add(hash)
        try {
          await finish(hash, document!)
        } finally {
          underWay.delete(hash)
        }
      }
    },
  }
}

/** What a charge takes from a document. */
export function settlementOf(document: AttestationDocument): SettlementInput {
  const { request, requestSignature, scan, scanSignature, attestation, evidence } = document
  return { request, requestSignature, scan, scanSignature, attestation, evidence }
}

/** Failures after which the chain may still take, or have taken, the attestation. */
const PASSING = [
  'PALM_CHAIN_UNREACHABLE',
  'PALM_CHAIN_TIMEOUT',
  'PALM_CHAIN_REFUSED',
  'PALM_GAS_MISSING',
  'PALM_SETTLEMENT_PENDING',
]

function isFinal(error: unknown): boolean {
  return isPalmError(error) && !PASSING.includes(error.code)
}

/** The palm was recognised, and the chain does not answer. */
export class SettlementPendingError extends PalmError {
  constructor(cause: unknown) {
    super(
      'PALM_SETTLEMENT_PENDING',
      'the palm was recognised, but the payment could not be settled yet: it is pending',
      {
        hints: [
          'The verifier settles it as soon as chain and disk allow, within minutes, or never: ask for the payment before you take another.',
        ],
        cause,
      },
    )
  }
}
