/**
 * The terminal's side of a payment: asks its verifier for a signed request, seals the probe to it, and waits for the
 * receipt. The probe leaves this process sealed, and is overwritten afterwards.
 */

import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type Hex, PalmError, type PalmErrorCode } from '@palmhold/base'
import type { ProbeCodes } from '@palmhold/palm'
import {
  type AnchorOpening,
  anchorOpeningSchema,
  type PairingOffer,
  parseShape,
  type SigningDomain,
} from '@palmhold/protocol'
import { z } from 'zod'
import { readFileIfThere } from '../storage/disk.ts'
import { PhoneMissingError } from './phone-desk.ts'
import type { Receipt } from './receipt.ts'
import { sealProbe } from './seal-probe.ts'
import { admissionResultSchema, issuedSchema, paymentSchema, scanResultSchema } from './verifier-shapes.ts'

const TIMEOUT_MS = 30_000
/** The phone has two minutes to answer. */
const PHONE_TIMEOUT_MS = 160_000
const PAIRING_POLL_MS = 100

/** A verifier as a terminal knows it. */
export type VerifierPlace = { readonly url: string; readonly terminal: Hex; readonly token: string }

export type Issued = z.infer<typeof issuedSchema>
export type PaymentResult = z.infer<typeof scanResultSchema>

const errorSchema = z.object({ error: z.object({ code: z.string(), message: z.string(), hints: z.array(z.string()) }) })

/** The place of the verifier whose data folder is `dataFolder`. @throws {TokenMissingError} */
export function verifierPlace(verifier: { url: string; address: Hex; dataFolder: string }): VerifierPlace {
  const token = readFileIfThere(join(verifier.dataFolder, 'api-token'))?.toString('utf8').trim()
  if (!token) throw new TokenMissingError()
  return { url: verifier.url, terminal: verifier.address, token }
}

/** Asks for a signed request over `amountMinor` cents. */
export async function openPayment(
  place: VerifierPlace,
  amountMinor: number,
  orderId = '',
  lane: 'palm' | 'phone' = 'palm',
): Promise<Issued> {
  return call(place, '/v1/payments', issuedSchema, { body: { amountMinor, orderId, lane } })
}

/** What the terminal shows to a wallet for `issued`; undefined in the palm lane. */
export function offerOf(place: VerifierPlace, { requestHash, pairing }: Issued): PairingOffer | undefined {
  return pairing === null ? undefined : { url: new URL(place.url).origin, requestHash, pairing }
}

/**
 * Waits until a wallet has paired for `issued`.
 * @throws {PaymentRefusedError} it declined, or the request was closed @throws {PhoneMissingError} none came in time
 */
export async function awaitPairing(place: VerifierPlace, { requestHash, request }: Issued): Promise<void> {
  while (Date.now() / 1000 <= request.expiry) {
    const { paired, state, refusal } = await call(place, `/v1/payments/${requestHash}`, paymentSchema)
    if (state === 'refused')
      throw new PaymentRefusedError({ code: refusal!, message: 'the request is closed', hints: [] })
    if (paired) return
    await delay(PAIRING_POLL_MS)
  }
  throw new PhoneMissingError()
}

/** Asks for a signed request over access or age. */
export async function openAdmission(
  place: VerifierPlace,
  type: 'access' | 'age',
  orderId = '',
  lane: 'palm' | 'phone' = 'palm',
): Promise<Issued> {
  return call(place, '/v1/admissions', issuedSchema, { body: { type, orderId, lane } })
}

/**
 * Answers `issued`, a payment, with a probe, whose codes are overwritten.
 * @throws {PaymentRefusedError} the code of whoever refused
 */
export async function scanForPayment(
  place: VerifierPlace,
  domain: SigningDomain,
  issued: Issued,
  probe: ProbeCodes,
): Promise<PaymentResult> {
  return scan(place, domain, issued, probe, { route: 'payments', schema: scanResultSchema })
}

/** The same for access and age. @throws {PaymentRefusedError} the code of whoever refused */
export async function scanForAdmission(
  place: VerifierPlace,
  domain: SigningDomain,
  issued: Issued,
  probe: ProbeCodes,
): Promise<z.infer<typeof admissionResultSchema>> {
  return scan(place, domain, issued, probe, { route: 'admissions', schema: admissionResultSchema })
}

async function scan<T>(
  place: VerifierPlace,
  domain: SigningDomain,
  issued: Issued,
  probe: ProbeCodes,
  { route, schema }: { route: 'payments' | 'admissions'; schema: z.ZodType<T> },
): Promise<T> {
  const sealed = await sealProbe({
    domain,
    terminal: place.terminal,
    requestHash: issued.requestHash,
    sealing: issued.sealing,
    probe,
    random: (length) => new Uint8Array(randomBytes(length)),
  })
  return call(place, `/v1/${route}/${issued.requestHash}/scan`, schema, {
    body: { sealed: Buffer.from(sealed).toString('base64') },
    ...(issued.pairing === null ? {} : { timeoutMs: PHONE_TIMEOUT_MS }),
  })
}

/** The newest receipts first. */
export async function fetchReceipts(place: VerifierPlace, limit: number): Promise<Receipt[]> {
  const { receipts } = await call(
    place,
    `/v1/receipts?limit=${limit}`,
    z.object({ receipts: z.array(z.custom<Receipt>()) }),
  )
  return receipts
}

/** What opens the anchor of a request's attestation. @throws {PaymentRefusedError} PALM_NOT_ANCHORED */
export async function fetchAnchorOpening(place: VerifierPlace, requestHash: string): Promise<AnchorOpening> {
  return call(place, `/v1/anchors/${encodeURIComponent(requestHash)}`, anchorOpeningSchema)
}

async function call<T>(
  place: VerifierPlace,
  path: string,
  schema: z.ZodType<T>,
  { body, timeoutMs = TIMEOUT_MS }: { body?: unknown; timeoutMs?: number } = {},
): Promise<T> {
  let response: Response
  let json: unknown
  try {
    response = await fetch(new URL(path, place.url), {
      signal: AbortSignal.timeout(timeoutMs),
      headers: {
        authorization: `Bearer ${place.token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
    })
    json = await response.json()
  } catch (cause) {
    throw new VerifierUnreachableError(place.url, cause)
  }
  if (response.ok) return parseShape(schema, json, "answer of the verifier's", 'PALM_VERIFIER_ANSWER')
  throw new PaymentRefusedError(parseShape(errorSchema, json, "answer of the verifier's", 'PALM_VERIFIER_ANSWER').error)
}

/** Nobody answers at the verifier's address. */
export class VerifierUnreachableError extends PalmError {
  constructor(url: string, cause: unknown) {
    super('PALM_VERIFIER_UNREACHABLE', `the verifier does not answer at ${url}`, {
      hints: ['Is the network up? `npx palmhold status` shows every node.'],
      cause,
    })
  }
}

/** The verifier says no. */
export class PaymentRefusedError extends PalmError {
  constructor(answer: { code: string; message: string; hints: string[] }) {
    const isCode = /^PALM_[A-Z_]+$/.test(answer.code)
    super(isCode ? (answer.code as PalmErrorCode) : 'PALM_VERIFIER_ANSWER', answer.message, { hints: answer.hints })
  }
}

/** The verifier's token is not where it should be. */
export class TokenMissingError extends PalmError {
  constructor() {
    super('PALM_TOKEN_MISSING', "the verifier's api-token cannot be read", {
      hints: ['Run this as the user who started the network, with the same --folder.'],
    })
  }
}
