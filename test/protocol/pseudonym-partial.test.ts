/** Parts of a pseudonym: the proof holds for what it says and in its session, and for nothing else. */

import { concatBytes, toBigEndian } from '@palmhold/base'
import {
  addPoints,
  BASE_POINT,
  type CurvePoint,
  committedShare,
  dealIdentity,
  decodePartial,
  encodePartial,
  encodePoint,
  encodeScalar,
  FIELD_ORDER,
  FRAME,
  multiplyPoint,
  openPartial,
  type PartialContext,
  PartialError,
  provePartial,
  readFrame,
  SUBGROUP_ORDER,
  scopePointOf,
} from '@palmhold/protocol'
import { expect } from 'chai'
import fc from 'fast-check'
import { seededRandom } from '../matching/in-memory.ts'
import { addressOf, hashOf, MERCHANT_ID, OPERATORS } from './signed.ts'

const random = seededRandom('partials')
const scope = scopePointOf({ chainId: 31337, merchantId: MERCHANT_ID })
const dealt = dealIdentity(4242n, { n: 3, t: 1 }, random)
const { share, commitments } = dealt[0]!
const context: PartialContext = {
  sid: random(32),
  operator: OPERATORS[0]!,
  committed: committedShare(commitments, 1),
  scope,
}
/** (0, -1): of order two. */
const SMALL: CurvePoint = { x: 0n, y: FIELD_ORDER - 1n }

describe('a part of a pseudonym', () => {
  it('opens to s_i * Q, for every share', () => {
    fc.assert(
      fc.property(fc.bigInt(1n, SUBGROUP_ORDER - 1n), (s) => {
        const own = { ...context, committed: multiplyPoint(BASE_POINT, s) }
        const { point, bytes } = provePartial(s, own, random)
        expect(point).to.deep.equal(multiplyPoint(scope, s))
        expect(openPartial(bytes, own)).to.deep.equal(point)
      }),
      { numRuns: 8, examples: [[1n], [SUBGROUP_ORDER - 1n]] },
    )
  })

  const { bytes } = provePartial(share, context, random)
  const another = { ...context, sid: random(32) }
  const refused = (part: Uint8Array, where = context) =>
    expect(() => openPartial(part, where))
      .to.throw(PartialError)
      .with.property('code', 'PALM_PARTIAL_INVALID')

  it('opens in no other context: session, operator, share, merchant', () => {
    expect(openPartial(bytes, context)).to.deep.equal(multiplyPoint(scope, share))
    for (const changes of [
      { sid: another.sid },
      { operator: OPERATORS[1]! },
      { operator: addressOf('nobody') },
      { committed: committedShare(commitments, 2) },
      { committed: commitments[0]! },
      { scope: scopePointOf({ chainId: 31337, merchantId: hashOf('another merchant') }) },
      { scope: scopePointOf({ chainId: 1, merchantId: MERCHANT_ID }) },
      { scope: BASE_POINT },
    ])
      refused(bytes, { ...context, ...changes })
  })

  it('is refused with any byte changed, and at every other length', () => {
    for (let at = 0; at < bytes.length; at += 5) refused(bytes.map((byte, i) => (i === at ? byte ^ 1 : byte)))
    for (const length of [0, 1, 64, 127]) refused(bytes.subarray(0, length))
    refused(concatBytes(bytes, Uint8Array.of(0)))
  })

  const own = provePartial(share, context, random)
  const [challenge, response] = [own.bytes.subarray(64, 96), own.bytes.subarray(96)]
  for (const [name, forged] of [
    [
      'the part of another share',
      () => concatBytes(encodePoint(multiplyPoint(scope, share + 1n)), own.bytes.subarray(64)),
    ],
    ['the proof of another share', () => provePartial(share + 1n, context, random).bytes],
    ['the share over another base', () => provePartial(share, { ...context, scope: BASE_POINT }, random).bytes],
    ['the part and the proof of another session', () => provePartial(share, another, random).bytes],
    [
      'a point with a component of small order',
      () => concatBytes(encodePoint(addPoints(own.point, SMALL)), own.bytes.subarray(64)),
    ],
    ['a point of small order', () => concatBytes(encodePoint(SMALL), own.bytes.subarray(64))],
    ['the neutral point', () => concatBytes(toBigEndian(0, 32), toBigEndian(1, 32), own.bytes.subarray(64))],
    [
      'the same point under an alias',
      () => concatBytes(toBigEndian(own.point.x + FIELD_ORDER, 32), own.bytes.subarray(32)),
    ],
    ['a challenge under an alias', () => concatBytes(own.bytes.subarray(0, 64), alias(challenge), response)],
    ['a response under an alias', () => concatBytes(own.bytes.subarray(0, 96), alias(response))],
    ['a response of zero', () => concatBytes(own.bytes.subarray(0, 96), new Uint8Array(32))],
    ['a challenge of zero', () => concatBytes(own.bytes.subarray(0, 64), new Uint8Array(32), response)],
    ['another challenge', () => concatBytes(own.bytes.subarray(0, 64), encodeScalar(5n), response)],
  ] as const)
    it(`is refused with ${name}`, () => {
      expect(openPartial(own.bytes, context)).to.deep.equal(own.point)
      refused(forged())
    })

  it('of a point with a component of small order passes with no luck: eight tries in a row are refused', () => {
    // The proof alone would hold for one nonce in two, as the component's order is two.
    for (let tries = 0; tries < 8; tries++) {
      const { point, bytes: proof } = provePartial(share, context, random)
      refused(concatBytes(encodePoint(addPoints(point, SMALL)), proof.subarray(64)))
    }
  })

  it('never takes one nonce twice, not from a generator that repeats', () => {
    const stuck = (length: number) => new Uint8Array(length)
    const parts = [
      provePartial(share, context, stuck),
      provePartial(share, another, stuck),
      provePartial(share, { ...context, scope: scopePointOf({ chainId: 1, merchantId: MERCHANT_ID }) }, stuck),
    ].map((part) => part.bytes)
    // z - c s is the nonce.
    const nonces = parts.map((part) => {
      const read = (from: number) => BigInt(`0x${Buffer.from(part.subarray(from, from + 32)).toString('hex')}`)
      const nonce = (read(96) - read(64) * share) % SUBGROUP_ORDER
      return nonce < 0n ? nonce + SUBGROUP_ORDER : nonce
    })
    expect(new Set(nonces).size).to.equal(3)
    expect(provePartial(share, context, random).bytes).not.to.deep.equal(parts[0])
  })

  it('travels in a frame of its session, of one length', () => {
    const sid = hashOf('session')
    const { kind, body } = readFrame(encodePartial({ sid, bytes }))
    expect(kind).to.equal(FRAME.partial)
    expect(decodePartial(body)).to.deep.equal({ sid, bytes })
    for (const bent of [body.subarray(1), concatBytes(body, Uint8Array.of(0)), new Uint8Array(0)])
      expect(() => decodePartial(bent))
        .to.throw()
        .with.property('code', 'PALM_ENCODING_INVALID')
  })
})

/** The same number modulo l, one l higher: it fits into 32 bytes. */
function alias(scalar: Uint8Array): Uint8Array {
  return toBigEndian(BigInt(`0x${Buffer.from(scalar).toString('hex')}`) + SUBGROUP_ORDER, 32)
}
