/**
 * The members' check of an enrolment's dealing, from one member's side:
 *
 *   receipts of all (each with a commitment to a nonce) -> everybody's nonce -> the coin -> everybody's opened values
 *
 * A member reveals its nonce only to whoever shows the receipts of all, and only for the first commitments that it is
 * shown: a member that signs several receipts gets no second coin. It opens its values once all others have revealed their
 * nonces for the same commitments to itself, since two members that open under different coins give away a combination of
 * bits as two openings of one do. It keeps coin and values, and says the same to whoever asks again, so a member that was
 * down catches up later and decides by itself from the same values. Each also says which commitments to the identity secret
 * it was dealt: all must have the same.
 */

import { sha256 } from '@noble/hashes/sha2.js'
import { encodeFields, equalBytes, fromHex, type Hex, PalmError, toBigEndian, toHex } from '@palmhold/base'
import {
  checkValues,
  coinCommitment,
  coinSeed,
  commitmentsDigest,
  type DealVerdict,
  MasksSpentError,
  opensCommitment,
  rowLayout,
  verifyDealing,
} from '@palmhold/matching'
import {
  handsOf,
  hashSchema,
  isSignedBy,
  receiptHash,
  type SignedReceipt,
  type SigningDomain,
  signedReceiptSchema,
} from '@palmhold/protocol'
import { z } from 'zod'
import { type Committee, shareIdOf } from '../runtime/committee.ts'
import { aesCtr } from './aes-ctr.ts'
import type { DealingStore, StoredDealing } from './dealing-store.ts'

/** More than a committee has members. */
const MAX_MEMBERS = 15
/** Signatures that are remembered: of some fifty enrolments at once. */
const MAX_KNOWN = 256
/** Ten ring elements of each of two kinds, as hexadecimal. */
const MAX_OPENED_CHARACTERS = 2 + 2 * 1024

/** What one member asks another: its nonce and, once all nonces are known, what it opens under their coin. */
export const rowQuestionSchema = z.strictObject({
  index: z.int().min(0),
  receipts: z.array(signedReceiptSchema).max(MAX_MEMBERS),
  /** Of all members, in their order; empty while they are not known. */
  nonces: z.array(hashSchema).max(MAX_MEMBERS),
})
export type RowQuestion = z.infer<typeof rowQuestionSchema>

export const rowAnswerSchema = z.strictObject({
  nonce: hashSchema,
  /** SHA-256 of the commitments to the identity secret that the member was dealt. */
  identity: hashSchema,
  /** Empty where the question had no nonces. */
  opened: z
    .string()
    .regex(/^(0x([0-9a-f]{2})*)?$/)
    .max(MAX_OPENED_CHARACTERS),
})
export type RowAnswer = z.infer<typeof rowAnswerSchema>

/** An enrolment whose dealing is checked. */
type Checked = { readonly index: number; readonly sharesRoot: Hex; readonly hands: number }

export type RowCheck = {
  /** What this operator's receipt for a dealing carries. */
  readonly commitmentOf: (dealing: Pick<StoredDealing, 'index' | 'sharesRoot' | 'nonce'>) => Hex
  /** @throws {RowCheckError} PALM_RECEIPTS_MISSING: not every member has acknowledged this dealing */
  readonly requireReceipts: (enrolment: Omit<Checked, 'hands'>, receipts: readonly SignedReceipt[]) => void
  /** Runs the check with all other members. @throws {PalmError} a member is not reached or does not keep to its commitment */
  readonly verify: (enrolment: Checked, receipts: readonly SignedReceipt[]) => Promise<DealVerdict>
  /** Answers another member. @throws {PalmError} it may not know, or a third is not reached or was told something else */
  readonly answer: (enrolment: Checked, question: RowQuestion) => Promise<RowAnswer>
}

export function createRowCheck(options: {
  domain: SigningDomain
  self: Hex
  committee: () => Committee
  dealings: DealingStore
  /** @throws {PalmError} the member is not reached, or refuses */
  ask: (member: Hex, question: RowQuestion) => Promise<RowAnswer>
}): RowCheck {
  const { domain, self, dealings } = options

  /** What a check is bound to, and its coin with it. */
  const contextOf = ({ index, sharesRoot }: { index: number; sharesRoot: Hex }): Uint8Array => {
    const { committeeId, epoch } = options.committee()
    return sha256(
      encodeFields('palmhold/row-check/1', [
        toBigEndian(domain.chainId, 32),
        fromHex(domain.verifyingContract, { length: 20 }),
        fromHex(committeeId, { length: 32 }),
        toBigEndian(epoch, 4),
        toBigEndian(index, 4),
        fromHex(sharesRoot, { length: 32 }),
      ]),
    )
  }

  /** Signatures that held: the receipts of an enrolment come with every question about it. */
  const known = new Set<string>()
  const isSigned = (member: Hex, digest: Hex, signature: Hex): boolean => {
    const name = `${member} ${digest} ${signature}`
    if (known.has(name)) return true
    if (!isSignedBy(member, digest, signature)) return false
    if (known.size >= MAX_KNOWN) known.clear()
    known.add(name)
    return true
  }

  const commitmentsIn = ({ index, sharesRoot }: Omit<Checked, 'hands'>, receipts: readonly SignedReceipt[]): Hex[] => {
    const committee = options.committee()
    return committee.members.map((member) => {
      const found = receipts.find(
        ({ receipt, signature }) =>
          receipt.operator === member &&
          receipt.index === index &&
          receipt.sharesRoot === sharesRoot &&
          receipt.committeeId === committee.committeeId &&
          receipt.committeeEpoch === committee.epoch &&
          isSigned(member, receiptHash(domain, receipt), signature),
      )
      if (!found) throw new RowCheckError('PALM_RECEIPTS_MISSING')
      return found.receipt.coinCommitment
    })
  }

  const held = ({ index, sharesRoot }: Omit<Checked, 'hands'>): StoredDealing => {
    const dealing = dealings.dealing(index)
    const isThere = dealing?.sharesRoot === sharesRoot && (dealing.share.length > 0 || dealing.opened)
    if (!isThere) throw new RowCheckError('PALM_ENROLMENT_UNKNOWN')
    return dealing
  }

  /** This operator's dealing, for these commitments and no others. */
  const bound = (enrolment: Checked, commitments: readonly Hex[]): StoredDealing => {
    const dealing = held(enrolment)
    const told = commitments.map((commitment) => fromHex(commitment))
    const digest = commitmentsDigest(contextOf(enrolment), told)
    if (!equalBytes(dealings.bind(enrolment.index, digest), digest)) throw new RowCheckError('PALM_COIN_MISMATCH')
    return dealing
  }

  /** The coin's seed from everybody's nonce. */
  const seedOf = (enrolment: Checked, commitments: readonly Hex[], nonces: readonly Uint8Array[]): Uint8Array => {
    const context = contextOf(enrolment)
    const { members } = options.committee()
    const areKept = members.every((member, i) => {
      const nonce = nonces[i]
      return nonce !== undefined && opensCommitment(fromHex(commitments[i]!), context, member, nonce)
    })
    if (!areKept || nonces.length !== members.length) throw new RowCheckError('PALM_COIN_MISMATCH')
    return coinSeed(context, nonces)
  }

  /** What this operator opens: computed once, then as it is kept. */
  const opened = (enrolment: Checked, dealing: StoredDealing, seed: Uint8Array): Uint8Array => {
    if (dealing.opened) {
      // Under another coin, such as another epoch's, the same masks would hide nothing.
      if (!equalBytes(dealing.opened.seed, seed)) throw new MasksSpentError()
      return dealing.opened.values
    }
    const values = checkValues(dealing.share, layoutOf(enrolment), 0, seed, aesCtr)
    dealings.open(enrolment.index, seed, values)
    return values
  }

  /** Has all others reveal their nonces for these receipts, and opens; those that were told other commitments refuse. */
  const openWithAll = async (enrolment: Checked, receipts: readonly SignedReceipt[]) => {
    const commitments = commitmentsIn(enrolment, receipts)
    const { nonce } = bound(enrolment, commitments)
    const question = { index: enrolment.index, receipts: [...receipts], nonces: [] }
    const nonces = await Promise.all(
      options
        .committee()
        .members.map(async (member) =>
          member === self ? nonce : fromHex((await options.ask(member, question)).nonce),
        ),
    )
    // Renewed meanwhile, it has other shares: what is held is looked up again.
    const dealing = held(enrolment)
    const values = opened(enrolment, dealing, seedOf(enrolment, commitments, nonces))
    return { nonces, values, identity: dealing.identity }
  }

  return {
    commitmentOf: (dealing) => toHex(coinCommitment(contextOf(dealing), self, dealing.nonce)),

    requireReceipts: (enrolment, receipts) => void commitmentsIn(enrolment, receipts),

    async verify(enrolment, receipts) {
      const { index } = enrolment
      const committee = options.committee()
      const { members, threshold } = committee
      const { nonces, ...own } = await openWithAll(enrolment, receipts)
      const question = { index, receipts: [...receipts], nonces: nonces.map((nonce) => toHex(nonce)) }
      const answers = await Promise.all(
        members.map(async (member) => {
          const answer = member === self ? own : readAnswer(await options.ask(member, question))
          return { id: shareIdOf(committee, member), ...answer }
        }),
      )
      const verdict = verifyDealing(answers, layoutOf(enrolment), threshold)
      if (!verdict.ok) return verdict
      // Shares that fit different commitments prove no knowledge of the secret, and interpolate to no pseudonym.
      const isOne = answers.every(({ identity }) => equalBytes(identity, own.identity))
      return isOne ? verdict : { ok: false, reason: 'PALM_IDENTITY_UNEQUAL' }
    },

    async answer(enrolment, { receipts, nonces }) {
      const commitments = commitmentsIn(enrolment, receipts)
      const dealing = bound(enrolment, commitments)
      const [nonce, identity] = [toHex(dealing.nonce), toHex(dealing.identity)]
      if (nonces.length === 0) return { nonce, identity, opened: '' }
      const seed = seedOf(
        enrolment,
        commitments,
        nonces.map((each) => fromHex(each)),
      )
      const isOpen = dealing.opened !== undefined
      const values = isOpen ? opened(enrolment, dealing, seed) : (await openWithAll(enrolment, receipts)).values
      return { nonce, identity, opened: toHex(values) }
    },
  }
}

function readAnswer({ opened, identity }: RowAnswer): { values: Uint8Array; identity: Uint8Array } {
  return { values: fromHex(opened), identity: fromHex(identity) }
}

function layoutOf({ hands }: Checked) {
  return rowLayout(handsOf(hands).length)
}

/** A check of a dealing that cannot go on. */
export class RowCheckError extends PalmError {
  constructor(code: 'PALM_RECEIPTS_MISSING' | 'PALM_ENROLMENT_UNKNOWN' | 'PALM_COIN_MISMATCH') {
    const [message, hint] = REASONS[code]
    super(code, message, { hints: [hint] })
  }
}

const REASONS = {
  PALM_RECEIPTS_MISSING: [
    'not every operator of the committee has acknowledged the enrolment',
    'Deliver the shares to every operator, then activate with all receipts.',
  ],
  PALM_ENROLMENT_UNKNOWN: [
    'this operator holds no shares of the enrolment',
    'Register the enrolment on chain first, then deliver exactly those shares.',
  ],
  PALM_COIN_MISMATCH: [
    'an operator reveals another nonce than it committed to, or committed to several',
    'Nothing was opened. Try again; if it stays, an operator runs an altered version.',
  ],
} as const
