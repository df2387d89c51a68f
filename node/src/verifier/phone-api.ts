/**
 * What a verifier answers to wallets, without the node's token: who knows the pairing secret of a request may speak for
 * it, see phone-lane.ts of @palmhold/protocol.
 */

import {
  hashSchema,
  pairedSchema,
  pairSchema,
  phoneAnswerSchema,
  phoneDeclineSchema,
  phoneProbeSchema,
  phoneReceiptSchema,
  phoneRequestSchema,
} from '@palmhold/protocol'
import { z } from 'zod'
import { type ApiServer, errorSchema } from '../http/api-server.ts'
import type { PhoneDesk } from './phone-desk.ts'

const params = z.object({ requestHash: hashSchema })

/** Adds the routes of the phone lane to `api`. */
export function addPhoneRoutes(api: ApiServer, desk: PhoneDesk): void {
  api.post(
    '/v1/phone/:requestHash/pair',
    { schema: { params, body: pairSchema, response: { 200: phoneRequestSchema, 403: errorSchema } } },
    async ({ params: { requestHash }, body }) => desk.pair(requestHash, body),
  )

  api.post(
    '/v1/phone/:requestHash/probe',
    { schema: { params, body: pairedSchema, response: { 200: phoneProbeSchema, 403: errorSchema } } },
    async ({ params: { requestHash }, body }) =>
      (await desk.probe(requestHash, body.pairing)) ?? { state: 'waiting' as const },
  )

  api.post(
    '/v1/phone/:requestHash/answer',
    { schema: { params, body: phoneAnswerSchema, response: { 200: phoneReceiptSchema, 403: errorSchema } } },
    async ({ params: { requestHash }, body: { pairing, ...answer } }) => desk.answer(requestHash, pairing, answer),
  )

  api.post(
    '/v1/phone/:requestHash/decline',
    {
      schema: {
        params,
        body: phoneDeclineSchema,
        response: { 200: z.object({ requestHash: hashSchema }), 403: errorSchema },
      },
    },
    async ({ params: { requestHash }, body }) => {
      desk.decline(requestHash, body.pairing, body.reason)
      return { requestHash }
    },
  )
}
