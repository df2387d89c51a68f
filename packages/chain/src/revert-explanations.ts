/**
 * What the contracts' custom errors mean to a caller: the code under which packages/protocol refuses the same thing off chain,
 * where there is one, so that both tell one story.
 */

import type { PalmErrorCode } from '@palmhold/base'

type Explanation = readonly [code: PalmErrorCode, message: string, hint: string]

const ALTERED = explain(
  'PALM_REQUEST_ALTERED',
  'the scan or the attestation answers another request',
  'Present request, scan and attestation exactly as they were signed; another sum needs a new request.',
)
const MISMATCH = explain(
  'PALM_ATTESTATION_MISMATCH',
  'the attestation does not say what its request asks',
  'Ask the committee again with a new request.',
)
const INVALID = explain(
  'PALM_REQUEST_INVALID',
  'the request breaks a rule of the protocol',
  'Check its type, sum, payee, token, factors and times, and make a new one.',
)
const QUORUM = explain(
  'PALM_QUORUM_INVALID',
  'the signatures are not those of a quorum of active operators',
  'Send each signature of an active member once, ascending by signer; ask the committee again if one has left.',
)
const LIMIT = explain(
  'PALM_LIMIT_EXCEEDED',
  "the sum is above the account's limit for a payment or a day",
  'Ask for another means of payment, or let the owner raise the limit (PalmPay.setLimits).',
)
const FUNDS = explain(
  'PALM_FUNDS_MISSING',
  'the balance or the allowance is too low for the sum',
  'Put money into the account first.',
)
const FORBIDDEN = explain(
  'PALM_NOT_ALLOWED',
  'this key may not do that on chain',
  'Sign with the key of the owner, the merchant, the arbiter or governance, whichever the contract asks for.',
)
const PAYMENT_STATE = explain(
  'PALM_PAYMENT_STATE',
  'the payment is in another state, or its window is not there yet or over',
  'Read the payment and wait for its window, or see how it was settled.',
)
const ENROLMENT_LIMIT = explain(
  'PALM_ENROLMENT_LIMIT',
  'the owner has reached its number of enrolments or of changes',
  'Revoke an enrolment or wait for the window to pass.',
)
const COMMITMENT = explain(
  'PALM_COMMITMENT_REFUSED',
  'the commitment is zero, no field element, or was used before',
  'Commit to the template again with fresh salt.',
)
const MEMBERSHIP = explain(
  'PALM_MEMBERSHIP_PROOF',
  'no proof shows that this pseudonym belongs to somebody under this root',
  'Prove membership for this merchant and root, and send the proof or register it before.',
)
const SCAN = explain(
  'PALM_SCAN_INVALID',
  'the scan holds no probe, more codes than its policy allows, or shares that its lane has no use for',
  'Scan again.',
)
const KEY_REFUSED = explain(
  'PALM_DEPLOYMENT_UNSAFE',
  'the verifying key must not be deployed',
  'Take the keys of a ceremony; development keys are for the local chain.',
)
const OPERATOR = explain(
  'PALM_OPERATOR_STATE',
  'the operator is in another state',
  'Read the operator from the chain: it may be unregistered, leaving, bound to another committee, or slashed.',
)

/** Code, message and hint of each custom error that a caller can meet, by its name. */
export const EXPLANATIONS: Readonly<Record<string, Explanation>> = {
  RequestAlreadySpent: explain(
    'PALM_REQUEST_SPENT',
    'the request was answered before',
    'Make a new request: each is spent once.',
  ),
  AttestationExpired: explain(
    'PALM_REQUEST_EXPIRED',
    'the attestation came too late to be settled',
    'Make a new request and scan again.',
  ),
  RequestFromFuture: explain(
    'PALM_REQUEST_TOO_EARLY',
    'the request was issued later than now',
    "Set the terminal's clock.",
  ),
  ScanRequestMismatch: ALTERED,
  AttestationRequestMismatch: ALTERED,
  AttestationScanMismatch: explain(
    'PALM_SCAN_ALTERED',
    'the attestation answers another scan',
    'Present the scan exactly as it was signed.',
  ),
  ScanEmpty: SCAN,
  ScanTooLarge: SCAN,
  SharesForbidden: SCAN,
  ScanTimeInvalid: explain(
    'PALM_SCAN_TIME',
    "the scan was made outside the request's time",
    "Scan while the request is open, and set the terminal's clock.",
  ),
  AttestationLaneMismatch: MISMATCH,
  AttestationMerchantMismatch: MISMATCH,
  AttestationTerminalMismatch: MISMATCH,
  AttestationCommitteeMismatch: MISMATCH,
  FactorsMissing: MISMATCH,
  VersionUnsupported: explain(
    'PALM_ATTESTATION_INVALID',
    'the attestation is of another version',
    'Bring the nodes to one version.',
  ),
  AttestationExpiryInvalid: explain(
    'PALM_ATTESTATION_EXPIRY',
    "the attestation's expiry does not fit its request",
    'Ask the committee again with a new request.',
  ),
  PayerMissing: explain('PALM_PAYER_INVALID', 'a payment needs a payer', 'Ask the committee again.'),
  PayerForbidden: explain('PALM_PAYER_INVALID', 'only a payment names a payer', 'Ask the committee again.'),
  RequestTypeUnknown: INVALID,
  RequestWindowInvalid: INVALID,
  PartiesInvalid: INVALID,
  FactorsInvalid: INVALID,
  NotAPayment: INVALID,
  CommitteeForbidden: INVALID,
  AmountInvalid: explain(
    'PALM_WRONG_AMOUNT',
    'a payment needs a sum above zero, and nothing else has one',
    'Make a new request with the right sum.',
  ),
  LaneUnknown: explain('PALM_LANE_UNKNOWN', 'there is no such lane', 'Use lane 1 (phone) or 2 (palm).'),
  EvidenceMalformed: explain(
    'PALM_EVIDENCE_KIND',
    'the evidence is none of the phone lane',
    'Send the two proofs of the attestation as they are.',
  ),
  PolicyMismatch: explain(
    'PALM_POLICY_MISMATCH',
    'the policy is not the one that the request names',
    "Prove under the request's own policy.",
  ),
  ThresholdOutOfRange: explain(
    'PALM_THRESHOLD_RANGE',
    'the threshold is outside 1 to 600 bits',
    'Make a new request with a policy that tells palms apart.',
  ),
  ProbeUnsigned: explain(
    'PALM_PROBE_UNSIGNED',
    "the probe is not among the codes of the terminal's scan",
    'Prove for a code of this very scan.',
  ),
  RootUnknown: explain('PALM_ROOT_UNKNOWN', 'the chain never had this root', 'Prove under a root of PalmRegistry.'),
  RootTooYoung: explain(
    'PALM_ROOT_TOO_YOUNG',
    'the enrolment is younger than a request may rely on',
    'Try again in a moment.',
  ),
  RootTooOld: explain(
    'PALM_ROOT_TOO_OLD',
    'the root was replaced too long ago',
    'Prove membership again under a newer one.',
  ),
  RootRevoked: explain(
    'PALM_ROOT_REVOKED',
    'enrolments were revoked since that root, and a checkpoint has passed',
    'Prove membership again under a newer one.',
  ),
  MembershipProofInvalid: MEMBERSHIP,
  MembershipUnknown: MEMBERSHIP,
  LinkReused: explain(
    'PALM_LINK_REUSED',
    'the link belongs to another pseudonym or merchant',
    'Prove membership again with fresh salt: a link is for one merchant.',
  ),
  MatchProofInvalid: explain(
    'PALM_MATCH_PROOF',
    'the match proof does not hold for this attestation',
    'Prove again for exactly this attestation.',
  ),
  KeyWithoutPhaseTwo: KEY_REFUSED,
  KeyPointInvalid: KEY_REFUSED,
  DevelopmentKey: KEY_REFUSED,
  AlreadyAnchored: explain(
    'PALM_BATCH_ANCHORED',
    'the batch was anchored before',
    'Nothing is left to do: the earlier anchor counts.',
  ),
  BatchEmpty: explain('PALM_BATCH_EMPTY', 'a batch without commitments cannot be anchored', 'Wait for one.'),
  TerminalInactive: explain(
    'PALM_TERMINAL_INACTIVE',
    'the terminal or its merchant is not active',
    'The merchant can activate the terminal in the registry.',
  ),
  RequestSignatureInvalid: explain(
    'PALM_REQUEST_SIGNATURE',
    "the request is not signed by its terminal's key",
    'Sign the request with the registered key.',
  ),
  ScanSignatureInvalid: explain(
    'PALM_SCAN_SIGNATURE',
    "the scan is not signed by its terminal's key",
    'Sign the scan with the registered key.',
  ),
  SignaturesMalformed: QUORUM,
  OperatorSignatureInvalid: QUORUM,
  SignersNotAscending: QUORUM,
  QuorumMissing: QUORUM,
  NotAMember: QUORUM,
  OperatorInactive: QUORUM,
  EpochInvalid: explain(
    'PALM_EPOCH_INVALID',
    'that epoch of the committee is not valid now',
    "Read the committee's current epoch and make a new request.",
  ),
  CommitteeUnknown: explain(
    'PALM_COMMITTEE_UNKNOWN',
    'there is no such committee',
    'Check the committee id against the trust file.',
  ),
  PaymentLimitExceeded: LIMIT,
  DayLimitExceeded: LIMIT,
  CommitteeCapExceeded: explain(
    'PALM_COMMITTEE_CAP',
    'the committee has charged as much as its stake covers',
    'Try again later, or ask for another means of payment.',
  ),
  AccountFrozen: explain(
    'PALM_ACCOUNT_FROZEN',
    'the account is frozen by its owner',
    'Ask for another means of payment; only the owner can end the freeze.',
  ),
  NotOptedIn: explain(
    'PALM_NOT_OPTED_IN',
    'the account has not chosen this committee',
    'Let the owner opt in to the committee (PalmPay.optIn).',
  ),
  BalanceTooLow: FUNDS,
  ERC20InsufficientBalance: FUNDS,
  ERC20InsufficientAllowance: FUNDS,
  PayeeMismatch: explain(
    'PALM_PAYEE_MISMATCH',
    "the payee is not the merchant's payout address",
    'Make a new request with the registered payout address.',
  ),
  TokenMismatch: explain(
    'PALM_TOKEN_MISMATCH',
    'the request is in another token',
    "Make a new request in the deployment's token.",
  ),
  PaymentStatus: PAYMENT_STATE,
  StillLocked: PAYMENT_STATE,
  DisputeWindowOver: PAYMENT_STATE,
  ArbitrationRunning: PAYMENT_STATE,
  ArbitrationOver: PAYMENT_STATE,
  NotPayer: FORBIDDEN,
  NotMerchant: FORBIDDEN,
  NotArbiter: FORBIDDEN,
  NotMerchantOwner: FORBIDDEN,
  NotEnrolmentOwner: FORBIDDEN,
  OnlyPaymentConsumer: FORBIDDEN,
  OwnableUnauthorizedAccount: FORBIDDEN,
  DidNotOwned: FORBIDDEN,
  LimitsNotDue: explain(
    'PALM_LIMIT_PENDING',
    'the raised limits are not due yet',
    'Apply them after the delay that the deployment asks for.',
  ),
  TooManyEnrolments: ENROLMENT_LIMIT,
  TooManyOperations: ENROLMENT_LIMIT,
  ZeroCommitment: COMMITMENT,
  CommitmentNotInField: COMMITMENT,
  DuplicateCommitment: COMMITMENT,
  OperatorAlreadyRegistered: OPERATOR,
  OperatorStatus: OPERATOR,
  OperatorBound: OPERATOR,
}

function explain(code: PalmErrorCode, message: string, hint: string): Explanation {
  return [code, message, hint]
}
