/** What issues credentials, apart from the libraries that do it: the port between identity-agent.ts and veramo-issuer.ts. */

import { type Hex, PalmError } from '@palmhold/base'
import type { CredentialClaims } from './verify-credential.ts'

export type Identity = { readonly did: string; readonly address: Hex; readonly alias: string }

export type CredentialOrder = {
  /** An identity that was imported here. */
  readonly issuerDid: string
  readonly subjectDid: string
  /** The type beside VerifiableCredential. */
  readonly type: string
  /** What is said of the subject: at least one JSON value, none under `id`. */
  readonly claims: CredentialClaims
  /** Whole seconds since 1970, in the future. */
  readonly expiresAt: number
}

export type Issuer = {
  /** @throws {IdentityKeyError} not a secp256k1 private key */
  importIdentity(privateKey: Uint8Array, alias: string): Promise<Identity>
  /**
   * `issuedAt` in whole seconds since 1970.
   * @throws {CredentialOrderError} the issuer was not imported
   */
  issueCredential(order: CredentialOrder, issuedAt: number): Promise<string>
}

/** A private key that is none. */
export class IdentityKeyError extends PalmError {
  constructor() {
    super('PALM_IDENTITY_KEY_INVALID', 'the private key is no secp256k1 scalar of 32 bytes', {
      hints: ['Give the key of the identity: 32 bytes, or 0x and 64 hexadecimal digits.'],
    })
  }
}

/** A credential that can't be issued as it was ordered. */
export class CredentialOrderError extends PalmError {
  constructor(message: string, cause?: unknown) {
    super('PALM_CREDENTIAL_ORDER_INVALID', message, {
      hints: ['Import the issuer first, and give a subject DID, a type, claims without id, and a future expiry.'],
      ...(cause === undefined ? {} : { cause }),
    })
  }
}
