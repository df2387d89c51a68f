export type { CircuitInput } from './circuit-input.ts'
export { DEVELOPMENT_KEY_HASHES } from './generated/development-keys.ts'
export { type Hand, type MatchData, MatchRefusedError, matchWitness } from './match-witness.ts'
export {
  type EnrolmentPath,
  EnrolmentPathError,
  enrolmentRootAbove,
  type MembershipData,
  MOST_DEPTH,
  membershipWitness,
} from './membership-witness.ts'
export { SCALAR_ORDER } from './pairing-points.ts'
export { decodeProof, encodeProof, encodeSnarkjsProof, ProofError, type ProofWords } from './proof-bytes.ts'
export { createProofVerifier } from './proof-verifier.ts'
export type { Proven, ProveOptions, Prover, ProvingProgress, ProvingTimings, WitnessInput } from './prover.ts'
export {
  hashVerifyingKey,
  PUBLIC_INPUTS,
  parseVerifyingKey,
  type VerifyingKey,
  VerifyingKeyError,
} from './verifying-key.ts'
