/**
 * The certificate of the data plane: self-signed, with a fresh P-256 key, and bound to the node's secp256k1 key by the
 * libp2p Public Key Extension (libp2p specs, tls/tls.md): SignedKey { publicKey, signature }, where the signature of the
 * host key covers "libp2p-tls-handshake:" and the certificate's SubjectPublicKeyInfo.
 *
 * Identity rests on that signature alone; names, issuers and authorities in the certificate mean nothing.
 */

// The ASN.1 and X.509 libraries keep their schemas in decorators' metadata, which this import provides; it comes first.
import 'reflect-metadata'
import { X509Certificate } from 'node:crypto'
import { privateKeyFromRaw, publicKeyFromProtobuf, publicKeyToProtobuf } from '@libp2p/crypto/keys'
import type { PublicKey } from '@libp2p/interface'
import { concatBytes, type Hex, utf8 } from '@palmhold/base'
import { AsnConvert, AsnProp, AsnType, AsnTypeTypes, OctetString } from '@peculiar/asn1-schema'
import { Extension, PemConverter, X509CertificateGenerator, X509Certificate as X509Content } from '@peculiar/x509'
import { addressOf } from './peer-identity.ts'

const EXTENSION_OID = '1.3.6.1.4.1.53594.1.1'
const SIGNATURE_PREFIX = utf8('libp2p-tls-handshake:')
const SIGNING = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const SERIAL_BYTES = 16

/** SignedKey ::= SEQUENCE { publicKey OCTET STRING, signature OCTET STRING }; the key is libp2p's protobuf. */
class SignedKey {
  publicKey = new OctetString()
  signature = new OctetString()
}
AsnType({ type: AsnTypeTypes.Sequence })(SignedKey)
AsnProp({ type: OctetString })(SignedKey.prototype, 'publicKey')
AsnProp({ type: OctetString })(SignedKey.prototype, 'signature')

/** A certificate and its P-256 private key, both in PEM: what node:tls takes. */
export type TlsCertificate = { readonly cert: string; readonly key: string }

export type TlsCertificateOptions = {
  /** The node's key, 32 bytes. */
  readonly privateKey: Uint8Array
  readonly notBefore: Date
  readonly notAfter: Date
}

export type CertificateRefusal =
  | 'malformed'
  | 'not_yet_valid'
  | 'expired'
  | 'self_signature'
  | 'extension_missing'
  | 'host_key'
  | 'host_signature'

export type CertificateResult =
  | { readonly ok: true; readonly address: Hex }
  | { readonly ok: false; readonly reason: CertificateRefusal }

/**
 * A new certificate, valid between the two dates (to the second), for the node of `privateKey`.
 * @throws {PeerKeyError} the private key is none
 */
export async function createTlsCertificate(options: TlsCertificateOptions): Promise<TlsCertificate> {
  const hostKey = privateKeyFromRaw(options.privateKey)
  const keys = await crypto.subtle.generateKey(SIGNING, true, ['sign', 'verify'])
  const spki = new Uint8Array(await crypto.subtle.exportKey('spki', keys.publicKey))
  const signed = new SignedKey()
  signed.publicKey = new OctetString(publicKeyToProtobuf(hostKey.publicKey))
  signed.signature = new OctetString(await hostKey.sign(concatBytes(SIGNATURE_PREFIX, spki)))
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: Buffer.from(crypto.getRandomValues(new Uint8Array(SERIAL_BYTES))).toString('hex'),
    name: 'CN=palmhold',
    notBefore: options.notBefore,
    notAfter: options.notAfter,
    signingAlgorithm: SIGNING,
    keys,
    extensions: [new Extension(EXTENSION_OID, false, AsnConvert.serialize(signed))],
  })
  const pkcs8 = await crypto.subtle.exportKey('pkcs8', keys.privateKey)
  return { cert: certificate.toString('pem'), key: PemConverter.encode(pkcs8, 'PRIVATE KEY') }
}

/**
 * Whose certificate this is (DER), at the time `now`. The dates are checked first, then that the certificate is signed
 * with its own key, then that a secp256k1 host key signed that key.
 */
export async function verifyTlsCertificate(der: Uint8Array, now: Date): Promise<CertificateResult> {
  let certificate: X509Certificate
  try {
    certificate = new X509Certificate(der)
  } catch {
    return { ok: false, reason: 'malformed' }
  }
  if (now < certificate.validFromDate) return { ok: false, reason: 'not_yet_valid' }
  if (now > certificate.validToDate) return { ok: false, reason: 'expired' }
  if (!isSelfSigned(certificate)) return { ok: false, reason: 'self_signature' }
  const signed = signedKeyOf(der)
  if (signed === undefined) return { ok: false, reason: 'extension_missing' }
  const hostKey = hostKeyOf(signed)
  if (hostKey?.type !== 'secp256k1') return { ok: false, reason: 'host_key' }
  const spki = certificate.publicKey.export({ type: 'spki', format: 'der' })
  if (!(await isSignedBy(hostKey, concatBytes(SIGNATURE_PREFIX, spki), signed)))
    return { ok: false, reason: 'host_signature' }
  return { ok: true, address: addressOf(hostKey.raw) }
}

function isSelfSigned(certificate: X509Certificate): boolean {
  try {
    return certificate.verify(certificate.publicKey)
  } catch {
    return false
  }
}

function signedKeyOf(der: Uint8Array): SignedKey | undefined {
  try {
    const extension = new X509Content(Uint8Array.from(der)).getExtension(EXTENSION_OID)
    return extension ? AsnConvert.parse(extension.value, SignedKey) : undefined
  } catch {
    return undefined
  }
}

function hostKeyOf(signed: SignedKey): PublicKey | undefined {
  try {
    return publicKeyFromProtobuf(new Uint8Array(signed.publicKey.buffer))
  } catch {
    return undefined
  }
}

async function isSignedBy(key: PublicKey, message: Uint8Array, signed: SignedKey): Promise<boolean> {
  try {
    return await key.verify(message, new Uint8Array(signed.signature.buffer))
  } catch {
    return false
  }
}
