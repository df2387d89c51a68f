/** Answers of the phone lane on a test world: an enrolled payer, and proofs that hold under the world's verifiers. */

import { fromHex, type Hex } from '@palmhold/base'
import { enrolmentRootsOf, type LeafChange } from '@palmhold/chain'
import {
  type AttestationDocument,
  acceptanceHash,
  attestationHash,
  evidenceHash,
  FIELD_ORDER,
  fieldToHex,
  matchInputs,
  membershipInputs,
  merkleProof,
  merkleRoot,
  type Policy,
  type ProofEvidence,
  policyHash,
  signDigest,
  type Trust,
  ZERO_HASH,
} from '@palmhold/protocol'
import { hashVerifyingKey } from '@palmhold/zk'
import { type Contract, type EventLog, keccak256, toUtf8Bytes } from 'ethers'
import { encodeEvidence } from '../../packages/chain/src/encode-evidence.ts'
import {
  type Actor,
  type Bends,
  MATCH,
  MEMBERSHIP,
  MERCHANT_DID,
  MERCHANT_ID,
  PARAMETERS,
  PAYER,
  type Settlement,
  TERMINAL,
  type World,
} from './world.ts'

export const POLICY: Policy = { thresholdBits: 500, marginBits: 0, maxProbeCodes: 25, firstPassBits: 0 }
export const NO_PROOF: Hex = `0x${'00'.repeat(256)}`
const PROBE_CODES = 25
const PROBE_INDEX = 17
/** The code's commitment at each shift. */
export const PROBES: readonly Hex[] = Array.from({ length: PROBE_CODES }, (_, i) => field(`probe ${i}`))

/** A field element that follows from `label`. */
export function field(label: string): Hex {
  return fieldToHex(BigInt(keccak256(toUtf8Bytes(label))) % FIELD_ORDER)
}

/** What a test may bend of the evidence; the proofs follow unless they are bent too. */
export type ProofBends = Partial<Omit<ProofEvidence, 'kind' | 'acceptance'>> & {
  /** Prove for these inputs in place of the right ones. */
  readonly membershipFor?: readonly bigint[]
  readonly matchFor?: readonly bigint[]
}

export type PhoneSettlement = Settlement & { readonly proofs: ProofEvidence }

/** Enrols a commitment of `by` and returns the root once requests may rely on it. */
export async function enrolled(world: World, by: Actor = PAYER, label = 'enrolment'): Promise<Hex> {
  await world.as(world.palmRegistry, by).getFunction('enrol')(field(label), ZERO_HASH)
  const root: Hex = await world.palmRegistry.getFunction('currentRoot')()
  await world.pass(PARAMETERS.minRootAgeS)
  return root
}

/** A payment of 12.50 that a phone answered under `root`, bent as told. */
export async function phonePayment(
  world: World,
  root: Hex,
  bends: Bends = {},
  evidence: ProofBends = {},
): Promise<PhoneSettlement> {
  const settlement = await world.settlement(phoneBends(root, bends))
  return { ...settlement, ...evidenceFor(world, settlement, evidence) }
}

/** The same for an access request. */
export async function phoneAccess(
  world: World,
  root: Hex,
  bends: Bends = {},
  evidence: ProofBends = {},
): Promise<PhoneSettlement> {
  const settlement = await world.access(phoneBends(root, bends))
  return { ...settlement, ...evidenceFor(world, settlement, evidence) }
}

/** Proofs for an answer as it stands, and their encoding. */
export function evidenceFor(
  world: World,
  { attestation }: Pick<Settlement, 'attestation'>,
  { membershipFor, matchFor, ...bends }: ProofBends = {},
): { evidence: Hex; proofs: ProofEvidence } {
  const digest = attestationHash(world.domain, attestation)
  const shape = {
    policy: POLICY,
    link: field('link'),
    probeIndex: PROBE_INDEX,
    probe: PROBES[PROBE_INDEX]!,
    probePath: merkleProof(
      PROBES.map((probe) => fromHex(probe)),
      PROBE_INDEX,
    ),
    ...bends,
  }
  const membership = () => MEMBERSHIP.prove(membershipFor ?? membershipInputs(31337, attestation, shape.link))
  const match = () => MATCH.prove(matchFor ?? matchInputs(attestation, digest, shape))
  const proofs: ProofEvidence = {
    kind: 'proofs',
    ...shape,
    membershipProof: bends.membershipProof ?? membership(),
    matchProof: bends.matchProof ?? match(),
    acceptance: `0x${'00'.repeat(65)}`,
  }
  return { evidence: encodeEvidence(proofs), proofs }
}

function phoneBends(root: Hex, { request, scan, attestation, ...signers }: Bends): Bends {
  return {
    ...signers,
    request: { lane: 1, policyHash: policyHash(POLICY), committeeId: ZERO_HASH, committeeEpoch: 0, ...request },
    scan: { probeRoot: merkleRoot(PROBES.map((probe) => fromHex(probe))), probeSharesRoot: ZERO_HASH, ...scan },
    attestation: { galleryRoot: root, pseudonym: field('pseudonym'), factors: 9, ...attestation },
  }
}

/** What a reader of attestations trusts of `world` now, its enrolment roots from the registry's events. */
export async function trustOf(world: World): Promise<Trust> {
  const events = await world.palmRegistry.queryFilter('LeafChanged')
  const changes = events.map((event): LeafChange => {
    const { index, leaf, sequence, root, time, replaces } = (event as EventLog).args
    return {
      index: Number(index),
      leaf,
      sequence: Number(sequence),
      root,
      time: Number(time),
      replaces,
      blockNumber: event.blockNumber,
    }
  })
  const address = async (contract: Contract) => (await contract.getAddress()).toLowerCase() as Hex
  return {
    format: 'palmhold/trust/2',
    chainId: world.domain.chainId,
    contracts: {
      token: await address(world.token),
      didRegistry: `0x${'dd'.repeat(20)}`,
      operatorRegistry: await address(world.operatorRegistry),
      merchantRegistry: await address(world.merchantRegistry),
      palmRegistry: await address(world.palmRegistry),
      matchVerifier: world.domain.verifyingContract,
      palmPay: await address(world.palmPay),
      anchors: await address(world.anchors),
    },
    committees: [],
    merchants: [{ merchantId: MERCHANT_ID, did: MERCHANT_DID, terminals: [TERMINAL.address] }],
    credentialIssuers: [],
    roots: [],
    verifyingKeys: { membership: hashVerifyingKey(MEMBERSHIP.key), match: hashVerifyingKey(MATCH.key) },
    enrolments: {
      minRootAgeS: PARAMETERS.minRootAgeS,
      maxRootAgeS: PARAMETERS.maxRootAgeS,
      roots: enrolmentRootsOf(changes, PARAMETERS),
    },
  }
}

/** The answer as a document, with the terminal's word that it took these proofs. */
export function documentOf(world: World, settlement: PhoneSettlement): AttestationDocument {
  const { request, requestSignature, scan, scanSignature, attestation, proofs } = settlement
  const hashes = { attestationHash: attestationHash(world.domain, attestation), evidenceHash: evidenceHash(proofs) }
  const acceptance = signDigest(acceptanceHash(world.domain, hashes), TERMINAL.key)
  return {
    format: 'palmhold/attestation/1',
    ...world.domain,
    request,
    requestSignature,
    scan,
    scanSignature,
    attestation,
    evidence: { ...proofs, acceptance },
  }
}
