/**
 * Verifies W3C verifiable credentials in JWT form (VC Data Model 1.1, section 6.3.1) with did-jwt: who issued it, to
 * whom, of what type, and until when. Needs no Veramo, so that a verifier starts fast.
 *
 * Stricter than the standard: ES256K only, the issuer must be in the verifier's list, and an expiry must be there.
 */

import { decodeJWT, type JWTPayload, verifyJWT } from 'did-jwt'
import type { DIDResolutionResult } from 'did-resolver'
import { isCanonicalDid } from './did.ts'
import type { DidResolver } from './did-resolver.ts'

const MAX_JWT_LENGTH = 16_384
const CLOCK_SKEW_SECONDS = 30
const CREDENTIALS_CONTEXT = 'https://www.w3.org/2018/credentials/v1'

/** ES256K-R is ES256K with a recovery byte; did-jwt checks both against the keys of the issuer's DID document. */
const ALGORITHMS: readonly string[] = ['ES256K', 'ES256K-R']

export type CredentialRefusal =
  | 'malformed'
  | 'algorithm'
  | 'issuer_untrusted'
  | 'issuer_unresolved'
  | 'issuer_deactivated'
  | 'signature'
  | 'not_yet_valid'
  | 'expired'
  | 'subject'
  | 'type'

export type CredentialClaims = Readonly<Record<string, unknown>>

export type CredentialResult =
  | {
      readonly ok: true
      readonly issuerDid: string
      readonly subjectDid: string
      /** What the credential says of its subject, without the subject's DID. */
      readonly claims: CredentialClaims
      /** Whole seconds since 1970. */
      readonly expiresAt: number
    }
  | { readonly ok: false; readonly reason: CredentialRefusal }

export type CredentialPolicy = {
  /** DIDs in their one spelling; a credential of anybody else is refused before its issuer is looked up. */
  readonly trustedIssuers: readonly string[]
  /** The credential's type beside VerifiableCredential. */
  readonly type: string
  /** Whom it must speak of; anybody unless given. */
  readonly subjectDid?: string
  /** Whole seconds since 1970. */
  readonly now: number
}

/**
 * Whether `jwt` is a credential of this type by a trusted issuer, valid now: expired at its `exp`, and not yet valid when
 * its `nbf` (or `iat`) is more than 30 s ahead. Reads the issuer's DID document; never throws.
 */
export async function verifyCredential(
  jwt: string,
  policy: CredentialPolicy & { readonly resolver: DidResolver },
): Promise<CredentialResult> {
  const decoded = decode(jwt)
  if (!decoded) return refuse('malformed')
  const { header, payload } = decoded
  if (!ALGORITHMS.includes(header.alg)) return refuse('algorithm')
  const issuerDid = payload.iss
  if (!isCanonicalDid(issuerDid) || !policy.trustedIssuers.includes(issuerDid)) return refuse('issuer_untrusted')

  const resolution = await policy.resolver.resolve(issuerDid)
  if (!resolution.didDocument || resolution.didResolutionMetadata.error) return refuse('issuer_unresolved')
  if (resolution.didDocumentMetadata.deactivated) return refuse('issuer_deactivated')
  if (!(await isSignedBy(jwt, resolution))) return refuse('signature')

  if ((payload.nbf ?? payload.iat ?? 0) > policy.now + CLOCK_SKEW_SECONDS) return refuse('not_yet_valid')
  if (payload.exp <= policy.now) return refuse('expired')
  const { id, ...claims } = payload.vc.credentialSubject
  const isAboutSubject = (id === undefined || id === payload.sub) && isCanonicalDid(payload.sub)
  if (!isAboutSubject || (policy.subjectDid !== undefined && policy.subjectDid !== payload.sub))
    return refuse('subject')
  const { type } = payload.vc
  if (!type.includes('VerifiableCredential') || !type.includes(policy.type)) return refuse('type')
  return { ok: true, issuerDid, subjectDid: payload.sub, claims, expiresAt: payload.exp }
}

type CredentialPayload = JWTPayload & {
  iss: string
  sub: string
  exp: number
  vc: { '@context': unknown[]; type: unknown[]; credentialSubject: Record<string, unknown> }
}

/** Header and payload, or undefined where a part that a credential must have is missing or of another shape. */
function decode(jwt: string): { header: { alg: string }; payload: CredentialPayload } | undefined {
  if (jwt.length > MAX_JWT_LENGTH) return undefined
  try {
    const { header, payload } = decodeJWT(jwt, false)
    // A nested JWT would be verified by its inner parts, which nothing here reads.
    if (header.typ !== 'JWT' || header.cty !== undefined || typeof header.alg !== 'string') return undefined
    return isCredentialPayload(payload) ? { header, payload } : undefined
  } catch {
    return undefined
  }
}

function isCredentialPayload(payload: JWTPayload): payload is CredentialPayload {
  const { iss, sub, exp, nbf, iat } = payload
  const vc: unknown = payload.vc
  if (typeof iss !== 'string' || typeof sub !== 'string' || !isTime(exp)) return false
  if ((nbf !== undefined && !isTime(nbf)) || (iat !== undefined && !isTime(iat)) || !isObject(vc)) return false
  const context = vc['@context']
  return Array.isArray(context) && context[0] === CREDENTIALS_CONTEXT && Array.isArray(vc.type)
    ? isObject(vc.credentialSubject)
    : false
}

async function isSignedBy(jwt: string, resolution: DIDResolutionResult): Promise<boolean> {
  try {
    const { verified } = await verifyJWT(jwt, {
      resolver: { resolve: async () => resolution },
      proofPurpose: 'assertionMethod',
      // Times are judged above, each with a reason of its own.
      policies: { nbf: false, iat: false, exp: false, aud: false },
    })
    return verified
  } catch {
    return false
  }
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value)
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function refuse(reason: CredentialRefusal): CredentialResult {
  return { ok: false, reason }
}
