/**
 * Payments of a merchant's verifier, each done once or not at all:
 *
 *   issued --scan--> scanned --quorum or proofs--> attested --charge--> settled
 *      \________________\____________________________\__________________refused, with a code
 *
 * A request is signed before the scan and takes one scan; the attestation is durable before it is presented to the chain,
 * and a restart finishes what was attested. What differs in the phone lane is in phone-desk.ts.
 */

import { keccak_256 } from '@noble/hashes/sha3.js'
import { type Hex, PalmError, type RandomBytes, toHex, utf8 } from '@palmhold/base'
import type { Chain } from '@palmhold/chain'
import {
  type AttestationDocument,
  CLOCK_SKEW_S,
  FACTOR,
  type FirstPass,
  LANE,
  PHONE_POLICY,
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
  scanHash,
  signDigest,
  type Trust,
  unseal,
  verifyAttestation,
  ZERO_ADDRESS,
  ZERO_HASH,
} from '@palmhold/protocol'
import { NotFoundError } from '../http/api-server.ts'
import type { Committee } from '../runtime/committee.ts'
import { type CommitteeClient, CommitteeRefusedError } from './committee-client.ts'
import { createPhoneDesk, type PhoneDesk, type PhoneDeskOptions, PhoneMissingError } from './phone-desk.ts'
import { type Admission, isReceipt, type Outcome, type Receipt } from './receipt.ts'
import { createSettlement, type SettlementOptions } from './settlement.ts'
import { readProbe, splitProbe } from './split-probe.ts'
import type { PaymentRecord } from './verifier-database.ts'

export type PaymentsOptions = SettlementOptions & {
  readonly chain: Pick<Chain, 'charge' | 'chargeOf' | 'enrolmentCount'>
  readonly client: CommitteeClient
  readonly committee: () => Committee
  readonly terminalKey: Uint8Array
  readonly terminal: Hex
  readonly sealing: SealingKeys
  readonly merchant: { readonly merchantId: Hex; readonly did: string; readonly payout: Hex }
  readonly token: Hex
  /** What the operators have too; otherwise they refuse. */
  readonly firstPass: FirstPass
  readonly trust: () => Trust
  /** What the phone lane takes; left out where the deployment has no keys for its proofs. */
  readonly phoneLane?: PhoneLane | undefined
  readonly random: RandomBytes
}

/** Of the phone lane: how proofs are checked, and what wallets are told of the merchant. */
export type PhoneLane = Pick<PhoneDeskOptions, 'proofs' | 'trust' | 'waits'> & { readonly credential: string | null }

export type IssuedRequest = Pick<PaymentRecord, 'requestHash' | 'request' | 'signature' | 'policy'> & {
  /** The pairing secret of the phone lane; null in the palm lane. */
  readonly pairing: Hex | null
}

/** A sum, and which order it is for: by the till's name of it, or by the hash that an earlier request has. */
export type PaymentOrder = {
  /** What is asked for; a payment unless given. */
  readonly type?: keyof typeof REQUEST_TYPE
  /** 0 unless it is a payment. */
  readonly amountMinor: number
  /** The palm lane unless given. */
  readonly lane?: 'palm' | 'phone' | undefined
} & ({ readonly orderId: string } | { readonly orderHash: Hex })

export type ScanResult = { readonly receipt: Receipt; readonly matchMs: number; readonly totalMs: number }
export type AdmissionResult = { readonly admission: Admission } & Omit<ScanResult, 'receipt'>

export type Payments = {
  /** For wallets; undefined where the phone lane is not taken. */
  readonly phones: PhoneDesk | undefined
  /** Signs a request for `amountMinor` cents. @throws {PhoneLaneMissingError} */
  readonly issue: (order: PaymentOrder) => Promise<IssuedRequest>
  /**
   * Takes the one scan of a payment's request: the probe sealed under {@link PROBE_PURPOSE}, bound to the request's hash. In the
   * phone lane a wallet must have paired; `matchMs` is then the time until it has answered and the payment is settled.
   * @throws {PalmError} the code of whoever refused: terminal, operators, wallet or chain
   * @throws {NotFoundError} it is no payment, and keeps its scan
   */
  readonly scan: (requestHash: Hex, sealed: Uint8Array) => Promise<ScanResult>
  /** The same for access and age. @throws {NotFoundError} it is a payment, and keeps its scan */
  readonly admit: (requestHash: Hex, sealed: Uint8Array) => Promise<AdmissionResult>
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
  const { domain, database, chain, phoneLane, clock, random } = options
  const settlement = createSettlement(options)
  const phones =
    phoneLane &&
    createPhoneDesk({
      ...options,
      ...phoneLane,
      settlement,
      merchant: { did: options.merchant.did, credential: phoneLane.credential },
    })
  /** Requests that this process works on now: nobody else is to finish them. */
  const underWay = new Set<Hex>()

  const find = (hash: Hex): PaymentRecord => {
    const record = database.payment(hash)
    if (!record) throw new NotFoundError('request')
    return record
  }

  const openProbe = async ({ requestHash: hash, policy }: PaymentRecord, sealed: Uint8Array) => {
    const keys = { secretKey: options.sealing.secretKey, purpose: PROBE_PURPOSE, bound: probeBinding(hash) }
    const opened = await unseal(keys, sealed)
    try {
      return readProbe(opened, policy.maxProbeCodes)
    } finally {
      opened.fill(0)
    }
  }

  const attest = async (
    record: PaymentRecord,
    sealed: Uint8Array,
  ): Promise<{ document: AttestationDocument; matchMs: number }> => {
    const { request, policy } = record
    const probe = await openProbe(record, sealed)
    const split = splitProbe(probe, options.committee(), random)
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

  /** Takes the one scan of a request, whatever it asks for. */
  async function answerScan(
    record: PaymentRecord,
    sealed: Uint8Array,
  ): Promise<{ outcome: Outcome; matchMs: number; totalMs: number }> {
    const startedAt = performance.now()
    const hash = record.requestHash
    const isPhone = record.request.lane === LANE.phone
    const late = refuseRequest(record.request, clock())
    if (late) throw new CommitteeRefusedError(late)
    if (isPhone && record.state === 'issued' && !phones?.isPaired(hash)) throw new PhoneMissingError()
    if (!database.takeScan(hash)) throw new CommitteeRefusedError('PALM_REQUEST_SPENT')
    underWay.add(hash)
    try {
      if (isPhone) {
        const { codes, pooled } = await openProbe(record, sealed).catch((error: unknown) => {
          phones!.fail(hash, error)
          throw error
        })
        pooled.fill(0)
        const { receipt: outcome, answerMs } = await phones!.scan(record, codes)
        return { outcome, matchMs: answerMs, totalMs: performance.now() - startedAt }
      }
      const { document, matchMs } = await attest(record, sealed)
      database.attest(hash, document)
      const outcome = await settlement.settle(hash, document)
      return { outcome, matchMs, totalMs: performance.now() - startedAt }
    } catch (error) {
      throw settlement.close(hash, error)
    } finally {
      underWay.delete(hash)
    }
  }

  return {
    phones,
    find,
    receipts: (limit) => database.receipts(limit),

    async issue({ type = 'payment', amountMinor, lane = 'palm', ...order }) {
      const isPhone = lane === 'phone'
      const isPayment = type === 'payment'
      if (isPhone && !phones) throw new PhoneLaneMissingError()
      const committee = options.committee()
      // Two rows an enrolment: never fewer than the operators count, so the threshold is never looser than theirs.
      const policy: Policy = isPhone ? PHONE_POLICY : policyFor(2 * (await chain.enrolmentCount()), options.firstPass)
      const issuedAt = clock()
      const request: Request = {
        requestType: REQUEST_TYPE[type],
        merchantId: options.merchant.merchantId,
        terminal: options.terminal,
        payee: isPayment ? options.merchant.payout : ZERO_ADDRESS,
        token: isPayment ? options.token : ZERO_ADDRESS,
        amountMinor,
        lane: LANE[lane],
        factors: isPhone ? FACTOR.palm | FACTOR.phone : FACTOR.palm,
        policyHash: policyHash(policy),
        committeeId: isPhone ? ZERO_HASH : committee.committeeId,
        committeeEpoch: isPhone ? 0 : committee.epoch,
        orderHash: 'orderHash' in order ? order.orderHash : toHex(keccak_256(utf8(order.orderId))),
        nonce: toHex(random(32)),
        issuedAt,
        expiry: issuedAt + REQUEST_LIFETIME_S,
      }
      const hash = requestHash(domain, request)
      const issued = { requestHash: hash, request, signature: signDigest(hash, options.terminalKey), policy }
      database.issue(issued)
      return { ...issued, pairing: isPhone ? phones!.open(issued) : null }
    },

    async scan(hash, sealed) {
      const record = find(hash)
      if (record.request.requestType !== REQUEST_TYPE.payment) throw new NotFoundError('payment')
      const { outcome, ...times } = await answerScan(record, sealed)
      if (!isReceipt(outcome)) throw new NotFoundError('payment')
      return { receipt: outcome, ...times }
    },

    async admit(hash, sealed) {
      const record = find(hash)
      if (record.request.requestType === REQUEST_TYPE.payment) throw new NotFoundError('admission')
      const { outcome, ...times } = await answerScan(record, sealed)
      if (isReceipt(outcome)) throw new NotFoundError('admission')
      return { admission: outcome, ...times }
    },

    async recheck() {
      const since = clock() - REQUEST_LIFETIME_S - SETTLE_WITHIN_S - CLOCK_SKEW_S
      for (const hash of database.settledSince(since)) database.reopen(hash, (await chain.chargeOf(hash)) !== undefined)
    },

    async recover() {
      const left = (state: PaymentRecord['state']) =>
        database.inState(state).filter(({ requestHash: hash }) => !underWay.has(hash))
      const since = clock() - REQUEST_LIFETIME_S - CLOCK_SKEW_S
      for (const { requestHash: hash, request } of database.inState('issued', since))
        if (request.lane === LANE.phone && !phones?.isOpen(hash)) database.refuse(hash, 'PALM_PAIRING_LOST')
      // The probe was in memory alone: nothing was charged, and the request is spent.
      for (const { requestHash: hash } of left('scanned')) database.refuse(hash, 'PALM_SCAN_LOST')
      for (const { requestHash: hash, document } of left('attested')) {
        underWay.add(hash)
        try {
          await settlement.finish(hash, document!)
        } finally {
          underWay.delete(hash)
        }
      }
    },
  }
}

/** A verifier without keys for the proofs of the phone lane. */
export class PhoneLaneMissingError extends PalmError {
  constructor() {
    super('PALM_LANE_UNAVAILABLE', 'this verifier does not take the phone lane', {
      hints: ['Its deployment has no verifying keys. Take the palm lane.'],
    })
  }
}
