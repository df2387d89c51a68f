/**
 * What travels over the data plane of the palm lane: a verifier's query with the probe share for one operator, the
 * operators' countersignatures of what they are about to match, the coin and the opened values of their check of the probe,
 * the messages of the comparison, each operator's part of the pseudonym, and the reply.
 *
 * A frame is one kind byte and a body of strict shape. Decoders are strict and throw {@link EncodingError} or
 * {@link ShapeError}; a frame that does not decode closes its channel.
 */

import { sha256 } from '@noble/hashes/sha2.js'
import { concatBytes, decodeFields, EncodingError, encodeFields, fromHex, type Hex, toHex, utf8 } from '@palmhold/base'
import { z } from 'zod'
import type { Request, Scan } from './messages.ts'
import { PARTIAL_BYTES } from './pseudonym-partial.ts'
import {
  addressSchema,
  attestationSchema,
  hashSchema,
  parseJson,
  policySchema,
  requestSchema,
  scanSchema,
  signatureSchema,
} from './schemas.ts'

export const FRAME = {
  query: 1,
  reply: 2,
  countersign: 3,
  compare: 4,
  abort: 5,
  reveal: 6,
  check: 7,
  partial: 8,
} as const

const SID_BYTES = 32
const NONCE_BYTES = 32
const DIGEST_BYTES = 32
/** Ten ring elements of each of three kinds take 240 bytes. */
const MAX_CHECK_BYTES = 1024

export type FrameKind = (typeof FRAME)[keyof typeof FRAME]

/** What a verifier asks one operator to match. */
export type Query = {
  readonly request: Request
  readonly requestSignature: Hex
  readonly scan: Scan
  readonly scanSignature: Hex
  readonly policy: z.infer<typeof policySchema>
  /** The computing operators in the order of their roles P0, P1, P2. */
  readonly roles: readonly Hex[]
  /** Counts up with every try at the same request; masks are fresh for each. */
  readonly attempt: number
  /** Proof that the package is this operator's under the scan's probeSharesRoot. */
  readonly proof: readonly Hex[]
  /** Salt and probe share. */
  readonly package: Uint8Array
}

const querySchema = z.strictObject({
  request: requestSchema,
  requestSignature: signatureSchema,
  scan: scanSchema,
  scanSignature: signatureSchema,
  policy: policySchema,
  roles: z.array(addressSchema).length(3),
  attempt: z.int().min(1).max(65_535),
  proof: z.array(hashSchema).max(4),
})

/** An operator keeps codes that come before their query: none is longer than ours. */
const codeSchema = z
  .string()
  .max(64)
  .regex(/^PALM_[A-Z_]+$/)

const replySchema = z.discriminatedUnion('ok', [
  z.strictObject({
    ok: z.literal(true),
    requestHash: hashSchema,
    attempt: z.int(),
    attestation: attestationSchema,
    signature: signatureSchema,
    matchMs: z.number(),
  }),
  z.strictObject({ ok: z.literal(false), requestHash: hashSchema, attempt: z.int(), code: codeSchema }),
])

/** An operator's answer: its signed attestation, or the code of its refusal. */
export type Reply = z.infer<typeof replySchema>

const countersignSchema = z.strictObject({
  sid: hashSchema,
  requestHash: hashSchema,
  attempt: z.int(),
  galleryRoot: hashSchema,
  /** X25519 public key that this operator agrees on masks with. */
  exchangeKey: hashSchema,
  /** Binds this operator to its part of the coin. */
  coinCommitment: hashSchema,
  signature: signatureSchema,
})

/** An operator's word on what it is about to match, sent to the other two before anything is computed. */
export type Countersign = z.infer<typeof countersignSchema>

const abortSchema = z.strictObject({ requestHash: hashSchema, attempt: z.int(), code: codeSchema })

/** An operator gives a match up. */
export type Abort = z.infer<typeof abortSchema>

/** Splits a frame into kind and body. @throws {EncodingError} an unknown kind */
export function readFrame(frame: Uint8Array): { kind: FrameKind; body: Uint8Array } {
  const kind = Object.values(FRAME).find((known) => known === frame[0])
  if (kind === undefined) throw new EncodingError('palmhold/frame/1')
  return { kind, body: frame.subarray(1) }
}

export function encodeQuery({ package: packageBytes, ...header }: Query): Uint8Array {
  return frameOf(FRAME.query, encodeFields('palmhold/query/1', [utf8(JSON.stringify(header)), packageBytes]))
}

export function decodeQuery(body: Uint8Array): Query {
  const [header, packageBytes] = decodeFields('palmhold/query/1', 2, body)
  return { ...jsonOf(querySchema, header!, 'query'), package: packageBytes! }
}

export function encodeReply(reply: Reply): Uint8Array {
  return frameOf(FRAME.reply, utf8(JSON.stringify(reply)))
}

export function decodeReply(body: Uint8Array): Reply {
  return jsonOf(replySchema, body, 'reply')
}

export function encodeCountersign(message: Countersign): Uint8Array {
  return frameOf(FRAME.countersign, utf8(JSON.stringify(message)))
}

export function decodeCountersign(body: Uint8Array): Countersign {
  return jsonOf(countersignSchema, body, 'countersignature')
}

export function encodeAbort(message: Abort): Uint8Array {
  return frameOf(FRAME.abort, utf8(JSON.stringify(message)))
}

export function decodeAbort(body: Uint8Array): Abort {
  return jsonOf(abortSchema, body, 'abort')
}

/** A comparison message (packages/matching), which begins with the 32-byte id of its session. */
export function encodeCompare(message: Uint8Array): Uint8Array {
  return frameOf(FRAME.compare, message)
}

/** The session that a comparison message belongs to. @throws {EncodingError} too short to name one */
export function sessionOfCompare(message: Uint8Array): Hex {
  if (message.length < SID_BYTES) throw new EncodingError('palmhold/compare/1')
  return toHex(message.subarray(0, SID_BYTES))
}

/** An operator's part of the coin of a session, and the digest of all commitments that it was told. */
export type Reveal = { readonly sid: Hex; readonly nonce: Uint8Array; readonly commitments: Uint8Array }

export function encodeReveal({ sid, nonce, commitments }: Reveal): Uint8Array {
  return frameOf(FRAME.reveal, concatBytes(fromHex(sid, { length: SID_BYTES }), nonce, commitments))
}

export function decodeReveal(body: Uint8Array): Reveal {
  const digestAt = SID_BYTES + NONCE_BYTES
  if (body.length !== digestAt + DIGEST_BYTES) throw new EncodingError('palmhold/reveal/2')
  return {
    sid: toHex(body.subarray(0, SID_BYTES)),
    nonce: body.subarray(SID_BYTES, digestAt),
    commitments: body.subarray(digestAt),
  }
}

/** The masked values that an operator opens of its probe share in a session. */
export type Check = { readonly sid: Hex; readonly values: Uint8Array }

export function encodeCheck({ sid, values }: Check): Uint8Array {
  return frameOf(FRAME.check, concatBytes(fromHex(sid, { length: SID_BYTES }), values))
}

export function decodeCheck(body: Uint8Array): Check {
  if (body.length < SID_BYTES || body.length > SID_BYTES + MAX_CHECK_BYTES) throw new EncodingError('palmhold/check/1')
  return { sid: toHex(body.subarray(0, SID_BYTES)), values: body.subarray(SID_BYTES) }
}

/** An operator's part of the pseudonym in a session, as `provePartial` makes it. */
export type SessionPartial = { readonly sid: Hex; readonly bytes: Uint8Array }

export function encodePartial({ sid, bytes }: SessionPartial): Uint8Array {
  return frameOf(FRAME.partial, concatBytes(fromHex(sid, { length: SID_BYTES }), bytes))
}

export function decodePartial(body: Uint8Array): SessionPartial {
  if (body.length !== SID_BYTES + PARTIAL_BYTES) throw new EncodingError('palmhold/partial/1')
  return { sid: toHex(body.subarray(0, SID_BYTES)), bytes: body.subarray(SID_BYTES) }
}

/** The digest that an operator signs when it countersigns a session with its exchange key and its part of the coin. */
export function manifestDigest(sid: Hex, exchangeKey: Hex, coinCommitment: Hex): Hex {
  const fields = [sid, exchangeKey, coinCommitment].map((field) => fromHex(field, { length: 32 }))
  return toHex(sha256(encodeFields('palmhold/manifest/2', fields)))
}

function frameOf(kind: FrameKind, body: Uint8Array): Uint8Array {
  return concatBytes(Uint8Array.of(kind), body)
}

function jsonOf<T>(schema: z.ZodType<T>, bytes: Uint8Array, what: string): T {
  let text: string
  try {
    // Bytes that are no UTF-8, or that a decoder would drop, are not what was sent.
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw new EncodingError(`palmhold/${what}/1`)
  }
  return parseJson(schema, text, what, 'PALM_ENCODING_INVALID')
}
