import { sha256 } from '@noble/hashes/sha2.js'
import { concatBytes, encodeFields, fromHex, isPalmError, toBigEndian } from '@palmhold/base'
import {
  dealIdentity,
  decodeProbePackage,
  decodeRowPackage,
  encodeProbePackage,
  encodeRowPackage,
  FIELD_ORDER,
  HAND,
  handsOf,
  NO_TEMPLATE,
  PackageError,
  packageLeaf,
  probeCodeLeaf,
  type RowPackage,
  SUBGROUP_ORDER,
} from '@palmhold/protocol'
import { expect } from 'chai'
import { randomCode, seededRandom } from '../matching/in-memory.ts'
import { addressOf } from './signed.ts'

const ROW_BYTES = 48
/** Salt, share of s, two points, two template commitments come before the hands, where t = 1. */
const HANDS_AT = 32 + 32 + 2 * 64 + 2 * 32
const shareBytes = (hands: number) => hands * ROW_BYTES

describe('packages of shares', () => {
  const random = seededRandom('shares')
  const identities = dealIdentity(9n, { n: 3, t: 1 }, random)
  const packageOf = (hands: number): RowPackage => ({
    salt: random(32),
    identity: identities[0]!,
    templates: { left: hands === HAND.right ? NO_TEMPLATE : 5n, right: hands === HAND.left ? NO_TEMPLATE : 6n },
    hands,
    share: random(shareBytes(handsOf(hands).length)),
  })

  for (const [name, hands, rows] of [
    ['a left hand', HAND.left, 1],
    ['a right hand', HAND.right, 1],
    ['both hands', HAND.left | HAND.right, 2],
  ] as const)
    it(`carry ${name}`, () => {
      const row = packageOf(hands)
      const bytes = encodeRowPackage(row)
      expect(bytes.length).to.equal(HANDS_AT + 1 + rows * ROW_BYTES)
      expect(decodeRowPackage(bytes, 1, shareBytes)).to.deep.equal(row)
    })

  it('list the left hand first, and no hand that is not there', () => {
    expect([0, 1, 2, 3].map(handsOf)).to.deep.equal([[], [1], [2], [1, 2]])
  })

  it('are refused at every other length, and with hands that nobody has', () => {
    const bytes = encodeRowPackage(packageOf(HAND.left))
    const withHands = (hands: number) => bytes.map((byte, i) => (i === HANDS_AT ? hands : byte))
    const bad = [
      ...[0, 1, HANDS_AT, HANDS_AT + 1, bytes.length - 1].map((length) => bytes.subarray(0, length)),
      concatBytes(bytes, Uint8Array.of(0)),
      ...[0, 3, 4, 5, 255].map(withHands),
    ]
    for (const each of bad)
      expect(() => decodeRowPackage(each, 1, shareBytes))
        .to.throw(PackageError)
        .with.property('code', 'PALM_SHARE_INVALID')
    // Both have one row: the template commitments say which it is.
    expect(() => decodeRowPackage(withHands(HAND.right), 1, shareBytes))
      .to.throw(PackageError)
      .with.property('code', 'PALM_SHARE_INVALID')
    // Of another threshold there are more points.
    for (const threshold of [0, 2]) expect(() => decodeRowPackage(bytes, threshold, shareBytes)).to.throw(PackageError)
  })

  const l = toBigEndian(SUBGROUP_ORDER, 32)
  const p = toBigEndian(FIELD_ORDER, 32)
  const [first] = identities[0]!.commitments
  for (const [name, code, at, value] of [
    ['a share of s that is 0', 'PALM_POINT_INVALID', 32, new Uint8Array(32)],
    ['a share of s that is l', 'PALM_POINT_INVALID', 32, l],
    ['a share of s above l', 'PALM_POINT_INVALID', 32, new Uint8Array(32).fill(255)],
    ['a commitment off the curve', 'PALM_POINT_INVALID', 64, toBigEndian(3, 32)],
    ['a commitment that is neutral', 'PALM_POINT_INVALID', 128, concatBytes(toBigEndian(0, 32), toBigEndian(1, 32))],
    [
      'a commitment of small order',
      'PALM_POINT_INVALID',
      64,
      concatBytes(toBigEndian(0, 32), toBigEndian(FIELD_ORDER - 1n, 32)),
    ],
    ['a commitment under an alias', 'PALM_POINT_INVALID', 64, toBigEndian(first!.x + FIELD_ORDER, 32)],
    ['a template commitment under an alias', 'PALM_FIELD_ELEMENT', 192, p],
    ['no commitment to a hand that is there', 'PALM_SHARE_INVALID', 192, new Uint8Array(32)],
    ['a commitment to a hand that is not there', 'PALM_SHARE_INVALID', 224, toBigEndian(1, 32)],
  ] as const)
    it(`are refused with ${name}: ${code}`, () => {
      const bytes = encodeRowPackage(packageOf(HAND.left))
      expect(decodeRowPackage(bytes, 1, shareBytes).hands).to.equal(HAND.left)
      bytes.set(value, at)
      expect(() => decodeRowPackage(bytes, 1, shareBytes))
        .to.throw()
        .with.property('code', code)
    })

  it('refuse to be made with a share of s that is none', () => {
    const row = packageOf(HAND.left)
    for (const share of [0n, SUBGROUP_ORDER, -1n])
      expect(() => encodeRowPackage({ ...row, identity: { ...row.identity, share } }))
        .to.throw()
        .with.property('code', 'PALM_POINT_INVALID')
  })

  it('fuzzed 2,000 times are read or refused by name', () => {
    for (let run = 0; run < 2000; run++) {
      const bytes = random(run % 200)
      try {
        expect(encodeRowPackage(decodeRowPackage(bytes, 1, shareBytes))).to.deep.equal(bytes)
      } catch (error) {
        expect(isPalmError(error)).to.equal(true)
      }
    }
  })

  it('carry a probe behind a fresh salt', () => {
    const share = random(3 * ROW_BYTES)
    const bytes = encodeProbePackage(share, random)
    expect(decodeProbePackage(bytes, 3 * ROW_BYTES)).to.deep.equal(share)
    expect(encodeProbePackage(share, random)).not.to.deep.equal(bytes)
    for (const codes of [0, 2, 4]) expect(() => decodeProbePackage(bytes, codes * ROW_BYTES)).to.throw(PackageError)
    expect(() => decodeProbePackage(bytes.subarray(1), 3 * ROW_BYTES)).to.throw(PackageError)
  })
})

describe('commitments to shares', () => {
  const random = seededRandom('commitments')
  const salt = random(32)

  it('name member and package', () => {
    const [member, bytes] = [addressOf('operator 1'), random(100)]
    const leaf = packageLeaf(member, bytes)
    expect(leaf).to.deep.equal(encodeFields('palmhold/share-leaf/1', [fromHex(member), sha256(bytes)]))
    expect(packageLeaf(addressOf('operator 2'), bytes)).not.to.deep.equal(leaf)
    expect(packageLeaf(member, bytes.subarray(1))).not.to.deep.equal(leaf)
  })

  it('to a probe code depend on salt and code, and take both whole', () => {
    const code = randomCode(random)
    const leaf = probeCodeLeaf(code, salt)
    expect(leaf).to.deep.equal(sha256(encodeFields('palmhold/probe-leaf/1', [salt, code])))
    expect(probeCodeLeaf(code, random(32))).not.to.deep.equal(leaf)
    expect(probeCodeLeaf(randomCode(random), salt)).not.to.deep.equal(leaf)
    expect(() => probeCodeLeaf(code, new Uint8Array(31))).to.throw(PackageError)
  })
})
