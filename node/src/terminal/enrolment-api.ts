/** The routes of an enrolment in the terminal page, and of the wallet that fetches its vault later. */

import { type Hex, PalmError } from '@palmhold/base'
import { addressSchema, type ContractAddresses } from '@palmhold/protocol'
import { z } from 'zod'
import { type ApiServer, NotFoundError } from '../http/api-server.ts'
import type { EnrolmentDesk } from './enrolment-desk.ts'
import { refuseForeignOrigin, type SessionReader } from './terminal-api.ts'
import { enrolmentPlaceSchema } from './terminal-shapes.ts'

const TIMEOUT_MS = 20_000
const MOST_VAULT_CHARACTERS = 32 * 1024
/** What a wallet posts to an operator; see operator-api.ts. */
const OPERATOR_PATHS = /^v1\/(sealing-key|enrolments|enrolments\/[0-9]{1,10}\/activation)$/

const idParams = z.object({ id: z.string().regex(/^[A-Za-z0-9_-]{32}$/) })
const claimIdSchema = z.string().regex(/^0x[0-9a-f]{32}$/) as z.ZodType<Hex>
const claimParams = z.object({ claimId: claimIdSchema })
const rpcSchema = z.object({
  jsonrpc: z.literal('2.0'),
  id: z.union([z.int(), z.string()]),
  method: z.string().max(60),
  params: z.array(z.unknown()).max(4).default([]),
})

export type EnrolmentRoutes = {
  readonly desk: EnrolmentDesk
  readonly session: SessionReader
  readonly chainId: number
  readonly contracts: ContractAddresses
  readonly committeeId: Hex
  readonly rpcUrl: string
  readonly members: () => readonly Hex[]
  /** Where an operator answers wallets; undefined while nobody has heard of it. */
  readonly urlOf: (operator: Hex) => string | undefined
  /** Test money for a new account. @throws {FundingMissingError} */
  readonly fund: (address: Hex) => Promise<void>
}

export function addEnrolmentRoutes(api: ApiServer, enrolment: EnrolmentRoutes): void {
  const { desk } = enrolment
  const base = '/v1/terminal/enrolments'

  api.post(`${base}`, { schema: { response: { 200: enrolmentPlaceSchema } } }, async (request) => {
    enrolment.session.require(request)
    const path = `${base}/${desk.open()}`
    return {
      chainId: enrolment.chainId,
      contracts: enrolment.contracts,
      committeeId: enrolment.committeeId,
      rpcPath: `${path}/rpc`,
      operators: enrolment.members().map((operator) => ({ operator, path: `${path}/operators/${operator}/` })),
      claimsPath: `${path}/claims`,
      fundingPath: `${path}/funding`,
    }
  })

  api.post(
    `${base}/:id/rpc`,
    {
      onRequest: async (request) => refuseForeignOrigin(request),
      schema: { hide: true, params: idParams, body: rpcSchema },
    },
    async ({ params, body }, reply) => {
      desk.require(params.id)
      desk.requireMethod(body.method)
      return reply.header('content-type', 'application/json').send(await carry(enrolment.rpcUrl, body))
    },
  )

  api.route({
    method: ['GET', 'POST'],
    url: `${base}/:id/operators/:operator/*`,
    onRequest: async (request) => refuseForeignOrigin(request),
    schema: { hide: true, params: idParams.extend({ operator: addressSchema, '*': z.string().regex(OPERATOR_PATHS) }) },
    handler: async (request, reply) => {
      const { id, operator, '*': path } = request.params
      desk.require(id)
      const url = enrolment.members().includes(operator) ? enrolment.urlOf(operator) : undefined
      if (url === undefined) throw new CarriedNowhereError()
      const answer = await fetchOnce(new URL(path, url), request.method === 'POST' ? request.body : undefined)
      return reply.status(answer.status).header('content-type', 'application/json').send(answer.text)
    },
  })

  api.post(
    `${base}/:id/funding`,
    {
      onRequest: async (request) => refuseForeignOrigin(request),
      schema: { hide: true, params: idParams, body: z.strictObject({ address: addressSchema }) },
    },
    async ({ params, body }) => {
      desk.takeFunding(params.id)
      await enrolment.fund(body.address)
      return {}
    },
  )

  api.post(
    `${base}/:id/claims`,
    {
      onRequest: async (request) => refuseForeignOrigin(request),
      schema: {
        hide: true,
        params: idParams,
        body: z.strictObject({ claimId: claimIdSchema, vault: z.base64().max(MOST_VAULT_CHARACTERS) }),
      },
    },
    async ({ params, body }) => {
      desk.keepClaim(params.id, body.claimId, Buffer.from(body.vault, 'base64'))
      return {}
    },
  )

  api.get(
    '/v1/claims/:claimId',
    { schema: { params: claimParams, response: { 200: z.object({ vault: z.base64() }) } } },
    async ({ params }) => {
      const vault = desk.claim(params.claimId)
      if (!vault) throw new NotFoundError('claim')
      return { vault: Buffer.from(vault).toString('base64') }
    },
  )

  api.delete(
    '/v1/claims/:claimId',
    { schema: { params: claimParams, response: { 200: z.object({}) } } },
    async ({ params }) => {
      desk.forgetClaim(params.claimId)
      return {}
    },
  )
}

async function carry(url: string, body: unknown): Promise<string> {
  return (await fetchOnce(new URL(url), body)).text
}

async function fetchOnce(url: URL, body: unknown): Promise<{ status: number; text: string }> {
  try {
    const response = await fetch(url, {
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
      ...(body === undefined
        ? {}
        : { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    })
    return { status: response.status, text: await response.text() }
  } catch (cause) {
    throw new CarriedNowhereError(cause)
  }
}

/** Chain or operator do not answer. */
export class CarriedNowhereError extends PalmError {
  constructor(cause?: unknown) {
    super('PALM_CARRIED_NOWHERE', 'what the terminal was to carry found nobody', {
      hints: ['Chain or operator do not answer: `npx palmhold status` shows which. Try again.'],
      cause,
    })
  }
}
