export {
  CHUNK_ROWS,
  ComparisonAbortError,
  ComparisonInputError,
  type ComparisonOptions,
  type ComparisonResult,
  type ComparisonState,
  type ComparisonStep,
  createComparison,
  ScorePrivacyError,
  step,
} from './comparison.ts'
export { decodeMessage, encodeMessage, MESSAGE_HEADER_BYTES, type Message, type Role } from './comparison-message.ts'
export { BitmapLengthError, type Decision, type DecisionInput, decideWinner } from './decide-winner.ts'
export { createKernel, dotProducts, type Kernel, type KernelJob, KernelRangeError } from './kernel.ts'
export { BigEndianError } from './little-endian.ts'
export {
  type AesCtr,
  createPairwisePrf,
  MaskReuseError,
  PairKeyError,
  type PairwisePrfOptions,
  type Prf,
} from './pairwise-prf.ts'
export { type PlaintextQuery, plaintextEngine } from './plaintext-engine.ts'
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
