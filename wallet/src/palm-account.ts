/**
 * A customer's account for the palm lane: money in, the committee it trusts, the limits of the lane (which start at
 * zero), and the enrolment of its palms with that committee.
 */

import { errorCode, type Hex, PalmError, type RandomBytes } from '@palmhold/base'
import type { Chain } from '@palmhold/chain'
import type { SigningDomain } from '@palmhold/protocol'
import { type DealtEnrolment, type DealtPackage, dealEnrolment } from './deal-enrolment.ts'
import type { EnrolmentSecrets } from './enrolment-secrets.ts'
import { createOperatorClient, type OperatorEndpoint } from './operator-client.ts'

export type AccountOrder = {
  /** Cents to move into the account. */
  readonly depositMinor: number
  readonly perPaymentMinor: number
  readonly perDayMinor: number
}

/**
 * Funds the account of `chain`'s signer, lets `committeeId` charge it by palm, and raises the palm lane's limits as its
 * owner. Raised limits that the deployment delays are left pending, to be applied when due.
 */
export async function openPalmAccount(chain: Chain, committeeId: Hex, order: AccountOrder): Promise<void> {
  if (order.depositMinor > 0) await chain.deposit(order.depositMinor)
  await chain.optIn(committeeId)
  await chain.setLimits({ perPaymentMinor: order.perPaymentMinor, perDayMinor: order.perDayMinor })
  await applyDueLimits(chain)
}

/** Applies raised limits where they are due. */
export async function applyDueLimits(chain: Chain): Promise<void> {
  try {
    await chain.applyLimits()
  } catch (error) {
    // Not due yet, or nothing was raised: both are fine here.
    if (!['PALM_LIMIT_PENDING', 'PALM_CHAIN_REVERTED'].includes(errorCode(error))) throw error
  }
}

/** The committee that palms are enrolled with: members in share order, and where each answers. */
export type EnrolmentCommittee = {
  readonly members: readonly Hex[]
  readonly threshold: number
  readonly endpoints: readonly OperatorEndpoint[]
}

/**
 * Enrols the templates of `secrets` under the signer of `chain`: commits on chain, delivers each operator its shares, and activates once
 * all have acknowledged. Returns the enrolment's index.
 * @throws {PalmError} of the chain or of the operator that failed; an enrolment that is not active matches nobody, and
 *   is revoked again where the chain still answers
 */
export async function enrolPalms(options: {
  chain: Chain
  domain: SigningDomain
  committee: EnrolmentCommittee
  /** Kept by the caller: they are not in what this returns. */
  secrets: EnrolmentSecrets
  random: RandomBytes
  /** Sees what is dealt before it is delivered, such as a check that searches for it elsewhere; it is overwritten after. */
  onDealt?: ((packages: readonly DealtPackage[]) => void) | undefined
}): Promise<{ index: number; txHash: Hex }> {
  const { chain, committee } = options
  const dealt = dealEnrolment(options.secrets, committee, options.random)
  options.onDealt?.(dealt.packages)
  const { index, txHash } = await chain.enrol(dealt.commitment, dealt.sharesRoot)
  try {
    await deliverEverywhere(index, dealt, options)
  } catch (error) {
    await chain.revoke(index).catch(() => undefined)
    throw error
  }
  return { index, txHash }
}

async function deliverEverywhere(
  index: number,
  dealt: DealtEnrolment,
  { committee, domain, random }: { committee: EnrolmentCommittee; domain: SigningDomain; random: RandomBytes },
): Promise<void> {
  const clients = committee.members.map((member) => {
    const endpoint = committee.endpoints.find(({ operator }) => operator === member)
    if (!endpoint) throw new EndpointMissingError(member)
    return createOperatorClient(endpoint, domain, random)
  })
  const receipts = await Promise.all(clients.map((client, i) => client.deliver(index, dealt.packages[i]!)))
  for (const { bytes } of dealt.packages) bytes.fill(0)
  await Promise.all(clients.map((client) => client.activate(index, receipts)))
}

/** An operator of the committee whose whereabouts are not known. */
export class EndpointMissingError extends PalmError {
  constructor(operator: Hex) {
    super('PALM_OPERATOR_UNREACHABLE', `nobody knows where operator ${operator} answers`, {
      hints: ['All operators of a committee take part in an enrolment. `npx palmhold status` shows which are up.'],
    })
  }
}
