import { sha256 } from '@noble/hashes/sha2.js'
import { concatBytes, encodeFields, fromHex, isPalmError } from '@palmhold/base'
import {
  decodeProbePackage,
  decodeRowPackage,
  encodeProbePackage,
  encodeRowPackage,
  HAND,
  handsOf,
  PackageError,
  packageLeaf,
  probeCodeLeaf,
  type RowPackage,
  templateCommitment,
} from '@palmhold/protocol'
import { expect } from 'chai'
import { randomCode, randomTemplate, seededRandom } from '../matching/in-memory.ts'
import { addressOf } from './signed.ts'

const ROW_BYTES = 48
const shareBytes = (hands: number) => hands * ROW_BYTES

describe('packages of shares', () => {
  const random = seededRandom('shares')
  const packageOf = (hands: number): RowPackage => ({
    salt: random(32),
    pseudonymKey: random(32),
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
      expect(bytes.length).to.equal(65 + rows * ROW_BYTES)
      expect(decodeRowPackage(bytes, shareBytes)).to.deep.equal(row)
    })

  it('list the left hand first, and no hand that is not there', () => {
    expect([0, 1, 2, 3].map(handsOf)).to.deep.equal([[], [1], [2], [1, 2]])
  })

  it('are refused at every other length, and with hands that nobody has', () => {
    const bytes = encodeRowPackage(packageOf(HAND.left))
    const withHands = (hands: number) => bytes.map((byte, i) => (i === 64 ? hands : byte))
    const bad = [
      ...[0, 1, 64, 65, bytes.length - 1].map((length) => bytes.subarray(0, length)),
      concatBytes(bytes, Uint8Array.of(0)),
      ...[0, 3, 4, 5, 255].map(withHands),
    ]
    for (const each of bad)
      expect(() => decodeRowPackage(each, shareBytes))
        .to.throw(PackageError)
        .with.property('code', 'PALM_SHARE_INVALID')
    // The mask alone says left or right; both have one row.
    expect(decodeRowPackage(withHands(HAND.right), shareBytes).hands).to.equal(HAND.right)
  })

  it('fuzzed 2,000 times are read or refused by name', () => {
    for (let run = 0; run < 2000; run++) {
      const bytes = random(run % 200)
      try {
        expect(encodeRowPackage(decodeRowPackage(bytes, shareBytes))).to.deep.equal(bytes)
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

  it('to templates tell one hand from two, and their order', () => {
    const [left, right] = [randomTemplate(random), randomTemplate(random)]
    const commitments = [[left], [right], [left, right], [right, left]].map((codes) =>
      Buffer.from(templateCommitment(codes, salt)).toString('hex'),
    )
    expect(new Set(commitments).size).to.equal(4)
    const other = { ...left, pooled: right.pooled }
    expect(templateCommitment([other], salt), 'pooled code').not.to.deep.equal(templateCommitment([left], salt))
    expect(templateCommitment([left], salt)).not.to.deep.equal(templateCommitment([left], random(32)))
    expect(() => templateCommitment([left], new Uint8Array(0))).to.throw(PackageError)
  })
})
