/**
 * The rules a request, a scan and an attestation must keep among themselves, the same for nodes, verifiers and anyone who
 * reads an attestation later; MatchVerifier.sol checks the same list. Signatures and registries are the callers' part.
 */

import type { Hex } from '@palmhold/base'
import {
  CLOCK_SKEW_S,
  FACTOR,
  LANE,
  type MatchAttestation,
  PROTOCOL_VERSION,
  REQUEST_LIFETIME_S,
  REQUEST_TYPE,
  type Request,
  type Scan,
  SETTLE_WITHIN_S,
  ZERO_ADDRESS,
  ZERO_HASH,
} from './messages.ts'

/** Why something is refused; each is also an error code in docs/errors.md. */
export type RefusalReason =
  | 'PALM_REQUEST_INVALID'
  | 'PALM_REQUEST_EXPIRED'
  | 'PALM_REQUEST_TOO_EARLY'
  | 'PALM_REQUEST_ALTERED'
  | 'PALM_SCAN_INVALID'
  | 'PALM_SCAN_ALTERED'
  | 'PALM_SCAN_TIME'
  | 'PALM_ATTESTATION_INVALID'
  | 'PALM_ATTESTATION_MISMATCH'
  | 'PALM_ATTESTATION_EXPIRY'
  | 'PALM_PAYER_INVALID'
  | 'PALM_LANE_UNKNOWN'

/** Whether a request can be answered at `now` at all; undefined when it can. */
export function refuseRequest(request: Request, now: number): RefusalReason | undefined {
  const shape = refuseRequestShape(request)
  if (shape) return shape
  if (request.issuedAt > now + CLOCK_SKEW_S) return 'PALM_REQUEST_TOO_EARLY'
  if (request.expiry + CLOCK_SKEW_S < now) return 'PALM_REQUEST_EXPIRED'
  return undefined
}

/** The part of {@link refuseRequest} that holds at any time. */
export function refuseRequestShape(request: Request): RefusalReason | undefined {
  const lifetime = request.expiry - request.issuedAt
  if (lifetime <= 0 || lifetime > REQUEST_LIFETIME_S) return 'PALM_REQUEST_INVALID'
  if (request.lane !== LANE.phone && request.lane !== LANE.palm) return 'PALM_LANE_UNKNOWN'
  if ((request.factors & FACTOR.palm) === 0) return 'PALM_REQUEST_INVALID'
  if (request.lane === LANE.phone && (request.committeeId !== ZERO_HASH || request.committeeEpoch !== 0))
    return 'PALM_REQUEST_INVALID'
  if (request.requestType === REQUEST_TYPE.payment) {
    if (request.amountMinor === 0 || request.payee === ZERO_ADDRESS || request.token === ZERO_ADDRESS)
      return 'PALM_REQUEST_INVALID'
  } else if (request.requestType === REQUEST_TYPE.access || request.requestType === REQUEST_TYPE.age) {
    if (request.amountMinor !== 0 || request.payee !== ZERO_ADDRESS || request.token !== ZERO_ADDRESS)
      return 'PALM_REQUEST_INVALID'
  } else return 'PALM_REQUEST_INVALID'
  return undefined
}

/** Whether a scan belongs to `request`, whose hash is `requestHash`; undefined when it does. */
export function refuseScan(request: Request, requestHash: Hex, scan: Scan): RefusalReason | undefined {
  if (scan.requestHash !== requestHash) return 'PALM_SCAN_ALTERED'
  if (scan.leafCount < 1) return 'PALM_SCAN_INVALID'
  if (request.lane === LANE.phone && scan.probeSharesRoot !== ZERO_HASH) return 'PALM_SCAN_INVALID'
  if (scan.capturedAt + CLOCK_SKEW_S < request.issuedAt || scan.capturedAt > request.expiry + CLOCK_SKEW_S)
    return 'PALM_SCAN_TIME'
  return undefined
}

/** Whether an attestation answers exactly this request and scan; undefined when it does. */
export function refuseAttestation(
  request: Request,
  requestHash: Hex,
  scanHash: Hex,
  attestation: MatchAttestation,
): RefusalReason | undefined {
  if (attestation.version !== PROTOCOL_VERSION) return 'PALM_ATTESTATION_INVALID'
  if (attestation.requestHash !== requestHash) return 'PALM_REQUEST_ALTERED'
  if (attestation.scanHash !== scanHash) return 'PALM_SCAN_ALTERED'
  const same =
    attestation.lane === request.lane &&
    attestation.merchantId === request.merchantId &&
    attestation.terminal === request.terminal &&
    attestation.committeeId === request.committeeId &&
    attestation.committeeEpoch === request.committeeEpoch &&
    (attestation.factors & request.factors) === request.factors
  if (!same) return 'PALM_ATTESTATION_MISMATCH'
  // The proofs show palm and phone, and nothing of another factor.
  if (attestation.lane === LANE.phone && attestation.factors !== (FACTOR.palm | FACTOR.phone))
    return 'PALM_ATTESTATION_MISMATCH'
  if (attestation.expiry < request.expiry || attestation.expiry > request.expiry + SETTLE_WITHIN_S)
    return 'PALM_ATTESTATION_EXPIRY'
  const isPayment = request.requestType === REQUEST_TYPE.payment
  if (isPayment === (attestation.payer === ZERO_ADDRESS)) return 'PALM_PAYER_INVALID'
  return undefined
}
