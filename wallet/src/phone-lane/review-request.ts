/** What a wallet checks of a request before its owner sees it: signature, rules, policy, and who asks, by the chain. */

import { type Clock, type Hex, PalmError, type PalmErrorCode } from '@palmhold/base'
import {
  FACTOR,
  isSignedBy,
  LANE,
  MOST_THRESHOLD_BITS,
  merchantIdOf,
  type PhoneRequest,
  policyHash,
  refuseRequest,
  requestHash,
  type SigningDomain,
} from '@palmhold/protocol'

/** What the chain says of those who ask. */
export type TerminalRegistry = {
  readonly isActiveTerminal: (merchantId: Hex, terminal: Hex) => Promise<boolean>
}

/** A request that may be shown to the owner. */
export type ReviewedRequest = PhoneRequest & { readonly requestHash: Hex }

const PHONE_FACTORS = FACTOR.palm | FACTOR.phone

/**
 * Takes `asked` as the request that `hash` names.
 * @throws {RequestRefusedError} with the code of what is wrong @throws {PalmError} of the chain
 */
export async function reviewRequest(
  asked: PhoneRequest,
  hash: Hex,
  { domain, registry, clock }: { domain: SigningDomain; registry: TerminalRegistry; clock: Clock },
): Promise<ReviewedRequest> {
  const reason = refusalOf(asked, hash, domain, clock())
  if (reason) throw new RequestRefusedError(reason)
  const { merchantId, terminal } = asked.request
  if (!(await registry.isActiveTerminal(merchantId, terminal))) throw new RequestRefusedError('PALM_TERMINAL_INACTIVE')
  return { ...asked, requestHash: hash }
}

function refusalOf(
  { request, requestSignature, policy, merchant }: PhoneRequest,
  hash: Hex,
  domain: SigningDomain,
  now: number,
): PalmErrorCode | undefined {
  if (requestHash(domain, request) !== hash) return 'PALM_REQUEST_ALTERED'
  if (!isSignedBy(request.terminal, hash, requestSignature)) return 'PALM_REQUEST_SIGNATURE'
  const rule = refuseRequest(request, now)
  if (rule) return rule
  if (request.lane !== LANE.phone) return 'PALM_LANE_UNKNOWN'
  // A PIN or a second palm is nothing that this lane proves.
  if ((request.factors & ~PHONE_FACTORS) !== 0) return 'PALM_REQUEST_INVALID'
  if (policyHash(policy) !== request.policyHash) return 'PALM_POLICY_MISMATCH'
  if (policy.thresholdBits < 1 || policy.thresholdBits > MOST_THRESHOLD_BITS) return 'PALM_THRESHOLD_RANGE'
  return merchantIdOf(merchant.did) === request.merchantId ? undefined : 'PALM_MERCHANT_UNKNOWN'
}

/** A request that a wallet does not follow. */
export class RequestRefusedError extends PalmError {
  constructor(code: PalmErrorCode) {
    super(code, 'the wallet does not follow this request', {
      hints: ['Nothing was sent. Ask the merchant for a new request; docs/errors.md says what the code means.'],
    })
  }
}
