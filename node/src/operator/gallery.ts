/**
 * The gallery of one operator: its shares of every active row, in memory for the kernel and on disk for good, with whom
 * each row belongs to. Slots follow the order of enrolments on chain (two slots an enrolment: left hand, right hand), so
 * that row k is the same palm at every operator.
 */

import { createHash } from 'node:crypto'
import { equalBytes, fromBigEndian, type Hex, PalmError } from '@palmhold/base'
import { GALLERY_ROW_BYTES } from '@palmhold/matching'
import {
  encodePoint,
  encodeScalar,
  type GalleryEntry,
  galleryRoot,
  HAND,
  handsOf,
  type IdentityShare,
  parsePoints,
} from '@palmhold/protocol'
import { RowDamagedError, type SegmentStore } from '../storage/segment-store.ts'
import type { GalleryPools } from './gallery-pools.ts'
import type { OperatorDatabase, StoredEnrolment } from './operator-database.ts'

const SLOTS_PER_ENROLMENT = 2
const HASH_BYTES = 32

/** The gallery as one match sees it; later enrolments do not change it. */
export type GallerySnapshot = {
  readonly root: Hex
  /** Rows from slot 0 to the last active one. */
  readonly rows: number
  /** One bit a slot: whether the row takes part. */
  readonly active: Uint8Array
}

/** An enrolment and what was dealt for it; a renewal is dealt anew. */
export type DealtRow = { readonly index: number; readonly sharesRoot: Hex }

/** What is kept of an enrolment: this operator's shares of the identity secret and of each hand's row. */
export type OwnRows = {
  readonly hands: number
  readonly identity: IdentityShare
  /** GALLERY_ROW_BYTES for each hand in `hands`. */
  readonly rows: readonly Uint8Array[]
}

/** Whose row it is. */
export type RowOwner = { readonly index: number; readonly owner: Hex; readonly identity: IdentityShare }

export type Gallery = {
  readonly snapshot: () => GallerySnapshot
  /** How many rows take part in matching. */
  readonly activeRows: () => number
  readonly activeEnrolments: () => number
  /** Enrolments whose rows this operator cannot answer for: its disk damaged them, or they are lost. They take no part. */
  readonly damaged: () => readonly DealtRow[]
  /** Notes which enrolments are valid on chain and erased here, in place of what was noted before. */
  readonly reportLost: (lost: readonly DealtRow[]) => void
  /**
   * Leaves out of matching what another operator cannot answer for, or under its own name what the chain does not know,
   * in place of what was left out for it before.
   */
  readonly leaveOut: (operator: Hex, damaged: readonly DealtRow[]) => void
  readonly enrolment: (index: number) => StoredEnrolment | undefined
  /** Copies of this operator's rows of an enrolment, one a hand; undefined where it does not take part here. */
  readonly rowsOf: (row: DealtRow) => Uint8Array[] | undefined
  /** Puts rows in the place of damaged ones, durably; false, and nothing done, where they are not what was there. */
  readonly mend: (row: DealtRow, rows: readonly Uint8Array[]) => boolean
  /** Keeps an enrolment durably, not yet active. @throws {DiskError} */
  readonly store: (enrolment: { index: number; owner: Hex; sharesRoot: Hex }, row: OwnRows) => void
  /** Lets a stored enrolment take part; `receipts` is kept to convince other operators. */
  readonly activate: (index: number, receipts: string) => void
  /** Overwrites the rows of an enrolment with `noise` and forgets its identity. Not to be called while a match runs. */
  readonly erase: (index: number, noise: (length: number) => Uint8Array) => void
  readonly ownerOf: (slot: number) => RowOwner | undefined
  readonly close: () => void
}

/** Opens the gallery and loads every active row into `pools`. */
export function openGallery(database: OperatorDatabase, segments: SegmentStore, pools: GalleryPools): Gallery {
  const active = new Map<number, StoredEnrolment>()
  const damaged = new Map<number, DealtRow>()
  const leftOut = new Map<Hex, readonly DealtRow[]>()
  let lost: readonly DealtRow[] = []
  /** Worked out once a change, not once a query: anybody may send queries, and their policies are held against the rows. */
  let cached: { readonly taking: readonly StoredEnrolment[]; snapshot: GallerySnapshot | undefined } | undefined

  const load = (enrolment: StoredEnrolment): void => {
    const row = new Uint8Array(GALLERY_ROW_BYTES)
    slotsOf(enrolment).forEach((slot, i) => {
      segments.read(slot, hashAt(enrolment, i), row)
      pools.writeRow(slot, row)
    })
    active.set(enrolment.index, enrolment)
    cached = undefined
  }

  const hashAt = ({ rowHashes }: StoredEnrolment, i: number) => rowHashes.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES)

  for (const enrolment of database.enrolments()) {
    if (enrolment.state !== 'active') continue
    try {
      load(enrolment)
    } catch (error) {
      if (!(error instanceof RowDamagedError)) throw error
      damaged.set(enrolment.index, { index: enrolment.index, sharesRoot: enrolment.sharesRoot })
    }
  }

  /** Active here, and not damaged at another operator: a sum over two good shares and a bad one is random. */
  const findTaking = (): StoredEnrolment[] => {
    const out = new Set([...leftOut.values()].flat().map(({ index, sharesRoot }) => `${index}:${sharesRoot}`))
    return [...active.values()].filter(({ index, sharesRoot }) => !out.has(`${index}:${sharesRoot}`))
  }
  const current = () => {
    cached ??= { taking: findTaking(), snapshot: undefined }
    return cached
  }

  return {
    snapshot() {
      const now = current()
      now.snapshot ??= takeSnapshot(now.taking)
      return now.snapshot
    },
    activeRows: () => current().taking.reduce((sum, { hands }) => sum + handsOf(hands).length, 0),
    activeEnrolments: () => current().taking.length,
    damaged: () => [...damaged.values(), ...lost],
    reportLost(rows) {
      // These two fields go to the other operators, whatever else a caller's rows have.
      lost = rows.map(({ index, sharesRoot }) => ({ index, sharesRoot }))
    },
    leaveOut(operator, rows) {
      leftOut.set(operator, rows)
      cached = undefined
    },
    enrolment: (index) => database.enrolment(index),
    rowsOf({ index, sharesRoot }) {
      const enrolment = active.get(index)
      if (enrolment?.sharesRoot !== sharesRoot) return undefined
      return slotsOf(enrolment).map((slot, i) => {
        const row = new Uint8Array(GALLERY_ROW_BYTES)
        segments.read(slot, hashAt(enrolment, i), row)
        return row
      })
    },
    mend({ index, sharesRoot }, rows) {
      const enrolment = database.enrolment(index)
      if (!damaged.has(index) || enrolment?.state !== 'active' || enrolment.sharesRoot !== sharesRoot) return false
      const slots = slotsOf(enrolment)
      const isWhole = slots.every((_, i) => rows[i] && equalBytes(sha256(rows[i]), hashAt(enrolment, i)))
      if (!isWhole) return false
      for (const [i, slot] of slots.entries()) segments.write(slot, rows[i]!)
      load(enrolment)
      damaged.delete(index)
      return true
    },
    store({ index, owner, sharesRoot }, row) {
      const slots = slotsOf({ index, hands: row.hands })
      const hashes = slots.map((slot, i) => segments.write(slot, row.rows[i]!))
      database.store({
        index,
        owner,
        sharesRoot,
        hands: row.hands,
        identityShare: encodeScalar(row.identity.share),
        identityCommitments: Buffer.concat(row.identity.commitments.map(encodePoint)),
        rowHashes: Buffer.concat(hashes),
      })
    },
    activate(index, receipts) {
      if (active.has(index)) return
      const enrolment = database.enrolment(index)
      if (enrolment?.state !== 'stored') throw new NotStoredError(index)
      load(enrolment)
      database.activate(index, receipts)
    },
    erase(index, noise) {
      const enrolment = database.enrolment(index)
      if (!enrolment || enrolment.state === 'erased') return
      active.delete(index)
      damaged.delete(index)
      cached = undefined
      for (const slot of slotsOf(enrolment)) {
        segments.write(slot, noise(GALLERY_ROW_BYTES))
        pools.writeRow(slot, new Uint8Array(GALLERY_ROW_BYTES))
      }
      database.erase(index)
    },
    ownerOf(slot) {
      const enrolment = active.get(Math.floor(slot / SLOTS_PER_ENROLMENT))
      if (!enrolment || !slotsOf(enrolment).includes(slot)) return undefined
      const { index, owner, identityShare, identityCommitments } = enrolment
      const identity = { share: fromBigEndian(identityShare), commitments: parsePoints(identityCommitments) }
      return { index, owner, identity }
    },
    close() {
      segments.close()
      database.close()
    },
  }
}

function sha256(bytes: Uint8Array): Uint8Array {
  return createHash('sha256').update(bytes).digest()
}

/** The slots of an enrolment's rows, in the order of its hands. */
function slotsOf({ index, hands }: { index: number; hands: number }): number[] {
  return handsOf(hands).map((hand) => index * SLOTS_PER_ENROLMENT + (hand === HAND.left ? 0 : 1))
}

function takeSnapshot(entries: readonly GalleryEntry[]): GallerySnapshot {
  const slots = entries.flatMap(slotsOf)
  const rows = slots.reduce((most, slot) => Math.max(most, slot + 1), 0)
  const bits = new Uint8Array(Math.ceil(rows / 8))
  for (const slot of slots) bits[slot >> 3]! |= 1 << (slot & 7)
  return { root: galleryRoot(entries), rows, active: bits }
}

/** An enrolment that this operator has no shares of. */
export class NotStoredError extends PalmError {
  constructor(index: number) {
    super('PALM_ENROLMENT_UNKNOWN', `this operator holds no shares of enrolment ${index}`, {
      hints: ['Deliver the shares to every operator first, then activate.'],
    })
  }
}
