/**
 * The attestation document: request, scan, attestation and evidence in one JSON file, and its check against a trust
 * document, off chain, without a network. The evidence of the palm lane is a quorum's signatures, that of the phone lane
 * two linked proofs.
 *
 * Every byte is bound: the shape is strict, spellings are canonical, each message is covered by a signature, and one
 * invalid signature refuses the document even above the quorum. A Groth16 proof can be rewritten by anybody and still
 * verify, so the terminal signs the evidence of the phone lane as it took it.
 */

import type { Hex } from '@palmhold/base'
import { z } from 'zod'
import {
  acceptanceHash,
  attestationHash,
  LANE,
  type MatchAttestation,
  type Request,
  requestHash,
  type Scan,
  scanHash,
} from './messages.ts'
import {
  type EvidenceRefusal,
  evidenceHash,
  type ProofEvidence,
  type ProofVerifier,
  proofEvidenceSchema,
  refuseProofEvidence,
} from './proof-evidence.ts'
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
import type { SigningDomain } from './typed-data.ts'

const quorumSchema = z.strictObject({
  kind: z.literal('quorum'),
  /** Ascending by signer, each once. */
  signatures: z.array(z.strictObject({ signer: addressSchema, signature: signatureSchema })).max(15),
})

const documentSchema = z.strictObject({
  format: z.literal('palmhold/attestation/1'),
  chainId: z.int().min(1),
  verifyingContract: addressSchema,
  request: requestSchema,
  requestSignature: signatureSchema,
  scan: scanSchema,
  scanSignature: signatureSchema,
  attestation: attestationSchema,
  evidence: z.discriminatedUnion('kind', [quorumSchema, proofEvidenceSchema]),
})

export type AttestationDocument = z.infer<typeof documentSchema>
export type QuorumEvidence = z.infer<typeof quorumSchema>

/** Who signed a document of the palm lane, and how; nobody in the phone lane. */
export function quorumOf({ evidence }: AttestationDocument): QuorumEvidence['signatures'] {
  return evidence.kind === 'quorum' ? evidence.signatures : []
}

export type VerifiedAttestation = {
  readonly ok: true
  readonly requestHash: Hex
  readonly request: Request
  readonly scan: Scan
  readonly attestation: MatchAttestation
  /** The operators that signed; empty in the phone lane. */
  readonly signers: readonly Hex[]
  /** Hashes of the verifying keys under which the proofs hold; absent in the palm lane. */
  readonly verifyingKeys?: { readonly membership: Hex; readonly match: Hex }
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
  | 'PALM_EVIDENCE_KIND'
  | 'PALM_ACCEPTANCE_SIGNATURE'
  | EvidenceRefusal

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
 * `now` (seconds), is reported and refuses nothing. `proofs` checks the evidence of the phone lane; without it that lane
 * is refused. Never throws.
 */
export function verifyAttestation(
  document: unknown,
  trust: Trust,
  now: number,
  proofs?: ProofVerifier,
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
  const merchant = trust.merchants.find((known) => known.merchantId === request.merchantId)
  if (!merchant?.terminals.includes(request.terminal)) return refused('PALM_TERMINAL_UNKNOWN')
  if (!isSignedBy(request.terminal, hashes.request, rest.requestSignature)) return refused('PALM_REQUEST_SIGNATURE')
  if (!isSignedBy(request.terminal, hashes.scan, rest.scanSignature)) return refused('PALM_SCAN_SIGNATURE')

  const { evidence } = rest
  if ((request.lane === LANE.palm) !== (evidence.kind === 'quorum')) return refused('PALM_EVIDENCE_KIND')
  const failure =
    evidence.kind === 'quorum'
      ? refuseQuorum(evidence, attestation, hashes.attestation, trust)
      : (refuseProofEvidence({ evidence, request, scan, attestation, digest: hashes.attestation, trust, proofs }) ??
        refuseAcceptance(evidence, domain, hashes.attestation, request.terminal))
  if (failure) return refused(failure)

  return {
    ok: true,
    requestHash: hashes.request,
    request,
    scan,
    attestation,
    signers: evidence.kind === 'quorum' ? evidence.signatures.map(({ signer }) => signer) : [],
    ...(evidence.kind === 'proofs' && trust.verifyingKeys ? { verifyingKeys: trust.verifyingKeys } : {}),
    merchantDid: merchant.did,
    expired: now > attestation.expiry,
  }
}

function refuseQuorum(
  { signatures }: QuorumEvidence,
  attestation: MatchAttestation,
  digest: Hex,
  trust: Trust,
): AttestationRefusal | undefined {
  const epoch = trustedEpoch(trust, attestation.committeeId, attestation.committeeEpoch)
  if (!epoch) return 'PALM_COMMITTEE_UNKNOWN'
  const isQuorum =
    signatures.length >= epoch.quorum &&
    signatures.every(
      ({ signer, signature }, i) =>
        (i === 0 || signatures[i - 1]!.signer < signer) &&
        epoch.operators.includes(signer) &&
        isSignedBy(signer, digest, signature),
    )
  return isQuorum ? undefined : 'PALM_QUORUM_INVALID'
}

function refuseAcceptance(
  evidence: ProofEvidence,
  domain: SigningDomain,
  digest: Hex,
  terminal: Hex,
): AttestationRefusal | undefined {
  const accepted = acceptanceHash(domain, { attestationHash: digest, evidenceHash: evidenceHash(evidence) })
  return isSignedBy(terminal, accepted, evidence.acceptance) ? undefined : 'PALM_ACCEPTANCE_SIGNATURE'
}

function refused(reason: AttestationRefusal): RefusedAttestation {
  return { ok: false, reason }
}
