/** Settling attested payments of either lane: charged once, found again where an answer was lost, and given a receipt. */

import { type Clock, errorCode, type Hex, isPalmError, PalmError } from '@palmhold/base'
import type { Chain, ChainHead, Charge, SettlementInput } from '@palmhold/chain'
import { didOf } from '@palmhold/identity'
import { type AttestationDocument, LANE, type SigningDomain } from '@palmhold/protocol'
import type { Receipt } from './receipt.ts'
import type { VerifierDatabase } from './verifier-database.ts'

export type SettlementOptions = {
  readonly domain: SigningDomain
  readonly chain: Pick<Chain, 'charge' | 'chargeOf'>
  /** Is told of the block of each charge, so that it notices when the chain forgets one. */
  readonly head?: Pick<ChainHead, 'saw'>
  readonly database: VerifierDatabase
  readonly merchant: { readonly did: string }
  /** The merchant's name from its credential, verified now. */
  readonly merchantName: () => Promise<string | undefined>
  readonly clock: Clock
}

export type Settlement = {
  /**
   * Charges an attested payment, or finds it charged: anybody may present an attestation to the chain, and an earlier
   * try may have got through. Once it is charged, nothing that fails here makes it a refused payment.
   * @throws {SettlementPendingError} it may still be settled @throws {PalmError} the chain's refusal, for good
   */
  readonly settle: (hash: Hex, document: AttestationDocument) => Promise<Receipt>
  /** Settles an attested payment, or closes it when the chain refuses it for good. */
  readonly finish: (hash: Hex, document: AttestationDocument) => Promise<void>
  /** Closes a payment for what its `error` says, unless it is attested and may still be settled; returns what to throw. */
  readonly close: (hash: Hex, error: unknown) => unknown
}

export function createSettlement(options: SettlementOptions): Settlement {
  const { domain, database, chain, clock } = options

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
      lane: request.lane === LANE.phone ? 'phone' : 'palm',
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

  return {
    settle,
    async finish(hash, document) {
      try {
        await settle(hash, document)
      } catch (error) {
        if (isFinal(error)) database.refuse(hash, errorCode(error))
      }
    },
    close(hash, error) {
      if (error instanceof SettlementPendingError) return error
      const isAttested = database.payment(hash)?.state === 'attested'
      if (isAttested && !isFinal(error)) return new SettlementPendingError(error)
      database.refuse(hash, errorCode(error))
      return error
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
