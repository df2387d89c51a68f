/** Announcements: only the node that is spoken of can make one, and one announcement has one encoding. */

import { secp256k1 } from '@noble/curves/secp256k1.js'
import { keccak_256 } from '@noble/hashes/sha3.js'
import { concatBytes, decodeFields, encodeFields, type Hex, toBigEndian, utf8 } from '@palmhold/base'
import {
  type AnnouncementBody,
  AnnouncementFieldError,
  type AnnouncementRefusal,
  signAnnouncement,
  verifyAnnouncement,
} from '@palmhold/net'
import { expect } from 'chai'
import { addressOfName, keyOf, peerIdOfName } from './test-keys.ts'

const SIGNED_TAG = 'palmhold/announcement/1/signed'
const BODY_TAG = 'palmhold/announcement/1'

const body: AnnouncementBody = {
  dataHost: '127.0.0.1',
  dataPort: 4001,
  httpUrl: 'http://127.0.0.1:8080',
  sealingKey: `0x${'11'.repeat(32)}`,
  exchangeKey: `0x${'22'.repeat(32)}`,
  committeeId: `0x${'33'.repeat(32)}`,
  committeeEpoch: 1,
  sequence: 1_800_000_000_123,
  issuedAt: 1_800_000_000,
}

function partsOf(signed: Uint8Array): { fields: Uint8Array[]; signature: Uint8Array } {
  const [bytes, signature] = decodeFields(SIGNED_TAG, 2, signed) as [Uint8Array, Uint8Array]
  return { fields: decodeFields(BODY_TAG, 11, bytes), signature }
}

function joined(fields: readonly Uint8Array[], signature: Uint8Array): Uint8Array {
  return encodeFields(SIGNED_TAG, [encodeFields(BODY_TAG, fields), signature])
}

function signedBy(name: string, fields: readonly Uint8Array[]): Uint8Array {
  const digest = keccak_256(encodeFields(BODY_TAG, fields))
  const recovered = secp256k1.sign(digest, keyOf(name), { prehash: false, format: 'recovered' })
  return joined(fields, concatBytes(recovered.subarray(1), Uint8Array.of(27 + recovered[0]!)))
}

function withField(fields: readonly Uint8Array[], index: number, value: Uint8Array): Uint8Array[] {
  return fields.map((field, i) => (i === index ? value : field))
}

describe('announcement', () => {
  const signed = signAnnouncement(keyOf('operator'), body)
  const { fields, signature } = partsOf(signed)

  it('verifies, with the address and PeerId of the key', () => {
    expect(verifyAnnouncement(signed)).to.deep.equal({
      ok: true,
      announcement: { ...body, address: addressOfName('operator'), peerId: peerIdOfName('operator') },
    })
  })

  it('is made anew under the same bytes by whoever holds the key', () => {
    expect(signedBy('operator', fields)).to.deep.equal(signed)
  })

  it('takes names, IPv6, no data plane and no URL', () => {
    for (const change of [{ dataHost: 'node-1.example.org' }, { dataHost: '::1' }, { dataPort: 0 }, { httpUrl: '' }])
      expect(verifyAnnouncement(signAnnouncement(keyOf('operator'), { ...body, ...change })).ok).to.equal(true)
  })

  const names =
    'address peerId dataHost dataPort httpUrl sealingKey exchangeKey committeeId committeeEpoch sequence issuedAt'
  names.split(' ').forEach((name, index) => {
    it(`is refused where ${name} was altered`, () => {
      const altered = fields[index]!.slice()
      altered[altered.length - 1]! ^= 1
      const result = verifyAnnouncement(joined(withField(fields, index, altered), signature))
      expect(result).to.have.property('ok', false)
      expect((result as { reason: string }).reason).to.be.oneOf(['signature', 'malformed'])
    })
  })

  const flippedS = () => {
    const s = BigInt(`0x${Buffer.from(signature.subarray(32, 64)).toString('hex')}`)
    const high = toBigEndian(secp256k1.Point.Fn.ORDER - s, 32)
    return concatBytes(signature.subarray(0, 32), high, Uint8Array.of(55 - signature[64]!))
  }
  const tampered: Record<string, [AnnouncementRefusal, () => Uint8Array]> = {
    'the signature of another key': ['signature', () => signedBy('stranger', fields)],
    'a signature with high s': ['signature', () => joined(fields, flippedS())],
    'a recovery byte out of range': [
      'signature',
      () => joined(fields, concatBytes(signature.subarray(0, 64), Uint8Array.of(2))),
    ],
    'a signature of zeros': ['signature', () => joined(fields, Uint8Array.of(...new Uint8Array(64), 27))],
    'a signature of 64 bytes': ['malformed', () => joined(fields, signature.subarray(0, 64))],
    "another node's PeerId": [
      'identity',
      () => signedBy('operator', withField(fields, 1, utf8(peerIdOfName('stranger')))),
    ],
    'a byte behind': ['malformed', () => concatBytes(signed, Uint8Array.of(0))],
    'a field missing': ['malformed', () => signedBy('operator', fields.slice(0, 10))],
    'a number with a leading zero byte': [
      'malformed',
      () => signedBy('operator', withField(fields, 3, Uint8Array.of(0, ...fields[3]!))),
    ],
    'a byte-order mark in the host': [
      'malformed',
      () => signedBy('operator', withField(fields, 2, Uint8Array.of(0xef, 0xbb, 0xbf, ...fields[2]!))),
    ],
    'a sequence beyond 2^53': [
      'malformed',
      () => signedBy('operator', withField(fields, 9, toBigEndian(2n ** 53n, 8))),
    ],
    'a URL of another scheme': [
      'malformed',
      () => signedBy('operator', withField(fields, 4, utf8('file:///etc/passwd'))),
    ],
    nothing: ['malformed', () => new Uint8Array()],
    'more bytes than any announcement has': ['too_large', () => new Uint8Array(2049)],
  }
  for (const [name, [reason, make]] of Object.entries(tampered)) {
    it(`is refused with ${name}`, () => {
      expect(verifyAnnouncement(make())).to.deep.equal({ ok: false, reason })
    })
  }

  const outOfRange: Record<string, Partial<AnnouncementBody>> = {
    dataHost: { dataHost: 'Not a host' },
    dataPort: { dataPort: 65_536 },
    httpUrl: { httpUrl: 'ftp://x' },
    sealingKey: { sealingKey: '0x11' },
    exchangeKey: { exchangeKey: `0x${'AA'.repeat(32)}` as Hex },
    committeeEpoch: { committeeEpoch: -1 },
    sequence: { sequence: 0.5 },
  }
  for (const [field, change] of Object.entries(outOfRange)) {
    it(`is not made with ${field} out of range`, () => {
      expect(() => signAnnouncement(keyOf('operator'), { ...body, ...change }))
        .to.throw(AnnouncementFieldError, field)
        .with.property('code', 'PALM_ANNOUNCEMENT_INVALID')
    })
  }
})
