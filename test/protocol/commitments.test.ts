/** The plain model of circuits and contracts: curve, scope points, commitments. */

import { fromHex, type Hex, toBigEndian, toHex } from '@palmhold/base'
import { CODE_BYTES, palmCode } from '@palmhold/palm'
import {
  addPoints,
  BASE_POINT,
  CODE_LIMBS,
  COMMITMENT_TAGS,
  codeLimbs,
  commitEnrolment,
  commitLink,
  commitProbeCode,
  commitTemplate,
  createIdentitySecret,
  createSalt,
  decodePoint,
  encodePoint,
  enrolmentLeaf,
  enrolmentNode,
  FIELD_ORDER,
  fieldFromHex,
  fieldToHex,
  isSubgroupPoint,
  multiplyPoint,
  NO_TEMPLATE,
  pseudonymOfPoint,
  SUBGROUP_ORDER,
  scopePointOf,
} from '@palmhold/protocol'
import { expect } from 'chai'
import fc from 'fast-check'
import { MERCHANT_ID } from './signed.ts'

const code = fc.uint8Array({ minLength: CODE_BYTES, maxLength: CODE_BYTES }).map(palmCode)
const scalar = fc.bigInt(1n, SUBGROUP_ORDER - 1n)
const merchant = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(toHex)

/** For chain 31337 and MERCHANT_ID. */
const SCOPE_VECTOR = {
  x: 12556794986413673547000280786246803251104399766565293120794041004854458906418n,
  y: 8705601994185283424536091222767037675859742670482772119154221799733507117117n,
}

describe('the identity curve', () => {
  it('has the base point and the order of EIP-2494', () => {
    expect(BASE_POINT.x).to.equal(5299619240641551281634865583518297030282874472190772894086521144482721001553n)
    expect(BASE_POINT.y).to.equal(16950150798460657717958625567821834550301663161624707787222815936182638968203n)
    expect(SUBGROUP_ORDER).to.equal(2736030358979909402780800718157159386076813972158567259200215660948447373041n)
  })

  it('multiplies as it adds', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 40 }), (times) => {
        let sum = BASE_POINT
        for (let i = 1; i < times; i++) sum = addPoints(sum, BASE_POINT)
        expect(multiplyPoint(BASE_POINT, BigInt(times))).to.deep.equal(sum)
      }),
      { numRuns: 20 },
    )
  })

  it('reads back what it writes, and nothing else', () => {
    fc.assert(
      fc.property(scalar, (k) => {
        const point = multiplyPoint(BASE_POINT, k)
        expect(decodePoint(encodePoint(point))).to.deep.equal(point)
      }),
      { numRuns: 20 },
    )
    const bytes = encodePoint(BASE_POINT)
    const bent = [
      ['a byte short', bytes.subarray(1)],
      ['off the curve', bytes.map((byte, i) => (i === 63 ? byte ^ 1 : byte))],
      ['the neutral element', encodePoint({ x: 0n, y: 1n })],
      ['a point of order 2', encodePoint({ x: 0n, y: FIELD_ORDER - 1n })],
      ['a coordinate above the field', aliased(BASE_POINT.x, BASE_POINT.y)],
    ] as const
    for (const [what, value] of bent)
      expect(() => decodePoint(value), what)
        .to.throw()
        .with.property('code', 'PALM_POINT_INVALID')
  })

  it('takes no factor outside 1 .. l - 1', () => {
    for (const k of [0n, -1n, SUBGROUP_ORDER])
      expect(() => multiplyPoint(BASE_POINT, k))
        .to.throw()
        .with.property('code', 'PALM_POINT_INVALID')
    expect(createIdentitySecret((length) => new Uint8Array(length))).to.equal(1n)
    expect(createIdentitySecret((length) => new Uint8Array(length).fill(255)) < SUBGROUP_ORDER).to.equal(true)
  })

  it('writes field elements in one way', () => {
    expect(fieldFromHex(fieldToHex(FIELD_ORDER - 1n))).to.equal(FIELD_ORDER - 1n)
    expect(() => fieldToHex(FIELD_ORDER))
      .to.throw()
      .with.property('code', 'PALM_FIELD_ELEMENT')
    expect(() => fieldFromHex(toHex(toBigEndian(FIELD_ORDER, 32))))
      .to.throw()
      .with.property('code', 'PALM_FIELD_ELEMENT')
  })
})

describe('scope points', () => {
  it('are subgroup points that differ by chain, merchant and counter', () => {
    fc.assert(
      fc.property(merchant, fc.integer({ min: 1, max: 2 ** 40 }), (merchantId, chainId) => {
        const points = [
          scopePointOf({ chainId, merchantId }),
          scopePointOf({ chainId: chainId + 1, merchantId }),
          scopePointOf({ chainId, merchantId, counter: 1 }),
          scopePointOf({ chainId, merchantId: flipped(merchantId) }),
        ]
        for (const point of points) expect(isSubgroupPoint(point)).to.equal(true)
        expect(new Set(points.map(({ x, y }) => `${x}:${y}`)).size).to.equal(points.length)
      }),
      { numRuns: 30 },
    )
  })

  it('are 8 M for the smaller abscissa of the first nonce that has one', () => {
    // Computed with Tonelli-Shanks and affine formulas by a separate program.
    expect(scopePointOf({ chainId: 31_337, merchantId: MERCHANT_ID })).to.deep.equal(SCOPE_VECTOR)
  })

  it('give a person one pseudonym at a merchant and another at the next', () => {
    fc.assert(
      fc.property(scalar, merchant, (secret, merchantId) => {
        const at = (id: Hex) => pseudonymOfPoint(multiplyPoint(scopePointOf({ chainId: 1, merchantId: id }), secret))
        expect(at(merchantId)).to.equal(at(merchantId))
        expect(at(merchantId)).not.to.equal(at(flipped(merchantId)))
      }),
      { numRuns: 10 },
    )
  })
})

describe('commitments', () => {
  it('cut a code into limbs that give it back and cannot wrap around', () => {
    fc.assert(
      fc.property(code, (bits) => {
        const limbs = codeLimbs(bits)
        expect(limbs).to.have.length(CODE_LIMBS)
        for (const limb of limbs) expect(limb < 1n << 192n).to.equal(true)
        const joined = limbs.map((limb) => toBigEndian(limb, CODE_BYTES / CODE_LIMBS).reverse())
        expect(Uint8Array.from(joined.flatMap((bytes) => [...bytes]))).to.deep.equal(Uint8Array.from(bits))
        expect((limbs[0]! >> 9n) & 1n).to.equal(BigInt((bits[1]! >> 1) & 1))
      }),
    )
  })

  it('change with everything that goes into them', () => {
    const left = commitTemplate(palmCode(new Uint8Array(CODE_BYTES)), 1n)
    const account: Hex = `0x${'12'.repeat(20)}`
    const values = [
      left,
      commitTemplate(palmCode(new Uint8Array(CODE_BYTES)), 2n),
      commitTemplate(palmCode(new Uint8Array(CODE_BYTES).fill(1)), 1n),
      commitProbeCode(palmCode(new Uint8Array(CODE_BYTES)), 1n),
      fieldFromHex(commitEnrolment({ left, right: NO_TEMPLATE }, BASE_POINT)),
      fieldFromHex(commitEnrolment({ left: NO_TEMPLATE, right: left }, BASE_POINT)),
      fieldFromHex(commitEnrolment({ left, right: NO_TEMPLATE }, addPoints(BASE_POINT, BASE_POINT))),
      enrolmentLeaf(left, account),
      enrolmentLeaf(left, `0x${'13'.repeat(20)}`),
      commitLink({ left, right: NO_TEMPLATE }, account, 5n),
      commitLink({ left, right: NO_TEMPLATE }, account, 6n),
      enrolmentNode(left, left),
      fieldFromHex(pseudonymOfPoint(BASE_POINT)),
    ]
    expect(new Set(values).size).to.equal(values.length)
    for (const value of values) expect(value < FIELD_ORDER).to.equal(true)
  })

  it('are tagged, and salted with 248 bits', () => {
    expect(new Set(Object.values(COMMITMENT_TAGS)).size).to.equal(Object.keys(COMMITMENT_TAGS).length)
    expect(createSalt((length) => new Uint8Array(length).fill(255))).to.equal((1n << 248n) - 1n)
  })
})

function aliased(x: bigint, y: bigint): Uint8Array {
  const bytes = encodePoint({ x, y })
  bytes.set(toBigEndian(x + FIELD_ORDER, 32))
  return bytes
}

function flipped(merchantId: Hex): Hex {
  const bytes = fromHex(merchantId, { length: 32 })
  bytes[0]! ^= 1
  return toHex(bytes)
}
