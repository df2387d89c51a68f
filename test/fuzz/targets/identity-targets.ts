/** DIDs, credentials and the DID documents they are checked against. */

import {
  type DidResolver,
  didOf,
  MERCHANT_CREDENTIAL_TYPE,
  parseDid,
  verifyMerchantCredential,
} from '@palmhold/identity'
import { createJWT, ES256KSigner } from 'did-jwt'
import type { DIDResolutionResult } from 'did-resolver'
import { addressOf, keyOf } from '../../protocol/signed.ts'
import type { FuzzTarget } from '../fuzz-target.ts'
import { mutateBytes } from '../mutate-bytes.ts'
import { mutateJson } from '../mutate-json.ts'
import { bytesOf, nearBytes, nearJson, textOf } from './near-seeds.ts'

const NOW = 1_800_000_000
const CHAIN_ID = 31_337
const ISSUER = didOf(CHAIN_ID, addressOf('issuer'))
const MERCHANT = didOf(CHAIN_ID, addressOf('merchant'))
const NAME = 'Corner shop'

const payload = {
  sub: MERCHANT,
  nbf: NOW - 100,
  exp: NOW + 100,
  vc: {
    '@context': ['https://www.w3.org/2018/credentials/v1'],
    type: ['VerifiableCredential', MERCHANT_CREDENTIAL_TYPE],
    credentialSubject: { name: NAME },
  },
}

/** The answer of a resolver for an issuer whom nothing on chain changed. */
const resolution: DIDResolutionResult = {
  didDocument: {
    '@context': ['https://www.w3.org/ns/did/v1'],
    id: ISSUER,
    verificationMethod: [
      {
        id: `${ISSUER}#controller`,
        type: 'EcdsaSecp256k1RecoveryMethod2020',
        controller: ISSUER,
        blockchainAccountId: `eip155:${CHAIN_ID}:${addressOf('issuer')}`,
      },
    ],
    authentication: [`${ISSUER}#controller`],
    assertionMethod: [`${ISSUER}#controller`],
  },
  didDocumentMetadata: {},
  didResolutionMetadata: { contentType: 'application/did+ld+json' },
}

function makeCredential(alg = 'ES256K-R'): Promise<string> {
  const signer = ES256KSigner(keyOf('issuer'), alg === 'ES256K-R')
  return createJWT(payload, { issuer: ISSUER, signer }, { alg })
}

const verify = (jwt: string, resolver: DidResolver) =>
  verifyMerchantCredential(jwt, { resolver, trustedIssuers: [ISSUER], merchantDid: MERCHANT, now: NOW })

const complaint = (result: unknown) =>
  (result as { name: string }).name === NAME ? undefined : 'a name that nobody vouched for'

/** JWTs whose parts are bent as JSON, under the signature of the whole one. */
const credentialParts: FuzzTarget = {
  name: 'identity/credential-parts',
  weight: 10,
  async open() {
    const [head = '', body = '', signature = ''] = (await makeCredential()).split('.')
    const read = (part: string): unknown => JSON.parse(Buffer.from(part, 'base64url').toString())
    const [header, claims] = [read(head), read(body)]
    const encode = (part: Uint8Array) => Buffer.from(part).toString('base64url')
    return {
      make(random) {
        const bentHead = random.unit() < 0.3 ? encode(mutateJson(random, [header])) : head
        const bentBody = random.unit() < 0.8 ? encode(mutateJson(random, [claims])) : body
        const bentSignature = random.unit() < 0.2 ? textOf(mutateBytes(random, [bytesOf(signature)])) : signature
        return bytesOf(`${bentHead}.${bentBody}.${bentSignature}`)
      },
      decode: (input) => verify(textOf(input), { resolve: async () => structuredClone(resolution) }),
      complaint,
    }
  },
}

export const identityTargets: readonly FuzzTarget[] = [
  nearBytes(() => [bytesOf(ISSUER), bytesOf(MERCHANT)], {
    name: 'identity/did',
    weight: 40,
    decode: (input) => parseDid(textOf(input)),
    complaint(result, input) {
      const { chainId, address } = result as { chainId: bigint; address: string }
      return didOf(chainId, address) === textOf(input) ? undefined : 'two DIDs name the same subject'
    },
  }),
  nearBytes(async () => [bytesOf(await makeCredential()), bytesOf(await makeCredential('ES256K'))], {
    name: 'identity/credential',
    weight: 10,
    decode: (input) => verify(textOf(input), { resolve: async () => structuredClone(resolution) }),
    complaint,
  }),
  credentialParts,
  nearJson(() => [resolution], {
    name: 'identity/did-document',
    weight: 8,
    async decode(input) {
      const jwt = await whole
      return verify(jwt, { resolve: async () => resolutionIn(input) })
    },
    complaint,
  }),
]

const whole = makeCredential()

/** A resolver answers with three parts, of which two are objects; what they hold is anybody's. */
function resolutionIn(input: Uint8Array): DIDResolutionResult {
  const value = partsOf(input)
  const [metadata, resolving] = [value.didDocumentMetadata, value.didResolutionMetadata].map(objectOf)
  return { ...value, didDocumentMetadata: metadata, didResolutionMetadata: resolving } as DIDResolutionResult
}

function partsOf(input: Uint8Array): Record<string, unknown> {
  try {
    return objectOf(JSON.parse(textOf(input)))
  } catch {
    return {}
  }
}

function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}
