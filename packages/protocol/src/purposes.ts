/**
 * What sealed messages are for and what they are bound to, so that one opens for its purpose, at its receiver, and
 * nowhere else; and an operator's signed receipt, which passes from wallet to operator and between operators.
 */

import { fromHex, type Hex, utf8 } from '@palmhold/base'
import { z } from 'zod'
import type { EnrolmentReceipt } from './messages.ts'
import { enrolmentReceiptSchema, signatureSchema } from './schemas.ts'

/** Shares of a row, from a wallet to one operator. */
export const ENROLMENT_PURPOSE = 'palmhold/enrolment/1'

/** The codes of a probe, from a terminal's camera to its verifier. */
export const PROBE_PURPOSE = 'palmhold/probe/1'

/** What a sealed enrolment package is bound to: enrolment and operator. */
export function enrolmentBinding(index: number, operator: Hex): Uint8Array {
  return utf8(`${index}:${operator}`)
}

/** What a sealed probe is bound to: the request it answers. */
export function probeBinding(requestHash: Hex): Uint8Array {
  return fromHex(requestHash, { length: 32 })
}

export type SignedReceipt = { readonly receipt: EnrolmentReceipt; readonly signature: Hex }

export const signedReceiptSchema: z.ZodType<SignedReceipt> = z.strictObject({
  receipt: enrolmentReceiptSchema,
  signature: signatureSchema,
})
