/**
 * What an operator keeps of an enrolment's dealing, beside its rows: the shares of the bits until the check has passed or
 * failed, its part of the coin, a digest, and what it opened. All but the first stay, because a member that was down asks for them
 * later, and must get the same. Every write is durable when it returns; shares that are forgotten are overwritten.
 */

import type { DatabaseSync } from 'node:sqlite'
import type { Hex } from '@palmhold/base'
import type { DealRefusal } from '@palmhold/matching'
import { emptyLog, inTransaction, reading } from '../storage/database.ts'

/** The table; part of the operator's database. */
export const DEALINGS_SCHEMA = `
  CREATE TABLE IF NOT EXISTS dealings (
    idx INTEGER PRIMARY KEY,
    shares_root TEXT NOT NULL,
    share BLOB NOT NULL,
    nonce BLOB NOT NULL,
    identity BLOB NOT NULL,
    commitments BLOB,
    coin BLOB,
    opened BLOB,
    refusal TEXT
  ) STRICT;
`

export type StoredDealing = {
  readonly index: number
  readonly sharesRoot: Hex
  /** This operator's share of bits and masks; empty once they are forgotten. */
  readonly share: Uint8Array
  /** This operator's part of the coin. */
  readonly nonce: Uint8Array
  /** SHA-256 of the commitments to the identity secret that it was dealt. */
  readonly identity: Uint8Array
  /** The masked values that it opened, and the seed of the coin under which it did. */
  readonly opened: { readonly seed: Uint8Array; readonly values: Uint8Array } | undefined
  /** Why the dealing was refused. */
  readonly refusal: DealRefusal | undefined
}

export type DealingStore = {
  dealing(index: number): StoredDealing | undefined
  /** Enrolments of whose bits shares are still held. */
  undecided(): number[]
  /** Enrolments whose dealing was refused. */
  refused(): number[]
  /** Keeps a dealing in the place of one under another root; under the same root what is kept stays. */
  keep(dealing: Pick<StoredDealing, 'index' | 'sharesRoot' | 'share' | 'nonce' | 'identity'>): void
  /** Keeps the digest of the commitments that this operator was told, if it is the first; returns the one that is kept. */
  bind(index: number, commitments: Uint8Array): Uint8Array
  /** Keeps what is about to be opened under a coin; only the first is kept. */
  open(index: number, seed: Uint8Array, values: Uint8Array): void
  /** Overwrites the shares of the bits; with `refusal`, notes why. */
  forget(index: number, refusal?: DealRefusal): void
}

type DealingRow = {
  idx: number
  shares_root: Hex
  share: Uint8Array
  nonce: Uint8Array
  identity: Uint8Array
  coin: Uint8Array | null
  opened: Uint8Array | null
  refusal: DealRefusal | null
}

/** The dealings in the operator's database. */
export function createDealingStore(database: DatabaseSync): DealingStore {
  const one = database.prepare('SELECT * FROM dealings WHERE idx = ?')
  const undecided = database.prepare("SELECT idx FROM dealings WHERE share <> x'' ORDER BY idx")
  const refused = database.prepare('SELECT idx FROM dealings WHERE refusal IS NOT NULL ORDER BY idx')
  const keep = database.prepare(
    'INSERT INTO dealings (idx, shares_root, share, nonce, identity) VALUES (?, ?, ?, ?, ?) ON CONFLICT (idx) DO UPDATE SET shares_root = excluded.shares_root, share = excluded.share, nonce = excluded.nonce, identity = excluded.identity, commitments = NULL, coin = NULL, opened = NULL, refusal = NULL WHERE shares_root <> excluded.shares_root',
  )
  const bind = database.prepare('UPDATE dealings SET commitments = ? WHERE idx = ? AND commitments IS NULL')
  const bound = database.prepare('SELECT commitments FROM dealings WHERE idx = ?')
  const open = database.prepare('UPDATE dealings SET coin = ?, opened = ? WHERE idx = ? AND opened IS NULL')
  const forget = database.prepare("UPDATE dealings SET share = x'', refusal = coalesce(?, refusal) WHERE idx = ?")

  return {
    dealing(index) {
      const row = reading(database, () => one.get(index)) as DealingRow | undefined
      return row && fromRow(row)
    },
    undecided: () => (reading(database, () => undecided.all()) as { idx: number }[]).map(({ idx }) => idx),
    refused: () => (reading(database, () => refused.all()) as { idx: number }[]).map(({ idx }) => idx),
    keep: ({ index, sharesRoot, share, nonce, identity }) =>
      inTransaction(database, () => void keep.run(index, sharesRoot, share, nonce, identity)),
    bind: (index, commitments) =>
      inTransaction(database, () => {
        bind.run(commitments, index)
        return (bound.get(index) as { commitments: Uint8Array }).commitments
      }),
    open: (index, seed, values) => inTransaction(database, () => void open.run(seed, values, index)),
    forget(index, refusal) {
      inTransaction(database, () => void forget.run(refusal ?? null, index))
      emptyLog(database)
    },
  }
}

function fromRow(row: DealingRow): StoredDealing {
  return {
    index: row.idx,
    sharesRoot: row.shares_root,
    share: row.share,
    nonce: row.nonce,
    identity: row.identity,
    opened: row.coin && row.opened ? { seed: row.coin, values: row.opened } : undefined,
    refusal: row.refusal ?? undefined,
  }
}
