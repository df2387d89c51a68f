/**
 * What is signed: the terminal's Request before a scan, its Scan after it, the operators' MatchAttestation, and the
 * receipt that an operator gives for an enrolment. All are flat EIP-712 structs under the domain of one deployment;
 * the same definitions stand in contracts/interfaces, and a test holds the two against each other.
 *
 * Units: `amountMinor` in cents, times in seconds since 1970, thresholds in bits of 1,536.
 */

import { keccak_256 } from '@noble/hashes/sha3.js'
import { type Hex, toHex, utf8 } from '@palmhold/base'
import { hashStruct, type SigningDomain, type StructType, typedDataDigest } from './typed-data.ts'

export const PROTOCOL_VERSION = 1

export const REQUEST_TYPE = { payment: 1, access: 2, age: 3 } as const
export const LANE = { phone: 1, palm: 2 } as const
/** Bits of a factors mask. */
export const FACTOR = { palm: 1, secondPalm: 2, pin: 4, phone: 8 } as const

export const ZERO_ADDRESS: Hex = `0x${'00'.repeat(20)}`
export const ZERO_HASH: Hex = `0x${'00'.repeat(32)}`

/** A request lives at most this long. */
export const REQUEST_LIFETIME_S = 120
/** How far two honest clocks may be apart. */
export const CLOCK_SKEW_S = 30
/** An attestation may be settled this long after its request expired, at most. */
export const SETTLE_WITHIN_S = 600

/** What a merchant's terminal asks for, signed before the scan. */
export type Request = {
  readonly requestType: number
  /** keccak256 of the merchant's DID. */
  readonly merchantId: Hex
  readonly terminal: Hex
  /** Where a payment goes; zero for access and age. */
  readonly payee: Hex
  readonly token: Hex
  readonly amountMinor: number
  readonly lane: number
  readonly factors: number
  /** Fixes threshold, margin, the greatest number of probe codes and the first pass, see {@link policyHash}. */
  readonly policyHash: Hex
  /** The committee that matches; zero in the phone lane, and so is its epoch. */
  readonly committeeId: Hex
  readonly committeeEpoch: number
  readonly orderHash: Hex
  readonly nonce: Hex
  readonly issuedAt: number
  readonly expiry: number
}

/** What the terminal saw, signed after the scan; it commits to the probe and says nothing about it. */
export type Scan = {
  readonly requestHash: Hex
  /** Merkle root over salted commitments to the shifted codes. */
  readonly probeRoot: Hex
  readonly leafCount: number
  /** Merkle root over the probe shares of the committee's members, in member order; zero in the phone lane. */
  readonly probeSharesRoot: Hex
  readonly capturedAt: number
}

/** What a quorum of operators (or a proof) attests: this palm, for this request, and nothing more. */
export type MatchAttestation = {
  readonly version: number
  readonly lane: number
  readonly merchantId: Hex
  readonly terminal: Hex
  readonly requestHash: Hex
  readonly scanHash: Hex
  /** The person's name at this merchant alone. */
  readonly pseudonym: Hex
  readonly factors: number
  /** The PalmPay account of a payment; zero otherwise. */
  readonly payer: Hex
  readonly committeeId: Hex
  readonly committeeEpoch: number
  /** What the probe was compared with: the operators' gallery, or the enrolment root of the phone lane. */
  readonly galleryRoot: Hex
  readonly expiry: number
}

/**
 * How a match is decided: HD < thresholdBits, and no other row below thresholdBits + marginBits. With firstPassBits only
 * rows count whose pooled code is nearer than that many bits of 1,024; 0 means that all rows do.
 */
export type Policy = {
  readonly thresholdBits: number
  readonly marginBits: number
  readonly maxProbeCodes: number
  readonly firstPassBits: number
}

/** A terminal's word that it took these proofs, byte for byte, for this attestation. */
export type EvidenceAcceptance = { readonly attestationHash: Hex; readonly evidenceHash: Hex }

/** A terminal's word on the key of the wallet that has paired for a request. */
export type PhonePairing = { readonly requestHash: Hex; readonly sealingKey: Hex }

/** An operator's word that it holds its shares of one enrolment durably. */
export type EnrolmentReceipt = {
  readonly index: number
  readonly sharesRoot: Hex
  readonly committeeId: Hex
  readonly committeeEpoch: number
  readonly operator: Hex
  /** Binds the operator to its part of the coin under which the members check what was dealt. */
  readonly coinCommitment: Hex
}

/** An operator's word on the key to which shares for it are sealed. */
export type SealingKeyNotice = {
  readonly operator: Hex
  /** X25519 public key, 32 bytes. */
  readonly sealingKey: Hex
  readonly issuedAt: number
}

export const REQUEST_STRUCT: StructType<Request> = {
  name: 'Request',
  fields: [
    { name: 'requestType', type: 'uint8' },
    { name: 'merchantId', type: 'bytes32' },
    { name: 'terminal', type: 'address' },
    { name: 'payee', type: 'address' },
    { name: 'token', type: 'address' },
    { name: 'amountMinor', type: 'uint64' },
    { name: 'lane', type: 'uint8' },
    { name: 'factors', type: 'uint8' },
    { name: 'policyHash', type: 'bytes32' },
    { name: 'committeeId', type: 'bytes32' },
    { name: 'committeeEpoch', type: 'uint32' },
    { name: 'orderHash', type: 'bytes32' },
    { name: 'nonce', type: 'bytes32' },
    { name: 'issuedAt', type: 'uint64' },
    { name: 'expiry', type: 'uint64' },
  ],
}

export const SCAN_STRUCT: StructType<Scan> = {
  name: 'Scan',
  fields: [
    { name: 'requestHash', type: 'bytes32' },
    { name: 'probeRoot', type: 'bytes32' },
    { name: 'leafCount', type: 'uint16' },
    { name: 'probeSharesRoot', type: 'bytes32' },
    { name: 'capturedAt', type: 'uint64' },
  ],
}

export const ATTESTATION_STRUCT: StructType<MatchAttestation> = {
  name: 'MatchAttestation',
  fields: [
    { name: 'version', type: 'uint8' },
    { name: 'lane', type: 'uint8' },
    { name: 'merchantId', type: 'bytes32' },
    { name: 'terminal', type: 'address' },
    { name: 'requestHash', type: 'bytes32' },
    { name: 'scanHash', type: 'bytes32' },
    { name: 'pseudonym', type: 'bytes32' },
    { name: 'factors', type: 'uint8' },
    { name: 'payer', type: 'address' },
    { name: 'committeeId', type: 'bytes32' },
    { name: 'committeeEpoch', type: 'uint32' },
    { name: 'galleryRoot', type: 'bytes32' },
    { name: 'expiry', type: 'uint64' },
  ],
}

const POLICY_STRUCT: StructType<Policy> = {
  name: 'Policy',
  fields: [
    { name: 'thresholdBits', type: 'uint16' },
    { name: 'marginBits', type: 'uint16' },
    { name: 'maxProbeCodes', type: 'uint16' },
    { name: 'firstPassBits', type: 'uint16' },
  ],
}

const ACCEPTANCE_STRUCT: StructType<EvidenceAcceptance> = {
  name: 'EvidenceAcceptance',
  fields: [
    { name: 'attestationHash', type: 'bytes32' },
    { name: 'evidenceHash', type: 'bytes32' },
  ],
}

const PAIRING_STRUCT: StructType<PhonePairing> = {
  name: 'PhonePairing',
  fields: [
    { name: 'requestHash', type: 'bytes32' },
    { name: 'sealingKey', type: 'bytes32' },
  ],
}

const RECEIPT_STRUCT: StructType<EnrolmentReceipt> = {
  name: 'EnrolmentReceipt',
  fields: [
    { name: 'index', type: 'uint32' },
    { name: 'sharesRoot', type: 'bytes32' },
    { name: 'committeeId', type: 'bytes32' },
    { name: 'committeeEpoch', type: 'uint32' },
    { name: 'operator', type: 'address' },
    { name: 'coinCommitment', type: 'bytes32' },
  ],
}

const SEALING_KEY_STRUCT: StructType<SealingKeyNotice> = {
  name: 'SealingKeyNotice',
  fields: [
    { name: 'operator', type: 'address' },
    { name: 'sealingKey', type: 'bytes32' },
    { name: 'issuedAt', type: 'uint64' },
  ],
}

/** The digest a terminal signs before the scan: the request's name everywhere. */
export function requestHash(domain: SigningDomain, request: Request): Hex {
  return typedDataDigest(domain, REQUEST_STRUCT, request)
}

/** The digest a terminal signs after the scan. */
export function scanHash(domain: SigningDomain, scan: Scan): Hex {
  return typedDataDigest(domain, SCAN_STRUCT, scan)
}

/** The digest operators sign. */
export function attestationHash(domain: SigningDomain, attestation: MatchAttestation): Hex {
  return typedDataDigest(domain, ATTESTATION_STRUCT, attestation)
}

/** The digest a terminal signs for the proofs that it took. */
export function acceptanceHash(domain: SigningDomain, acceptance: EvidenceAcceptance): Hex {
  return typedDataDigest(domain, ACCEPTANCE_STRUCT, acceptance)
}

/** The digest a terminal signs for the key that a request's probe is sealed to. */
export function pairingHash(domain: SigningDomain, pairing: PhonePairing): Hex {
  return typedDataDigest(domain, PAIRING_STRUCT, pairing)
}

/** The digest an operator signs once an enrolment's shares are on its disk. */
export function receiptHash(domain: SigningDomain, receipt: EnrolmentReceipt): Hex {
  return typedDataDigest(domain, RECEIPT_STRUCT, receipt)
}

/** The digest an operator signs for the key that shares are sealed to. */
export function sealingKeyHash(domain: SigningDomain, notice: SealingKeyNotice): Hex {
  return typedDataDigest(domain, SEALING_KEY_STRUCT, notice)
}

/** `hashStruct(Policy)`: how a Request names its policy. */
export function policyHash(policy: Policy): Hex {
  return toHex(hashStruct(POLICY_STRUCT, policy))
}

/** keccak256 of a DID in UTF-8: how a merchant is named on chain. */
export function merchantIdOf(did: string): Hex {
  return toHex(keccak_256(utf8(did)))
}
