/**
 * What wallet and verifier say to each other in the phone lane, over HTTPS at the verifier of the merchant:
 *
 *   terminal shows an offer (a QR code): where, which request, and a pairing secret
 *   POST /v1/phone/{requestHash}/pair     the wallet names its sealing key      -> the signed request
 *   POST /v1/phone/{requestHash}/probe    asked again until the palm was seen   -> scan, and the probe sealed to that key
 *   POST /v1/phone/{requestHash}/answer   attestation and proofs                -> what became of the payment
 *   POST /v1/phone/{requestHash}/decline  the wallet will not, or cannot        -> closed
 *
 * The first wallet to pair has the request, and the probe is sealed to it alone. Whoever photographs the offer and is
 * faster gets the request instead, and with it the palm that is shown next: so the owner shows the palm only once the
 * own phone shows the request. A wallet that comes second is told so.
 */

import { equalBytes, fromHex, type Hex, PalmError, toHex } from '@palmhold/base'
import { z } from 'zod'
import { proofEvidenceSchema } from './proof-evidence.ts'
import { attestationSchema, hashSchema, policySchema, requestSchema, scanSchema, signatureSchema } from './schemas.ts'

/** The codes of a probe with their salts, from a terminal to the wallet that has paired. */
export const PHONE_PROBE_PURPOSE = 'palmhold/phone-probe/1'

/** A sealed probe of 25 codes has 5,700 bytes; in base64 this is far above. */
const MOST_SEALED_CHARACTERS = 64 * 1024
const MOST_URL_CHARACTERS = 200

/** What a terminal shows to the wallet beside it. */
export type PairingOffer = {
  /** Origin of the verifier: https, or http on the machine itself. */
  readonly url: string
  readonly requestHash: Hex
  /** 32 random bytes that only somebody who sees the terminal knows. */
  readonly pairing: Hex
}

const SCHEME = 'web+palmhold:pair'
const LOOPBACK = ['127.0.0.1', 'localhost', '[::1]']

/** The offer as the text of a QR code; a wallet that registered for the scheme opens it from any camera. */
export function encodeOffer({ url, requestHash, pairing }: PairingOffer): string {
  return `${SCHEME}?${new URLSearchParams({ v: '1', at: url, r: requestHash.slice(2), p: pairing.slice(2) })}`
}

/** Reads {@link encodeOffer}. @throws {OfferError} anything else */
export function parseOffer(text: string): PairingOffer {
  const [scheme, query = ''] = text.split('?', 2)
  const fields = new URLSearchParams(query)
  const offer = { url: fields.get('at') ?? '', requestHash: hexIn(fields, 'r'), pairing: hexIn(fields, 'p') }
  // One offer has one spelling, so what differs from it in anything is none.
  if (scheme !== SCHEME || !isOrigin(offer.url) || encodeOffer(offer) !== text) throw new OfferError()
  return offer
}

function hexIn(fields: URLSearchParams, name: string): Hex {
  const value = `0x${fields.get(name) ?? ''}`
  if (!hashSchema.safeParse(value).success) throw new OfferError()
  return value as Hex
}

function isOrigin(text: string): boolean {
  if (text.length > MOST_URL_CHARACTERS || !URL.canParse(text)) return false
  const { origin, protocol, hostname } = new URL(text)
  return origin === text && (protocol === 'https:' || (protocol === 'http:' && LOOPBACK.includes(hostname)))
}

/** Whether `given` is the pairing secret; takes the same time wherever they differ. */
export function isPairing(secret: Hex, given: Hex): boolean {
  return equalBytes(fromHex(secret, { length: 32 }), fromHex(given, { length: 32 }))
}

/** A fresh pairing secret. */
export function createPairing(random: (length: number) => Uint8Array): Hex {
  return toHex(random(32))
}

/** What every call of a paired wallet shows. */
export const pairedSchema = z.strictObject({ pairing: hashSchema })

export const pairSchema = z.strictObject({
  pairing: hashSchema,
  /** X25519 public key that the probe is sealed to, for this request alone. */
  sealingKey: hashSchema,
})

/** What a wallet is asked, and by whom; it checks each part and believes none. */
export const phoneRequestSchema = z.strictObject({
  request: requestSchema,
  requestSignature: signatureSchema,
  policy: policySchema,
  merchant: z.strictObject({
    did: z.string().max(200),
    /** A credential on the merchant's name (JWT), for a wallet that trusts its issuer. */
    credential: z.string().max(8192).nullable(),
  }),
})

export const phoneProbeSchema = z.discriminatedUnion('state', [
  z.strictObject({ state: z.literal('waiting') }),
  z.strictObject({
    state: z.literal('scanned'),
    scan: scanSchema,
    scanSignature: signatureSchema,
    /** An encoded PhoneProbe, sealed under {@link PHONE_PROBE_PURPOSE} and bound to the request's hash. */
    sealed: z.base64().max(MOST_SEALED_CHARACTERS),
  }),
])

export const phoneAnswerSchema = z.strictObject({
  pairing: hashSchema,
  attestation: attestationSchema,
  evidence: proofEvidenceSchema.omit({ acceptance: true }),
})

/** Why a wallet does not answer a request: nobody near enough in its vault, its owner, or what it was sent. */
export const DECLINE_REASONS = ['PALM_NOT_RECOGNISED', 'PALM_OWNER_DECLINED', 'PALM_WALLET_REFUSED'] as const

export const phoneDeclineSchema = z.strictObject({ pairing: hashSchema, reason: z.enum(DECLINE_REASONS) })

/** What a wallet keeps of a payment; the verifier's receipt has more. */
export const phoneReceiptSchema = z.object({
  requestHash: hashSchema,
  amountMinor: z.int().min(0),
  pseudonym: hashSchema,
  txHash: hashSchema,
  /** Seconds since 1970. */
  settledAt: z.int().min(0),
})

export type PhoneReceipt = z.infer<typeof phoneReceiptSchema>
export type DeclineReason = (typeof DECLINE_REASONS)[number]
export type PhoneRequest = z.infer<typeof phoneRequestSchema>
export type PhoneScan = Extract<z.infer<typeof phoneProbeSchema>, { state: 'scanned' }>
/** An attestation and the proofs that it holds, before the terminal has accepted them. */
export type PhoneAnswer = Omit<z.infer<typeof phoneAnswerSchema>, 'pairing'>

/** A text that is no offer to pair. */
export class OfferError extends PalmError {
  constructor() {
    super('PALM_OFFER_INVALID', 'this is no offer of a terminal to pair', {
      hints: ['Scan the code on the terminal again. Codes from elsewhere are not followed.'],
    })
  }
}
