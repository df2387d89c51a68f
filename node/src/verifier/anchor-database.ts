/** What a verifier keeps of anchors: each attestation's salt, and which batch it went into, in its own file. */

import type { DatabaseSync } from 'node:sqlite'
import type { Hex } from '@palmhold/base'
import { inTransaction, openStore, reading } from '../storage/database.ts'

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS anchor_batches (
    root TEXT PRIMARY KEY,
    number INTEGER NOT NULL UNIQUE,
    count INTEGER NOT NULL,
    anchored INTEGER NOT NULL DEFAULT 0
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS anchor_leaves (
    number INTEGER PRIMARY KEY,
    request_hash TEXT NOT NULL UNIQUE,
    attestation_hash TEXT NOT NULL,
    salt TEXT NOT NULL,
    root TEXT REFERENCES anchor_batches (root)
  ) STRICT;
  CREATE INDEX IF NOT EXISTS anchor_leaves_by_root ON anchor_leaves (root, number);
`

/** An attestation that is anchored or waits to be. */
export type AnchorLeaf = { readonly requestHash: Hex; readonly attestationHash: Hex; readonly salt: Hex }

export type AnchorDatabase = {
  /** Notes an attestation that is to be anchored; one that is known keeps its salt. */
  add(requestHash: Hex, attestationHash: Hex, salt: Hex): void
  /** The oldest that are in no batch, at most `limit`. */
  waiting(limit: number): AnchorLeaf[]
  /** Makes a batch of these leaves, in this order: the order in which they were noted. */
  makeBatch(root: Hex, requestHashes: readonly Hex[]): void
  /** Batches that may not be on chain yet, oldest first. */
  unsentBatches(): { readonly root: Hex; readonly count: number }[]
  markAnchored(root: Hex): void
  find(requestHash: Hex): (AnchorLeaf & { readonly root: Hex | undefined; readonly isAnchored: boolean }) | undefined
  /** The leaves of a batch in their order. */
  batch(root: Hex): AnchorLeaf[]
  close(): void
}

type LeafRow = { request_hash: Hex; attestation_hash: Hex; salt: Hex; root: Hex | null; anchored: number | null }

/** Opens the database in `path`. @throws {DiskError | DatabaseError} */
export function openAnchorDatabase(path: string): AnchorDatabase {
  return openStore(path, SCHEMA, prepareStatements)
}

function prepareStatements(database: DatabaseSync): AnchorDatabase {
  const insert = database.prepare(
    'INSERT OR IGNORE INTO anchor_leaves (request_hash, attestation_hash, salt) VALUES (?, ?, ?)',
  )
  const waiting = database.prepare('SELECT * FROM anchor_leaves WHERE root IS NULL ORDER BY number LIMIT ?')
  const insertBatch = database.prepare(
    'INSERT INTO anchor_batches (root, number, count) SELECT ?, COALESCE(MAX(number), 0) + 1, ? FROM anchor_batches',
  )
  const assign = database.prepare('UPDATE anchor_leaves SET root = ? WHERE request_hash = ?')
  const unsent = database.prepare('SELECT root, count FROM anchor_batches WHERE anchored = 0 ORDER BY number')
  const mark = database.prepare('UPDATE anchor_batches SET anchored = 1 WHERE root = ?')
  const find = database.prepare(
    'SELECT l.*, b.anchored FROM anchor_leaves l LEFT JOIN anchor_batches b ON b.root = l.root WHERE l.request_hash = ?',
  )
  const batch = database.prepare('SELECT * FROM anchor_leaves WHERE root = ? ORDER BY number')
  const read = <T>(work: () => T) => reading(database, work)

  return {
    add: (requestHash, attestationHash, salt) =>
      inTransaction(database, () => void insert.run(requestHash, attestationHash, salt)),
    waiting: (limit) => read(() => (waiting.all(limit) as LeafRow[]).map(fromRow)),
    makeBatch: (root, requestHashes) =>
      inTransaction(database, () => {
        insertBatch.run(root, requestHashes.length)
        for (const requestHash of requestHashes) assign.run(root, requestHash)
      }),
    unsentBatches: () => read(() => unsent.all() as { root: Hex; count: number }[]),
    markAnchored: (root) => inTransaction(database, () => void mark.run(root)),
    find: (requestHash) =>
      read(() => {
        const row = find.get(requestHash) as LeafRow | undefined
        return row && { ...fromRow(row), root: row.root ?? undefined, isAnchored: row.anchored === 1 }
      }),
    batch: (root) => read(() => (batch.all(root) as LeafRow[]).map(fromRow)),
    close: () => database.close(),
  }
}

function fromRow(row: LeafRow): AnchorLeaf {
  return { requestHash: row.request_hash, attestationHash: row.attestation_hash, salt: row.salt }
}
