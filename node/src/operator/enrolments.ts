/**
 * Taking in enrolments: a sealed package of shares is opened, held against what the chain says was dealt, written to
 * disk, and acknowledged with a signed receipt. With the receipts of all members the enrolment takes part in matching;
 * they convince every other operator too, so that a wallet that vanishes half-way leaves no operator behind.
 */

import { randomBytes } from 'node:crypto'
import { type Hex, PalmError, type PalmErrorCode } from '@palmhold/base'
import { ROW_SHARE_BYTES } from '@palmhold/matching'
import {
  decodeRowPackage,
  ENROLMENT_PURPOSE,
  enrolmentBinding,
  isInMerkleTree,
  isSignedBy,
  packageLeaf,
  parseJson,
  receiptHash,
  type SealingKeys,
  type SignedReceipt,
  type SigningDomain,
  signDigest,
  signedReceiptSchema,
  unseal,
} from '@palmhold/protocol'
import { z } from 'zod'
import { type Committee, shareIdOf } from '../runtime/committee.ts'
import type { Gallery } from './gallery.ts'

/** An enrolment as the chain has it. */
export type ChainEnrolment = {
  readonly index: number
  readonly owner: Hex
  readonly sharesRoot: Hex
  /** False once its owner revoked it. */
  readonly live: boolean
}

export type EnrolmentsOptions = {
  readonly domain: SigningDomain
  readonly self: Hex
  readonly privateKey: Uint8Array
  readonly sealing: SealingKeys
  readonly committee: () => Committee
  readonly gallery: Gallery
  /** @throws {PalmError} the chain knows none under this index */
  readonly chainEnrolment: (index: number) => Promise<ChainEnrolment>
  /** Runs `work` while no match runs. */
  readonly whileIdle: (work: () => void) => Promise<void>
  readonly onChange: () => void
}

/** An enrolment that every member acknowledged. */
export type Activation = { readonly index: number; readonly receipts: readonly SignedReceipt[] }

export type Enrolments = {
  /** Takes one sealed package; the receipt says that it is durable. @throws {EnrolmentRefusedError} */
  readonly deliver: (index: number, sealed: Uint8Array, proof: readonly Hex[]) => Promise<SignedReceipt>
  /** Lets an enrolment take part in matching. @throws {EnrolmentRefusedError} a member's receipt is missing or wrong */
  readonly activate: (activation: Activation) => void
  /**
   * Erases an enrolment whose owner revoked or renewed it on chain. With `sharesRoot` only the shares under that root: while
   * this waits for a match to end, the owner may deliver others.
   */
  readonly erase: (index: number, sharesRoot?: Hex) => Promise<void>
  /** What another operator needs to activate what this one has; indexes in `known` are left out. */
  readonly activationsBeyond: (known: ReadonlySet<number>, indexes: readonly number[]) => Activation[]
}

/** The longest list of receipts kept of one enrolment. */
const receiptsSchema = z.array(signedReceiptSchema).max(15)

export function createEnrolments(options: EnrolmentsOptions): Enrolments {
  const { domain, self, gallery } = options

  const erase = async (index: number, sharesRoot?: Hex) => {
    await options.whileIdle(() => {
      if (sharesRoot !== undefined && gallery.enrolment(index)?.sharesRoot !== sharesRoot) return
      gallery.erase(index, (length) => new Uint8Array(randomBytes(length)))
    })
    options.onChange()
  }

  return {
    async deliver(index, sealed, proof) {
      const committee = options.committee()
      const onChain = await options.chainEnrolment(index)
      if (!onChain.live) throw new EnrolmentRefusedError('PALM_ENROLMENT_UNKNOWN')
      const bytes = await unseal(
        { secretKey: options.sealing.secretKey, purpose: ENROLMENT_PURPOSE, bound: enrolmentBinding(index, self) },
        sealed,
      )
      const at = shareIdOf(committee, self) - 1
      if (!isInMerkleTree(onChain.sharesRoot, committee.members.length, at, packageLeaf(self, bytes), proof))
        throw new EnrolmentRefusedError('PALM_SHARE_INVALID')
      const row = decodeRowPackage(bytes, ROW_SHARE_BYTES)
      const known = gallery.enrolment(index)
      // Renewed on chain: what was dealt before goes first.
      if (known && known.state !== 'erased' && known.sharesRoot !== onChain.sharesRoot)
        await erase(index, known.sharesRoot)
      if (known?.sharesRoot !== onChain.sharesRoot) gallery.store(onChain, row)
      else if (known.state === 'erased') throw new EnrolmentRefusedError('PALM_ENROLMENT_UNKNOWN')
      const receipt = {
        index,
        sharesRoot: onChain.sharesRoot,
        committeeId: committee.committeeId,
        committeeEpoch: committee.epoch,
        operator: self,
      }
      return { receipt, signature: signDigest(receiptHash(domain, receipt), options.privateKey) }
    },

    activate({ index, receipts }) {
      const committee = options.committee()
      const stored = gallery.enrolment(index)
      if (stored?.state === 'active') return
      if (stored?.state !== 'stored') throw new EnrolmentRefusedError('PALM_ENROLMENT_UNKNOWN')
      const isComplete = committee.members.every((member) =>
        receipts.some(
          ({ receipt, signature }) =>
            receipt.operator === member &&
            receipt.index === index &&
            receipt.sharesRoot === stored.sharesRoot &&
            receipt.committeeId === committee.committeeId &&
            receipt.committeeEpoch === committee.epoch &&
            isSignedBy(member, receiptHash(domain, receipt), signature),
        ),
      )
      if (!isComplete) throw new EnrolmentRefusedError('PALM_RECEIPTS_MISSING')
      gallery.activate(index, JSON.stringify(receipts))
      options.onChange()
    },

    erase,

    activationsBeyond(known, indexes) {
      return indexes
        .filter((index) => !known.has(index))
        .map((index) => gallery.enrolment(index))
        .filter((enrolment) => enrolment?.state === 'active' && enrolment.receipts !== undefined)
        .map((enrolment) => ({
          index: enrolment!.index,
          receipts: parseJson(receiptsSchema, enrolment!.receipts!, 'list of receipts', 'PALM_ENCODING_INVALID'),
        }))
    },
  }
}

/** An enrolment that this operator does not take. */
export class EnrolmentRefusedError extends PalmError {
  constructor(code: PalmErrorCode) {
    const messages: Partial<Record<PalmErrorCode, string>> = {
      PALM_ENROLMENT_UNKNOWN: 'the chain or this operator knows no such enrolment',
      PALM_SHARE_INVALID: 'the shares are not those that the enrolment on chain commits to',
      PALM_RECEIPTS_MISSING: 'not every operator of the committee has acknowledged the enrolment',
    }
    const hints: Partial<Record<PalmErrorCode, string>> = {
      PALM_RECEIPTS_MISSING: 'Deliver the shares to every operator, then activate with all receipts.',
    }
    super(code, messages[code] ?? 'the enrolment is refused', {
      hints: [hints[code] ?? 'Register the enrolment on chain first, then deliver exactly those shares.'],
    })
  }
}
