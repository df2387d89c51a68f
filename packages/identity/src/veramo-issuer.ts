/**
 * The Veramo agent behind identity-agent.ts: DID manager and key manager with stores in memory, the did:ethr
 * provider, the resolver and the JWT credential plugin. Import it lazily: its libraries take most of a second to load.
 */

import { secp256k1 } from '@noble/curves/secp256k1.js'
import { toHex } from '@palmhold/base'
import { addressOfKey } from '@palmhold/protocol'
import { createAgent } from '@veramo/core'
import type { ICredentialPlugin, IDIDManager, IKeyManager, IResolver } from '@veramo/core-types'
import { CredentialProviderJWT } from '@veramo/credential-jwt'
import { CredentialPlugin } from '@veramo/credential-w3c'
import { DIDManager, MemoryDIDStore } from '@veramo/did-manager'
import { EthrDIDProvider } from '@veramo/did-provider-ethr'
import { DIDResolverPlugin } from '@veramo/did-resolver'
import { KeyManager, MemoryKeyStore, MemoryPrivateKeyStore } from '@veramo/key-manager'
import { KeyManagementSystem } from '@veramo/kms-local'
import { didOf } from './did.ts'
import type { DidResolver, DidResolverOptions } from './did-resolver.ts'
import { CredentialOrderError, IdentityKeyError, type Issuer } from './issuer.ts'

const KMS = 'local'

/** An issuer on the chain of `options`, which `resolver` reads. */
export function createVeramoIssuer(options: DidResolverOptions, resolver: DidResolver): Issuer {
  const chainId = `0x${options.chainId.toString(16)}`
  const network = { chainId, rpcUrl: options.rpcUrl, registry: options.didRegistry }
  const providerName = `did:ethr:${chainId}`
  const agent = createAgent<IDIDManager & IKeyManager & IResolver & ICredentialPlugin>({
    plugins: [
      new KeyManager({
        store: new MemoryKeyStore(),
        kms: { [KMS]: new KeyManagementSystem(new MemoryPrivateKeyStore()) },
      }),
      new DIDManager({
        store: new MemoryDIDStore(),
        defaultProvider: providerName,
        providers: { [providerName]: new EthrDIDProvider({ defaultKms: KMS, networks: [network] }) },
      }),
      new DIDResolverPlugin({ resolver }),
      new CredentialPlugin([new CredentialProviderJWT()]),
    ],
  })

  const managed = new Set<string>()

  return {
    async importIdentity(privateKey, alias) {
      if (!secp256k1.utils.isValidSecretKey(privateKey)) throw new IdentityKeyError()
      const address = addressOfKey(privateKey)
      const did = didOf(options.chainId, address)
      if (!managed.has(did)) {
        const key = { kid: did, kms: KMS, type: 'Secp256k1', privateKeyHex: toHex(privateKey).slice(2) } as const
        await agent.didManagerImport({ did, alias, provider: providerName, controllerKeyId: did, keys: [key] })
        managed.add(did)
      }
      return { did, address, alias }
    },

    async issueCredential({ issuerDid, subjectDid, type, claims, expiresAt }, issuedAt) {
      if (!managed.has(issuerDid)) throw new CredentialOrderError(`the issuer ${issuerDid} was not imported`)
      try {
        const credential = await agent.createVerifiableCredential({
          proofFormat: 'jwt',
          keyRef: issuerDid,
          credential: {
            issuer: { id: issuerDid },
            type: ['VerifiableCredential', type],
            credentialSubject: { ...claims, id: subjectDid },
            issuanceDate: isoDate(issuedAt),
            expirationDate: isoDate(expiresAt),
          },
        })
        return credential.proof.jwt as string
      } catch (error) {
        throw new CredentialOrderError('the credential could not be signed', error)
      }
    },
  }
}

function isoDate(seconds: number): string {
  return new Date(seconds * 1000).toISOString()
}
