/**
 * SQLite with the durability that an acknowledgement needs: write-ahead log, synced at every commit. What is deleted is
 * overwritten. One connection a process; a second process on the same folder is refused by name.
 */

import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { PalmError } from '@palmhold/base'
import { asDiskError, ensureFolder } from './disk.ts'

/** Opens the database in `path` and brings it to `schema` (idempotent statements). @throws {DiskError | DatabaseError} */
export function openDatabase(path: string, schema: string): DatabaseSync {
  ensureFolder(dirname(path))
  let database: DatabaseSync | undefined
  try {
    database = new DatabaseSync(path)
    database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;')
    database.exec('PRAGMA secure_delete = ON;')
    database.exec(schema)
    return database
  } catch (cause) {
    database?.close()
    throw databaseError(path, cause)
  }
}

/**
 * Opens the database in `path` and hands it to `build`, which prepares its statements.
 * @throws {DiskError | DatabaseError} also where its tables are not those of `schema`
 */
export function openStore<T>(path: string, schema: string, build: (database: DatabaseSync) => T): T {
  const database = openDatabase(path, schema)
  try {
    return reading(database, () => build(database))
  } catch (cause) {
    database.close()
    throw cause
  }
}

/** Runs `work` in one transaction: all of it is durable when this returns, or none. @throws {DiskError} */
export function inTransaction<T>(database: DatabaseSync, work: () => T): T {
  try {
    database.exec('BEGIN IMMEDIATE')
    const result = work()
    database.exec('COMMIT')
    return result
  } catch (cause) {
    if (database.isTransaction) database.exec('ROLLBACK')
    throw readingError(database, cause)
  }
}

/** Runs `work`, which reads. @throws {DiskError} @throws {DatabaseError} what is stored cannot be read */
export function reading<T>(database: DatabaseSync, work: () => T): T {
  try {
    return work()
  } catch (cause) {
    throw readingError(database, cause)
  }
}

/** `cause` by name where SQLite, or a text in it that is no JSON any more, made it; else as it is. */
function readingError(database: DatabaseSync, cause: unknown): unknown {
  const known = asDiskError(cause)
  if (known !== cause) return known
  const isSqlite = (cause as { code?: unknown } | undefined)?.code === 'ERR_SQLITE_ERROR'
  return isSqlite || cause instanceof SyntaxError ? new DatabaseError(database.location() ?? '', false, cause) : cause
}

/**
 * Empties the write-ahead log into the database, so that nothing deleted or overwritten stays in it.
 * @throws {DiskError}
 */
export function emptyLog(database: DatabaseSync): void {
  try {
    database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  } catch (cause) {
    throw readingError(database, cause)
  }
}

function databaseError(path: string, cause: unknown): unknown {
  const known = asDiskError(cause)
  if (known !== cause) return known
  // SQLITE_BUSY: the exclusive lock is another process's.
  const isBusy = ((cause as { errcode?: number }).errcode ?? 0) % 256 === 5
  return new DatabaseError(path, isBusy, cause)
}

/** A database that cannot be opened. */
export class DatabaseError extends PalmError {
  constructor(path: string, isBusy: boolean, cause: unknown) {
    super(
      isBusy ? 'PALM_ALREADY_RUNNING' : 'PALM_DATABASE_DAMAGED',
      isBusy ? `another process uses ${path}` : `${path} is not a database that this version reads`,
      {
        hints: [
          isBusy
            ? 'Stop the other one (`npx palmhold down`), or use another data folder.'
            : 'Restore it from a backup, or move the folder away and let the node start anew.',
        ],
        cause,
      },
    )
  }
}
