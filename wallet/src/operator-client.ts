/**
 * A wallet's line to one operator: learns the key that shares are sealed to, delivers sealed shares, and brings every
 * operator's receipt to every other. An operator is known by its address; whoever answers at the URL must prove to be it.
 */

import { type Hex, PalmError, type PalmErrorCode, type RandomBytes } from '@palmhold/base'
import {
  ENROLMENT_PURPOSE,
  enrolmentBinding,
  isSignedBy,
  parseShape,
  receiptHash,
  type SignedReceipt,
  type SigningDomain,
  seal,
  sealingKeyHash,
  sealingKeyNoticeSchema,
  signatureSchema,
  signedReceiptSchema,
} from '@palmhold/protocol'
import { z } from 'zod'
import { toBase64 } from './base64.ts'
import type { DealtPackage } from './deal-enrolment.ts'

const DEFAULT_TIMEOUT_MS = 10_000

/** Where an operator answers. */
export type OperatorEndpoint = { readonly operator: Hex; readonly url: string }

const keySchema = z.strictObject({ notice: sealingKeyNoticeSchema, signature: signatureSchema })
const errorSchema = z.object({ error: z.object({ code: z.string(), message: z.string(), hints: z.array(z.string()) }) })

export type OperatorClient = {
  /** Delivers one package for enrolment `index`; the signed receipt says that it is durable there. */
  deliver(index: number, dealt: DealtPackage): Promise<SignedReceipt>
  /** Hands over every operator's receipt, so that the enrolment takes part in matching. */
  activate(index: number, receipts: readonly SignedReceipt[]): Promise<void>
}

/** A client for one operator under `domain`. `random` seals. */
export function createOperatorClient(
  endpoint: OperatorEndpoint,
  domain: SigningDomain,
  random: RandomBytes,
  timeoutMs = DEFAULT_TIMEOUT_MS,
): OperatorClient {
  const { operator, url } = endpoint

  async function call<T>(path: string, schema: z.ZodType<T>, body?: unknown): Promise<T> {
    let response: Response
    let json: unknown
    try {
      // Below the path of the URL, where a terminal carries calls.
      response = await fetch(new URL(path.slice(1), url.endsWith('/') ? url : `${url}/`), {
        signal: AbortSignal.timeout(timeoutMs),
        ...(body === undefined
          ? {}
          : { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
      })
      json = await response.json()
    } catch (cause) {
      throw new OperatorUnreachableError(endpoint, cause)
    }
    if (response.ok) return parseShape(schema, json, "answer of the operator's", 'PALM_OPERATOR_ANSWER')
    const failure = parseShape(errorSchema, json, "answer of the operator's", 'PALM_OPERATOR_ANSWER')
    throw new OperatorRefusedError(operator, failure.error)
  }

  return {
    async deliver(index, dealt) {
      const { notice, signature: keySignature } = await call('/v1/sealing-key', keySchema)
      if (notice.operator !== operator || !isSignedBy(operator, sealingKeyHash(domain, notice), keySignature))
        throw new OperatorIdentityError(endpoint)
      const bound = enrolmentBinding(index, operator)
      const to = { publicKey: notice.sealingKey, purpose: ENROLMENT_PURPOSE, bound }
      const sealed = await seal(to, dealt.bytes, random)
      const signed = await call('/v1/enrolments', signedReceiptSchema, {
        index,
        sealed: toBase64(sealed),
        proof: dealt.proof,
      })
      const { receipt, signature } = signed
      const isMeant = receipt.index === index && receipt.operator === operator
      if (!isMeant || !isSignedBy(operator, receiptHash(domain, receipt), signature))
        throw new ReceiptInvalidError(operator)
      return signed
    },
    async activate(index, receipts) {
      await call(`/v1/enrolments/${index}/activation`, z.object({ active: z.literal(true) }), { receipts })
    },
  }
}

/** Nobody answers at an operator's address. */
export class OperatorUnreachableError extends PalmError {
  constructor({ operator, url }: OperatorEndpoint, cause: unknown) {
    super('PALM_OPERATOR_UNREACHABLE', `operator ${operator} does not answer at ${url}`, {
      hints: ['Is the network up? `npx palmhold status` shows every node.'],
      cause,
    })
  }
}

/** Somebody else answers at an operator's address. */
export class OperatorIdentityError extends PalmError {
  constructor({ operator, url }: OperatorEndpoint) {
    super('PALM_PEER_IDENTITY', `what answers at ${url} is not operator ${operator}`, {
      hints: ['Nothing was sent to it. Check the address of the operator.'],
    })
  }
}

/** An operator acknowledges something else than what was delivered, or in another name. */
export class ReceiptInvalidError extends PalmError {
  constructor(operator: Hex) {
    super('PALM_OPERATOR_ANSWER', `the receipt of operator ${operator} is not one for what was delivered`, {
      hints: ['The enrolment does not take part in matching. Tell the operator, and enrol again.'],
    })
  }
}

/** An operator says no. */
export class OperatorRefusedError extends PalmError {
  constructor(operator: Hex, answer: { code: string; message: string; hints: string[] }) {
    const isCode = /^PALM_[A-Z_]+$/.test(answer.code)
    super(isCode ? (answer.code as PalmErrorCode) : 'PALM_OPERATOR_ANSWER', `operator ${operator}: ${answer.message}`, {
      hints: answer.hints,
    })
  }
}
