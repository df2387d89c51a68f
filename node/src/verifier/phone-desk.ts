/**
 * The verifier's side of the phone lane, for requests that are open now:
 *
 *   issued --pair--> paired --scan--> scanned --answer--> attested --charge--> settled
 *
 * Pairing secrets, keys and sealed probes are in memory alone. A stop of the verifier closes what was not attested, by
 * name; nothing is charged for it. The probe is committed to, sealed to the wallet that paired, and forgotten.
 */

import { type Clock, type Hex, PalmError, type PalmErrorCode, type RandomBytes } from '@palmhold/base'
import type { PalmCode } from '@palmhold/palm'
import {
  type AttestationDocument,
  acceptanceHash,
  attestationHash,
  CLOCK_SKEW_S,
  createPairing,
  type DeclineReason,
  encodePhoneProbe,
  evidenceHash,
  isPairing,
  PHONE_PROBE_PURPOSE,
  type PhoneAnswer,
  type PhoneRequest,
  type PhoneScan,
  type ProofVerifier,
  probeBinding,
  probeRootOf,
  type Scan,
  type SigningDomain,
  saltProbe,
  scanHash,
  seal,
  signDigest,
  type Trust,
  verifyAttestation,
  ZERO_HASH,
} from '@palmhold/protocol'
import type { Receipt } from './receipt.ts'
import type { Settlement } from './settlement.ts'
import type { PaymentRecord, VerifierDatabase } from './verifier-database.ts'

/** A wallet's call for the probe waits so long at most, then it calls again. */
const PROBE_WAIT_MS = 10_000
/** A wallet that says nothing for so long after the scan has gone: a proof takes some seconds on a slow phone. */
const ANSWER_WAIT_MS = 60_000

export type PhoneDeskOptions = {
  readonly domain: SigningDomain
  readonly database: VerifierDatabase
  readonly settlement: Settlement
  readonly terminalKey: Uint8Array
  readonly merchant: { readonly did: string; readonly credential: string | null }
  /** What an attestation under `galleryRoot` is checked by, read from the chain now. */
  readonly trust: (galleryRoot: Hex) => Promise<Trust>
  readonly proofs: ProofVerifier
  readonly clock: Clock
  readonly random: RandomBytes
  /** How long calls wait, in ms; 10 s for a probe and a minute for an answer unless given. */
  readonly waits?: { readonly probeMs: number; readonly answerMs: number }
}

export type PhoneDesk = {
  /** Opens a request for one wallet; returns the secret that the terminal shows. */
  readonly open: (record: Pick<PaymentRecord, 'requestHash' | 'request'>) => Hex
  /** Whether this process can still go on with the request. */
  readonly isOpen: (hash: Hex) => boolean
  /** Whether a wallet has paired for it. */
  readonly isPaired: (hash: Hex) => boolean
  /** The first wallet has the request. @throws {PairingRefusedError} @throws {PairingTakenError} another wallet was first */
  readonly pair: (hash: Hex, call: { pairing: Hex; sealingKey: Hex }) => PhoneRequest
  /** The sealed probe, or undefined where no palm was seen while the call waited. @throws {PhoneRefusedError} it was closed */
  readonly probe: (hash: Hex, pairing: Hex) => Promise<PhoneScan | undefined>
  /**
   * Signs a scan of `codes` and seals them to the paired wallet; resolves when the payment is settled.
   * @throws {PhoneMissingError} no wallet has paired @throws {PhoneSilentError} it does not answer @throws {PhoneRefusedError}
   */
  readonly scan: (record: PaymentRecord, codes: readonly PalmCode[]) => Promise<{ receipt: Receipt; answerMs: number }>
  /** Checks and settles an answer; the same one again gives the same receipt. @throws {PhoneRefusedError} it does not hold */
  readonly answer: (hash: Hex, pairing: Hex, answer: PhoneAnswer) => Promise<Receipt>
  /** Closes the request as the wallet asks. */
  readonly decline: (hash: Hex, pairing: Hex, reason: DeclineReason) => void
}

type OpenRequest = {
  readonly pairing: Hex
  /** From then on it is forgotten. */
  readonly forgetAt: number
  readonly seen: PromiseWithResolvers<PhoneScan>
  readonly settled: PromiseWithResolvers<Receipt>
  sealingKey?: Hex
  scanned?: PhoneScan
  isAnswered?: true
}

export function createPhoneDesk(options: PhoneDeskOptions): PhoneDesk {
  const { domain, database, settlement, terminalKey, clock, random } = options
  const waits = options.waits ?? { probeMs: PROBE_WAIT_MS, answerMs: ANSWER_WAIT_MS }
  const requests = new Map<Hex, OpenRequest>()

  const paired = (hash: Hex, pairing: Hex): OpenRequest => {
    const open = requests.get(hash)
    if (!open || !isPairing(open.pairing, pairing)) throw new PairingRefusedError()
    return open
  }

  const end = (open: OpenRequest, error: unknown): void => {
    open.seen.reject(error)
    open.settled.reject(error)
  }

  const seeProbe = async (open: OpenRequest, record: PaymentRecord, codes: readonly PalmCode[]): Promise<PhoneScan> => {
    const probe = saltProbe(codes, random)
    const scan: Scan = {
      requestHash: record.requestHash,
      probeRoot: probeRootOf(probe),
      leafCount: codes.length,
      probeSharesRoot: ZERO_HASH,
      capturedAt: clock(),
    }
    const plain = encodePhoneProbe(probe)
    const bound = probeBinding(record.requestHash)
    const to = { publicKey: open.sealingKey!, purpose: PHONE_PROBE_PURPOSE, bound }
    const sealed = await seal(to, plain, random)
    plain.fill(0)
    return {
      state: 'scanned',
      scan,
      scanSignature: signDigest(scanHash(domain, scan), terminalKey),
      sealed: Buffer.from(sealed).toString('base64'),
    }
  }

  const documentOf = (record: PaymentRecord, scanned: PhoneScan, answer: PhoneAnswer): AttestationDocument => {
    const { attestation, evidence } = answer
    // A proof can be rewritten and still holds, so the terminal signs these bytes; nobody sees that before they are checked.
    const accepted = {
      attestationHash: attestationHash(domain, attestation),
      evidenceHash: evidenceHash(evidence),
    }
    return {
      format: 'palmhold/attestation/1',
      chainId: domain.chainId,
      verifyingContract: domain.verifyingContract,
      request: record.request,
      requestSignature: record.signature,
      scan: scanned.scan,
      scanSignature: scanned.scanSignature,
      attestation,
      evidence: { ...evidence, acceptance: signDigest(acceptanceHash(domain, accepted), terminalKey) },
    }
  }

  const takeAnswer = async (record: PaymentRecord, scanned: PhoneScan, answer: PhoneAnswer): Promise<Receipt> => {
    const hash = record.requestHash
    try {
      const document = documentOf(record, scanned, answer)
      const trust = await options.trust(answer.attestation.galleryRoot)
      const verified = verifyAttestation(document, trust, clock(), options.proofs)
      if (!verified.ok) throw new PhoneRefusedError(verified.reason)
      database.attest(hash, document)
      return await settlement.settle(hash, document)
    } catch (error) {
      throw settlement.close(hash, error)
    }
  }

  return {
    open({ requestHash: hash, request }) {
      const now = clock()
      for (const [known, { forgetAt }] of requests) if (forgetAt < now) requests.delete(known)
      const open: OpenRequest = {
        pairing: createPairing(random),
        forgetAt: request.expiry + CLOCK_SKEW_S + Math.ceil(waits.answerMs / 1000),
        seen: Promise.withResolvers(),
        settled: Promise.withResolvers(),
      }
      // Nobody may be waiting when one of them fails.
      for (const { promise } of [open.seen, open.settled]) promise.catch(() => undefined)
      requests.set(hash, open)
      return open.pairing
    },

    isOpen: (hash) => requests.has(hash),
    isPaired: (hash) => requests.get(hash)?.sealingKey !== undefined,

    pair(hash, { pairing, sealingKey }) {
      const open = paired(hash, pairing)
      // The same wallet may ask again: its answer may have been lost.
      if (open.sealingKey !== undefined && open.sealingKey !== sealingKey) throw new PairingTakenError()
      open.sealingKey = sealingKey
      const { request, signature, policy } = database.payment(hash)!
      return { request, requestSignature: signature, policy, merchant: options.merchant }
    },

    async probe(hash, pairing) {
      const open = paired(hash, pairing)
      return within(open.seen.promise, waits.probeMs)
    },

    async scan(record, codes) {
      const open = requests.get(record.requestHash)
      if (open?.sealingKey === undefined) throw new PhoneMissingError()
      try {
        open.scanned = await seeProbe(open, record, codes)
      } catch (error) {
        end(open, error)
        throw settlement.close(record.requestHash, error)
      } finally {
        for (const code of codes) code.fill(0)
      }
      const startedAt = performance.now()
      open.seen.resolve(open.scanned)
      const receipt = await within(open.settled.promise, waits.answerMs)
      if (receipt) return { receipt, answerMs: performance.now() - startedAt }
      // One that answers at this very moment is still heard.
      if (open.isAnswered) return { receipt: await open.settled.promise, answerMs: performance.now() - startedAt }
      const silent = new PhoneSilentError()
      end(open, silent)
      requests.delete(record.requestHash)
      throw settlement.close(record.requestHash, silent)
    },

    async answer(hash, pairing, answer) {
      const open = paired(hash, pairing)
      if (open.isAnswered) return open.settled.promise
      if (!open.scanned) throw new PhoneRefusedError('PALM_SCAN_MISSING')
      open.isAnswered = true
      void takeAnswer(database.payment(hash)!, open.scanned, answer).then(open.settled.resolve, open.settled.reject)
      return open.settled.promise
    },

    decline(hash, pairing, reason) {
      const open = paired(hash, pairing)
      if (open.isAnswered) return
      open.isAnswered = true
      database.refuse(hash, reason)
      end(open, new PhoneRefusedError(reason))
    },
  }
}

/** What `promise` gives, or undefined when it takes longer. */
async function within<T>(promise: Promise<T>, ms: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}

/** Somebody without the terminal's pairing secret, or for a request that is not open any more. */
export class PairingRefusedError extends PalmError {
  constructor() {
    super('PALM_PAIRING_REFUSED', 'this is not the pairing of an open request', {
      hints: ['Scan the code on the terminal again; if it stays, ask for a new request.'],
    })
  }
}

/** Another wallet has paired. */
export class PairingTakenError extends PalmError {
  constructor() {
    super('PALM_PAIRING_TAKEN', 'another wallet has this request', {
      hints: ['Do not show your palm: another phone would receive it. Ask the merchant for a new request.'],
    })
  }
}

/** A palm was shown before a wallet was there. */
export class PhoneMissingError extends PalmError {
  constructor() {
    super('PALM_PHONE_MISSING', 'no wallet has paired with this request', {
      hints: ['Scan the code on the terminal with the phone first.'],
    })
  }
}

/** The paired wallet went away. */
export class PhoneSilentError extends PalmError {
  constructor() {
    super('PALM_PHONE_SILENT', 'the phone did not answer in time', {
      hints: ['Nothing was charged. Make a new request, or take the palm lane or other means.'],
    })
  }
}

/** The wallet declined, or its answer does not hold. */
export class PhoneRefusedError extends PalmError {
  constructor(code: PalmErrorCode) {
    super(code, 'the payment by phone was refused', {
      hints: ['Nothing was charged. docs/errors.md says what the code means; make a new request to try again.'],
    })
  }
}
