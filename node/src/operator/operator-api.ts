/** The HTTP API of an operator: who it is, how it is, and the intake of enrolments from wallets. */

import type { Hex } from '@palmhold/base'
import {
  addressSchema,
  enrolmentReceiptSchema,
  hashSchema,
  type SealingKeyNotice,
  sealingKeyNoticeSchema,
  signatureSchema,
  signedReceiptSchema,
} from '@palmhold/protocol'
import { z } from 'zod'
import { type ApiServer, BadRequestError, errorSchema } from '../http/api-server.ts'
import type { Enrolments } from './enrolments.ts'

export const operatorStatusSchema = z.object({
  address: addressSchema,
  peerId: z.string(),
  did: z.string(),
  committeeId: hashSchema,
  committeeEpoch: z.int(),
  /** Rows that take part in matching. */
  rows: z.int(),
  enrolments: z.int(),
  damaged: z.array(z.int()),
  galleryRoot: hashSchema,
  peers: z.int(),
})

export type OperatorStatus = z.infer<typeof operatorStatusSchema>

const MAX_PROOF = 4
/** PalmRegistry counts in 32 bits. */
const MAX_INDEX = 0xffff_ffff

/** Adds the operator's routes to `api`. */
export function addOperatorRoutes(
  api: ApiServer,
  operator: {
    status: () => OperatorStatus
    sealingKey: () => { notice: SealingKeyNotice; signature: Hex }
    enrolments: Enrolments
    /** How far this operator is with an enrolment. */
    stateOf: (index: number) => 'unknown' | 'stored' | 'active' | 'erased'
  },
): void {
  api.get('/v1/status', { schema: { response: { 200: operatorStatusSchema } } }, async () => operator.status())

  api.get(
    '/v1/sealing-key',
    { schema: { response: { 200: z.object({ notice: sealingKeyNoticeSchema, signature: signatureSchema }) } } },
    async () => operator.sealingKey(),
  )

  api.post(
    '/v1/enrolments',
    {
      schema: {
        body: z.strictObject({
          index: z.int().min(0).max(MAX_INDEX),
          /** The sealed package, base64. */
          sealed: z.base64().max(64 * 1024),
          proof: z.array(hashSchema).max(MAX_PROOF),
        }),
        response: { 200: z.object({ receipt: enrolmentReceiptSchema, signature: signatureSchema }), 400: errorSchema },
      },
    },
    async ({ body }) => operator.enrolments.deliver(body.index, Buffer.from(body.sealed, 'base64'), body.proof),
  )

  api.get(
    '/v1/enrolments/:index',
    {
      schema: {
        params: z.object({ index: z.coerce.number().int().min(0).max(MAX_INDEX) }),
        response: { 200: z.object({ state: z.enum(['unknown', 'stored', 'active', 'erased']) }) },
      },
    },
    async ({ params }) => ({ state: operator.stateOf(params.index) }),
  )

  api.post(
    '/v1/enrolments/:index/activation',
    {
      schema: {
        params: z.object({ index: z.coerce.number().int().min(0).max(MAX_INDEX) }),
        body: z.strictObject({ receipts: z.array(signedReceiptSchema).max(15) }),
        response: { 200: z.object({ active: z.literal(true) }), 400: errorSchema },
      },
    },
    async ({ params, body }) => {
      if (body.receipts.length === 0) throw new BadRequestError('receipts')
      await operator.enrolments.activate({ index: params.index, receipts: body.receipts })
      return { active: true as const }
    },
  )
}
