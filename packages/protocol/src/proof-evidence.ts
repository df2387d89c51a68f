/**
 * The evidence of the phone lane: a membership proof and a match proof (Groth16 over BN254, Groth, EUROCRYPT 2016), joined
 * by a link, and where in the terminal's signed probe the matching code stands. docs/zero-knowledge.md states the relation.
 *
 *   membership: root, link, Q.x, Q.y, pseudonym      "somebody under this root has this pseudonym, and links to this"
 *   match:      link, probe, context, threshold, payer "the linked palm is near this probe, for this attestation"
 *
 * Everything public is computed here from what is signed; Q is recomputed and never supplied. The context is the
 * attestation's digest without its 3 lowest bits, which fits the field without wrapping around: so the proof covers
 * every member of the attestation, as an operator's signature does.
 */

import { keccak_256 } from '@noble/hashes/sha3.js'
import { encodeFields, fromBigEndian, fromHex, type Hex, toBigEndian, toHex } from '@palmhold/base'
import { z } from 'zod'
import { FIELD_ORDER, fieldFromHex } from './identity-curve.ts'
import { isInMerkleTree } from './merkle-tree.ts'
import { type MatchAttestation, policyHash, type Request, type Scan, ZERO_HASH } from './messages.ts'
import { hashSchema, policySchema, proofSchema, signatureSchema } from './schemas.ts'
import { scopePointOf } from './scope-point.ts'
import type { EnrolmentRoot, Trust } from './trust.ts'

/** A threshold above this accepts palms that are not alike: 550 bits have a false-accept rate of about 1e-5. */
export const MOST_THRESHOLD_BITS = 600

const CONTEXT_SHIFT = 3n
const fieldSchema = hashSchema.refine((value) => BigInt(value) < FIELD_ORDER, { message: 'expected a field element' })

export const proofEvidenceSchema = z.strictObject({
  kind: z.literal('proofs'),
  /** Whose hash the request names. */
  policy: policySchema,
  link: fieldSchema,
  /** A.x, A.y, B.x1, B.x0, B.y1, B.y0, C.x, C.y: 32 big-endian bytes each, as EIP-197 orders them. */
  membershipProof: proofSchema,
  /** Place of the matching code among the probe's. */
  probeIndex: z.int().min(0).max(65_535),
  /** The commitment to it, whose 32 bytes are a leaf under the scan's probe root. */
  probe: fieldSchema,
  probePath: z.array(hashSchema).max(16),
  matchProof: proofSchema,
  /** The terminal's signature over attestation and evidence, see `acceptanceHash`. */
  acceptance: signatureSchema,
})

export type ProofEvidence = z.infer<typeof proofEvidenceSchema>

export type Circuit = 'membership' | 'match'

/** Checks proofs; `@palmhold/zk` has one. */
export type ProofVerifier = {
  /** Whether `proof` (256 bytes) holds for `publicInputs` under the verifying key of `circuit`; never throws. */
  readonly verify: (circuit: Circuit, publicInputs: readonly bigint[], proof: Hex) => boolean
  readonly keyHash: (circuit: Circuit) => Hex
}

export type EvidenceRefusal =
  | 'PALM_PROOF_VERIFIER_MISSING'
  | 'PALM_VERIFYING_KEY_UNKNOWN'
  | 'PALM_POLICY_MISMATCH'
  | 'PALM_THRESHOLD_RANGE'
  | 'PALM_SCAN_INVALID'
  | 'PALM_PROBE_UNSIGNED'
  | RootRefusal
  | 'PALM_MEMBERSHIP_PROOF'
  | 'PALM_MATCH_PROOF'

export type RootRefusal = 'PALM_ROOT_UNKNOWN' | 'PALM_ROOT_TOO_YOUNG' | 'PALM_ROOT_TOO_OLD' | 'PALM_ROOT_REVOKED'

/** Public inputs of the membership circuit, in its order. @throws {FieldElementError} @throws {HexError} */
export function membershipInputs(chainId: number, attestation: MatchAttestation, link: Hex): bigint[] {
  const { galleryRoot, merchantId, pseudonym } = attestation
  const scope = scopePointOf({ chainId, merchantId })
  return [fieldFromHex(galleryRoot), fieldFromHex(link), scope.x, scope.y, fieldFromHex(pseudonym)]
}

/** Public inputs of the match circuit, in its order. @throws {FieldElementError} @throws {HexError} */
export function matchInputs(
  attestation: MatchAttestation,
  digest: Hex,
  evidence: Pick<ProofEvidence, 'link' | 'probe' | 'policy'>,
): bigint[] {
  return [
    fieldFromHex(evidence.link),
    fieldFromHex(evidence.probe),
    contextOf(digest),
    BigInt(evidence.policy.thresholdBits),
    fromBigEndian(fromHex(attestation.payer, { length: 20 })),
  ]
}

/** An attestation's digest as a field element: its upper 253 bits. */
export function contextOf(digest: Hex): bigint {
  return fromBigEndian(fromHex(digest, { length: 32 })) >> CONTEXT_SHIFT
}

/** What the terminal's acceptance covers: keccak256 over all of the evidence but the acceptance. */
export function evidenceHash(evidence: Omit<ProofEvidence, 'acceptance'>): Hex {
  return toHex(
    keccak_256(
      encodeFields('palmhold/evidence/1', [
        fromHex(policyHash(evidence.policy)),
        fromHex(evidence.link),
        fromHex(evidence.membershipProof),
        toBigEndian(evidence.probeIndex, 4),
        fromHex(evidence.probe),
        ...evidence.probePath.map((hash) => fromHex(hash)),
        fromHex(evidence.matchProof),
      ]),
    ),
  )
}

/** Whether the evidence proves `attestation`, whose digest is `digest`; undefined when it does. Never throws. */
export function refuseProofEvidence(check: {
  evidence: ProofEvidence
  request: Request
  scan: Scan
  attestation: MatchAttestation
  digest: Hex
  trust: Pick<Trust, 'chainId' | 'verifyingKeys' | 'enrolments'>
  proofs: ProofVerifier | undefined
}): EvidenceRefusal | undefined {
  const { evidence, request, scan, attestation, digest, trust, proofs } = check
  if (!proofs) return 'PALM_PROOF_VERIFIER_MISSING'
  const keys = trust.verifyingKeys
  if (keys?.membership !== proofs.keyHash('membership') || keys.match !== proofs.keyHash('match'))
    return 'PALM_VERIFYING_KEY_UNKNOWN'
  const { policy } = evidence
  if (policyHash(policy) !== request.policyHash) return 'PALM_POLICY_MISMATCH'
  if (policy.thresholdBits < 1 || policy.thresholdBits > MOST_THRESHOLD_BITS) return 'PALM_THRESHOLD_RANGE'
  if (scan.leafCount > policy.maxProbeCodes) return 'PALM_SCAN_INVALID'
  const leaf = fromHex(evidence.probe, { length: 32 })
  if (!isInMerkleTree(scan.probeRoot, scan.leafCount, evidence.probeIndex, leaf, evidence.probePath))
    return 'PALM_PROBE_UNSIGNED'
  const root = refuseEnrolmentRoot(attestation.galleryRoot, request.issuedAt, scan.capturedAt, trust.enrolments)
  if (root) return root
  // A pseudonym or root that is no field element is an alias of one, and proves nothing.
  if (BigInt(attestation.pseudonym) >= FIELD_ORDER || BigInt(attestation.galleryRoot) >= FIELD_ORDER)
    return 'PALM_MEMBERSHIP_PROOF'
  const member = membershipInputs(trust.chainId, attestation, evidence.link)
  if (!proofs.verify('membership', member, evidence.membershipProof)) return 'PALM_MEMBERSHIP_PROOF'
  if (!proofs.verify('match', matchInputs(attestation, digest, evidence), evidence.matchProof))
    return 'PALM_MATCH_PROOF'
  return undefined
}

/**
 * Whether membership under `root` counts for a request of `issuedAt` that was scanned at `capturedAt`; undefined when it
 * does. A root must be older than the request: a wallet sees the probe, and could enrol it on the spot.
 */
export function refuseEnrolmentRoot(
  root: Hex,
  issuedAt: number,
  capturedAt: number,
  trusted: { minRootAgeS: number; maxRootAgeS: number; roots: readonly EnrolmentRoot[] },
): RootRefusal | undefined {
  const known = root === ZERO_HASH ? undefined : trusted.roots.find((candidate) => candidate.root === root)
  if (!known) return 'PALM_ROOT_UNKNOWN'
  if (known.createdAt + trusted.minRootAgeS > issuedAt) return 'PALM_ROOT_TOO_YOUNG'
  if (known.supersededAt !== null && capturedAt > known.supersededAt + trusted.maxRootAgeS) return 'PALM_ROOT_TOO_OLD'
  if (known.refusedFrom !== null && capturedAt >= known.refusedFrom) return 'PALM_ROOT_REVOKED'
  return undefined
}
