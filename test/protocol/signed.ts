/** Signed messages for tests: keys by name, one deployment, and documents that verify until somebody bends them. */

import { keccak_256 } from '@noble/hashes/sha3.js'
import { type Hex, toHex, utf8 } from '@palmhold/base'
import {
  type AttestationDocument,
  addressOfKey,
  attestationHash,
  FACTOR,
  LANE,
  type MatchAttestation,
  merchantIdOf,
  policyFor,
  policyHash,
  type QuorumEvidence,
  REQUEST_TYPE,
  type Request,
  requestHash,
  type Scan,
  scanHash,
  signDigest,
  type Trust,
  ZERO_HASH,
} from '@palmhold/protocol'

/** A document of the palm lane. */
export type QuorumDocument = AttestationDocument & { readonly evidence: QuorumEvidence }

export const NOW = 1_790_000_000
export const DOMAIN = { chainId: 31_337, verifyingContract: `0x${'5f'.repeat(20)}` as Hex }
export const MERCHANT_DID = 'did:ethr:0x7a69:0x1111111111111111111111111111111111111111'
export const MERCHANT_ID = merchantIdOf(MERCHANT_DID)
export const COMMITTEE_ID = hashOf('committee')

/** The 32-byte private key of a name. */
export function keyOf(name: string): Uint8Array {
  return keccak_256(utf8(`palmhold test key: ${name}`))
}

export function addressOf(name: string): Hex {
  return addressOfKey(keyOf(name))
}

export function hashOf(name: string): Hex {
  return toHex(keccak_256(utf8(name)))
}

/** The keys of a committee's `count` operators, ascending by address: the order of their share numbers. */
export function operatorKeys(count = 3): Uint8Array[] {
  return Array.from({ length: count }, (_, i) => keyOf(`operator ${i + 1}`)).sort((a, b) =>
    addressOfKey(a) < addressOfKey(b) ? -1 : 1,
  )
}

export const OPERATORS = operatorKeys().map(addressOfKey)

export function makeRequest(changes: Partial<Request> = {}): Request {
  return {
    requestType: REQUEST_TYPE.payment,
    merchantId: MERCHANT_ID,
    terminal: addressOf('terminal'),
    payee: addressOf('payee'),
    token: addressOf('token'),
    amountMinor: 1250,
    lane: LANE.palm,
    factors: FACTOR.palm,
    policyHash: policyHash(policyFor(40)),
    committeeId: COMMITTEE_ID,
    committeeEpoch: 1,
    orderHash: hashOf('order'),
    nonce: hashOf('nonce'),
    issuedAt: NOW,
    expiry: NOW + 120,
    ...changes,
  }
}

export function makeScan(request: Request, changes: Partial<Scan> = {}): Scan {
  return {
    requestHash: requestHash(DOMAIN, request),
    probeRoot: hashOf('probe'),
    leafCount: 25,
    probeSharesRoot: hashOf('probe shares'),
    capturedAt: NOW + 5,
    ...changes,
  }
}

export function makeAttestation(
  request: Request,
  scan: Scan,
  changes: Partial<MatchAttestation> = {},
): MatchAttestation {
  return {
    version: 1,
    lane: request.lane,
    merchantId: request.merchantId,
    terminal: request.terminal,
    requestHash: requestHash(DOMAIN, request),
    scanHash: scanHash(DOMAIN, scan),
    pseudonym: hashOf('pseudonym'),
    factors: request.factors,
    payer: addressOf('payer'),
    committeeId: request.committeeId,
    committeeEpoch: request.committeeEpoch,
    galleryRoot: hashOf('gallery'),
    expiry: request.expiry + 300,
    ...changes,
  }
}

/** The signatures of `keys` over `attestation`, ascending by signer. */
export function signaturesOf(attestation: MatchAttestation, keys: readonly Uint8Array[]) {
  const digest = attestationHash(DOMAIN, attestation)
  return keys
    .map((key) => ({ signer: addressOfKey(key), signature: signDigest(digest, key) }))
    .sort((a, b) => (a.signer < b.signer ? -1 : 1))
}

/** A document that verifies: everything in it is signed by whom it should be, over what it became after `changes`. */
export function makeDocument(
  changes: {
    request?: Partial<Request>
    scan?: Partial<Scan>
    attestation?: Partial<MatchAttestation>
    signers?: readonly Uint8Array[]
    terminalKey?: Uint8Array
  } = {},
): QuorumDocument {
  const terminalKey = changes.terminalKey ?? keyOf('terminal')
  const request = makeRequest(changes.request)
  const scan = makeScan(request, changes.scan)
  const attestation = makeAttestation(request, scan, changes.attestation)
  return {
    format: 'palmhold/attestation/1',
    ...DOMAIN,
    request,
    requestSignature: signDigest(requestHash(DOMAIN, request), terminalKey),
    scan,
    scanSignature: signDigest(scanHash(DOMAIN, scan), terminalKey),
    attestation,
    evidence: { kind: 'quorum', signatures: signaturesOf(attestation, changes.signers ?? operatorKeys().slice(0, 2)) },
  }
}

export function makeTrust(): Trust {
  return {
    format: 'palmhold/trust/2',
    chainId: DOMAIN.chainId,
    contracts: {
      token: addressOf('token'),
      didRegistry: addressOf('did registry'),
      operatorRegistry: addressOf('operator registry'),
      merchantRegistry: addressOf('merchant registry'),
      palmRegistry: addressOf('palm registry'),
      matchVerifier: DOMAIN.verifyingContract,
      palmPay: addressOf('palm pay'),
      anchors: addressOf('anchors'),
    },
    committees: [
      { committeeId: COMMITTEE_ID, epochs: [{ epoch: 1, threshold: 1, quorum: 2, operators: [...OPERATORS] }] },
    ],
    merchants: [{ merchantId: MERCHANT_ID, did: MERCHANT_DID, terminals: [addressOf('terminal')] }],
    credentialIssuers: ['did:ethr:0x7a69:0x2222222222222222222222222222222222222222'],
    roots: [{ committeeId: COMMITTEE_ID, epoch: 1, galleryRoot: ZERO_HASH }],
    verifyingKeys: null,
    enrolments: { minRootAgeS: 0, maxRootAgeS: 0, roots: [] },
  }
}
