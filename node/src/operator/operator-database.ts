/**
 * What an operator remembers beside the rows themselves: whose rows they are and whether they take part in matching,
 * and which requests are spent. Every write is durable when it returns.
 */

import type { DatabaseSync } from 'node:sqlite'
import { type Hex, PalmError } from '@palmhold/base'
import { emptyLog, inTransaction, openStore, reading } from '../storage/database.ts'
import { createDealingStore, DEALINGS_SCHEMA, type DealingStore } from './dealing-store.ts'

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS enrolments (
    idx INTEGER PRIMARY KEY,
    owner TEXT NOT NULL,
    shares_root TEXT NOT NULL,
    hands INTEGER NOT NULL,
    identity_share BLOB NOT NULL,
    identity_commitments BLOB NOT NULL,
    rows_sha256 BLOB NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('stored', 'active', 'erased')),
    receipts TEXT
  ) STRICT;
  CREATE TABLE IF NOT EXISTS requests (
    request_hash TEXT PRIMARY KEY,
    scan_hash TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    reply TEXT
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS request_ends (
    request_hash TEXT PRIMARY KEY,
    keep_until INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS request_ends_by_time ON request_ends (keep_until);
  CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
`

/** The fact that holds the latest end of a request that was forgotten. */
const PRUNED_UNTIL = 'requests pruned until'

/** One enrolment as this operator holds it. */
export type StoredEnrolment = {
  readonly index: number
  readonly owner: Hex
  readonly sharesRoot: Hex
  /** Bit mask of the hands, see HAND. */
  readonly hands: number
  /** This operator's share of the identity secret: 32 bytes. */
  readonly identityShare: Uint8Array
  /** F_0 .. F_t, 64 bytes each. */
  readonly identityCommitments: Uint8Array
  /** SHA-256 of each hand's row, both codes in one: 32 bytes a hand, one after the other. */
  readonly rowHashes: Uint8Array
  readonly state: 'stored' | 'active' | 'erased'
  /** JSON of every operator's receipt, once active. */
  readonly receipts: string | undefined
}

export type OperatorDatabase = {
  enrolment(index: number): StoredEnrolment | undefined
  enrolments(): StoredEnrolment[]
  /** Keeps an enrolment as `stored`; under an index that is taken, it replaces only one that was erased. */
  store(enrolment: Omit<StoredEnrolment, 'state' | 'receipts'>): void
  activate(index: number, receipts: string): void
  /** Forgets shares and hashes of an enrolment, in the files too, and keeps only that it is gone. */
  erase(index: number): void
  /**
   * Marks a request as spent by this scan and attempt, durably, before any share moves. Returns the reply given
   * earlier, if there is one.
   * @param keepUntil seconds since 1970 after which {@link prune} may forget the request; left out, never
   * @throws {RequestSpentError} another scan, an attempt that is not new, or a request that may have been forgotten
   */
  spend(requestHash: Hex, scanHash: Hex, attempt: number, keepUntil?: number): string | undefined
  /**
   * Forgets spent requests that were to be kept until before `now`; returns how many. None of them is taken again, even
   * by an operator whose clock goes back: whatever would have been forgotten by then counts as spent.
   */
  prune(now: number): number
  /** Keeps the first reply to a request, durably, and returns the one that is kept: no other may leave this node. */
  saveReply(requestHash: Hex, reply: string): string
  readonly dealings: DealingStore
  fact(name: string): string | undefined
  setFact(name: string, value: string): void
  close(): void
}

type EnrolmentRow = {
  idx: number
  owner: Hex
  shares_root: Hex
  hands: number
  identity_share: Uint8Array
  identity_commitments: Uint8Array
  rows_sha256: Uint8Array
  state: StoredEnrolment['state']
  receipts: string | null
}

/** Opens the operator's database in `path`. @throws {DiskError | DatabaseError} */
export function openOperatorDatabase(path: string): OperatorDatabase {
  return openStore(path, SCHEMA + DEALINGS_SCHEMA, prepareStatements)
}

function prepareStatements(database: DatabaseSync): OperatorDatabase {
  const one = database.prepare('SELECT * FROM enrolments WHERE idx = ?')
  const all = database.prepare('SELECT * FROM enrolments ORDER BY idx')
  const insert = database.prepare(
    "INSERT INTO enrolments (idx, owner, shares_root, hands, identity_share, identity_commitments, rows_sha256, state) VALUES (?, ?, ?, ?, ?, ?, ?, 'stored') ON CONFLICT (idx) DO UPDATE SET owner = excluded.owner, shares_root = excluded.shares_root, hands = excluded.hands, identity_share = excluded.identity_share, identity_commitments = excluded.identity_commitments, rows_sha256 = excluded.rows_sha256, state = 'stored' WHERE state = 'erased'",
  )
  const activate = database.prepare(
    "UPDATE enrolments SET state = 'active', receipts = ? WHERE idx = ? AND state = 'stored'",
  )
  const erase = database.prepare(
    "UPDATE enrolments SET state = 'erased', receipts = NULL, identity_share = x'', identity_commitments = x'', rows_sha256 = x'' WHERE idx = ?",
  )
  const request = database.prepare('SELECT scan_hash, attempt, reply FROM requests WHERE request_hash = ?')
  const spend = database.prepare(
    'INSERT INTO requests (request_hash, scan_hash, attempt) VALUES (?, ?, ?) ON CONFLICT (request_hash) DO UPDATE SET attempt = excluded.attempt',
  )
  const reply = database.prepare('UPDATE requests SET reply = ? WHERE request_hash = ? AND reply IS NULL')
  const keep = database.prepare('INSERT INTO request_ends (request_hash, keep_until) VALUES (?, ?)')
  const over = database.prepare('SELECT max(keep_until) AS latest FROM request_ends WHERE keep_until < ?')
  const forget = database.prepare(
    'DELETE FROM requests WHERE request_hash IN (SELECT request_hash FROM request_ends WHERE keep_until < ?)',
  )
  const forgetEnds = database.prepare('DELETE FROM request_ends WHERE keep_until < ?')
  const fact = database.prepare('SELECT value FROM facts WHERE name = ?')
  const setFact = database.prepare('INSERT OR REPLACE INTO facts (name, value) VALUES (?, ?)')

  const prunedUntil = () => Number((fact.get(PRUNED_UNTIL) as { value: string } | undefined)?.value ?? 0)

  return {
    enrolment(index) {
      const row = reading(database, () => one.get(index)) as EnrolmentRow | undefined
      return row && fromRow(row)
    },
    enrolments: () => (reading(database, () => all.all()) as EnrolmentRow[]).map(fromRow),
    store: ({ index, owner, sharesRoot, hands, identityShare, identityCommitments, rowHashes }) =>
      inTransaction(
        database,
        () => void insert.run(index, owner, sharesRoot, hands, identityShare, identityCommitments, rowHashes),
      ),
    activate: (index, receipts) => inTransaction(database, () => void activate.run(receipts, index)),
    erase(index) {
      inTransaction(database, () => void erase.run(index))
      emptyLog(database)
    },
    spend: (requestHash, scanHash, attempt, keepUntil) =>
      inTransaction(database, () => {
        const before = request.get(requestHash) as
          | { scan_hash: string; attempt: number; reply: string | null }
          | undefined
        if (before && before.scan_hash !== scanHash) throw new RequestSpentError()
        if (before?.reply) return before.reply
        if (before && attempt <= before.attempt) throw new RequestSpentError()
        if (!before && keepUntil !== undefined && keepUntil <= prunedUntil()) throw new RequestSpentError()
        spend.run(requestHash, scanHash, attempt)
        if (!before && keepUntil !== undefined) keep.run(requestHash, keepUntil)
        return undefined
      }),
    prune: (now) =>
      inTransaction(database, () => {
        const { latest } = over.get(now) as { latest: number | null }
        if (latest === null) return 0
        setFact.run(PRUNED_UNTIL, String(Math.max(latest, prunedUntil())))
        const { changes } = forget.run(now)
        forgetEnds.run(now)
        return Number(changes)
      }),
    saveReply: (requestHash, text) =>
      inTransaction(database, () => {
        reply.run(text, requestHash)
        return (request.get(requestHash) as { reply: string }).reply
      }),
    dealings: createDealingStore(database),
    fact: (name) => (reading(database, () => fact.get(name)) as { value: string } | undefined)?.value,
    setFact: (name, value) => inTransaction(database, () => void setFact.run(name, value)),
    close: () => database.close(),
  }
}

function fromRow(row: EnrolmentRow): StoredEnrolment {
  return {
    index: row.idx,
    owner: row.owner,
    sharesRoot: row.shares_root,
    hands: row.hands,
    identityShare: row.identity_share,
    identityCommitments: row.identity_commitments,
    rowHashes: row.rows_sha256,
    state: row.state,
    receipts: row.receipts ?? undefined,
  }
}

/** A request that has had its scan. */
export class RequestSpentError extends PalmError {
  constructor() {
    super('PALM_REQUEST_SPENT', 'this request was answered already, or with another scan', {
      hints: ['Make a new request: one request takes one scan.'],
    })
  }
}
