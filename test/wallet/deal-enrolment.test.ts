/** Dealing: packages that prove themselves, of which t say nothing and t + 1 give the template back. */

import { toHex } from '@palmhold/base'
import {
  dealtBytes,
  ELEMENT_BYTES,
  GALLERY_ROW_BYTES,
  InconsistentSharesError,
  packRow,
  ROW_SHARE_BYTES,
  reconstructRow,
  rowLayout,
} from '@palmhold/matching'
import type { PalmCode } from '@palmhold/palm'
import { decodeRowPackage, HAND, isInMerkleTree, packageLeaf, templateCommitment } from '@palmhold/protocol'
import { dealEnrolment, NoTemplateError, type Templates } from '@palmhold/wallet'
import { expect } from 'chai'
import { randomTemplate, seededRandom } from '../matching/in-memory.ts'
import { addressOf } from '../protocol/signed.ts'

/** Shares of one hand's bits: four coefficients of 16 bits for each bit. */
const HAND_BYTES = (ELEMENT_BYTES * GALLERY_ROW_BYTES) / 2
const shareBytes = (hands: number) => dealtBytes(rowLayout(hands))

const committeeOf = (n: number, threshold: number) => ({
  members: Array.from({ length: n }, (_, i) => addressOf(`operator ${i + 1}`)),
  threshold,
})

describe('dealing an enrolment', () => {
  const random = seededRandom('dealing')
  const left = randomTemplate(random)
  const right = randomTemplate(random)
  const three = committeeOf(3, 1)

  /** The shares of one hand's palm code as the members hold them, or of its pooled code behind it. */
  function sharesOf(packages: readonly { bytes: Uint8Array }[], hand: number, isPooled = false) {
    return packages.map(({ bytes }, i) => {
      const { share } = decodeRowPackage(bytes, shareBytes)
      const bits = share.subarray(hand * HAND_BYTES, (hand + 1) * HAND_BYTES)
      const row = packRow(bits)
      return { id: i + 1, share: isPooled ? row.subarray(ROW_SHARE_BYTES) : row.subarray(0, ROW_SHARE_BYTES) }
    })
  }

  for (const [name, templates, hands] of [
    ['the left hand', { left }, HAND.left],
    ['the right hand', { right }, HAND.right],
    ['both hands', { left, right }, HAND.left | HAND.right],
  ] as [string, Templates, number][])
    it(`of ${name}: a package for each member that proves into the root`, () => {
      const dealt = dealEnrolment(templates, three, random)
      expect(dealt.hands).to.equal(hands)
      expect(dealt.packages.map(({ member }) => member)).to.deep.equal(three.members)
      for (const [i, { member, bytes, proof }] of dealt.packages.entries()) {
        const row = decodeRowPackage(bytes, shareBytes)
        expect(row.hands).to.equal(hands)
        expect(row.share.length).to.equal(dealtBytes(rowLayout(Object.keys(templates).length)))
        expect(isInMerkleTree(dealt.sharesRoot, 3, i, packageLeaf(member, bytes), proof)).to.equal(true)
        const other = dealt.packages[(i + 1) % 3]!
        expect(isInMerkleTree(dealt.sharesRoot, 3, i, packageLeaf(other.member, bytes), proof)).to.equal(false)
        expect(isInMerkleTree(dealt.sharesRoot, 3, i, packageLeaf(member, other.bytes), proof)).to.equal(false)
      }
    })

  it('puts the left hand first, whatever the order it was given in', () => {
    const dealt = dealEnrolment({ right, left }, three, random)
    expect(reconstructRow(sharesOf(dealt.packages, 0).slice(0, 2))).to.deep.equal(left.code)
    expect(reconstructRow(sharesOf(dealt.packages, 1).slice(0, 2))).to.deep.equal(right.code)
  })

  for (const [n, t] of [
    [3, 1],
    [5, 2],
    [7, 3],
  ] as const)
    it(`to ${n} with t = ${t}: any t + 1 give the template exactly, and t give none`, () => {
      const { packages } = dealEnrolment({ left }, committeeOf(n, t), random)
      const shares = sharesOf(packages, 0)
      for (let first = 0; first < n; first++) {
        const chosen = Array.from({ length: t + 1 }, (_, k) => shares[(first + k) % n]!)
        expect(reconstructRow(chosen)).to.deep.equal(left.code)
        expect(() => reconstructRow(chosen.slice(0, t))).to.throw(InconsistentSharesError)
      }
    })

  it('gives t members shares that fit every template: any other could be behind them', () => {
    // For t = 1: whatever the second template, some dealing gives member 1 this very share.
    const share = sharesOf(dealEnrolment({ left }, three, seededRandom('one share')).packages, 0)[0]!.share
    const other = sharesOf(dealEnrolment({ left: right }, three, seededRandom('one share')).packages, 0)[0]!.share
    expect(share.length).to.equal(other.length)
    // With the same coefficients the shares differ by twice the templates' bits alone: the mask is the same for both.
    const difference = words(share).map((word, k) => (word - words(other)[k]!) & 0xffff)
    const wanted = words(signs(left.code)).map((word, k) => (word - words(signs(right.code))[k]!) & 0xffff)
    expect(difference).to.deep.equal(wanted)
  })

  it('is fresh every time: no share, salt, key, root or commitment comes twice', () => {
    const dealings = Array.from({ length: 4 }, () => dealEnrolment({ left }, three, random))
    const seen = dealings.flatMap(({ packages, commitment, sharesRoot }) => [
      commitment,
      sharesRoot,
      toHex(decodeRowPackage(packages[0]!.bytes, shareBytes).pseudonymKey),
      ...packages.flatMap(({ bytes }) => {
        const row = decodeRowPackage(bytes, shareBytes)
        return [toHex(row.salt), toHex(row.share)]
      }),
    ])
    expect(new Set(seen).size).to.equal(seen.length)
  })

  it('gives every member the same pseudonym key and a salt of its own', () => {
    const rows = dealEnrolment({ left, right }, three, random).packages.map(({ bytes }) =>
      decodeRowPackage(bytes, shareBytes),
    )
    expect(new Set(rows.map(({ pseudonymKey }) => toHex(pseudonymKey))).size).to.equal(1)
    expect(new Set(rows.map(({ salt }) => toHex(salt))).size).to.equal(3)
  })

  it('comes from the generator it is given alone, and commits to the templates under a salt from it', () => {
    const drawn: Uint8Array[] = []
    const source = seededRandom('again')
    const first = dealEnrolment({ left, right }, three, (length) => {
      const bytes = source(length)
      drawn.push(Uint8Array.from(bytes))
      return bytes
    })
    expect(dealEnrolment({ left, right }, three, seededRandom('again'))).to.deep.equal(first)
    const commitments = drawn
      .filter(({ length }) => length === 32)
      .map((salt) => toHex(templateCommitment([left, right], salt)))
    expect(commitments).to.include(first.commitment)
  })

  it('leaves the templates as they were', () => {
    const copy = structuredClone({ ...left })
    dealEnrolment({ left }, three, random)
    expect({ ...left }).to.deep.equal(copy)
  })

  it('is refused without a palm, and to a committee that cannot share', () => {
    expect(() => dealEnrolment({}, three, random))
      .to.throw(NoTemplateError)
      .with.property('code', 'PALM_NO_TEMPLATE')
    for (const [n, t] of [
      [2, 1],
      [4, 2],
      [3, 0],
      [16, 1],
    ] as const)
      expect(() => dealEnrolment({ left }, committeeOf(n, t), random))
        .to.throw()
        .with.property('code', 'PALM_SHARING_PARAMS')
  })
})

/** Little-endian 16-bit words. */
function words(bytes: Uint8Array): number[] {
  return Array.from({ length: bytes.length / 2 }, (_, k) => bytes[2 * k]! | (bytes[2 * k + 1]! << 8))
}

/** A code as the vector that is shared: +1 for a 0 and -1 for a 1, as 16-bit words. */
function signs(code: PalmCode): Uint8Array {
  const vector = new Uint8Array(2 * 8 * code.length)
  for (let bit = 0; bit < 8 * code.length; bit++) {
    const isSet = (code[bit >> 3]! >> (bit & 7)) & 1
    vector.set(isSet ? [0xff, 0xff] : [1, 0], 2 * bit)
  }
  return vector
}
