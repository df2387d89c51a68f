export {
  CascadeInputError,
  type CascadeOptions,
  type CascadePass,
  type CascadeResult,
  type CascadeState,
  type CascadeStep,
  createCascade,
  FIRST_CHUNK_ROWS,
  stepCascade,
  supplyCascade,
  type WantedRows,
} from './cascade.ts'
export {
  CHUNK_ROWS,
  ComparisonAbortError,
  ComparisonInputError,
  type ComparisonOptions,
  type ComparisonResult,
  type ComparisonState,
  type ComparisonStep,
  comparisonRounds,
  createComparison,
  ScorePrivacyError,
  step,
  supplyScores,
} from './comparison.ts'
export {
  decodeMessage,
  encodeMessage,
  encodeMessageHeader,
  MESSAGE_HEADER_BYTES,
  type Message,
  type Role,
} from './comparison-message.ts'
export {
  type CheckedValues,
  checkValues,
  DEAL_REFUSALS,
  DealingRefusedError,
  type DealRefusal,
  type DealVerdict,
  MasksSpentError,
  verifyDealing,
} from './deal-check.ts'
export {
  COIN_BYTES,
  CoinError,
  coinCommitment,
  coinSeed,
  commitmentsDigest,
  opensCommitment,
} from './deal-coin.ts'
export {
  checkBytes,
  type DealLayout,
  dealtBytes,
  ELEMENT_BYTES,
  GALLERY_ROW_BYTES,
  POOLED_SHARE_BYTES,
  PROBE_CHECKS,
  probeLayout,
  rowLayout,
} from './deal-layout.ts'
export { DealtLengthError, dealBits } from './dealing.ts'
export { BitmapLengthError, type Decision, type DecisionInput, decideWinner } from './decide-winner.ts'
export { discardBytes } from './discard-bytes.ts'
export { createKernel, dotProducts, type Kernel, type KernelJob, KernelRangeError } from './kernel.ts'
export { BigEndianError } from './little-endian.ts'
export { packProbe, packRow } from './pack-shares.ts'
export {
  type AesCtr,
  createPairwisePrf,
  MaskReuseError,
  PairKeyError,
  type PairwisePrfOptions,
  type Prf,
} from './pairwise-prf.ts'
export { type PlaintextCascade, type PlaintextQuery, plaintextEngine } from './plaintext-engine.ts'
export { type RepairPlan, repairTerm, sumRepairTerms } from './row-repair.ts'
export { deriveSid, SessionError, type SessionFields, SID_BYTES } from './session-id.ts'
export {
  assertSharingParams,
  InconsistentSharesError,
  prepareProbe,
  RespondersError,
  ROW_SHARE_BYTES,
  type RowShare,
  reconstructRow,
  ShareLengthError,
  type SharingParams,
  SharingParamsError,
  shareProbe,
  shareRow,
} from './sharing.ts'
