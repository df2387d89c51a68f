/**
 * The phone lane from the wallet's side, in the order in which it has to go: pair, check, prove membership while the owner
 * decides, wait for the palm, prove the match, take the receipt. A wallet that stops says so to the terminal.
 */

import { type Clock, errorCode, PalmError, type RandomBytes } from '@palmhold/base'
import {
  CLOCK_SKEW_S,
  createSealingKeys,
  DECLINE_REASONS,
  type DeclineReason,
  type PairingOffer,
  type PhoneReceipt,
  type SigningDomain,
} from '@palmhold/protocol'
import type { Prover, ProvingProgress } from '@palmhold/zk'
import { answerScan } from './answer-scan.ts'
import { type EnrolmentHistory, type Member, type MembershipCache, proveMembership } from './membership.ts'
import { type ReviewedRequest, reviewRequest, type TerminalRegistry } from './review-request.ts'
import { createVerifierLine } from './verifier-line.ts'

export type PhoneLaneOptions = {
  readonly member: Member
  readonly domain: SigningDomain
  readonly chain: TerminalRegistry & { readonly enrolmentHistory: () => Promise<EnrolmentHistory> }
  readonly prover: Prover
  readonly cache: MembershipCache
  /** Asks the owner, who sees merchant and amount; nothing is answered without a yes. */
  readonly confirm: (reviewed: ReviewedRequest) => Promise<boolean>
  readonly onStep?: (step: PhoneLaneStep) => void
  readonly clock: Clock
  readonly random: RandomBytes
  readonly signal?: AbortSignal
}

export type PhoneLaneStep =
  | { readonly step: 'paired' | 'waiting' | 'scanned' | 'answered' }
  | { readonly step: 'proving'; readonly circuit: 'membership' | 'match'; readonly progress: ProvingProgress }

export type PhonePayment = {
  readonly receipt: PhoneReceipt
  /** 0 where a membership that was proven before was used. */
  readonly proveMembershipMs: number
  readonly proveMatchMs: number
}

/**
 * Answers the request of `offer`.
 * @throws {OwnerDeclinedError} the owner said no @throws {PalmError} of the check, the scan, the prover or the terminal
 */
export async function payByPhone(offer: PairingOffer, options: PhoneLaneOptions): Promise<PhonePayment> {
  const { member, domain, prover, clock, random, onStep } = options
  const sealing = await createSealingKeys(random)
  const line = createVerifierLine(offer, { ...options, sealingKey: sealing.publicKey })
  const asked = await line.pair()
  onStep?.({ step: 'paired' })
  const stopping = new AbortController()
  const signal = options.signal ? AbortSignal.any([options.signal, stopping.signal]) : stopping.signal
  const proving = (circuit: 'membership' | 'match') => ({
    signal,
    onProgress: (progress: ProvingProgress) => onStep?.({ step: 'proving', circuit, progress }),
  })
  let isSent = false
  try {
    const reviewed = await reviewRequest(asked, offer.requestHash, {
      domain,
      registry: options.chain,
      clock,
      sealingKey: sealing.publicKey,
    })
    const { request } = reviewed
    const membership = timed(async () => {
      const history = await options.chain.enrolmentHistory()
      return proveMembership({ ...options, request, history, now: clock(), proving: proving('membership') })
    })
    // While the owner decides and finds the terminal. What fails here fails again, and is heard, where it is needed.
    void prover.prepare('match', { signal }).catch(() => undefined)
    // Awaited below; a failure before that must not count as unheard.
    membership.catch(() => undefined)
    if (!(await options.confirm(reviewed))) throw new OwnerDeclinedError()
    onStep?.({ step: 'waiting' })
    // A membership that cannot be proven is told before the palm is shown, where it is known by then.
    const failing = membership.then(() => new Promise<never>(() => undefined))
    const scanned = await Promise.race([line.probe(request.expiry + CLOCK_SKEW_S), failing])
    onStep?.({ step: 'scanned' })
    const proven = await membership
    const answer = await timed(() =>
      answerScan({
        reviewed,
        scanned,
        sealing,
        member,
        membership: proven.value,
        domain,
        prover,
        proving: proving('match'),
      }),
    )
    isSent = true
    onStep?.({ step: 'answered' })
    const receipt = await line.answer(answer.value).catch((cause: unknown) => {
      throw new AnswerOpenError(cause, answer.value.attestation.expiry)
    })
    if (receipt.requestHash !== offer.requestHash) throw new ReceiptMismatchError()
    return { receipt, proveMembershipMs: proven.elapsedMs, proveMatchMs: answer.elapsedMs }
  } catch (error) {
    // What the wallet refuses by itself the terminal has not heard of; that it cannot be told changes nothing.
    if (!isSent) await line.decline(declineReason(error)).catch(() => undefined)
    throw error
  } finally {
    stopping.abort()
    sealing.secretKey.fill(0)
  }
}

async function timed<T>(work: () => Promise<T>): Promise<{ value: T; elapsedMs: number }> {
  const startedAt = performance.now()
  const value = await work()
  return { value, elapsedMs: performance.now() - startedAt }
}

/** What a terminal hears of a failure: enough to say what to do, and nothing of the wallet. */
function declineReason(error: unknown): DeclineReason {
  return DECLINE_REASONS.find((reason) => reason === errorCode(error)) ?? 'PALM_WALLET_REFUSED'
}

/** The owner said no. */
export class OwnerDeclinedError extends PalmError {
  constructor() {
    super('PALM_OWNER_DECLINED', 'the owner of the wallet declined', { hints: ['Nothing was paid.'] })
  }
}

/** A verifier that has the proofs, and says no or nothing: they stay good until they expire, whatever it says. */
export class AnswerOpenError extends PalmError {
  constructor(cause: unknown, expiry: number) {
    const until = new Date(expiry * 1000).toISOString()
    // What the verifier refuses for keeps its name; where it is not heard of, the payment is pending.
    const code = errorCode(cause) === 'PALM_VERIFIER_UNREACHABLE' ? 'PALM_SETTLEMENT_PENDING' : errorCode(cause)
    super(code, 'the proofs were sent, and there is no receipt for them', {
      hints: [`Look at the account before you pay again: until ${until} the payment can still be made.`],
      cause,
    })
  }
}

/** A receipt for something else. */
export class ReceiptMismatchError extends PalmError {
  constructor() {
    super('PALM_VERIFIER_ANSWER', 'the receipt is not for the request that was answered', {
      hints: ['Look at the account: the payment may have been made. Keep the request and ask the merchant.'],
    })
  }
}
