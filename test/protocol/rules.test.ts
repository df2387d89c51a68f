import {
  type MatchAttestation,
  type Request,
  refuseAttestation,
  refuseRequest,
  refuseRequestShape,
  refuseScan,
  requestHash,
  type Scan,
  scanHash,
  ZERO_ADDRESS,
  ZERO_HASH,
} from '@palmhold/protocol'
import { expect } from 'chai'
import { addressOf, DOMAIN, hashOf, makeAttestation, makeRequest, makeScan, NOW } from './signed.ts'

const ACCESS: Partial<Request> = { requestType: 2, amountMinor: 0, payee: ZERO_ADDRESS, token: ZERO_ADDRESS }
const OK = undefined

describe('rules of a request', () => {
  const cases: [name: string, reason: string | undefined, changes: Partial<Request>][] = [
    ['a payment', OK, {}],
    ['an access check', OK, ACCESS],
    ['an age check', OK, { ...ACCESS, requestType: 3 }],
    ['two minutes', OK, { expiry: NOW + 120 }],
    ['one second', OK, { expiry: NOW + 1 }],
    ['no time', 'PALM_REQUEST_INVALID', { expiry: NOW }],
    ['negative time', 'PALM_REQUEST_INVALID', { expiry: NOW - 1 }],
    ['more than two minutes', 'PALM_REQUEST_INVALID', { expiry: NOW + 121 }],
    ['the phone lane', OK, { lane: 1, committeeId: ZERO_HASH, committeeEpoch: 0 }],
    ['the phone lane with a committee', 'PALM_REQUEST_INVALID', { lane: 1, committeeEpoch: 0 }],
    ['the phone lane with an epoch', 'PALM_REQUEST_INVALID', { lane: 1, committeeId: ZERO_HASH }],
    ['lane 0', 'PALM_LANE_UNKNOWN', { lane: 0 }],
    ['lane 3', 'PALM_LANE_UNKNOWN', { lane: 3 }],
    ['palm and PIN', OK, { factors: 5 }],
    ['no factor', 'PALM_REQUEST_INVALID', { factors: 0 }],
    ['a PIN without palm', 'PALM_REQUEST_INVALID', { factors: 4 }],
    ['type 0', 'PALM_REQUEST_INVALID', { requestType: 0 }],
    ['type 4', 'PALM_REQUEST_INVALID', { ...ACCESS, requestType: 4 }],
    ['a payment of nothing', 'PALM_REQUEST_INVALID', { amountMinor: 0 }],
    ['a payment to nobody', 'PALM_REQUEST_INVALID', { payee: ZERO_ADDRESS }],
    ['a payment in no token', 'PALM_REQUEST_INVALID', { token: ZERO_ADDRESS }],
    ['an access check with a sum', 'PALM_REQUEST_INVALID', { ...ACCESS, amountMinor: 1 }],
    ['an access check with a payee', 'PALM_REQUEST_INVALID', { ...ACCESS, payee: addressOf('payee') }],
    ['an age check with a token', 'PALM_REQUEST_INVALID', { ...ACCESS, requestType: 3, token: addressOf('token') }],
  ]
  for (const [name, reason, changes] of cases)
    it(`${name}: ${reason ?? 'taken'}`, () => {
      expect(refuseRequestShape(makeRequest(changes))).to.equal(reason)
      expect(refuseRequest(makeRequest(changes), NOW)).to.equal(reason)
    })

  for (const [name, reason, now] of [
    ['at once', OK, NOW],
    ['by a clock 30 s behind', OK, NOW - 30],
    ['by a clock 31 s behind', 'PALM_REQUEST_TOO_EARLY', NOW - 31],
    ['at its end', OK, NOW + 120],
    ['30 s after its end', OK, NOW + 150],
    ['31 s after its end', 'PALM_REQUEST_EXPIRED', NOW + 151],
  ] as const)
    it(`answered ${name}: ${reason ?? 'taken'}`, () => {
      expect(refuseRequest(makeRequest(), now)).to.equal(reason)
    })

  it('say what is wrong at any time before they say that it is late', () => {
    expect(refuseRequest(makeRequest({ lane: 7 }), NOW + 10_000)).to.equal('PALM_LANE_UNKNOWN')
  })
})

describe('rules of a scan', () => {
  const request = makeRequest()
  const cases: [name: string, reason: string | undefined, changes: Partial<Scan>][] = [
    ['a scan', OK, {}],
    ['of one code', OK, { leafCount: 1 }],
    ['of no code', 'PALM_SCAN_INVALID', { leafCount: 0 }],
    ['for another request', 'PALM_SCAN_ALTERED', { requestHash: hashOf('another') }],
    ['30 s before the request', OK, { capturedAt: NOW - 30 }],
    ['31 s before the request', 'PALM_SCAN_TIME', { capturedAt: NOW - 31 }],
    ['30 s after its end', OK, { capturedAt: NOW + 150 }],
    ['31 s after its end', 'PALM_SCAN_TIME', { capturedAt: NOW + 151 }],
  ]
  for (const [name, reason, changes] of cases)
    it(`${name}: ${reason ?? 'taken'}`, () => {
      expect(refuseScan(request, requestHash(DOMAIN, request), makeScan(request, changes))).to.equal(reason)
    })
})

describe('rules of an attestation', () => {
  const cases: [string, string | undefined, Partial<MatchAttestation>, Partial<Request>?][] = [
    ['an attestation', OK, {}],
    ['version 0', 'PALM_ATTESTATION_INVALID', { version: 0 }],
    ['version 2', 'PALM_ATTESTATION_INVALID', { version: 2 }],
    ['of another request', 'PALM_REQUEST_ALTERED', { requestHash: hashOf('another') }],
    ['of another scan', 'PALM_SCAN_ALTERED', { scanHash: hashOf('another') }],
    ['in another lane', 'PALM_ATTESTATION_MISMATCH', { lane: 1 }],
    ['for another merchant', 'PALM_ATTESTATION_MISMATCH', { merchantId: hashOf('another') }],
    ['for another terminal', 'PALM_ATTESTATION_MISMATCH', { terminal: addressOf('another') }],
    ['by another committee', 'PALM_ATTESTATION_MISMATCH', { committeeId: hashOf('another') }],
    ['of another epoch', 'PALM_ATTESTATION_MISMATCH', { committeeEpoch: 2 }],
    ['with fewer factors than asked for', 'PALM_ATTESTATION_MISMATCH', { factors: 1 }, { factors: 5 }],
    ['with more factors than asked for', OK, { factors: 7 }],
    ['that ends with its request', OK, { expiry: NOW + 120 }],
    ['that ends before its request', 'PALM_ATTESTATION_EXPIRY', { expiry: NOW + 119 }],
    ['ten minutes after its request', OK, { expiry: NOW + 720 }],
    ['more than ten minutes after its request', 'PALM_ATTESTATION_EXPIRY', { expiry: NOW + 721 }],
    ['of a payment without payer', 'PALM_PAYER_INVALID', { payer: ZERO_ADDRESS }],
    ['of an access check', OK, { payer: ZERO_ADDRESS }, ACCESS],
    ['of an access check with a payer', 'PALM_PAYER_INVALID', {}, ACCESS],
  ]
  for (const [name, reason, changes, requestChanges] of cases)
    it(`${name}: ${reason ?? 'taken'}`, () => {
      const request = makeRequest(requestChanges)
      const scan = makeScan(request)
      const attestation = makeAttestation(request, scan, changes)
      const hashes = [requestHash(DOMAIN, request), scanHash(DOMAIN, scan)] as const
      expect(refuseAttestation(request, ...hashes, attestation)).to.equal(reason)
    })
})
