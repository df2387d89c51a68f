/** EIP-712 against ethers' TypedDataEncoder, an implementation that shares no line with ours. */

import type { Hex } from '@palmhold/base'
import {
  ATTESTATION_STRUCT,
  attestationHash,
  encodeType,
  FieldError,
  merchantIdOf,
  policyHash,
  REQUEST_STRUCT,
  receiptHash,
  requestHash,
  SCAN_STRUCT,
  type SigningDomain,
  type StructType,
  scanHash,
  sealingKeyHash,
  typedDataDigest,
} from '@palmhold/protocol'
import { expect } from 'chai'
import { AbiCoder, id, keccak256, TypedDataEncoder } from 'ethers'
import fc from 'fast-check'
import { DOMAIN, MERCHANT_DID, makeRequest, makeScan } from './signed.ts'

const RUNS = { numRuns: 40, seed: 712 }
const hexArbitrary = (bytes: number): fc.Arbitrary<Hex> =>
  fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((data) => `0x${Buffer.from(data).toString('hex')}` as Hex)

function arbitraryOf(type: string): fc.Arbitrary<unknown> {
  if (type === 'address') return hexArbitrary(20)
  if (type === 'bytes32') return hexArbitrary(32)
  return fc.maxSafeNat().map((value) => value % 2 ** Math.min(53, Number(type.slice(4))))
}

const domainArbitrary: fc.Arbitrary<SigningDomain> = fc.record({
  chainId: fc.integer({ min: 1 }),
  verifyingContract: hexArbitrary(20),
})

/** The structs, spelled as the contracts and the specification spell them. */
const RECEIPT =
  'uint32 index,bytes32 sharesRoot,bytes32 committeeId,uint32 committeeEpoch,address operator,bytes32 coinCommitment'
const NOTICE = 'address operator,bytes32 sealingKey,uint64 issuedAt'
const fieldsOf = (text: string) =>
  text.split(',').map((field) => ({ type: field.split(' ')[0]!, name: field.split(' ')[1]! }))

describe('typed data', () => {
  checkDigest('Request', REQUEST_STRUCT.fields, requestHash)
  checkDigest('Scan', SCAN_STRUCT.fields, scanHash)
  checkDigest('MatchAttestation', ATTESTATION_STRUCT.fields, attestationHash)
  checkDigest('EnrolmentReceipt', fieldsOf(RECEIPT), receiptHash)
  checkDigest('SealingKeyNotice', fieldsOf(NOTICE), sealingKeyHash)

  function checkDigest<T>(
    name: string,
    fields: readonly { name: string; type: string }[],
    ours: (domain: SigningDomain, value: T) => Hex,
  ): void {
    it(`${name} has the digest that ethers computes`, () => {
      const value = fc.record(Object.fromEntries(fields.map((field) => [field.name, arbitraryOf(field.type)])))
      fc.assert(
        fc.property(domainArbitrary, value, (domain, message) => {
          const full = { name: 'Palmhold', version: '1', ...domain }
          expect(ours(domain, message as T)).to.equal(
            TypedDataEncoder.hash(full, { [name]: fields.map((field) => ({ ...field })) }, message),
          )
        }),
        RUNS,
      )
    })
  }

  it('spells the types as the contracts do', () => {
    expect(encodeType(REQUEST_STRUCT)).to.equal(
      'Request(uint8 requestType,bytes32 merchantId,address terminal,address payee,address token,uint64 amountMinor,uint8 lane,uint8 factors,bytes32 policyHash,bytes32 committeeId,uint32 committeeEpoch,bytes32 orderHash,bytes32 nonce,uint64 issuedAt,uint64 expiry)',
    )
    expect(encodeType(SCAN_STRUCT)).to.equal(
      'Scan(bytes32 requestHash,bytes32 probeRoot,uint16 leafCount,bytes32 probeSharesRoot,uint64 capturedAt)',
    )
    expect(encodeType(ATTESTATION_STRUCT)).to.equal(
      'MatchAttestation(uint8 version,uint8 lane,bytes32 merchantId,address terminal,bytes32 requestHash,bytes32 scanHash,bytes32 pseudonym,uint8 factors,address payer,bytes32 committeeId,uint32 committeeEpoch,bytes32 galleryRoot,uint64 expiry)',
    )
  })

  it('hashes a policy as keccak256(abi.encode(typehash, and its four numbers))', () => {
    const typeHash = id('Policy(uint16 thresholdBits,uint16 marginBits,uint16 maxProbeCodes,uint16 firstPassBits)')
    const word = fc.integer({ min: 0, max: 65_535 })
    fc.assert(
      fc.property(word, word, word, word, (thresholdBits, marginBits, maxProbeCodes, firstPassBits) => {
        const encoded = AbiCoder.defaultAbiCoder().encode(
          ['bytes32', 'uint16', 'uint16', 'uint16', 'uint16'],
          [typeHash, thresholdBits, marginBits, maxProbeCodes, firstPassBits],
        )
        expect(policyHash({ thresholdBits, marginBits, maxProbeCodes, firstPassBits })).to.equal(keccak256(encoded))
      }),
      RUNS,
    )
  })

  it('names a merchant by keccak256 of its DID', () => {
    expect(merchantIdOf(MERCHANT_DID)).to.equal(id(MERCHANT_DID))
  })

  it('gives another digest for another chain, contract, or any other field', () => {
    const request = makeRequest()
    const digests = [
      requestHash(DOMAIN, request),
      requestHash({ ...DOMAIN, chainId: 1 }, request),
      requestHash({ ...DOMAIN, verifyingContract: `0x${'60'.repeat(20)}` }, request),
      ...REQUEST_STRUCT.fields.map(({ name }) =>
        requestHash(DOMAIN, { ...request, [name]: otherValue(request[name]) }),
      ),
    ]
    expect(new Set(digests).size).to.equal(digests.length)
  })

  it('separates structs of one shape by their names', () => {
    const renamed: StructType<ReturnType<typeof makeScan>> = { ...SCAN_STRUCT, name: 'Scam' }
    const scan = makeScan(makeRequest())
    expect(typedDataDigest(DOMAIN, renamed, scan)).not.to.equal(scanHash(DOMAIN, scan))
  })

  for (const [name, changes] of [
    ['a number too large for its type', { lane: 256 }],
    ['a negative number', { amountMinor: -1 }],
    ['a fraction', { amountMinor: 12.5 }],
    ['a number beyond what a double holds exactly', { amountMinor: 2 ** 53 }],
    ['a number as text', { amountMinor: '1250' as unknown as number }],
    ['an address in upper case', { terminal: makeRequest().terminal.toUpperCase().replace('0X', '0x') as Hex }],
    ['a hash that is too short', { nonce: '0x00' as Hex }],
    ['a field that is missing', { nonce: undefined as unknown as Hex }],
  ] as const)
    it(`refuses ${name}`, () => {
      expect(() => requestHash(DOMAIN, { ...makeRequest(), ...changes }))
        .to.throw(FieldError)
        .with.property('code', 'PALM_MESSAGE_INVALID')
    })
})

function otherValue(value: unknown): unknown {
  return typeof value === 'number' ? value ^ 1 : (value as string).replace(/.$/, (last) => (last === '0' ? '1' : '0'))
}
