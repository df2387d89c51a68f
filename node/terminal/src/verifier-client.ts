/**
 * The page's line to its verifier. The session's cookie goes along by itself; its other half is kept for this origin alone,
 * together with the hash of the request on show, so that a reload finds both. Nothing of a palm is ever kept.
 */

import { type Hex, PalmError, type PalmErrorCode } from '@palmhold/base'
import { parseShape } from '@palmhold/protocol'
import { z } from 'zod'
import {
  type DeskView,
  deskSchema,
  type EnrolmentPlace,
  enrolmentPlaceSchema,
  type PaymentView,
  paymentViewSchema,
  receiptViewSchema,
  type SealingView,
  type StripView,
  sealingSchema,
  stripSchema,
  TERMINAL_KEY_HEADER,
} from '../../src/terminal/terminal-shapes.ts'

const KEY = 'palmhold.terminal.key'
const TIMEOUT_MS = 10_000
/** How long a question for news waits; a line that is cut shows this much later, and the time for an answer, at most. */
const WAIT_MS = 8_000
const ANSWER_MS = 5_000
/** A match may take its twelve seconds, a phone a minute, and the chain some more. */
const SCAN_TIMEOUT_MS = 90_000
/** Two transactions, one after the other. */
const FUND_TIMEOUT_MS = 30_000
const errorSchema = z.object({ error: z.object({ code: z.string(), message: z.string(), hints: z.array(z.string()) }) })
const staffReceiptsSchema = z.object({
  receipts: z.array(z.object({ receipt: receiptViewSchema, status: z.string() })),
})

export type Lane = 'palm' | 'phone'
export type StaffReceipts = z.infer<typeof staffReceiptsSchema>['receipts']

export type VerifierClient = {
  /** Takes a link's code. @throws {VerifierSaysNoError} PALM_LINK_SPENT */
  link(code: string): Promise<void>
  /** Waits for another version than `after`. */
  desk(after: string, follow: Hex | undefined, signal: AbortSignal): Promise<DeskView>
  strip(): Promise<StripView>
  ask(order: { amountMinor: number; lane?: Lane }): Promise<PaymentView>
  repeat(requestHash: Hex, lane: Lane): Promise<PaymentView>
  cancel(requestHash: Hex): Promise<PaymentView>
  sealing(): Promise<SealingView>
  scan(requestHash: Hex, sealed: Uint8Array): Promise<PaymentView>
  unlock(pin: string): Promise<void>
  lock(): Promise<void>
  receipts(): Promise<StaffReceipts>
  refund(requestHash: Hex): Promise<void>
  /** Ends this page's session. */
  unlink(): Promise<void>
  beginEnrolment(): Promise<EnrolmentPlace>
  /** Asks for test money. */
  fund(place: EnrolmentPlace, address: Hex): Promise<void>
  /** Leaves an encrypted vault for its owner. */
  leaveClaim(place: EnrolmentPlace, claimId: Hex, vault: Uint8Array): Promise<void>
}

export function createVerifierClient(): VerifierClient {
  const call = async <T>(
    method: 'GET' | 'POST' | 'DELETE',
    path: string,
    schema: z.ZodType<T>,
    options: { body?: unknown; timeoutMs?: number; signal?: AbortSignal } = {},
  ): Promise<T> => {
    const timeout = AbortSignal.timeout(options.timeoutMs ?? TIMEOUT_MS)
    let response: Response
    let json: unknown
    try {
      response = await fetch(path, {
        method,
        credentials: 'same-origin',
        headers: {
          [TERMINAL_KEY_HEADER]: localStorage.getItem(KEY) ?? '',
          ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
        signal: options.signal ? AbortSignal.any([timeout, options.signal]) : timeout,
      })
      json = await response.json()
    } catch (cause) {
      throw new VerifierAwayError(cause)
    }
    if (response.ok) return parseShape(schema, json, "answer of the verifier's", 'PALM_VERIFIER_ANSWER')
    throw new VerifierSaysNoError(
      parseShape(errorSchema, json, "answer of the verifier's", 'PALM_VERIFIER_ANSWER').error,
    )
  }
  const nothing = z.object({})
  const about = (requestHash: Hex, what: string) => `/v1/terminal/payments/${requestHash}/${what}`

  return {
    async link(code) {
      const { key } = await call('POST', '/v1/terminal/session', z.object({ key: z.string() }), { body: { code } })
      localStorage.setItem(KEY, key)
    },
    desk(after, follow, signal) {
      const query = new URLSearchParams({ after, waitMs: String(WAIT_MS), ...(follow === undefined ? {} : { follow }) })
      return call('GET', `/v1/terminal/desk?${query}`, deskSchema, { timeoutMs: WAIT_MS + ANSWER_MS, signal })
    },
    strip: () => call('GET', '/v1/terminal/strip', stripSchema),
    ask: (order) => call('POST', '/v1/terminal/payments', paymentViewSchema, { body: order }),
    repeat: (requestHash, lane) => call('POST', about(requestHash, 'repeat'), paymentViewSchema, { body: { lane } }),
    cancel: (requestHash) => call('POST', about(requestHash, 'cancel'), paymentViewSchema),
    sealing: () => call('GET', '/v1/terminal/sealing', sealingSchema),
    scan: (requestHash, sealed) =>
      call('POST', about(requestHash, 'scan'), paymentViewSchema, {
        body: { sealed: toBase64(sealed) },
        timeoutMs: SCAN_TIMEOUT_MS,
      }),
    async unlock(pin) {
      await call('POST', '/v1/terminal/staff', nothing, { body: { pin } })
    },
    async lock() {
      await call('DELETE', '/v1/terminal/staff', nothing)
    },
    receipts: async () => (await call('GET', '/v1/terminal/receipts', staffReceiptsSchema)).receipts,
    async refund(requestHash) {
      await call('POST', about(requestHash, 'refund'), nothing, { timeoutMs: SCAN_TIMEOUT_MS })
    },
    async unlink() {
      await call('DELETE', '/v1/terminal/session', nothing)
      localStorage.removeItem(KEY)
    },
    beginEnrolment: () => call('POST', '/v1/terminal/enrolments', enrolmentPlaceSchema),
    async fund({ fundingPath }, address) {
      await call('POST', fundingPath, nothing, { body: { address }, timeoutMs: FUND_TIMEOUT_MS })
    },
    async leaveClaim({ claimsPath }, claimId, vault) {
      await call('POST', claimsPath, nothing, { body: { claimId, vault: toBase64(vault) } })
    },
  }
}

function toBase64(bytes: Uint8Array): string {
  let text = ''
  for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192))
  return btoa(text)
}

/** No answer: the line is cut, or the verifier is away. */
export class VerifierAwayError extends PalmError {
  constructor(cause: unknown) {
    super('PALM_VERIFIER_UNREACHABLE', 'the verifier does not answer', { hints: ['It is asked again.'], cause })
  }
}

/** The verifier refuses. */
export class VerifierSaysNoError extends PalmError {
  constructor(answer: { code: string; message: string; hints: string[] }) {
    const isCode = /^PALM_[A-Z_]+$/.test(answer.code)
    super(isCode ? (answer.code as PalmErrorCode) : 'PALM_VERIFIER_ANSWER', answer.message, { hints: answer.hints })
  }
}
