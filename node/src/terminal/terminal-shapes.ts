/** What the terminal page and its verifier say to each other. The page imports this file: nothing of Node is in it. */

import {
  addressSchema,
  contractsSchema,
  hashSchema,
  policySchema,
  requestSchema,
  sealingKeyNoticeSchema,
  signatureSchema,
} from '@palmhold/protocol'
import { z } from 'zod'

/** Carries the page's half of a session. */
export const TERMINAL_KEY_HEADER = 'x-palmhold-terminal'

/** How long the verifier holds a question for news back, at most. */
export const LONGEST_WAIT_MS = 25_000

/** A receipt as the terminal shows it: without the attestation. */
export const receiptViewSchema = z.object({
  requestHash: hashSchema,
  lane: z.enum(['palm', 'phone']),
  amountMinor: z.int(),
  currency: z.literal('EUR'),
  merchantDid: z.string(),
  merchantName: z.string().nullable(),
  payer: addressSchema,
  txHash: hashSchema,
  settledAt: z.int(),
})

/** One request and how far it is. */
export const paymentViewSchema = z.object({
  requestHash: hashSchema,
  request: requestSchema,
  signature: signatureSchema,
  policy: policySchema,
  state: z.enum(['issued', 'scanned', 'attested', 'settled', 'refused']),
  refusal: z.string().nullable(),
  receipt: receiptViewSchema.nullable(),
  /** What the wallet beside the terminal is shown while a request of the phone lane is open. */
  pairing: hashSchema.nullable(),
  /** Whether a wallet has paired. */
  isPaired: z.boolean(),
  /** Whether the same order can be asked for again here, should this request come to nothing. */
  canRepeat: z.boolean(),
  /** The request that was made in place of this one. */
  repeatedAs: hashSchema.nullable(),
})

/** Everything that the page shows of itself. */
export const deskSchema = z.object({
  /** Another text after every change, and after a restart. */
  version: z.string(),
  /** The verifier's clock, seconds since 1970. */
  now: z.int(),
  terminal: addressSchema,
  merchant: z.object({ did: z.string(), name: z.string().nullable() }),
  domain: z.object({ chainId: z.int(), verifyingContract: addressSchema }),
  isStaff: z.boolean(),
  hasPhoneLane: z.boolean(),
  /** Above this sum, in cents, a scan that looks like no living hand asks for another factor. */
  askAboveMinor: z.int(),
  /** Whether the page's screen goes dark and bright again during such a scan, to see the palm answer. */
  lightsPalms: z.boolean(),
  /** Members of the committee. */
  operators: z.int(),
  /** The request that the terminal is to show: the newest one. */
  current: paymentViewSchema.nullable(),
  /** The request that the page asked after, where it is known. */
  followed: paymentViewSchema.nullable(),
})

export const sealingSchema = z.object({ notice: sealingKeyNoticeSchema, signature: signatureSchema })

/** For the staff strip. */
export const stripSchema = z.object({
  chain: z.object({ ok: z.boolean(), code: z.string().nullable() }),
  operators: z.array(z.object({ operator: addressSchema, up: z.boolean() })),
  lastError: z.object({ code: z.string(), at: z.int() }).nullable(),
})

/** Where an enrolment in the page reaches chain and operators; the paths are this verifier's. */
export const enrolmentPlaceSchema = z.object({
  chainId: z.int(),
  contracts: contractsSchema,
  committeeId: hashSchema,
  rpcPath: z.string(),
  operators: z.array(z.object({ operator: addressSchema, path: z.string() })),
  claimsPath: z.string(),
  fundingPath: z.string(),
})

export type ReceiptView = z.infer<typeof receiptViewSchema>
export type PaymentView = z.infer<typeof paymentViewSchema>
export type DeskView = z.infer<typeof deskSchema>
export type SealingView = z.infer<typeof sealingSchema>
export type StripView = z.infer<typeof stripSchema>
export type EnrolmentPlace = z.infer<typeof enrolmentPlaceSchema>
