/**
 * Files that survive a kill: written beside their place, synced, and renamed over it, so that a reader finds the old
 * content or the new one and nothing between. Folders and files are readable by their owner alone.
 */

import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { PalmError } from '@palmhold/base'

/** Creates `folder` and its parents. @throws {DiskError} */
export function ensureFolder(folder: string): void {
  onDisk(() => mkdirSync(folder, { recursive: true, mode: 0o700 }))
}

/** Replaces the content of `path` in one step, durably. @throws {DiskError} */
export function writeFileAtomically(path: string, content: Uint8Array | string): void {
  const beside = `${path}.${process.pid}.new`
  onDisk(() => {
    ensureFolder(dirname(path))
    try {
      const file = openSync(beside, 'w', 0o600)
      try {
        const bytes = typeof content === 'string' ? Buffer.from(content) : content
        for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at)
        fsyncSync(file)
      } finally {
        closeSync(file)
      }
      renameSync(beside, path)
      syncFolder(dirname(path))
    } catch (cause) {
      rmSync(beside, { force: true })
      throw cause
    }
  })
}

/** The content of `path`, or undefined when there is no such file. @throws {DiskError} */
export function readFileIfThere(path: string): Buffer | undefined {
  return onDisk(() => (existsSync(path) ? readFileSync(path) : undefined))
}

/** Makes a rename or a new file in `folder` durable. */
export function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}

/** Runs `work` and names what the disk refuses. @throws {DiskError} */
export function onDisk<T>(work: () => T): T {
  try {
    return work()
  } catch (cause) {
    throw asDiskError(cause)
  }
}

const REFUSALS = ['EACCES', 'EPERM', 'EROFS', 'EIO', 'EMFILE', 'ENOTDIR', 'EISDIR', 'EEXIST']
const SQLITE_FULL = 13
/** SQLITE_PERM, SQLITE_READONLY, SQLITE_IOERR, SQLITE_CANTOPEN (https://sqlite.org/rescode.html). */
const SQLITE_REFUSALS = [3, 8, 10, 14]

/** `cause` as a {@link DiskError} where a disk made it, else as it is. */
export function asDiskError(cause: unknown): unknown {
  if (cause instanceof DiskError) return cause
  const { code = '', errcode } = (cause ?? {}) as { code?: string; errcode?: number }
  const isSqlite = code === 'ERR_SQLITE_ERROR'
  // The low byte is the kind of the error, the rest says where in SQLite it came up.
  const sqliteKind = isSqlite && errcode !== undefined ? errcode & 0xff : undefined
  if (code === 'ENOSPC' || code === 'EDQUOT' || sqliteKind === SQLITE_FULL) return new DiskFullError(cause)
  if (REFUSALS.includes(code)) return new DiskError(code, cause)
  if (sqliteKind !== undefined && SQLITE_REFUSALS.includes(sqliteKind))
    return new DiskError(`SQLite error ${errcode}`, cause)
  return cause
}

/** A folder or file that cannot be read or written. */
export class DiskError extends PalmError {
  constructor(reason: string, cause: unknown, code: 'PALM_DISK_FAILED' | 'PALM_DISK_FULL' = 'PALM_DISK_FAILED') {
    super(code, code === 'PALM_DISK_FULL' ? 'the disk is full' : `the disk refused to read or write (${reason})`, {
      hints:
        code === 'PALM_DISK_FULL'
          ? ['Free some space and start again: nothing acknowledged is lost, nothing half-written is kept.']
          : ['Check who owns the data folder, whether it is writable, and that no file is in its place.'],
      cause,
    })
  }
}

/** No space is left. */
export class DiskFullError extends DiskError {
  constructor(cause: unknown) {
    super('ENOSPC', cause, 'PALM_DISK_FULL')
  }
}
