/**
 * What every HTTP server of a node has in common: schemas by zod that are checked and published as OpenAPI, errors that
 * carry a code and hints and never a stack, a health check, Prometheus metrics, a rate limit, and no answer to a Host it
 * does not serve (so that no web page reaches it by rebinding a name).
 */

import { timingSafeEqual } from 'node:crypto'
import rateLimit from '@fastify/rate-limit'
import swagger from '@fastify/swagger'
import { isPalmError, PalmError, type PalmErrorCode, utf8 } from '@palmhold/base'
import fastify, {
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from 'fastify'
import {
  hasZodFastifySchemaValidationErrors,
  jsonSchemaTransform,
  serializerCompiler,
  validatorCompiler,
  type ZodTypeProvider,
} from 'fastify-type-provider-zod'
import type { Registry } from 'prom-client'
import { z } from 'zod'
import { PortTakenError } from './port-taken-error.ts'

const BODY_LIMIT_BYTES = 1024 * 1024
const REQUESTS_PER_MINUTE = 1200
const REQUEST_TIMEOUT_MS = 20_000
const CHECK_EVERY_MS = 1_000
const MAX_CONNECTIONS = 512

export type ApiServer = ReturnType<typeof withTypes>

export type Health = { readonly ok: boolean; readonly checks: Record<string, string> }

const healthSchema = z.object({ ok: z.boolean(), checks: z.record(z.string(), z.string()) })

/** The body of every failure. */
export const errorSchema = z.object({
  error: z.object({ code: z.string(), message: z.string(), hints: z.array(z.string()) }),
})

/** A server with the common routes; the caller adds its own and calls {@link listen}. */
export async function createApiServer(options: {
  title: string
  metrics: Registry
  health: () => Promise<Health>
  log: FastifyBaseLogger
  /** How long a call may take to arrive in full; 20 s unless given. */
  requestTimeoutMs?: number
}): Promise<ApiServer> {
  const app = fastify({
    loggerInstance: options.log,
    bodyLimit: BODY_LIMIT_BYTES,
    // A call that comes byte by byte, or not to its end, must not keep its connection for ever.
    requestTimeout: options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS,
    http: {
      connectionsCheckingInterval: CHECK_EVERY_MS,
      headersTimeout: options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS,
    },
    // A path that cannot be decoded never comes to a route.
    frameworkErrors: (_error, _request, reply: FastifyReply) => {
      void reply.status(400).send(bodyOf(new BadRequestError('path')))
    },
    logController: new LogController({ disableRequestLogging: true }),
  })
  app.server.maxConnections = MAX_CONNECTIONS
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  app.setErrorHandler((error: FastifyError, _request, reply) => {
    const known = asPalmError(error)
    if (known.code === 'PALM_INTERNAL') options.log.error({ err: { type: error.name } }, 'internal error')
    return reply.status(statusOf(known.code)).send(bodyOf(known))
  })
  app.setNotFoundHandler((_request, reply) => reply.status(404).send(bodyOf(new NotFoundError('page'))))
  app.addHook('onRequest', async (request, reply) => {
    // Answers are of this moment; a page's files say otherwise for themselves.
    reply.headers({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' })
    refuseForeignHost(request)
  })
  await app.register(rateLimit, {
    max: REQUESTS_PER_MINUTE,
    timeWindow: 60_000,
    // A web page on this machine can call without a token, and must not use up the calls of those who have it.
    // A page of another origin cannot send either header, save for a preflight that counts under its address.
    keyGenerator: ({ headers, ip }) =>
      headers.authorization === undefined && headers['x-palmhold-terminal'] === undefined ? ip : `with token, ${ip}`,
  })
  await app.register(swagger, {
    openapi: { info: { title: options.title, version: '1' } },
    transform: jsonSchemaTransform,
  })

  const api = withTypes(app)
  api.get('/health', { schema: { response: { 200: healthSchema, 503: healthSchema } } }, async (_request, reply) => {
    const health = await options.health()
    return reply.status(health.ok ? 200 : 503).send(health)
  })
  api.get('/metrics', { schema: { hide: true } }, async (_request, reply) =>
    reply.header('content-type', options.metrics.contentType).send(await options.metrics.metrics()),
  )
  api.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger())
  return api
}

function withTypes(app: FastifyInstance) {
  return app.withTypeProvider<ZodTypeProvider>()
}

/** Starts listening on loopback; port 0 takes a free one. Returns the base URL. @throws {PortTakenError} */
export async function listen(api: ApiServer, port: number): Promise<string> {
  try {
    return await api.listen({ host: '127.0.0.1', port })
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EADDRINUSE') throw new PortTakenError(port)
    throw cause
  }
}

/** Refuses a request without the bearer token `token`. @throws {UnauthorisedError} */
export function requireToken(request: FastifyRequest, token: string): void {
  const given = utf8(request.headers.authorization ?? '')
  const wanted = utf8(`Bearer ${token}`)
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) throw new UnauthorisedError()
}

function refuseForeignHost(request: FastifyRequest): void {
  if (!['127.0.0.1', 'localhost', '[::1]'].includes(request.hostname)) throw new ForeignHostError()
}

function asPalmError(error: FastifyError): PalmError {
  if (isPalmError(error)) return error
  if (hasZodFastifySchemaValidationErrors(error)) return new BadRequestError(error.validation[0]?.instancePath ?? '')
  if (error.statusCode === 429) return new RateLimitError()
  if (error.statusCode === 413) return new BadRequestError('', 'the body is too large')
  if (error.statusCode !== undefined && error.statusCode < 500) return new BadRequestError('')
  return new InternalError(error)
}

function bodyOf(error: PalmError): z.infer<typeof errorSchema> {
  return { error: { code: error.code, message: error.message, hints: [...error.hints] } }
}

const STATUS: Partial<Record<PalmErrorCode, number>> = {
  PALM_UNAUTHORISED: 401,
  PALM_TERMINAL_UNLINKED: 401,
  PALM_FOREIGN_HOST: 403,
  PALM_FOREIGN_ORIGIN: 403,
  PALM_STAFF_ONLY: 403,
  PALM_PIN_WRONG: 403,
  PALM_PIN_LOCKED: 429,
  PALM_PAIRING_REFUSED: 403,
  PALM_PAIRING_TAKEN: 403,
  PALM_NOT_FOUND: 404,
  PALM_REQUEST_SPENT: 409,
  PALM_RATE_LIMITED: 429,
  PALM_INTERNAL: 500,
  PALM_DISK_FULL: 507,
  PALM_OPERATORS_MISSING: 503,
  PALM_CHAIN_UNREACHABLE: 503,
  PALM_SETTLEMENT_PENDING: 503,
}

function statusOf(code: PalmErrorCode): number {
  return STATUS[code] ?? 400
}

/** A body or parameter that is not what the route takes. */
export class BadRequestError extends PalmError {
  constructor(path: string, what = 'the request is not what this route takes') {
    super('PALM_BAD_REQUEST', path === '' ? what : `${what}: ${path} is off`, {
      hints: ['Compare it with /openapi.json of this node.'],
    })
  }
}

/** Nothing is there under this name. */
export class NotFoundError extends PalmError {
  constructor(what: string) {
    super('PALM_NOT_FOUND', `there is no such ${what}`, { hints: ['/openapi.json lists what this node serves.'] })
  }
}

/** A call without the node's token. */
export class UnauthorisedError extends PalmError {
  constructor() {
    super('PALM_UNAUTHORISED', 'this route wants the token of the node', {
      hints: ['Send "Authorization: Bearer" with the content of the file api-token in the data folder of the node.'],
    })
  }
}

/** A call under another host name. */
export class ForeignHostError extends PalmError {
  constructor() {
    super('PALM_FOREIGN_HOST', 'this node answers on its loopback address only', {
      hints: ['Call it as http://127.0.0.1:PORT.'],
    })
  }
}

/** A call that a page of another origin sends. */
export class ForeignOriginError extends PalmError {
  constructor() {
    super('PALM_FOREIGN_ORIGIN', 'this node answers its own pages only', {
      hints: ['Open the page under the address that the verifier prints.'],
    })
  }
}

/** Too many calls in a minute. */
export class RateLimitError extends PalmError {
  constructor() {
    super('PALM_RATE_LIMITED', 'too many calls', { hints: ['Wait a minute and call again.'] })
  }
}

/** A fault of this program. */
export class InternalError extends PalmError {
  constructor(cause: unknown) {
    super('PALM_INTERNAL', 'something in this program went wrong', {
      hints: ['Run again with PALMHOLD_DEBUG=1 to see where, and report it.'],
      cause,
    })
  }
}
