/**
 * The phone lane for tests: a person with both hands enrolled in a small tree, a terminal that signs, and proofs made with a
 * known trapdoor. Those hold under the real verifier, and the witnesses behind them are held to the plain relation.
 */

import type { Hex } from '@palmhold/base'
import type { PalmCode } from '@palmhold/palm'
import {
  BASE_POINT,
  type Circuit,
  commitEnrolment,
  createIdentitySecret,
  createSalt,
  createSealingKeys,
  encodePhoneProbe,
  enrolmentLeaf,
  enrolmentNode,
  fieldFromHex,
  fieldToHex,
  multiplyPoint,
  PHONE_POLICY,
  PHONE_PROBE_PURPOSE,
  type PhoneRequest,
  type PhoneScan,
  pairingHash,
  policyHash,
  probeBinding,
  probeRootOf,
  type Request,
  requestHash,
  type Scan,
  type SealingKeys,
  saltProbe,
  scanHash,
  seal,
  signDigest,
  ZERO_HASH,
} from '@palmhold/protocol'
import type { EnrolmentHistory, LeafChange, Member } from '@palmhold/wallet/phone-lane'
import { createProofVerifier, type Prover, type WitnessInput } from '@palmhold/zk'
import { LeanIMT } from '@zk-kit/lean-imt'
import { commitmentsOf } from '../../../wallet/src/phone-lane/membership.ts'
import { seededRandom } from '../../matching/in-memory.ts'
import { probeOf, templateOf } from '../../node/in-memory-committee.ts'
import { addressOf, DOMAIN, hashOf, keyOf, MERCHANT_DID, makeRequest, makeScan, NOW } from '../../protocol/signed.ts'
import { simulatedKey } from '../../support/simulated-proofs.ts'

const INPUTS: Record<Circuit, readonly string[]> = {
  membership: ['root', 'link', 'scopeX', 'scopeY', 'pseudonym'],
  match: ['link', 'probe', 'context', 'threshold', 'payer'],
}
const KEYS = { membership: simulatedKey('membership'), match: simulatedKey('match') }

/** The real check of proofs, under keys whose trapdoor is known. */
export const proofs = createProofVerifier({ membership: KEYS.membership.key, match: KEYS.match.key })

/** A prover that needs no time and tells what it was asked for. */
export function createTestProver(): Prover & { readonly proved: Circuit[] } {
  const proved: Circuit[] = []
  return {
    proved,
    async prove(circuit: Circuit, input: WitnessInput) {
      proved.push(circuit)
      const publicInputs = INPUTS[circuit].map((name) => input[name] as bigint)
      const timings = { keysMs: 0, witnessMs: 0, proofMs: 0 }
      return { proof: KEYS[circuit].prove(publicInputs), publicInputs, timings }
    },
    prepare: async () => undefined,
    close: async () => undefined,
  }
}

/** Enrolled before everything here, and old enough for every request. */
const ENROLLED_AT = NOW - 1000
const PLACE = 2

/** Both hands of a person, who is number 2 of the tree. */
export function createMember(palm: string): Member {
  const random = seededRandom(`member ${palm}`)
  const salted = (hand: string) => ({ template: templateOf(hand), salt: createSalt(random) })
  return {
    identitySecret: createIdentitySecret(random),
    templates: { left: salted(`${palm}/left`), right: salted(`${palm}/right`) },
    account: addressOf(`account of ${palm}`),
    index: PLACE,
  }
}

export function leafOf(member: Member): bigint {
  const commitment = commitEnrolment(commitmentsOf(member), multiplyPoint(BASE_POINT, member.identitySecret))
  return enrolmentLeaf(fieldFromHex(commitment), member.account)
}

/** The tree's changes, a second apart from `since` on: strangers around `member`, whose leaf is number 2. */
export function createHistory(
  member: Member,
  options: { since?: number; minRootAgeS?: number; more?: readonly (readonly [index: number, leaf: bigint])[] } = {},
): EnrolmentHistory {
  const random = seededRandom('strangers')
  const stranger = () => createSalt(random)
  const steps: (readonly [number, bigint])[] = [
    [0, stranger()],
    [1, stranger()],
    [PLACE, leafOf(member)],
    [3, stranger()],
    ...(options.more ?? []),
  ]
  const tree = new LeanIMT(enrolmentNode)
  const since = options.since ?? ENROLLED_AT
  const changes: LeafChange[] = steps.map(([index, leaf]) => {
    if (index < tree.size) tree.update(index, leaf)
    else tree.insert(leaf)
    return { index, leaf: fieldToHex(leaf), root: fieldToHex(tree.root) }
  })
  const roots = changes.map(({ root }, i) => ({
    root,
    createdAt: since + i,
    supersededAt: i + 1 < changes.length ? since + i + 1 : null,
    refusedFrom: null,
  }))
  return { changes, roots, minRootAgeS: options.minRootAgeS ?? 60, maxRootAgeS: 3600 }
}

/** The key of the wallet that has paired. */
export const SEALING_KEY = hashOf('sealing key of the wallet')

/** A request of the phone lane by the test's terminal, as it comes to a wallet. */
export function askByPhone(
  changes: Partial<Request> = {},
  key: Uint8Array = keyOf('terminal'),
): PhoneRequest & { readonly requestHash: Hex } {
  const request = makeRequest({
    lane: 1,
    factors: 9,
    policyHash: policyHash(PHONE_POLICY),
    committeeId: ZERO_HASH,
    committeeEpoch: 0,
    ...changes,
  })
  const hash = requestHash(DOMAIN, request)
  return {
    requestHash: hash,
    request,
    requestSignature: signDigest(hash, key),
    pairingSignature: signDigest(
      pairingHash(DOMAIN, { requestHash: hash, sealingKey: SEALING_KEY }),
      keyOf('terminal'),
    ),
    policy: PHONE_POLICY,
    merchant: { did: MERCHANT_DID, credential: null },
  }
}

/** The keys of a wallet for one request. */
export function createWalletKeys(): Promise<SealingKeys> {
  return createSealingKeys(seededRandom('wallet keys'))
}

/** What the terminal of `asked` sends after it saw `codes`: signed and sealed, over what it became after `changes`. */
export async function scanByPhone(
  asked: PhoneRequest,
  sealingKey: Hex,
  codes: readonly PalmCode[],
  changes: { scan?: Partial<Scan>; key?: Uint8Array; bound?: Hex; shown?: readonly PalmCode[] } = {},
): Promise<PhoneScan> {
  const random = seededRandom('scan')
  const probe = saltProbe(codes, random)
  const scan = makeScan(asked.request, {
    probeRoot: probeRootOf(probe),
    leafCount: codes.length,
    probeSharesRoot: ZERO_HASH,
    ...changes.scan,
  })
  const hash = requestHash(DOMAIN, asked.request)
  const to = { publicKey: sealingKey, purpose: PHONE_PROBE_PURPOSE, bound: probeBinding(changes.bound ?? hash) }
  const shown = changes.shown ? { ...probe, codes: changes.shown } : probe
  return {
    state: 'scanned',
    scan,
    scanSignature: signDigest(scanHash(DOMAIN, scan), changes.key ?? keyOf('terminal')),
    sealed: Buffer.from(await seal(to, encodePhoneProbe(shown), random)).toString('base64'),
  }
}

/** The codes of a new picture of one hand of a person. */
export function codesOf(palm: string, hand: 'left' | 'right' = 'left', index = 1): readonly PalmCode[] {
  return probeOf(`${palm}/${hand}`, index).codes
}
