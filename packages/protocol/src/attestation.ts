/**
 * The attestation document: request, scan, attestation and the quorum's signatures in one JSON file, and its check
 * against a trust document, off chain, without a network.
 *
 * Every byte is bound: the shape is strict, spellings are canonical, each message is covered by a signature, and one
 * invalid signature refuses the document even above the quorum.
 */

import type { Hex } from '@palmhold/base'
import { z } from 'zod'
import {
  attestationHash,
  LANE,
  type MatchAttestation,
  type Request,
  requestHash,
  type Scan,
  scanHash,
} from './messages.ts'
import { type RefusalReason, refuseAttestation, refuseRequestShape, refuseScan } from './rules.ts'
import {
  addressSchema,
  attestationSchema,
  parseJson,
  parseShape,
  requestSchema,
  scanSchema,
  signatureSchema,
} from './schemas.ts'
import { isSignedBy } from './signature.ts'
import { type Trust, trustedEpoch } from './trust.ts'

const documentSchema = z.strictObject({
  format: z.literal('palmhold/attestation/1'),
  chainId: z.int().min(1),
  verifyingContract: addressSchema,
  request: requestSchema,
  requestSignature: signatureSchema,
  scan: scanSchema,
  scanSignature: signatureSchema,
  attestation: attestationSchema,
  evidence: z.strictObject({
    kind: z.literal('quorum'),
    /** Ascending by signer, each once. */
    signatures: z.array(z.strictObject({ signer: addressSchema, signature: signatureSchema })).max(15),
  }),
})

export type AttestationDocument = z.infer<typeof documentSchema>

export type VerifiedAttestation = {
  readonly ok: true
  readonly requestHash: Hex
  readonly request: Request
  readonly scan: Scan
  readonly attestation: MatchAttestation
  readonly signers: readonly Hex[]
  readonly merchantDid: string
  /** Whether the attestation could still be settled at `now`. */
  readonly expired: boolean
}

export type RefusedAttestation = { readonly ok: false; readonly reason: AttestationRefusal }

export type AttestationRefusal =
  | RefusalReason
  | 'PALM_ATTESTATION_MALFORMED'
  | 'PALM_WRONG_CHAIN'
  | 'PALM_TERMINAL_UNKNOWN'
  | 'PALM_REQUEST_SIGNATURE'
  | 'PALM_SCAN_SIGNATURE'
  | 'PALM_COMMITTEE_UNKNOWN'
  | 'PALM_QUORUM_INVALID'

/** Reads an attestation document. @throws {ShapeError} PALM_ATTESTATION_MALFORMED */
export function parseAttestation(text: string): AttestationDocument {
  return parseJson(documentSchema, text, 'attestation document', 'PALM_ATTESTATION_MALFORMED')
}

/** The same for a document that is an object already. @throws {ShapeError} PALM_ATTESTATION_MALFORMED */
export function readAttestation(value: unknown): AttestationDocument {
  return parseShape(documentSchema, value, 'attestation document', 'PALM_ATTESTATION_MALFORMED')
}

/**
 * Whether `document` holds under `trust`. Expiry is judged at the signed scan time; whether it has expired since, at
 * `now` (seconds), is reported and refuses nothing. Never throws.
 */
export function verifyAttestation(
  document: unknown,
  trust: Trust,
  now: number,
): VerifiedAttestation | RefusedAttestation {
  const parsed = documentSchema.safeParse(document)
  if (!parsed.success) return refused('PALM_ATTESTATION_MALFORMED')
  const { request, scan, attestation, ...rest } = parsed.data
  if (rest.chainId !== trust.chainId || rest.verifyingContract !== trust.contracts.matchVerifier)
    return refused('PALM_WRONG_CHAIN')
  const domain = { chainId: rest.chainId, verifyingContract: rest.verifyingContract }
  const hashes = {
    request: requestHash(domain, request),
    scan: scanHash(domain, scan),
    attestation: attestationHash(domain, attestation),
  }

  const reason =
    refuseRequestShape(request) ??
    refuseScan(request, hashes.request, scan) ??
    refuseAttestation(request, hashes.request, hashes.scan, attestation)
  if (reason) return refused(reason)
  if (request.lane !== LANE.palm) return refused('PALM_LANE_UNKNOWN')

  const merchant = trust.merchants.find((known) => known.merchantId === request.merchantId)
  if (!merchant?.terminals.includes(request.terminal)) return refused('PALM_TERMINAL_UNKNOWN')
  if (!isSignedBy(request.terminal, hashes.request, rest.requestSignature)) return refused('PALM_REQUEST_SIGNATURE')
  if (!isSignedBy(request.terminal, hashes.scan, rest.scanSignature)) return refused('PALM_SCAN_SIGNATURE')

  const epoch = trustedEpoch(trust, attestation.committeeId, attestation.committeeEpoch)
  if (!epoch) return refused('PALM_COMMITTEE_UNKNOWN')
  const { signatures } = rest.evidence
  const isQuorum =
    signatures.length >= epoch.quorum &&
    signatures.every(
      ({ signer, signature }, i) =>
        (i === 0 || signatures[i - 1]!.signer < signer) &&
        epoch.operators.includes(signer) &&
        isSignedBy(signer, hashes.attestation, signature),
    )
  if (!isQuorum) return refused('PALM_QUORUM_INVALID')

  return {
    ok: true,
    requestHash: hashes.request,
    request,
    scan,
    attestation,
    signers: signatures.map(({ signer }) => signer),
    merchantDid: merchant.did,
    expired: now > attestation.expiry,
  }
}

function refused(reason: AttestationRefusal): RefusedAttestation {
  return { ok: false, reason }
}
