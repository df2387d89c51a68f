/**
 * What can go wrong on the way to the chain and on it, as PalmErrors. A contract's custom error keeps its name in `reason`
 * and gets the code under which packages/protocol refuses the same thing off chain, so that a caller tells one story.
 */

import { PalmError, type PalmErrorCode } from '@palmhold/base'
import { Interface, isError } from 'ethers'
import { MATCH_VERIFIER_ABI } from './generated/match-verifier-abi.ts'
import { MERCHANT_REGISTRY_ABI } from './generated/merchant-registry-abi.ts'
import { OPERATOR_REGISTRY_ABI } from './generated/operator-registry-abi.ts'
import { PALM_PAY_ABI } from './generated/palm-pay-abi.ts'
import { PALM_REGISTRY_ABI } from './generated/palm-registry-abi.ts'
import { TEST_EURC_ABI } from './generated/test-eurc-abi.ts'

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
  'the commitment is zero or was used before',
  'Commit to the template again with fresh salt.',
)
const OPERATOR = explain(
  'PALM_OPERATOR_STATE',
  'the operator is in another state',
  'Read the operator from the chain: it may be unregistered, leaving, bound to another committee, or slashed.',
)

const EXPLANATIONS: Readonly<Record<string, Explanation>> = {
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
  ScanEmpty: explain('PALM_SCAN_INVALID', 'the scan holds no probe', 'Scan again.'),
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
  AmountInvalid: explain(
    'PALM_WRONG_AMOUNT',
    'a payment needs a sum above zero, and nothing else has one',
    'Make a new request with the right sum.',
  ),
  LaneUnknown: explain('PALM_LANE_UNKNOWN', 'there is no such lane', 'Use lane 1 (phone) or 2 (palm).'),
  LaneUnavailable: explain('PALM_LANE_UNAVAILABLE', 'this deployment does not settle that lane', 'Use the palm lane.'),
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
  DuplicateCommitment: COMMITMENT,
  OperatorAlreadyRegistered: OPERATOR,
  OperatorStatus: OPERATOR,
  OperatorBound: OPERATOR,
}

const ERRORS = new Interface(
  [PALM_PAY_ABI, MATCH_VERIFIER_ABI, OPERATOR_REGISTRY_ABI, MERCHANT_REGISTRY_ABI, PALM_REGISTRY_ABI, TEST_EURC_ABI]
    .flat()
    .filter((line) => line.startsWith('error '))
    .filter((line, i, all) => all.indexOf(line) === i),
)

function explain(code: PalmErrorCode, message: string, hint: string): Explanation {
  return [code, message, hint]
}

/** A contract refused: `reason` is the name of its custom error. */
export class ChainRevertError extends PalmError {
  readonly reason: string

  constructor(reason: string, cause?: unknown) {
    const [code, message, hint] = EXPLANATIONS[reason] ?? [
      'PALM_CHAIN_REVERTED',
      `a contract refused the call (${reason})`,
      'See the contract error of that name in contracts/interfaces.',
    ]
    super(code, message, { hints: [hint], cause })
    this.reason = reason
  }
}

/** The chain's JSON-RPC endpoint does not answer. */
export class ChainUnreachableError extends PalmError {
  constructor(rpcUrl: string, cause?: unknown) {
    super('PALM_CHAIN_UNREACHABLE', `no chain answers at ${withoutSecrets(rpcUrl)}`, {
      hints: ['Start the chain or check the address; `npm start` brings a local one up.'],
      cause,
    })
  }
}

/** The endpoint serves another chain than the one asked for. */
export class WrongChainError extends PalmError {
  constructor(expected: number, actual: number) {
    super('PALM_WRONG_CHAIN', `expected chain ${expected}, but the endpoint serves chain ${actual}`, {
      hints: ['Check the RPC address against the trust or deployment file.'],
    })
  }
}

/** No contract stands at an address where one should. */
export class ContractMissingError extends PalmError {
  constructor(name: string, address: string) {
    super('PALM_CONTRACT_MISSING', `there is no ${name} contract at ${address}`, {
      hints: ['The chain was started anew or the addresses belong to another one: deploy the contracts again.'],
    })
  }
}

/** A write was asked of a connection that holds no key. */
export class SignerMissingError extends PalmError {
  constructor() {
    super('PALM_SIGNER_MISSING', 'this connection to the chain holds no key and can only read', {
      hints: ['Connect with `signerKey` to send transactions.'],
    })
  }
}

/** A transaction was sent and not seen in a block in time. It may still be mined. */
export class TransactionTimeoutError extends PalmError {
  readonly txHash: string

  constructor(txHash: string, timeoutMs: number) {
    super('PALM_CHAIN_TIMEOUT', `transaction ${txHash} was not mined within ${timeoutMs} ms`, {
      hints: ['Look the transaction up before you send it again: it may still be mined.'],
    })
    this.txHash = txHash
  }
}

/** The sender cannot pay the fee. */
export class GasMissingError extends PalmError {
  constructor(cause?: unknown) {
    super('PALM_GAS_MISSING', 'the sending account cannot pay the transaction fee', {
      hints: ["Send some of the chain's native coin to it."],
      cause,
    })
  }
}

/** The chain answered with something that is none of the above. */
export class ChainRefusedError extends PalmError {
  constructor(cause?: unknown) {
    super('PALM_CHAIN_REFUSED', 'the chain refused the call without a reason that a contract gave', {
      hints: ['Check the RPC endpoint and its log.'],
      cause,
    })
  }
}

/** Whatever ethers threw, as a PalmError. */
export function toChainError(error: unknown, rpcUrl: string): PalmError {
  if (error instanceof PalmError) return error
  if (isError(error, 'CALL_EXCEPTION')) {
    const reason = reasonOf(error.data)
    return reason === undefined ? new ChainRefusedError(error) : new ChainRevertError(reason, error)
  }
  if (isError(error, 'INSUFFICIENT_FUNDS')) return new GasMissingError(error)
  if (isError(error, 'NETWORK_ERROR') || isError(error, 'TIMEOUT') || isError(error, 'SERVER_ERROR'))
    return new ChainUnreachableError(rpcUrl, error)
  if (UNREACHABLE.has(systemCode(error))) return new ChainUnreachableError(rpcUrl, error)
  return new ChainRefusedError(error)
}

const UNREACHABLE = new Set(['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'EHOSTUNREACH', 'ETIMEDOUT', 'EPIPE'])

function systemCode(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : ''
}

/** The name of the custom error in revert data; the text of a `require`; undefined where there is neither. */
function reasonOf(data: string | null | undefined): string | undefined {
  if (!data || data === '0x') return undefined
  try {
    const description = ERRORS.parseError(data)
    if (description === null) return `unknown error ${data.slice(0, 10)}`
    const isText = description.name === 'Error' || description.name === 'Panic'
    // Arguments are decoded when they are looked at: a text that is none throws here.
    return isText ? `${description.name}: ${String(description.args[0])}` : description.name
  } catch {
    return undefined
  }
}

/** A URL as it may be shown: providers put their key into the path or the query. */
function withoutSecrets(url: string): string {
  try {
    const { protocol, host } = new URL(url)
    return `${protocol}//${host}`
  } catch {
    return 'that address'
  }
}
