/**
 * The JSON shapes of everything that is read from a file or a wire: strict objects whose strings are canonical (lower-case
 * hexadecimal of fixed length), so that one message has one spelling. Parsing is zod's; this file only says what is allowed.
 */

import { type Hex, PalmError, type PalmErrorCode } from '@palmhold/base'
import { z } from 'zod'
import type { MatchAttestation, Request, Scan } from './messages.ts'

const hexOf = (bytes: number) =>
  z.custom<Hex>((value) => typeof value === 'string' && new RegExp(`^0x[0-9a-f]{${2 * bytes}}$`).test(value), {
    message: `expected ${bytes} bytes as lower-case hexadecimal after 0x`,
  })

export const addressSchema = hexOf(20)
export const hashSchema = hexOf(32)
export const signatureSchema = hexOf(65)
/** A Groth16 proof: eight coordinates of 32 bytes. */
export const proofSchema = hexOf(256)
const uint = (bits: number) =>
  z
    .int()
    .min(0)
    .max(2 ** Math.min(bits, 53) - 1)

export const requestSchema: z.ZodType<Request> = z.strictObject({
  requestType: uint(8),
  merchantId: hashSchema,
  terminal: addressSchema,
  payee: addressSchema,
  token: addressSchema,
  amountMinor: uint(64),
  lane: uint(8),
  factors: uint(8),
  policyHash: hashSchema,
  committeeId: hashSchema,
  committeeEpoch: uint(32),
  orderHash: hashSchema,
  nonce: hashSchema,
  issuedAt: uint(64),
  expiry: uint(64),
})

export const scanSchema: z.ZodType<Scan> = z.strictObject({
  requestHash: hashSchema,
  probeRoot: hashSchema,
  leafCount: uint(16),
  probeSharesRoot: hashSchema,
  capturedAt: uint(64),
})

export const attestationSchema: z.ZodType<MatchAttestation> = z.strictObject({
  version: uint(8),
  lane: uint(8),
  merchantId: hashSchema,
  terminal: addressSchema,
  requestHash: hashSchema,
  scanHash: hashSchema,
  pseudonym: hashSchema,
  factors: uint(8),
  payer: addressSchema,
  committeeId: hashSchema,
  committeeEpoch: uint(32),
  galleryRoot: hashSchema,
  expiry: uint(64),
})

export const policySchema = z.strictObject({
  thresholdBits: uint(16),
  marginBits: uint(16),
  maxProbeCodes: uint(16),
  firstPassBits: uint(16),
})

export const enrolmentReceiptSchema = z.strictObject({
  index: uint(32),
  sharesRoot: hashSchema,
  committeeId: hashSchema,
  committeeEpoch: uint(32),
  operator: addressSchema,
  coinCommitment: hashSchema,
})

export const sealingKeyNoticeSchema = z.strictObject({
  operator: addressSchema,
  sealingKey: hashSchema,
  issuedAt: uint(64),
})

/**
 * `value` as `schema` has it.
 * @throws {ShapeError} with `code`, naming the first field that is off and nothing of its content
 */
export function parseShape<T>(schema: z.ZodType<T>, value: unknown, what: string, code: PalmErrorCode): T {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const path = parsed.error.issues[0]?.path.join('.')
  throw new ShapeError(code, what, path === '' || path === undefined ? undefined : path)
}

/** JSON text as `schema` has it. @throws {ShapeError} no JSON, or another shape */
export function parseJson<T>(schema: z.ZodType<T>, text: string, what: string, code: PalmErrorCode): T {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new ShapeError(code, what, undefined)
  }
  return parseShape(schema, value, what, code)
}

/** A document or message that has not the shape it should have. */
export class ShapeError extends PalmError {
  constructor(code: PalmErrorCode, what: string, path: string | undefined) {
    super(code, path === undefined ? `this is no ${what}` : `this is no ${what}: its field ${path} is off`, {
      hints: ['Check that the file is whole and was written by this version of Palmhold.'],
    })
  }
}
