/**
 * The credential that gives a merchant its name on receipts: issued by someone the verifier trusts, to the merchant's
 * DID, with the claim `name`.
 */

import type { DidResolver } from './did-resolver.ts'
import { type CredentialRefusal, verifyCredential } from './verify-credential.ts'

export const MERCHANT_CREDENTIAL_TYPE = 'PalmholdMerchantCredential'

const MAX_NAME_LENGTH = 100

/** Control, format (bidirectional overrides among them), private-use and unassigned characters could fake a receipt. */
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]/u

export type MerchantPolicy = {
  readonly resolver: DidResolver
  /** DIDs in their one spelling. */
  readonly trustedIssuers: readonly string[]
  readonly merchantDid: string
  /** Whole seconds since 1970. */
  readonly now: number
}

export type MerchantResult =
  | { readonly ok: true; readonly name: string }
  | { readonly ok: false; readonly reason: CredentialRefusal | 'name' }

/**
 * The merchant's name, where a trusted issuer vouches for it; `name` is the reason where the claim is missing, empty,
 * longer than 100 UTF-16 units, padded with spaces or holds characters that don't print.
 */
export async function verifyMerchantCredential(jwt: string, policy: MerchantPolicy): Promise<MerchantResult> {
  const { merchantDid, ...rest } = policy
  const result = await verifyCredential(jwt, { ...rest, type: MERCHANT_CREDENTIAL_TYPE, subjectDid: merchantDid })
  if (!result.ok) return result
  const { name } = result.claims
  return isName(name) ? { ok: true, name } : { ok: false, reason: 'name' }
}

function isName(name: unknown): name is string {
  if (typeof name !== 'string' || name.length === 0 || name.length > MAX_NAME_LENGTH) return false
  return name === name.trim() && !UNPRINTABLE.test(name)
}
