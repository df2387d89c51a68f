/** The HTTP API of a verifier: payments for till and terminal (with the node's token), the phone lane for wallets, status for anyone. */

import type { Hex } from '@palmhold/base'
import {
  type AnchorOpening,
  addressSchema,
  anchorOpeningSchema,
  hashSchema,
  type SealingKeyNotice,
} from '@palmhold/protocol'
import { z } from 'zod'
import { type ApiServer, errorSchema, requireToken } from '../http/api-server.ts'
import type { Payments } from './payments.ts'
import { addPhoneRoutes } from './phone-api.ts'
import type { PaymentRecord } from './verifier-database.ts'
import {
  admissionResultSchema,
  issuedSchema,
  paymentSchema,
  receiptSchema,
  scanResultSchema,
} from './verifier-shapes.ts'

/** 1,000,000.00 EUR. */
const MAX_AMOUNT_MINOR = 100_000_000

export const verifierStatusSchema = z.object({
  address: addressSchema,
  peerId: z.string(),
  merchant: z.object({ did: z.string(), name: z.string().nullable(), active: z.boolean() }),
  terminal: z.object({ address: addressSchema, active: z.boolean() }),
  committeeId: hashSchema,
  operators: z.array(z.object({ operator: addressSchema, url: z.string(), up: z.boolean() })),
})

export type VerifierStatus = z.infer<typeof verifierStatusSchema>

const hashParams = z.object({ requestHash: hashSchema })

/** Adds the verifier's routes to `api`; all but the status want `token`. */
export function addVerifierRoutes(
  api: ApiServer,
  verifier: {
    token: string
    payments: Payments
    status: () => Promise<VerifierStatus>
    sealingKey: () => { notice: SealingKeyNotice; signature: Hex }
    repeatedAs: (requestHash: Hex) => Hex | undefined
    refund: (requestHash: Hex) => Promise<{ txHash: Hex }>
    /** @throws {NotAnchoredError} */
    openAnchor: (record: PaymentRecord) => AnchorOpening
  },
): void {
  const { payments } = verifier
  const withToken = {
    onRequest: async (request: Parameters<typeof requireToken>[0]) => requireToken(request, verifier.token),
  }

  api.get('/v1/status', { schema: { response: { 200: verifierStatusSchema } } }, async () => verifier.status())

  api.post(
    '/v1/payments',
    {
      ...withToken,
      schema: {
        body: z.strictObject({
          amountMinor: z.int().min(1).max(MAX_AMOUNT_MINOR),
          orderId: z.string().max(200).default(''),
          lane: z.enum(['palm', 'phone']).default('palm'),
        }),
        response: { 200: issuedSchema, 400: errorSchema },
      },
    },
    async ({ body }) => ({ ...(await payments.issue(body)), sealing: verifier.sealingKey() }),
  )

  api.post(
    '/v1/payments/:requestHash/scan',
    {
      ...withToken,
      schema: {
        params: hashParams,
        /** The probe's codes, sealed and in base64. */
        body: z.strictObject({ sealed: z.base64().max(256 * 1024) }),
        response: { 200: scanResultSchema, 400: errorSchema },
      },
    },
    async ({ params, body }) => payments.scan(params.requestHash, Buffer.from(body.sealed, 'base64')),
  )

  api.post(
    '/v1/admissions',
    {
      ...withToken,
      schema: {
        body: z.strictObject({
          type: z.enum(['access', 'age']),
          orderId: z.string().max(200).default(''),
          lane: z.enum(['palm', 'phone']).default('palm'),
        }),
        response: { 200: issuedSchema, 400: errorSchema },
      },
    },
    async ({ body }) => ({ ...(await payments.issue({ ...body, amountMinor: 0 })), sealing: verifier.sealingKey() }),
  )

  api.post(
    '/v1/admissions/:requestHash/scan',
    {
      ...withToken,
      schema: {
        params: hashParams,
        body: z.strictObject({ sealed: z.base64().max(256 * 1024) }),
        response: { 200: admissionResultSchema, 400: errorSchema },
      },
    },
    async ({ params, body }) => payments.admit(params.requestHash, Buffer.from(body.sealed, 'base64')),
  )

  api.get(
    '/v1/anchors/:requestHash',
    {
      ...withToken,
      schema: { params: hashParams, response: { 200: anchorOpeningSchema, 404: errorSchema } },
    },
    async ({ params }) => verifier.openAnchor(payments.find(params.requestHash)),
  )

  api.get(
    '/v1/payments/:requestHash',
    { ...withToken, schema: { params: hashParams, response: { 200: paymentSchema, 404: errorSchema } } },
    async ({ params }) => {
      const { requestHash, state, refusal, receipt } = payments.find(params.requestHash)
      const paired = payments.phones?.isPaired(requestHash) ?? false
      const repeatedAs = verifier.repeatedAs(requestHash) ?? null
      return { requestHash, paired, state, refusal: refusal ?? null, receipt: receipt ?? null, repeatedAs }
    },
  )

  api.post(
    '/v1/payments/:requestHash/refund',
    {
      ...withToken,
      schema: { params: hashParams, response: { 200: z.object({ txHash: hashSchema }), 400: errorSchema } },
    },
    async ({ params }) => verifier.refund(payments.find(params.requestHash).requestHash),
  )

  api.get(
    '/v1/receipts',
    {
      ...withToken,
      schema: {
        querystring: z.object({ limit: z.coerce.number().int().min(1).max(1000).default(20) }),
        response: { 200: z.object({ receipts: z.array(receiptSchema) }) },
      },
    },
    async ({ query }) => ({ receipts: payments.receipts(query.limit) }),
  )

  if (payments.phones) addPhoneRoutes(api, payments.phones)
}
