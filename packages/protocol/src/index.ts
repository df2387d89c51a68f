export {
  type AttestationDocument,
  type AttestationRefusal,
  parseAttestation,
  type RefusedAttestation,
  readAttestation,
  type VerifiedAttestation,
  verifyAttestation,
} from './attestation.ts'
export { type GalleryEntry, galleryRoot } from './gallery-root.ts'
export { EmptyTreeError, isInMerkleTree, merkleProof, merkleRoot } from './merkle-tree.ts'
export {
  ATTESTATION_STRUCT,
  attestationHash,
  CLOCK_SKEW_S,
  type EnrolmentReceipt,
  FACTOR,
  LANE,
  type MatchAttestation,
  merchantIdOf,
  type Policy,
  PROTOCOL_VERSION,
  policyHash,
  REQUEST_LIFETIME_S,
  REQUEST_STRUCT,
  REQUEST_TYPE,
  type Request,
  receiptHash,
  requestHash,
  SCAN_STRUCT,
  type Scan,
  SETTLE_WITHIN_S,
  type SealingKeyNotice,
  scanHash,
  sealingKeyHash,
  ZERO_ADDRESS,
  ZERO_HASH,
} from './messages.ts'
export { isPolicyAccepted, PROBE_CODES, policyFor } from './policy.ts'
export { pseudonymOf } from './pseudonym.ts'
export {
  ENROLMENT_PURPOSE,
  enrolmentBinding,
  PROBE_PURPOSE,
  probeBinding,
  type SignedReceipt,
  signedReceiptSchema,
} from './purposes.ts'
export { type RefusalReason, refuseAttestation, refuseRequest, refuseRequestShape, refuseScan } from './rules.ts'
export {
  addressSchema,
  attestationSchema,
  enrolmentReceiptSchema,
  hashSchema,
  parseJson,
  parseShape,
  policySchema,
  requestSchema,
  ShapeError,
  scanSchema,
  sealingKeyNoticeSchema,
  signatureSchema,
} from './schemas.ts'
export { createSealingKeys, SealError, type SealingKeys, seal, unseal } from './sealing.ts'
export {
  decodeProbePackage,
  decodeRowPackage,
  encodeProbePackage,
  encodeRowPackage,
  HAND,
  handsOf,
  PackageError,
  packageLeaf,
  probeCodeLeaf,
  type RowPackage,
  templateCommitment,
} from './shares.ts'
export {
  addressOfKey,
  addressOfPublicKey,
  isSignedBy,
  publicKeyXY,
  recoverSigner,
  SignatureError,
  signDigest,
} from './signature.ts'
export {
  type CommitteeEpoch,
  type ContractAddresses,
  contractsSchema,
  parseTrust,
  type Trust,
  trustedEpoch,
} from './trust.ts'
export { encodeType, FieldError, type SigningDomain, type StructType, typedDataDigest } from './typed-data.ts'
export {
  type Abort,
  type Countersign,
  decodeAbort,
  decodeCountersign,
  decodeQuery,
  decodeReply,
  encodeAbort,
  encodeCompare,
  encodeCountersign,
  encodeQuery,
  encodeReply,
  FRAME,
  type FrameKind,
  manifestDigest,
  type Query,
  type Reply,
  readFrame,
  sessionOfCompare,
} from './wire.ts'
