/**
 * The routes of the terminal page. They take the session of terminal-sessions.ts and nothing else; the till's token stays
 * out of the page. The page is served from this very origin, so whatever comes from another one is refused.
 */

import { errorCode, type Hex } from '@palmhold/base'
import { hashSchema } from '@palmhold/protocol'
import { parseCookie, stringifySetCookie } from 'cookie'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { type ApiServer, ForeignOriginError, requireToken } from '../http/api-server.ts'
import type { Payments } from '../verifier/payments.ts'
import type { TerminalDesk } from './terminal-desk.ts'
import { type SessionSecrets, StaffOnlyError, type TerminalSessions } from './terminal-sessions.ts'
import {
  type DeskView,
  deskSchema,
  LONGEST_WAIT_MS,
  paymentViewSchema,
  receiptViewSchema,
  type SealingView,
  type StripView,
  sealingSchema,
  stripSchema,
  TERMINAL_KEY_HEADER,
} from './terminal-shapes.ts'

/** 1,000,000.00 EUR. */
const MAX_AMOUNT_MINOR = 100_000_000
const RECEIPTS = 20
const COOKIE_S = 30 * 24 * 3_600
const BASE = '/v1/terminal'

const laneSchema = z.enum(['palm', 'phone'])
const hashParams = z.object({ requestHash: hashSchema })
const staffReceiptsSchema = z.object({
  receipts: z.array(z.object({ receipt: receiptViewSchema, status: z.string() })),
})

export type TerminalRoutes = {
  /** Of the till, which may make links. */
  readonly token: string
  readonly staffPin: string
  readonly address: Hex
  readonly sessions: TerminalSessions
  readonly desk: TerminalDesk
  readonly payments: Payments
  readonly sealingKey: () => SealingView
  /** Merchant, terminal, domain and clock. */
  readonly describe: () => Promise<
    Pick<DeskView, 'now' | 'terminal' | 'merchant' | 'domain' | 'operators' | 'askAboveMinor' | 'lightsPalms'>
  >
  readonly strip: () => Promise<Omit<StripView, 'lastError'>>
  readonly refund: (requestHash: Hex) => Promise<{ txHash: Hex }>
  /** How a payment stands on chain: locked, released, refunded, disputed. */
  readonly statusOf: (requestHash: Hex) => Promise<string>
  /** Called when a link is made: somebody is about to open the page. */
  readonly onLink: () => void
}

/** Reads both halves of a call's session. */
export type SessionReader = {
  /** @throws {ForeignOriginError} @throws {TerminalUnlinkedError} */
  readonly require: (request: FastifyRequest) => SessionSecrets
}

/** Adds the routes; the reader is for those who add more. */
export function addTerminalRoutes(api: ApiServer, terminal: TerminalRoutes): SessionReader {
  const { sessions, desk, payments } = terminal
  const cookieName = `palmhold-terminal-${terminal.address.slice(2, 10)}`

  const secretsOf = (request: FastifyRequest): SessionSecrets => {
    const key = request.headers[TERMINAL_KEY_HEADER]
    return {
      cookie: parseCookie(request.headers.cookie ?? '')[cookieName] ?? '',
      key: typeof key === 'string' ? key : '',
    }
  }
  const requireSession = (request: FastifyRequest): SessionSecrets => {
    refuseForeignOrigin(request)
    const secrets = secretsOf(request)
    sessions.require(secrets)
    return secrets
  }
  const withSession = { onRequest: async (request: FastifyRequest) => void requireSession(request) }
  const withStaff = {
    onRequest: async (request: FastifyRequest) => {
      if (!sessions.isUnlocked(requireSession(request))) throw new StaffOnlyError()
    },
  }
  const setCookie = (reply: FastifyReply, value: string, maxAge: number) =>
    reply.header(
      'set-cookie',
      stringifySetCookie({ name: cookieName, value, httpOnly: true, sameSite: 'strict', path: BASE, maxAge }),
    )

  api.post(
    `${BASE}/links`,
    {
      onRequest: async (request: FastifyRequest) => requireToken(request, terminal.token),
      schema: { response: { 200: z.object({ code: z.string(), staffPin: z.string() }) } },
    },
    async () => {
      terminal.onLink()
      return { code: sessions.createLink(), staffPin: terminal.staffPin }
    },
  )

  api.post(
    `${BASE}/session`,
    {
      onRequest: async (request: FastifyRequest) => refuseForeignOrigin(request),
      schema: {
        body: z.strictObject({ code: z.string().max(100) }),
        response: { 200: z.object({ key: z.string() }) },
      },
    },
    async ({ body }, reply) => {
      const { cookie, key } = sessions.open(body.code)
      setCookie(reply, cookie, COOKIE_S)
      return { key }
    },
  )

  api.delete(
    `${BASE}/session`,
    { ...withSession, schema: { response: { 200: z.object({}) } } },
    async (request, reply) => {
      sessions.close(secretsOf(request))
      setCookie(reply, '', 0)
      return {}
    },
  )

  api.get(
    `${BASE}/desk`,
    {
      ...withSession,
      schema: {
        querystring: z.object({
          /** The version that the page has; the answer waits for another one. */
          after: z.string().max(100).default(''),
          /** A request that the page has shown already: it is told how that one is too, also after a restart. */
          follow: hashSchema.optional(),
          waitMs: z.coerce.number().int().min(0).max(LONGEST_WAIT_MS).default(LONGEST_WAIT_MS),
        }),
        response: { 200: deskSchema },
      },
    },
    async (request) => {
      await desk.waitForChange(request.query.after, request.query.waitMs)
      // Before anything that takes time: what changes meanwhile is news for the next question.
      const version = desk.version()
      const current = desk.current()
      const followed = request.query.follow && desk.find(request.query.follow)
      return {
        version,
        ...(await terminal.describe()),
        hasPhoneLane: desk.hasPhoneLane,
        isStaff: sessions.isUnlocked(secretsOf(request)),
        current: current === undefined ? null : desk.view(current),
        followed: followed === undefined ? null : desk.view(followed),
      }
    },
  )

  api.get(`${BASE}/strip`, { ...withSession, schema: { response: { 200: stripSchema } } }, async () => ({
    ...(await terminal.strip()),
    lastError: desk.lastError() ?? null,
  }))

  api.get(`${BASE}/sealing`, { ...withSession, schema: { response: { 200: sealingSchema } } }, async () =>
    terminal.sealingKey(),
  )

  api.post(
    `${BASE}/payments`,
    {
      ...withSession,
      schema: {
        body: z.strictObject({
          amountMinor: z.int().min(1).max(MAX_AMOUNT_MINOR),
          orderId: z.string().max(200).default(''),
          lane: laneSchema.default('palm'),
        }),
        response: { 200: paymentViewSchema },
      },
    },
    async ({ body }) => desk.view(payments.find((await payments.issue(body)).requestHash)),
  )

  api.get(
    `${BASE}/payments/:requestHash`,
    { ...withSession, schema: { params: hashParams, response: { 200: paymentViewSchema } } },
    async ({ params }) => desk.view(payments.find(params.requestHash)),
  )

  api.post(
    `${BASE}/payments/:requestHash/scan`,
    {
      ...withSession,
      schema: {
        params: hashParams,
        /** The probe's codes, sealed and in base64. */
        body: z.strictObject({ sealed: z.base64().max(256 * 1024) }),
        response: { 200: paymentViewSchema },
      },
    },
    async ({ params, body }) => {
      await payments.scan(params.requestHash, Buffer.from(body.sealed, 'base64'))
      return desk.view(payments.find(params.requestHash))
    },
  )

  api.post(
    `${BASE}/payments/:requestHash/repeat`,
    {
      ...withSession,
      schema: {
        params: hashParams,
        body: z.strictObject({ lane: laneSchema }),
        response: { 200: paymentViewSchema },
      },
    },
    async ({ params, body }) =>
      desk.view(payments.find((await desk.repeat(params.requestHash, body.lane)).requestHash)),
  )

  api.post(
    `${BASE}/payments/:requestHash/cancel`,
    { ...withSession, schema: { params: hashParams, response: { 200: paymentViewSchema } } },
    async ({ params }) => {
      desk.cancel(params.requestHash)
      return desk.view(payments.find(params.requestHash))
    },
  )

  api.post(
    `${BASE}/staff`,
    {
      ...withSession,
      schema: { body: z.strictObject({ pin: z.string().max(20) }), response: { 200: z.object({}) } },
    },
    async (request) => {
      sessions.unlock(secretsOf(request), request.body.pin)
      return {}
    },
  )

  api.delete(`${BASE}/staff`, { ...withSession, schema: { response: { 200: z.object({}) } } }, async (request) => {
    sessions.lock(secretsOf(request))
    return {}
  })

  api.get(`${BASE}/receipts`, { ...withStaff, schema: { response: { 200: staffReceiptsSchema } } }, async () => ({
    receipts: await Promise.all(
      payments.receipts(RECEIPTS).map(async ({ requestHash }) => ({
        receipt: desk.view(payments.find(requestHash)).receipt!,
        status: await terminal.statusOf(requestHash).catch(errorCode),
      })),
    ),
  }))

  api.post(
    `${BASE}/payments/:requestHash/refund`,
    { ...withStaff, schema: { params: hashParams, response: { 200: z.object({ txHash: hashSchema }) } } },
    async ({ params }) => terminal.refund(payments.find(params.requestHash).requestHash),
  )

  return { require: requireSession }
}

/** Refuses what another page sends, under whatever name it reached this node. @throws {ForeignOriginError} */
export function refuseForeignOrigin({ headers }: FastifyRequest): void {
  const { origin, host, 'sec-fetch-site': site } = headers
  if (origin !== undefined && origin !== `http://${host}`) throw new ForeignOriginError()
  if (site !== undefined && site !== 'same-origin') throw new ForeignOriginError()
}
