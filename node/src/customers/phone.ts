/** A customer's phone, played on this machine: its vault, its prover, and its line to whatever terminal shows an offer. */

import { randomBytes } from 'node:crypto'
import { PalmError } from '@palmhold/base'
import { enrolmentRootsOf } from '@palmhold/chain'
import type { ProbeCodes } from '@palmhold/palm'
import { addressOfKey, type PairingOffer, type SigningDomain } from '@palmhold/protocol'
import {
  createMembershipCache,
  type EnrolmentHistory,
  type MembershipCache,
  type PhoneLaneOptions,
  type PhonePayment,
  payByPhone,
} from '@palmhold/wallet/phone-lane'
import { type VaultKey, wipeVault } from '@palmhold/wallet/vault'
import type { Prover } from '@palmhold/zk'
import type { NetworkRecord } from '../network/network-record.ts'
import {
  awaitPairing,
  offerOf,
  openPayment,
  type PaymentResult,
  scanForPayment,
  type VerifierPlace,
} from '../verifier/terminal-client.ts'
import { connectCustomer, openCustomer } from './customer.ts'

export type Phone = {
  /** Answers the request of an offer. @throws {PalmError} of wallet, prover or terminal */
  readonly pay: (offer: PairingOffer) => Promise<PhonePayment>
  readonly close: () => void
}

export type PhoneOptions = {
  readonly folder: string
  readonly record: NetworkRecord
  readonly name: string
  readonly prover: Prover
  readonly vaultKey?: VaultKey | undefined
  /** Memberships that were proven before; none unless given. */
  readonly cache?: MembershipCache
  /** What its owner says; yes unless given. */
  readonly confirm?: PhoneLaneOptions['confirm']
  readonly onStep?: PhoneLaneOptions['onStep']
}

/** Opens the phone of customer `name`; the caller closes it. @throws {NotEnrolledError} @throws {PalmError} of the vault */
export async function openPhone(options: PhoneOptions): Promise<Phone> {
  const { folder, record, name, prover, cache = createMembershipCache() } = options
  const { vault } = await openCustomer(folder, name, options.vaultKey)
  const { enrolment } = vault
  if (!enrolment) throw new NotEnrolledError(name)
  const chain = await connectCustomer(record, vault.key)
  const enrolmentHistory = async (): Promise<EnrolmentHistory> => {
    const [{ changes }, times] = await Promise.all([chain.enrolmentLeafChanges(), chain.rootTimes()])
    return { changes, roots: enrolmentRootsOf(changes, times), ...times }
  }
  return {
    pay: (offer) =>
      payByPhone(offer, {
        member: { ...vault, account: addressOfKey(vault.key), index: enrolment.index },
        domain: domainOf(record),
        chain: {
          isActiveTerminal: (merchantId, terminal) => chain.isActiveTerminal(merchantId, terminal),
          enrolmentHistory,
        },
        prover,
        cache,
        confirm: options.confirm ?? (async () => true),
        ...(options.onStep ? { onStep: options.onStep } : {}),
        clock: () => Math.floor(Date.now() / 1000),
        random: (length) => new Uint8Array(randomBytes(length)),
      }),
    close() {
      chain.close()
      wipeVault(vault)
    },
  }
}

/** What till, terminal and phone come to. */
export type PhoneLanePayment = PaymentResult & Pick<PhonePayment, 'proveMembershipMs' | 'proveMatchMs'>

/**
 * One payment by phone: the till asks, `phone` pairs, and the terminal sees the palm of `probe`, whose codes are overwritten.
 * @throws {PalmError} the code of whoever refused, the phone's own before what the terminal was told
 */
export async function payWithPhone(options: {
  place: VerifierPlace
  domain: SigningDomain
  phone: Phone
  probe: ProbeCodes
  amountMinor: number
  orderId?: string
}): Promise<PhoneLanePayment> {
  const { place, domain, phone, probe } = options
  const issued = await openPayment(place, options.amountMinor, options.orderId ?? '', 'phone')
  const paying = phone.pay(offerOf(place, issued)!)
  const scanning = awaitPairing(place, issued).then(() => scanForPayment(place, domain, issued, probe))
  const [paid, scanned] = await Promise.allSettled([paying, scanning])
  if (paid.status === 'rejected') throw paid.reason
  if (scanned.status === 'rejected') throw scanned.reason
  const { proveMembershipMs, proveMatchMs } = paid.value
  return { ...scanned.value, proveMembershipMs, proveMatchMs }
}

function domainOf({ chain, contracts }: NetworkRecord): SigningDomain {
  return { chainId: chain.chainId, verifyingContract: contracts.matchVerifier }
}

/** A wallet without an enrolment. */
export class NotEnrolledError extends PalmError {
  constructor(name: string) {
    super('PALM_ENROLMENT_MISSING', `the wallet of ${name} is not enrolled`, {
      hints: [`Enrol first: \`npx palmhold enrol --name "${name}" --left ...\`.`],
    })
  }
}
