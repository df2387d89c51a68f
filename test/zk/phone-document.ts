/** Attestation documents of the phone lane with real proofs, made once, and signed anew after whatever was bent in them. */

import { toBigEndian } from '@palmhold/base'
import {
  type AttestationDocument,
  acceptanceHash,
  attestationHash,
  commitProbeCode,
  contextOf,
  createSalt,
  evidenceHash,
  FACTOR,
  fieldToHex,
  LANE,
  type MatchAttestation,
  merkleProof,
  merkleRoot,
  type ProofEvidence,
  policyFor,
  policyHash,
  REQUEST_TYPE,
  type Request,
  requestHash,
  type Scan,
  scanHash,
  signDigest,
  type Trust,
  ZERO_ADDRESS,
  ZERO_HASH,
} from '@palmhold/protocol'
import { matchWitness, membershipWitness } from '@palmhold/zk'
import { DOMAIN, keyOf, makeAttestation, makeRequest, makeScan, makeTrust, NOW } from '../protocol/signed.ts'
import { codeAt, createPhonePerson, membershipOf, randomCode, seededRandom } from './phone-people.ts'
import { developmentVerifier, type Proven, prove } from './proofs.ts'

export type PhoneDocument = AttestationDocument & { readonly evidence: ProofEvidence }

export type PhoneParts = {
  readonly request: Request
  readonly scan: Scan
  readonly attestation: MatchAttestation
  readonly evidence: Omit<ProofEvidence, 'acceptance'>
}

export type PhoneCase = {
  readonly parts: PhoneParts
  readonly membership: Proven
  readonly match: Proven
  readonly root: bigint
}

const PROBE_INDEX = 12
/** Nobody has fewer rows than this policy is for. */
const POLICY = policyFor(40)

/** Makes both proofs of somebody's payment, or access where `isPayment` is false. */
export async function provePhoneCase(name: string, isPayment = true): Promise<PhoneCase> {
  const random = seededRandom(name)
  const person = createPhonePerson(random)
  const member = membershipOf(person, random)
  const codes = Array.from({ length: 25 }, (_, i) =>
    i === PROBE_INDEX ? codeAt(person.code, 300) : randomCode(random),
  )
  const salts = codes.map(() => createSalt(random))
  const leaves = codes.map((code, i) => toBigEndian(commitProbeCode(code, salts[i]!), 32))

  const noPayment = { requestType: REQUEST_TYPE.access, amountMinor: 0, payee: ZERO_ADDRESS, token: ZERO_ADDRESS }
  const request = makeRequest({
    lane: LANE.phone,
    committeeId: ZERO_HASH,
    committeeEpoch: 0,
    policyHash: policyHash(POLICY),
    ...(isPayment ? {} : noPayment),
  })
  const scan = makeScan(request, { probeRoot: merkleRoot(leaves), leafCount: 25, probeSharesRoot: ZERO_HASH })
  const input = membershipWitness(member)
  const attestation = makeAttestation(request, scan, {
    pseudonym: fieldToHex(input.publicInputs[4]!),
    payer: isPayment ? person.account : ZERO_ADDRESS,
    galleryRoot: fieldToHex(member.root),
    factors: FACTOR.palm | FACTOR.phone,
  })
  const match = matchWitness({
    template: { hand: 'left', code: person.code, salt: person.salt, other: person.templates.right },
    probe: { code: codes[PROBE_INDEX]!, salt: salts[PROBE_INDEX]! },
    account: person.account,
    linkSalt: member.linkSalt,
    context: contextOf(attestationHash(DOMAIN, attestation)),
    thresholdBits: POLICY.thresholdBits,
    isPayment,
  })
  const proven = { membership: await prove('membership', input.signals), match: await prove('match', match.signals) }
  const evidence = {
    kind: 'proofs' as const,
    policy: POLICY,
    link: fieldToHex(input.publicInputs[1]!),
    membershipProof: proven.membership.proof,
    probeIndex: PROBE_INDEX,
    probe: fieldToHex(match.publicInputs[1]!),
    probePath: merkleProof(leaves, PROBE_INDEX),
    matchProof: proven.match.proof,
  }
  return { parts: { request, scan, attestation, evidence }, ...proven, root: member.root }
}

/** The document of these parts, with every signature of the terminal. */
export function signPhoneDocument({ request, scan, attestation, evidence }: PhoneParts): PhoneDocument {
  const key = keyOf('terminal')
  const accepted = acceptanceHash(DOMAIN, {
    attestationHash: attestationHash(DOMAIN, attestation),
    evidenceHash: evidenceHash(evidence),
  })
  return {
    format: 'palmhold/attestation/1',
    ...DOMAIN,
    request,
    requestSignature: signDigest(requestHash(DOMAIN, request), key),
    scan,
    scanSignature: signDigest(scanHash(DOMAIN, scan), key),
    attestation,
    evidence: { ...evidence, acceptance: signDigest(accepted, key) },
  }
}

/** Trusts the development keys, and these roots, which are an hour old. */
export function makePhoneTrust(...roots: readonly bigint[]): Trust {
  return {
    ...makeTrust(),
    verifyingKeys: {
      membership: developmentVerifier.keyHash('membership'),
      match: developmentVerifier.keyHash('match'),
    },
    enrolments: {
      minRootAgeS: 60,
      maxRootAgeS: 600,
      roots: roots.map((root) => ({
        root: fieldToHex(root),
        createdAt: NOW - 3600,
        supersededAt: null,
        refusedFrom: null,
      })),
    },
  }
}

let shared: Promise<SharedCases> | undefined
export type SharedCases = Readonly<Record<'ada' | 'ben' | 'access', PhoneCase>>

/** Two people's payments, and an access of the second one: six proofs, made once for all tests of a run. */
export function sharedCases(): Promise<SharedCases> {
  shared ??= (async () => ({
    ada: await provePhoneCase('ada'),
    ben: await provePhoneCase('ben'),
    access: await provePhoneCase('ben', false),
  }))()
  return shared
}
