/**
 * Taking in enrolments: a sealed package of shares is opened, held against what the chain says was dealt, written to
 * disk, and acknowledged with a signed receipt. With the receipts of all members they check what was dealt (row-check.ts);
 * an enrolment that passes takes part in matching, one that does not is erased everywhere and its owner told why. The
 * receipts convince every other operator too, so that a wallet that vanishes half-way leaves no operator behind.
 */

import { randomBytes } from 'node:crypto'
import { sha256 } from '@noble/hashes/sha2.js'
import { concatBytes, type Hex, PalmError, type PalmErrorCode } from '@palmhold/base'
import {
  COIN_BYTES,
  DealingRefusedError,
  type DealRefusal,
  dealtBytes,
  ELEMENT_BYTES,
  GALLERY_ROW_BYTES,
  packRow,
  rowLayout,
} from '@palmhold/matching'
import {
  commitEnrolment,
  decodeRowPackage,
  ENROLMENT_PURPOSE,
  encodePoint,
  enrolmentBinding,
  handsOf,
  isCommittedShare,
  isInMerkleTree,
  packageLeaf,
  parseJson,
  type RowPackage,
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
import type { DealingStore } from './dealing-store.ts'
import type { Gallery, OwnRows } from './gallery.ts'
import { createRowCheck, type RowAnswer, type RowQuestion } from './row-check.ts'

/** An enrolment as the chain has it. */
export type ChainEnrolment = {
  readonly index: number
  readonly owner: Hex
  /** Of templates and identity point, see `commitEnrolment`. */
  readonly commitment: Hex
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
  readonly dealings: DealingStore
  /** Asks another member for its part of a check. @throws {PalmError} it is not reached, or refuses */
  readonly askMember: (member: Hex, question: RowQuestion) => Promise<RowAnswer>
  /** @throws {PalmError} the chain knows none under this index */
  readonly chainEnrolment: (index: number) => Promise<ChainEnrolment>
  /** Runs `work` while no match runs. */
  readonly whileIdle: (work: () => void) => Promise<void>
  readonly onChange: () => void
  /** Called for each dealing that does not pass the check. */
  readonly onRefusal: (reason: DealRefusal) => void
}

/** An enrolment that every member acknowledged. */
export type Activation = { readonly index: number; readonly receipts: readonly SignedReceipt[] }

export type Enrolments = {
  /**
   * Takes one sealed package; the receipt says that it is durable.
   * @throws {EnrolmentRefusedError | DealingRefusedError}
   * @throws {PackageError | CurvePointError | FieldElementError} it is not laid out as a package is
   */
  readonly deliver: (index: number, sealed: Uint8Array, proof: readonly Hex[]) => Promise<SignedReceipt>
  /**
   * Has all members check an enrolment, and lets it take part in matching if it passes.
   * @throws {EnrolmentRefusedError | RowCheckError} nothing is held, or a member's receipt is missing or wrong
   * @throws {DealingRefusedError} what was dealt is no row: it is erased here and never taken again
   * @throws {PalmError} a member was not reached: to be tried again
   */
  readonly activate: (activation: Activation) => Promise<void>
  /** Answers another member's question in a check. @throws {PalmError} */
  readonly answer: (question: RowQuestion) => Promise<RowAnswer>
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
  const { domain, self, gallery, dealings } = options
  const check = createRowCheck({ ...options, ask: options.askMember })
  /** Checks under way, by enrolment and shares root. */
  const checking = new Map<string, Promise<void>>()
  const random = (length: number) => new Uint8Array(randomBytes(length))
  /** Why what an enrolment was last dealt is refused. */
  const refusalOf = (index: number): DealRefusal | undefined => {
    const dealing = dealings.dealing(index)
    return dealing?.sharesRoot === gallery.enrolment(index)?.sharesRoot ? dealing?.refusal : undefined
  }

  const erase = async (index: number, sharesRoot?: Hex) => {
    await options.whileIdle(() => {
      if (sharesRoot !== undefined && gallery.enrolment(index)?.sharesRoot !== sharesRoot) return
      gallery.erase(index, random)
      dealings.forget(index)
    })
    options.onChange()
  }

  // What a crash left between a decision and the erasure that follows it.
  for (const index of dealings.undecided()) if (gallery.enrolment(index)?.state !== 'stored') dealings.forget(index)
  for (const index of dealings.refused()) if (refusalOf(index)) gallery.erase(index, random)

  /** Decides about a stored enrolment whose receipts are all there. */
  const decide = async (
    enrolment: { index: number; sharesRoot: Hex; hands: number },
    receipts: readonly SignedReceipt[],
  ): Promise<void> => {
    const { index, sharesRoot } = enrolment
    const verdict = await check.verify(enrolment, receipts)
    const now = gallery.enrolment(index)
    // Revoked or renewed meanwhile: what was checked is not there any more.
    if (now?.sharesRoot !== sharesRoot || now.state !== 'stored')
      throw new EnrolmentRefusedError('PALM_ENROLMENT_UNKNOWN')
    if (!verdict.ok) {
      dealings.forget(index, verdict.reason)
      options.onRefusal(verdict.reason)
      await erase(index, sharesRoot)
      throw new DealingRefusedError(verdict.reason)
    }
    gallery.activate(index, JSON.stringify(receipts))
    dealings.forget(index)
    options.onChange()
  }

  const activate = async ({ index, receipts }: Activation): Promise<void> => {
    const stored = gallery.enrolment(index)
    if (stored?.state === 'active') return
    const refusal = refusalOf(index)
    if (refusal) throw new DealingRefusedError(refusal)
    if (stored?.state !== 'stored') throw new EnrolmentRefusedError('PALM_ENROLMENT_UNKNOWN')
    check.requireReceipts(stored, receipts)
    const key = `${index}:${stored.sharesRoot}`
    const running = checking.get(key) ?? decide(stored, receipts).finally(() => checking.delete(key))
    checking.set(key, running)
    await running
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
      const row = decodeRowPackage(bytes, committee.threshold, (hands) => dealtBytes(rowLayout(hands)))
      checkIdentity(row, at + 1, onChain.commitment)
      const known = gallery.enrolment(index)
      const refusal = known?.sharesRoot === onChain.sharesRoot ? refusalOf(index) : undefined
      if (refusal) throw new DealingRefusedError(refusal)
      // Renewed on chain: what was dealt before goes first.
      if (known && known.state !== 'erased' && known.sharesRoot !== onChain.sharesRoot)
        await erase(index, known.sharesRoot)
      if (known?.sharesRoot !== onChain.sharesRoot) gallery.store(onChain, packed(row))
      else if (known.state === 'erased') throw new EnrolmentRefusedError('PALM_ENROLMENT_UNKNOWN')
      const { sharesRoot } = onChain
      const identity = sha256(concatBytes(...row.identity.commitments.map(encodePoint)))
      dealings.keep({ index, sharesRoot, share: row.share, nonce: random(COIN_BYTES), identity })
      const receipt = {
        index,
        sharesRoot: onChain.sharesRoot,
        committeeId: committee.committeeId,
        committeeEpoch: committee.epoch,
        operator: self,
        coinCommitment: check.commitmentOf(dealings.dealing(index)!),
      }
      return { receipt, signature: signDigest(receiptHash(domain, receipt), options.privateKey) }
    },

    activate,

    async answer(question) {
      const { index, receipts } = question
      const stored = gallery.enrolment(index)
      if (!stored) throw new EnrolmentRefusedError('PALM_ENROLMENT_UNKNOWN')
      const answer = await check.answer(stored, question)
      // Whoever has everybody's nonces is about to decide; this operator decides with it, whether its wallet asks or not.
      const isOpen = stored.state === 'stored' && question.nonces.length > 0
      if (isOpen) void activate({ index, receipts }).catch(() => undefined)
      return answer
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

/**
 * Holds the identity in a package against the chain: S must be what the enrolment there commits to, and this operator's share
 * must be of its secret.
 */
function checkIdentity({ identity, templates }: RowPackage, id: number, commitment: Hex): void {
  if (commitEnrolment(templates, identity.commitments[0]!) !== commitment)
    throw new EnrolmentRefusedError('PALM_IDENTITY_MISMATCH')
  if (!isCommittedShare(identity, id)) throw new EnrolmentRefusedError('PALM_IDENTITY_SHARE')
}

/** The rows that scores are computed with, from this operator's shares of the rows' bits. */
function packed({ hands, identity, share }: RowPackage): OwnRows {
  const { bits } = rowLayout(handsOf(hands).length)
  const rows = packRow(share.subarray(0, ELEMENT_BYTES * bits))
  return {
    hands,
    identity,
    rows: handsOf(hands).map((_, i) => rows.subarray(i * GALLERY_ROW_BYTES, (i + 1) * GALLERY_ROW_BYTES)),
  }
}

/** An enrolment that this operator does not take. */
export class EnrolmentRefusedError extends PalmError {
  constructor(code: PalmErrorCode) {
    const messages: Partial<Record<PalmErrorCode, string>> = {
      PALM_ENROLMENT_UNKNOWN: 'the chain or this operator knows no such enrolment',
      PALM_SHARE_INVALID: 'the shares are not those that the enrolment on chain commits to',
      PALM_IDENTITY_MISMATCH: 'templates and identity point are not those that the enrolment on chain commits to',
      PALM_IDENTITY_SHARE: 'the share of the identity secret does not fit the commitments to it',
    }
    super(code, messages[code] ?? 'the enrolment is refused', {
      hints: ['Register the enrolment on chain first, then deliver exactly those shares.'],
    })
  }
}
