/** What a verifier's API answers on payments and admissions, for those who serve it and those who call it. */

import { hashSchema, policySchema, requestSchema, sealingKeyNoticeSchema, signatureSchema } from '@palmhold/protocol'
import { z } from 'zod'
import type { Admission, Outcome, Receipt } from './receipt.ts'

export const issuedSchema = z.object({
  requestHash: hashSchema,
  request: requestSchema,
  signature: signatureSchema,
  policy: policySchema,
  /** What the terminal shows to the wallet, beside the request's hash and this address; null in the palm lane. */
  pairing: hashSchema.nullable(),
  /** Where the terminal seals the probe to. */
  sealing: z.object({ notice: sealingKeyNoticeSchema, signature: signatureSchema }),
})

export const receiptSchema = z.custom<Receipt>()

export const scanResultSchema = z.object({ receipt: receiptSchema, matchMs: z.number(), totalMs: z.number() })

export const admissionResultSchema = z.object({
  admission: z.custom<Admission>(),
  matchMs: z.number(),
  totalMs: z.number(),
})

export const paymentSchema = z.object({
  requestHash: hashSchema,
  /** Whether a wallet has paired for it; false in the palm lane. */
  paired: z.boolean(),
  state: z.enum(['issued', 'scanned', 'attested', 'settled', 'admitted', 'refused']),
  refusal: z.string().nullable(),
  /** The receipt of a payment; the admission of access or age. */
  receipt: z.custom<Outcome>().nullable(),
  /** The request that the terminal made in place of this one, for the same order. */
  repeatedAs: hashSchema.nullable(),
})
