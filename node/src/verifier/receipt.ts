/**
 * What a merchant keeps of a request that was answered: the receipt of a settled payment (who was paid how much, in which
 * transaction, and when it pays out), or the admission of somebody whose access or age was attested.
 */

import type { Hex } from '@palmhold/base'
import type { AttestationDocument } from '@palmhold/protocol'

export type Receipt = {
  readonly format: 'palmhold/receipt/1'
  readonly requestHash: Hex
  readonly lane: 'palm' | 'phone'
  readonly amountMinor: number
  readonly currency: 'EUR'
  readonly merchant: {
    readonly did: string
    /** From the merchant's credential, verified; undefined when it did not hold. */
    readonly name: string | undefined
  }
  readonly terminal: Hex
  readonly terminalDid: string
  readonly payer: Hex
  /** DID of the payer's account. */
  readonly payerDid: string
  readonly pseudonym: Hex
  readonly orderHash: Hex
  readonly txHash: Hex
  readonly blockNumber: number
  /** Seconds since 1970. */
  readonly settledAt: number
  /** When the dispute window ends and the sum pays out, seconds since 1970. */
  readonly payoutAt: number
  readonly attestation: AttestationDocument
}

/** Access or age that was attested; nothing of it is on chain but a salted anchor, see anchoring.ts. */
export type Admission = {
  readonly format: 'palmhold/admission/1'
  readonly kind: 'access' | 'age'
  readonly requestHash: Hex
  readonly lane: 'palm' | 'phone'
  readonly merchant: Receipt['merchant']
  readonly terminal: Hex
  readonly pseudonym: Hex
  readonly orderHash: Hex
  /** Seconds since 1970. */
  readonly admittedAt: number
  readonly attestation: AttestationDocument
}

/** What becomes of a request that was answered. */
export type Outcome = Receipt | Admission

/** Whether `outcome` is that of a payment. */
export function isReceipt(outcome: Outcome): outcome is Receipt {
  return outcome.format === 'palmhold/receipt/1'
}
