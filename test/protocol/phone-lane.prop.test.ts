import { errorCode } from '@palmhold/base'
import { CODE_BYTES, palmCode } from '@palmhold/palm'
import {
  decodePhoneProbe,
  encodeOffer,
  encodePhoneProbe,
  isInMerkleTree,
  isPairing,
  MOST_THRESHOLD_BITS,
  merkleProof,
  PHONE_POLICY,
  type PhoneProbe,
  parseOffer,
  policyFor,
  probeLeaves,
  probeRootOf,
  saltProbe,
} from '@palmhold/protocol'
import { expect } from 'chai'
import fc from 'fast-check'
import { seededRandom } from '../matching/in-memory.ts'
import { hashOf } from './signed.ts'

const code = fc.uint8Array({ minLength: CODE_BYTES, maxLength: CODE_BYTES }).map(palmCode)
const salt = fc.bigInt({ min: 0n, max: 2n ** 248n - 1n })
const probes: fc.Arbitrary<PhoneProbe> = fc
  .array(fc.tuple(code, salt), { minLength: 1, maxLength: 25 })
  .map((parts) => ({ codes: parts.map(([one]) => one), salts: parts.map(([, one]) => one) }))
const codeOf = (work: () => unknown) => {
  try {
    work()
    return 'taken'
  } catch (error) {
    return errorCode(error)
  }
}

describe('the probe of the phone lane', () => {
  it('says the same again after encoding, and has one encoding', () => {
    fc.assert(
      fc.property(probes, (probe) => {
        const bytes = encodePhoneProbe(probe)
        expect(decodePhoneProbe(bytes, 25)).to.deep.equal(probe)
        expect(codeOf(() => decodePhoneProbe(bytes, probe.codes.length - 1))).to.equal('PALM_SHARE_INVALID')
        expect(codeOf(() => decodePhoneProbe(bytes.subarray(0, -1), 25))).to.equal('PALM_ENCODING_INVALID')
      }),
      { numRuns: 50 },
    )
  })

  it('is not read without codes, or with another number of salts', () => {
    const one = saltProbe([palmCode(new Uint8Array(CODE_BYTES))], seededRandom('one'))
    for (const probe of [
      { codes: [], salts: [] },
      { ...one, salts: [] },
      { ...one, salts: [1n, 2n] },
    ])
      expect(codeOf(() => decodePhoneProbe(encodePhoneProbe(probe), 25))).to.equal('PALM_SHARE_INVALID')
  })

  it('has leaves that each stand under its root, and hide equal codes from each other', () => {
    const random = seededRandom('leaves')
    const probe = saltProbe(
      Array.from({ length: 5 }, () => palmCode(new Uint8Array(CODE_BYTES))),
      random,
    )
    const leaves = probeLeaves(probe)
    const root = probeRootOf(probe)
    for (const [i, leaf] of leaves.entries())
      expect(isInMerkleTree(root, leaves.length, i, leaf, merkleProof(leaves, i))).to.equal(true)
    expect(new Set(leaves.map(String)).size).to.equal(5)
  })
})

describe('the policy of the phone lane', () => {
  it('has the threshold of the smallest gallery, within what a proof may have, and nothing of a gallery', () => {
    const { thresholdBits, maxProbeCodes } = policyFor(1)
    expect(PHONE_POLICY).to.deep.equal({ thresholdBits, maxProbeCodes, marginBits: 0, firstPassBits: 0 })
    expect(PHONE_POLICY.thresholdBits).to.be.at.most(MOST_THRESHOLD_BITS)
  })
})

describe('an offer to pair', () => {
  const offer = { requestHash: hashOf('request'), pairing: hashOf('pairing') }

  for (const url of [
    'https://shop.example',
    'https://shop.example:8443',
    'http://127.0.0.1:8012',
    'http://localhost:5',
  ])
    it(`of ${url} is read as it was written`, () => {
      expect(parseOffer(encodeOffer({ ...offer, url }))).to.deep.equal({ ...offer, url })
    })

  const refusals: [name: string, text: string][] = [
    ['without encryption elsewhere', encodeOffer({ ...offer, url: 'http://shop.example' })],
    ['with a path', encodeOffer({ ...offer, url: 'https://shop.example/pay' })],
    ['with a slash at its end', encodeOffer({ ...offer, url: 'https://shop.example/' })],
    ['with a name in it', encodeOffer({ ...offer, url: 'https://me@shop.example' })],
    ['of a script', encodeOffer({ ...offer, url: 'javascript:alert(1)' })],
    ['of nothing', encodeOffer({ ...offer, url: '' })],
    ['with half a secret', encodeOffer({ ...offer, url: 'https://shop.example', pairing: '0x1234' })],
    ['in capitals', encodeOffer({ ...offer, url: 'https://shop.example' }).toUpperCase()],
    ['with something more', `${encodeOffer({ ...offer, url: 'https://shop.example' })}&x=1`],
    ['under another scheme', encodeOffer({ ...offer, url: 'https://shop.example' }).replace('web+palmhold', 'https')],
    ['of another version', encodeOffer({ ...offer, url: 'https://shop.example' }).replace('v=1', 'v=2')],
    ['twice', encodeOffer({ ...offer, url: 'https://shop.example' }).repeat(2)],
  ]
  for (const [name, text] of refusals)
    it(`${name} is none: PALM_OFFER_INVALID`, () => {
      expect(codeOf(() => parseOffer(text))).to.equal('PALM_OFFER_INVALID')
    })

  it('is of the pairing secret that it says, to the bit', () => {
    expect(isPairing(offer.pairing, offer.pairing)).to.equal(true)
    expect(isPairing(offer.pairing, hashOf('another'))).to.equal(false)
    expect(codeOf(() => isPairing(offer.pairing, '0x12'))).to.equal('PALM_HEX_INVALID')
  })
})
