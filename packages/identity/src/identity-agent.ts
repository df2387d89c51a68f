/**
 * Issues credentials: identities and keys in a Veramo agent (veramo-issuer.ts), whose libraries are loaded with the first
 * identity, credential or key asked for. Whoever only verifies never loads them.
 */

import { type Clock, fromHex, type Hex } from '@palmhold/base'
import type { DIDDocument } from 'did-resolver'
import { isCanonicalDid } from './did.ts'
import { createDidResolver, type DidResolver, type DidResolverOptions, resolveDid } from './did-resolver.ts'
import { type CredentialOrder, CredentialOrderError, type Identity, type Issuer } from './issuer.ts'
import { type MerchantPolicy, type MerchantResult, verifyMerchantCredential } from './merchant-credential.ts'
import { type CredentialPolicy, type CredentialResult, verifyCredential } from './verify-credential.ts'

export type IdentityAgentOptions = DidResolverOptions & {
  /** Seconds since 1970, for issuance dates; the system's unless given. */
  readonly clock?: Clock
}

export type IdentityImport = {
  /** 32 bytes or their hexadecimal form, a secp256k1 scalar. Kept in memory only. */
  readonly privateKey: Uint8Array | Hex
  /** A local name; unique in the agent. */
  readonly alias: string
}

export type IdentityAgent = {
  readonly resolver: DidResolver
  /**
   * Takes a key in; its DID needs no transaction. The same key again gives the same identity.
   * @throws {IdentityKeyError} not a secp256k1 private key
   */
  importIdentity(identity: IdentityImport): Promise<Identity>
  /** @throws {DidUnresolvedError} the chain does not answer, or it is another chain's DID */
  resolve(did: string): Promise<DIDDocument>
  /**
   * A signed credential as a JWT (ES256K).
   * @throws {CredentialOrderError} an unknown issuer, or a field out of its range
   */
  issueCredential(order: CredentialOrder): Promise<string>
  /** {@link verifyCredential} with this agent's resolver. */
  verifyCredential(jwt: string, policy: CredentialPolicy): Promise<CredentialResult>
  /** {@link verifyMerchantCredential} with this agent's resolver. */
  verifyMerchantCredential(jwt: string, policy: Omit<MerchantPolicy, 'resolver'>): Promise<MerchantResult>
}

/** An agent for the identities of one chain. Opens no connection until it is used. */
export function createIdentityAgent(options: IdentityAgentOptions): IdentityAgent {
  const resolver = createDidResolver(options)
  const clock = options.clock ?? (() => Math.floor(Date.now() / 1000))
  let loading: Promise<Issuer> | undefined

  function load(): Promise<Issuer> {
    loading ??= import('./veramo-issuer.ts').then(({ createVeramoIssuer }) => createVeramoIssuer(options, resolver))
    return loading
  }

  return {
    resolver,
    resolve: (did) => resolveDid(resolver, did),

    async importIdentity({ privateKey, alias }) {
      const bytes = typeof privateKey === 'string' ? fromHex(privateKey, { length: 32 }) : privateKey
      const veramo = await load()
      return veramo.importIdentity(bytes, alias)
    },

    async issueCredential(order) {
      const issuedAt = clock()
      if (!isCanonicalDid(order.subjectDid)) throw new CredentialOrderError('the subject is no did:ethr')
      if (!/^[A-Za-z][A-Za-z0-9]{0,63}$/.test(order.type)) throw new CredentialOrderError('the type is no plain name')
      if ('id' in order.claims) throw new CredentialOrderError('the claims hold an id; the subject has its own field')
      if (Object.keys(order.claims).length === 0) throw new CredentialOrderError('the claims say nothing')
      if (!Number.isSafeInteger(order.expiresAt) || order.expiresAt <= issuedAt)
        throw new CredentialOrderError('the expiry is not in the future')
      const veramo = await load()
      return veramo.issueCredential(order, issuedAt)
    },

    verifyCredential: (jwt, policy) => verifyCredential(jwt, { ...policy, resolver }),
    verifyMerchantCredential: (jwt, policy) => verifyMerchantCredential(jwt, { ...policy, resolver }),
  }
}
