/**
 * Evidence as MatchVerifier takes it: the signatures of a quorum one after the other, or the proofs of the phone lane as
 * one ABI-encoded tuple (`PhoneEvidence` of IMatchVerifier.sol).
 */

import type { Hex } from '@palmhold/base'
import type { AttestationDocument, ProofEvidence } from '@palmhold/protocol'
import { AbiCoder } from 'ethers'

const PHONE_EVIDENCE =
  'tuple(tuple(uint16 thresholdBits,uint16 marginBits,uint16 maxProbeCodes,uint16 firstPassBits) policy,uint256 link,uint256[8] membershipProof,uint16 probeIndex,uint256 probe,bytes32[] probePath,uint256[8] matchProof)'
const PROOF_WORDS = 8

const NO_PROOF: Hex = `0x${'00'.repeat(32 * PROOF_WORDS)}`

/** The bytes of `evidence` on chain; a proof of membership that is registered there may be left out. */
export function encodeEvidence(
  evidence: AttestationDocument['evidence'],
  { isRegistered = false }: { readonly isRegistered?: boolean } = {},
): Hex {
  if (evidence.kind === 'proofs')
    return encodeProofEvidence(isRegistered ? { ...evidence, membershipProof: NO_PROOF } : evidence)
  return `0x${evidence.signatures.map(({ signature }) => signature.slice(2)).join('')}`
}

function encodeProofEvidence(evidence: ProofEvidence): Hex {
  const { policy, link, membershipProof, probeIndex, probe, probePath, matchProof } = evidence
  const value = {
    policy,
    link,
    membershipProof: proofWords(membershipProof),
    probeIndex,
    probe,
    probePath,
    matchProof: proofWords(matchProof),
  }
  return AbiCoder.defaultAbiCoder().encode([PHONE_EVIDENCE], [value]) as Hex
}

/** A proof of 256 bytes as the contracts take it: eight words. */
export function proofWords(proof: Hex): Hex[] {
  return Array.from({ length: PROOF_WORDS }, (_, i) => `0x${proof.slice(2 + 64 * i, 2 + 64 * (i + 1))}` as Hex)
}
