/**
 * What a verifier remembers: each request it signed and how far it came. A payment is done once or not at all, so the
 * attestation is durable before it is presented to the chain, and a restart finds what was under way.
 */

import type { DatabaseSync } from 'node:sqlite'
import type { Hex } from '@palmhold/base'
import type { AttestationDocument, Policy, Request } from '@palmhold/protocol'
import { inTransaction, openStore, reading } from '../storage/database.ts'
import type { Receipt } from './receipt.ts'

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS payments (
    request_hash TEXT PRIMARY KEY,
    issued_at INTEGER NOT NULL,
    request TEXT NOT NULL,
    signature TEXT NOT NULL,
    policy TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('issued', 'scanned', 'attested', 'settled', 'refused')),
    document TEXT,
    receipt TEXT,
    refusal TEXT,
    payout_at INTEGER,
    paid_out INTEGER NOT NULL DEFAULT 0
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS payments_by_time ON payments (issued_at);
`

/** One request and what became of it. */
export type PaymentRecord = {
  readonly requestHash: Hex
  readonly request: Request
  readonly signature: Hex
  readonly policy: Policy
  readonly state: 'issued' | 'scanned' | 'attested' | 'settled' | 'refused'
  readonly document: AttestationDocument | undefined
  readonly receipt: Receipt | undefined
  /** The code of the refusal. */
  readonly refusal: string | undefined
}

export type VerifierDatabase = {
  payment(requestHash: Hex): PaymentRecord | undefined
  issue(record: Pick<PaymentRecord, 'requestHash' | 'request' | 'signature' | 'policy'>): void
  /** Takes the request for one scan; false when it has had one. */
  takeScan(requestHash: Hex): boolean
  attest(requestHash: Hex, document: AttestationDocument): void
  settle(requestHash: Hex, receipt: Receipt): void
  /** Settled payments whose requests were issued at `issuedAt` or later, seconds since 1970. */
  settledSince(issuedAt: number): Hex[]
  /** Looks at the payout of a settled payment again; one that the chain forgot is attested again, without a receipt. */
  reopen(requestHash: Hex, isCharged: boolean): void
  /** Closes a payment with the code of its refusal; one that is settled stays so. */
  refuse(requestHash: Hex, code: string): void
  /** Payments in `state`, oldest first; with `issuedAt` only those that were issued then or later. */
  inState(state: PaymentRecord['state'], issuedAt?: number): PaymentRecord[]
  /** The newest receipts first. */
  receipts(limit: number): Receipt[]
  /** Settled payments whose payout is due at `now` and not made, at most `limit`. */
  duePayouts(now: number, limit: number): Hex[]
  /** Looks at a payout again from `at` on, seconds since 1970. */
  putOffPayout(requestHash: Hex, at: number): void
  /** Notes that nothing is left to pay out of a payment. */
  closePayout(requestHash: Hex): void
  close(): void
}

type PaymentRow = {
  request_hash: Hex
  request: string
  signature: Hex
  policy: string
  state: PaymentRecord['state']
  document: string | null
  receipt: string | null
  refusal: string | null
}

/** Opens the verifier's database in `path`. @throws {DiskError | DatabaseError} */
export function openVerifierDatabase(path: string): VerifierDatabase {
  return openStore(path, SCHEMA, prepareStatements)
}

function prepareStatements(database: DatabaseSync): VerifierDatabase {
  const one = database.prepare('SELECT * FROM payments WHERE request_hash = ?')
  const insert = database.prepare(
    "INSERT INTO payments (request_hash, issued_at, request, signature, policy, state) VALUES (?, ?, ?, ?, ?, 'issued')",
  )
  const scan = database.prepare("UPDATE payments SET state = 'scanned' WHERE request_hash = ? AND state = 'issued'")
  const attest = database.prepare("UPDATE payments SET state = 'attested', document = ? WHERE request_hash = ?")
  const settle = database.prepare(
    "UPDATE payments SET state = 'settled', receipt = ?, payout_at = ? WHERE request_hash = ?",
  )
  const since = database.prepare(
    "SELECT request_hash FROM payments WHERE state = 'settled' AND issued_at >= ? ORDER BY issued_at",
  )
  const forgotten = database.prepare(
    "UPDATE payments SET state = 'attested', receipt = NULL, payout_at = NULL, paid_out = 0 WHERE request_hash = ? AND state = 'settled'",
  )
  const unpaid = database.prepare("UPDATE payments SET paid_out = 0 WHERE request_hash = ? AND state = 'settled'")
  const due = database.prepare(
    "SELECT request_hash FROM payments WHERE state = 'settled' AND paid_out = 0 AND payout_at <= ? ORDER BY payout_at LIMIT ?",
  )
  const putOff = database.prepare('UPDATE payments SET payout_at = ? WHERE request_hash = ?')
  const paidOut = database.prepare('UPDATE payments SET paid_out = 1 WHERE request_hash = ?')
  const refuse = database.prepare(
    "UPDATE payments SET state = 'refused', refusal = ? WHERE request_hash = ? AND state != 'settled'",
  )
  const inState = database.prepare('SELECT * FROM payments WHERE state = ? AND issued_at >= ? ORDER BY issued_at')
  const receipts = database.prepare(
    "SELECT receipt FROM payments WHERE state = 'settled' ORDER BY issued_at DESC LIMIT ?",
  )
  const write = (work: () => void) => inTransaction(database, work)

  return {
    payment: (requestHash) =>
      reading(database, () => {
        const row = one.get(requestHash) as PaymentRow | undefined
        return row && fromRow(row)
      }),
    issue: ({ requestHash, request, signature, policy }) =>
      write(() =>
        insert.run(requestHash, request.issuedAt, JSON.stringify(request), signature, JSON.stringify(policy)),
      ),
    takeScan: (requestHash) => inTransaction(database, () => scan.run(requestHash).changes === 1),
    attest: (requestHash, document) => write(() => attest.run(JSON.stringify(document), requestHash)),
    settle: (requestHash, receipt) => write(() => settle.run(JSON.stringify(receipt), receipt.payoutAt, requestHash)),
    settledSince: (issuedAt) =>
      reading(database, () => (since.all(issuedAt) as { request_hash: Hex }[]).map(({ request_hash }) => request_hash)),
    reopen: (requestHash, isCharged) => write(() => (isCharged ? unpaid : forgotten).run(requestHash)),
    refuse: (requestHash, code) => write(() => refuse.run(code, requestHash)),
    inState: (state, issuedAt = 0) =>
      reading(database, () => (inState.all(state, issuedAt) as PaymentRow[]).map(fromRow)),
    receipts: (limit) =>
      reading(database, () =>
        (receipts.all(limit) as { receipt: string }[]).map(({ receipt }) => JSON.parse(receipt) as Receipt),
      ),
    duePayouts: (now, limit) =>
      reading(database, () => (due.all(now, limit) as { request_hash: Hex }[]).map(({ request_hash }) => request_hash)),
    putOffPayout: (requestHash, at) => write(() => putOff.run(at, requestHash)),
    closePayout: (requestHash) => write(() => paidOut.run(requestHash)),
    close: () => database.close(),
  }
}

function fromRow(row: PaymentRow): PaymentRecord {
  return {
    requestHash: row.request_hash,
    request: JSON.parse(row.request) as Request,
    signature: row.signature,
    policy: JSON.parse(row.policy) as Policy,
    state: row.state,
    document: row.document === null ? undefined : (JSON.parse(row.document) as AttestationDocument),
    receipt: row.receipt === null ? undefined : (JSON.parse(row.receipt) as Receipt),
    refusal: row.refusal ?? undefined,
  }
}
