/**
 * The wallet's answer to a scan: it opens the probe, sees that it is what the terminal signed, finds the own hand that is
 * nearest, and proves that it is near enough, for this one attestation. The codes are overwritten whatever comes of it.
 */

import { PalmError, type PalmErrorCode } from '@palmhold/base'
import { nearestShift } from '@palmhold/palm'
import {
  attestationHash,
  contextOf,
  decodePhoneProbe,
  FACTOR,
  fieldToHex,
  isSignedBy,
  LANE,
  type MatchAttestation,
  merkleProof,
  merkleRoot,
  PHONE_PROBE_PURPOSE,
  type PhoneAnswer,
  type PhoneProbe,
  type PhoneScan,
  PROTOCOL_VERSION,
  probeBinding,
  probeLeaves,
  REQUEST_TYPE,
  refuseScan,
  SETTLE_WITHIN_S,
  type SealingKeys,
  type SigningDomain,
  scanHash,
  unseal,
  ZERO_ADDRESS,
  ZERO_HASH,
} from '@palmhold/protocol'
import { matchWitness, type ProveOptions, type Prover } from '@palmhold/zk'
import { fromBase64 } from '../base64.ts'
import { commitmentsOf, type Member, type Membership } from './membership.ts'
import type { ReviewedRequest } from './review-request.ts'

const HANDS = ['left', 'right'] as const

/**
 * Answers `scanned` under `membership`.
 * @throws {ScanRefusedError} it does not belong to the request, or is not what the terminal signed
 * @throws {NotRecognisedError} no hand of the wallet is near enough @throws {SealError} @throws {PalmError} of the prover
 */
export async function answerScan(options: {
  reviewed: ReviewedRequest
  scanned: PhoneScan
  /** To which the probe was sealed. */
  sealing: SealingKeys
  member: Member
  membership: Membership
  domain: SigningDomain
  prover: Prover
  proving?: ProveOptions | undefined
}): Promise<PhoneAnswer> {
  const { reviewed, scanned, member, membership, domain } = options
  const { request, requestHash, policy } = reviewed
  const { scan } = scanned
  const hash = scanHash(domain, scan)
  if (!isSignedBy(request.terminal, hash, scanned.scanSignature)) throw new ScanRefusedError('PALM_SCAN_SIGNATURE')
  const reason = refuseScan(request, requestHash, scan)
  if (reason) throw new ScanRefusedError(reason)

  const keys = { secretKey: options.sealing.secretKey, purpose: PHONE_PROBE_PURPOSE, bound: probeBinding(requestHash) }
  const opened = await unseal(keys, fromBase64(scanned.sealed))
  let probe: PhoneProbe | undefined
  try {
    probe = decodePhoneProbe(opened, policy.maxProbeCodes)
    const leaves = probeLeaves(probe)
    // Every leaf is opened: a terminal that signs something else than it shows gets no answer.
    if (leaves.length !== scan.leafCount || merkleRoot(leaves) !== scan.probeRoot)
      throw new ScanRefusedError('PALM_PROBE_UNSIGNED')
    const near = nearestHand(member, probe, policy.thresholdBits)
    const isPayment = request.requestType === REQUEST_TYPE.payment
    const attestation: MatchAttestation = {
      version: PROTOCOL_VERSION,
      lane: LANE.phone,
      merchantId: request.merchantId,
      terminal: request.terminal,
      requestHash,
      scanHash: hash,
      pseudonym: membership.pseudonym,
      factors: FACTOR.palm | FACTOR.phone,
      payer: isPayment ? member.account : ZERO_ADDRESS,
      committeeId: ZERO_HASH,
      committeeEpoch: 0,
      galleryRoot: membership.root,
      expiry: request.expiry + SETTLE_WITHIN_S,
    }
    const { hand, at } = near
    const { template, salt } = member.templates[hand]!
    const witness = matchWitness({
      template: { hand, code: template.code, salt, other: commitmentsOf(member)[hand === 'left' ? 'right' : 'left'] },
      probe: { code: probe.codes[at]!, salt: probe.salts[at]! },
      account: member.account,
      linkSalt: membership.linkSalt,
      context: contextOf(attestationHash(domain, attestation)),
      thresholdBits: policy.thresholdBits,
      isPayment,
    })
    const { proof } = await options.prover.prove('match', witness.signals, options.proving)
    return {
      attestation,
      evidence: {
        kind: 'proofs',
        policy,
        link: membership.link,
        membershipProof: membership.proof,
        probeIndex: at,
        probe: fieldToHex(witness.publicInputs[1]!),
        probePath: merkleProof(leaves, at),
        matchProof: proof,
      },
    }
  } finally {
    opened.fill(0)
    for (const code of probe?.codes ?? []) code.fill(0)
  }
}

/** Which hand is nearest to which code of `probe`. @throws {NotRecognisedError} none is below the threshold */
function nearestHand({ templates }: Member, { codes }: PhoneProbe, thresholdBits: number) {
  const hands = HANDS.flatMap((hand) => {
    const enrolled = templates[hand]
    return enrolled ? [{ hand, ...nearestShift(enrolled.template.code, codes) }] : []
  })
  const [best] = hands.sort((a, b) => a.distanceBits - b.distanceBits)
  if (!best || best.distanceBits >= thresholdBits) throw new NotRecognisedError()
  return { hand: best.hand, at: best.shift }
}

/** The palm at the terminal is not of this wallet. */
export class NotRecognisedError extends PalmError {
  constructor() {
    super('PALM_NOT_RECOGNISED', 'the palm at the terminal is not near enough to one of this wallet', {
      hints: ['Hold the palm again, or pay by other means.'],
    })
  }
}

/** A scan that a wallet does not answer. */
export class ScanRefusedError extends PalmError {
  constructor(code: PalmErrorCode) {
    super(code, 'the wallet does not answer this scan', {
      hints: ['Nothing was sent. The terminal signs what it shows, or is to be avoided.'],
    })
  }
}
