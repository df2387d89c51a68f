export { DidError, didOf, isCanonicalDid, parseDid } from './did.ts'
export {
  createDidResolver,
  type DidResolver,
  type DidResolverOptions,
  DidUnresolvedError,
  resolveDid,
} from './did-resolver.ts'
export {
  createIdentityAgent,
  type IdentityAgent,
  type IdentityAgentOptions,
  type IdentityImport,
} from './identity-agent.ts'
export { type CredentialOrder, CredentialOrderError, type Identity, IdentityKeyError } from './issuer.ts'
export {
  MERCHANT_CREDENTIAL_TYPE,
  type MerchantPolicy,
  type MerchantResult,
  verifyMerchantCredential,
} from './merchant-credential.ts'
export {
  type CredentialClaims,
  type CredentialPolicy,
  type CredentialRefusal,
  type CredentialResult,
  verifyCredential,
} from './verify-credential.ts'
