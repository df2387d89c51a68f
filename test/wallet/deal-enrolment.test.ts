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
import {
  BASE_POINT,
  commitEnrolment,
  commitTemplate,
  decodeRowPackage,
  fieldFromHex,
  HAND,
  isCommittedShare,
  isInMerkleTree,
  multiplyPoint,
  NO_TEMPLATE,
  packageLeaf,
  SUBGROUP_ORDER,
} from '@palmhold/protocol'
import { createEnrolmentSecrets, dealEnrolment, NoTemplateError, type Templates } from '@palmhold/wallet'
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
  const secrets = createEnrolmentSecrets({ left }, random)

  /** The shares of one hand's palm code as the members hold them, or of its pooled code behind it. */
  function sharesOf(packages: readonly { bytes: Uint8Array }[], hand: number, isPooled = false, threshold = 1) {
    return packages.map(({ bytes }, i) => {
      const { share } = decodeRowPackage(bytes, threshold, shareBytes)
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
      const dealt = dealEnrolment(createEnrolmentSecrets(templates, random), three, random)
      expect(dealt.hands).to.equal(hands)
      expect(dealt.packages.map(({ member }) => member)).to.deep.equal(three.members)
      for (const [i, { member, bytes, proof }] of dealt.packages.entries()) {
        const row = decodeRowPackage(bytes, 1, shareBytes)
        expect(row.hands).to.equal(hands)
        expect(row.share.length).to.equal(dealtBytes(rowLayout(Object.keys(templates).length)))
        expect(isInMerkleTree(dealt.sharesRoot, 3, i, packageLeaf(member, bytes), proof)).to.equal(true)
        const other = dealt.packages[(i + 1) % 3]!
        expect(isInMerkleTree(dealt.sharesRoot, 3, i, packageLeaf(other.member, bytes), proof)).to.equal(false)
        expect(isInMerkleTree(dealt.sharesRoot, 3, i, packageLeaf(member, other.bytes), proof)).to.equal(false)
      }
    })

  it('puts the left hand first, whatever the order it was given in', () => {
    const dealt = dealEnrolment(createEnrolmentSecrets({ right, left }, random), three, random)
    expect(reconstructRow(sharesOf(dealt.packages, 0).slice(0, 2))).to.deep.equal(left.code)
    expect(reconstructRow(sharesOf(dealt.packages, 1).slice(0, 2))).to.deep.equal(right.code)
  })

  for (const [n, t] of [
    [3, 1],
    [5, 2],
    [7, 3],
  ] as const)
    it(`to ${n} with t = ${t}: any t + 1 give the template exactly, and t give none`, () => {
      const { packages } = dealEnrolment(secrets, committeeOf(n, t), random)
      const shares = sharesOf(packages, 0, false, t)
      for (let first = 0; first < n; first++) {
        const chosen = Array.from({ length: t + 1 }, (_, k) => shares[(first + k) % n]!)
        expect(reconstructRow(chosen)).to.deep.equal(left.code)
        expect(() => reconstructRow(chosen.slice(0, t))).to.throw(InconsistentSharesError)
      }
    })

  it('gives t members shares that fit every template: any other could be behind them', () => {
    // For t = 1: whatever the second template, some dealing gives member 1 this very share.
    const share = sharesOf(dealEnrolment(secrets, three, seededRandom('one share')).packages, 0)[0]!.share
    const other = sharesOf(
      dealEnrolment(
        { ...secrets, templates: { left: { template: right, salt: 1n } } },
        three,
        seededRandom('one share'),
      ).packages,
      0,
    )[0]!.share
    expect(share.length).to.equal(other.length)
    // With the same coefficients the shares differ by twice the templates' bits alone: the mask is the same for both.
    const difference = words(share).map((word, k) => (word - words(other)[k]!) & 0xffff)
    const wanted = words(signs(left.code)).map((word, k) => (word - words(signs(right.code))[k]!) & 0xffff)
    expect(difference).to.deep.equal(wanted)
  })

  it('is fresh every time: no share, salt, root or commitment comes twice', () => {
    const dealings = Array.from({ length: 4 }, () =>
      dealEnrolment(createEnrolmentSecrets({ left }, random), three, random),
    )
    const seen = dealings.flatMap(({ packages, commitment, sharesRoot }) => [
      commitment,
      sharesRoot,
      ...packages.flatMap(({ bytes }) => {
        const row = decodeRowPackage(bytes, 1, shareBytes)
        return [toHex(row.salt), toHex(row.share), String(row.identity.share)]
      }),
    ])
    expect(new Set(seen).size).to.equal(seen.length)
  })

  it('gives every member its share of the secret, the same commitments, and a salt of its own', () => {
    const { packages, commitment } = dealEnrolment(secrets, three, random)
    const rows = packages.map(({ bytes }) => decodeRowPackage(bytes, 1, shareBytes))
    for (const [i, { identity, templates }] of rows.entries()) {
      expect(isCommittedShare(identity, i + 1)).to.equal(true)
      expect(isCommittedShare(identity, i + 2)).to.equal(false)
      expect(identity.commitments).to.deep.equal(rows[0]!.identity.commitments)
      expect(templates).to.deep.equal(rows[0]!.templates)
      expect(commitEnrolment(templates, identity.commitments[0]!)).to.equal(commitment)
    }
    expect(rows[0]!.identity.commitments[0]).to.deep.equal(multiplyPoint(BASE_POINT, secrets.identitySecret))
    expect(new Set(rows.map(({ salt }) => toHex(salt))).size).to.equal(3)
  })

  it('commits to what the phone lane opens: template and salt of each hand, none for one that is missing', () => {
    const both = createEnrolmentSecrets({ left, right }, random)
    const of = (palm: typeof left, salt: bigint) => commitTemplate(palm.code, salt)
    const identity = multiplyPoint(BASE_POINT, both.identitySecret)
    const { left: first, right: second } = both.templates
    const bothHands = { left: of(left, first!.salt), right: of(right, second!.salt) }
    const commitment = (templates: (typeof both)['templates']) =>
      dealEnrolment({ ...both, templates }, three, random).commitment
    expect(commitment(both.templates)).to.equal(commitEnrolment(bothHands, identity))
    expect(commitment({ left: first! })).to.equal(commitEnrolment({ ...bothHands, right: NO_TEMPLATE }, identity))
    expect(commitment({ right: second! })).to.equal(commitEnrolment({ ...bothHands, left: NO_TEMPLATE }, identity))
    expect(fieldFromHex(commitment(both.templates))).to.not.equal(0n)
  })

  it('comes from the generator it is given alone', () => {
    const dealtBy = (seed: string) => {
      const source = seededRandom(seed)
      return dealEnrolment(createEnrolmentSecrets({ left, right }, source), three, source)
    }
    expect(dealtBy('again')).to.deep.equal(dealtBy('again'))
    expect(dealtBy('once more').commitment).not.to.equal(dealtBy('again').commitment)
  })

  it('leaves the secrets as they were', () => {
    const copy = structuredClone(secrets)
    dealEnrolment(secrets, three, random)
    expect(secrets).to.deep.equal(copy)
  })

  it('is refused without a palm, and to a committee that cannot share', () => {
    for (const work of [
      () => createEnrolmentSecrets({}, random),
      () => dealEnrolment({ ...secrets, templates: {} }, three, random),
    ])
      expect(work).to.throw(NoTemplateError).with.property('code', 'PALM_NO_TEMPLATE')
    for (const identitySecret of [0n, SUBGROUP_ORDER])
      expect(() => dealEnrolment({ ...secrets, identitySecret }, three, random))
        .to.throw()
        .with.property('code', 'PALM_POINT_INVALID')
    for (const [n, t] of [
      [2, 1],
      [4, 2],
      [3, 0],
      [16, 1],
    ] as const)
      expect(() => dealEnrolment(secrets, committeeOf(n, t), random))
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
