/** Certificates of the data plane: the vectors of the libp2p TLS spec, round trips, and everything that must not hold. */

import 'reflect-metadata'
import { X509Certificate } from 'node:crypto'
import { createTlsCertificate, verifyTlsCertificate } from '@palmhold/net'
import { Extension, X509CertificateGenerator, X509Certificate as X509Content } from '@peculiar/x509'
import { expect } from 'chai'
import { SPEC_CERTIFICATES } from './spec-certificates.ts'
import { addressOfName, keyOf } from './test-keys.ts'

const NOW = new Date('2027-01-01T00:00:00Z')
const FROM = new Date('2026-12-31T00:00:00Z')
const UNTIL = new Date('2027-01-02T00:00:00Z')
const OID = '1.3.6.1.4.1.53594.1.1'
const SIGNING = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }

function derOf(pem: string): Uint8Array {
  return new Uint8Array(new X509Certificate(pem).raw)
}

async function certificateOf(name: string): Promise<Uint8Array> {
  const { cert } = await createTlsCertificate({ privateKey: keyOf(name), notBefore: FROM, notAfter: UNTIL })
  return derOf(cert)
}

/** A certificate of a key of its own with these extensions: what an attacker can make. */
async function forged(extensions: Extension[]): Promise<Uint8Array> {
  const keys = await crypto.subtle.generateKey(SIGNING, true, ['sign', 'verify'])
  const options = { name: 'CN=x', notBefore: FROM, notAfter: UNTIL, signingAlgorithm: SIGNING, keys, extensions }
  return new Uint8Array((await X509CertificateGenerator.createSelfSigned({ ...options, serialNumber: '01' })).rawData)
}

/** `der` with one bit altered, `offsetFromEnd` bytes from its end. */
function flipped(der: Uint8Array, offsetFromEnd: number): Uint8Array {
  const copy = der.slice()
  copy[copy.length - offsetFromEnd]! ^= 1
  return copy
}

describe('TLS certificate', () => {
  it('verifies and names the node that made it', async () => {
    expect(await verifyTlsCertificate(await certificateOf('operator'), NOW)).to.deep.equal({
      ok: true,
      address: addressOfName('operator'),
    })
  })

  it('has a fresh key each time', async () => {
    const [a, b] = await Promise.all([certificateOf('operator'), certificateOf('operator')])
    expect(new X509Certificate(a).publicKey.export({ type: 'spki', format: 'der' })).not.to.deep.equal(
      new X509Certificate(b).publicKey.export({ type: 'spki', format: 'der' }),
    )
  })

  for (const { name, hex, result } of SPEC_CERTIFICATES) {
    it(`judges the spec's vector: ${name}`, async () => {
      expect(await verifyTlsCertificate(Buffer.from(hex, 'hex'), NOW)).to.deep.equal(result)
    })
  }

  it('is refused outside its dates', async () => {
    const der = await certificateOf('operator')
    const at = (date: Date, ms: number) => verifyTlsCertificate(der, new Date(date.getTime() + ms))
    expect(await at(FROM, -1)).to.deep.equal({ ok: false, reason: 'not_yet_valid' })
    expect(await at(UNTIL, 1)).to.deep.equal({ ok: false, reason: 'expired' })
    expect(await at(FROM, 0)).to.have.property('ok', true)
    expect(await at(UNTIL, 0)).to.have.property('ok', true)
  })

  it('is refused where a byte of its own signature was altered', async () => {
    expect(await verifyTlsCertificate(flipped(await certificateOf('operator'), 1), NOW)).to.deep.equal({
      ok: false,
      reason: 'self_signature',
    })
  })

  it("is refused where another node's extension was copied into it", async () => {
    const value = new X509Content(Uint8Array.from(await certificateOf('victim'))).getExtension(OID)!.value
    expect(await verifyTlsCertificate(await forged([new Extension(OID, false, value)]), NOW)).to.deep.equal({
      ok: false,
      reason: 'host_signature',
    })
  })

  it('is refused without the extension', async () => {
    const reason = 'extension_missing'
    expect(await verifyTlsCertificate(await forged([]), NOW)).to.deep.equal({ ok: false, reason })
    const garbage = new Extension(OID, false, Uint8Array.of(0x30, 0x03, 0x02, 0x01, 0x01))
    expect(await verifyTlsCertificate(await forged([garbage]), NOW)).to.deep.equal({ ok: false, reason })
  })

  it('is refused with a host key that is none', async () => {
    // SEQUENCE { OCTET STRING 00, OCTET STRING 00 }
    const empty = new Extension(OID, false, Uint8Array.of(0x30, 0x06, 0x04, 0x01, 0x00, 0x04, 0x01, 0x00))
    expect(await verifyTlsCertificate(await forged([empty]), NOW)).to.deep.equal({ ok: false, reason: 'host_key' })
  })

  it('is refused where it is no certificate', async () => {
    const reason = 'malformed'
    expect(await verifyTlsCertificate(new Uint8Array(), NOW)).to.deep.equal({ ok: false, reason })
    expect(await verifyTlsCertificate(new Uint8Array(500).fill(0x30), NOW)).to.deep.equal({ ok: false, reason })
  })
})
