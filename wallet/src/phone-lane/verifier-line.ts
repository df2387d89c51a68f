/** A wallet's line to the verifier of a terminal, for one request. */

import { type Clock, type Hex, PalmError, type PalmErrorCode } from '@palmhold/base'
import {
  type DeclineReason,
  hashSchema,
  type PairingOffer,
  type PhoneAnswer,
  type PhoneReceipt,
  type PhoneRequest,
  type PhoneScan,
  parseShape,
  phoneProbeSchema,
  phoneReceiptSchema,
  phoneRequestSchema,
} from '@palmhold/protocol'
import { z } from 'zod'

/** The verifier answers a call for the probe after 10 s at the latest, and settles within this. */
const TIMEOUT_MS = 40_000

const errorSchema = z.object({ error: z.object({ code: z.string(), message: z.string(), hints: z.array(z.string()) }) })

export type VerifierLine = {
  /** Asks for the request, for the wallet that holds `sealingKey`. @throws {TerminalRefusedError} another one was first */
  readonly pair: (sealingKey: Hex) => Promise<PhoneRequest>
  /** Waits until a palm was seen, at most until `until`. @throws {ScanMissingError} none was */
  readonly probe: (until: number) => Promise<PhoneScan>
  readonly answer: (answer: PhoneAnswer) => Promise<PhoneReceipt>
  readonly decline: (reason: DeclineReason) => Promise<void>
}

/** A line for `offer`; `signal` ends what waits. */
export function createVerifierLine(
  { url, requestHash, pairing }: PairingOffer,
  { clock, signal }: { clock: Clock; signal?: AbortSignal | undefined },
): VerifierLine {
  async function call<T>(path: string, schema: z.ZodType<T>, body: object): Promise<T> {
    let response: Response
    let json: unknown
    try {
      const timeout = AbortSignal.timeout(TIMEOUT_MS)
      response = await fetch(new URL(`/v1/phone/${requestHash}/${path}`, url), {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ pairing, ...body }),
        // A redirect would take the pairing secret elsewhere.
        redirect: 'error',
        signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
      })
      json = await response.json()
    } catch (cause) {
      throw new TerminalUnreachableError(url, cause)
    }
    if (response.ok) return parseShape(schema, json, "answer of the verifier's", 'PALM_VERIFIER_ANSWER')
    const failure = parseShape(errorSchema, json, "answer of the verifier's", 'PALM_VERIFIER_ANSWER')
    throw new TerminalRefusedError(failure.error)
  }

  return {
    pair: (sealingKey) => call('pair', phoneRequestSchema, { sealingKey }),
    async probe(until) {
      while (clock() <= until) {
        const answer = await call('probe', phoneProbeSchema, {})
        if (answer.state === 'scanned') return answer
      }
      throw new ScanMissingError()
    },
    answer: (answer) => call('answer', phoneReceiptSchema, answer),
    async decline(reason) {
      await call('decline', z.object({ requestHash: hashSchema }), { reason })
    },
  }
}

/** Nobody answers where the terminal's code leads. */
export class TerminalUnreachableError extends PalmError {
  constructor(url: string, cause: unknown) {
    super('PALM_VERIFIER_UNREACHABLE', `the terminal's verifier does not answer at ${url}`, {
      hints: ['Is the phone on line? Scan the code on the terminal again.'],
      cause,
    })
  }
}

/** The verifier says no. */
export class TerminalRefusedError extends PalmError {
  constructor(answer: { code: string; message: string; hints: string[] }) {
    const isCode = /^PALM_[A-Z_]+$/.test(answer.code)
    super(isCode ? (answer.code as PalmErrorCode) : 'PALM_VERIFIER_ANSWER', answer.message, { hints: answer.hints })
  }
}

/** No palm was shown while the request was open. */
export class ScanMissingError extends PalmError {
  constructor() {
    super('PALM_REQUEST_EXPIRED', 'no palm was shown to the terminal in time', {
      hints: ['Nothing was paid. Ask for a new request.'],
    })
  }
}
