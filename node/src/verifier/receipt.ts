/** The receipt of a settled payment: who was paid how much, for which request, in which transaction, and when it pays out. */

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
