/**
 * Row shares on disk: append-only segment files of fixed rows, at the place that the row's slot gives. A row is
 * written and synced before the index (SQLite) speaks of it, so a torn row is one nobody has acknowledged; a
 * row that the index speaks of is read back against its SHA-256.
 *
 * One segment holds 65,536 rows of 5,120 bytes (320 MiB); holes cost no space.
 */

import { createHash, hash } from 'node:crypto'
import { closeSync, existsSync, fsyncSync, openSync, readSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { equalBytes, PalmError } from '@palmhold/base'
import { ensureFolder, onDisk, syncFolder } from './disk.ts'

export const ROWS_PER_SEGMENT = 65_536
/** Bytes of one read: more gains nothing. */
const READ_BYTES = 4 * 1024 * 1024

export type SegmentStore = {
  readonly folder: string
  /** Writes one row durably and returns its SHA-256. @throws {DiskError} */
  write(slot: number, row: Uint8Array): Uint8Array
  /** Reads a row into `target` and checks it. @throws {RowDamagedError} */
  read(slot: number, sha256: Uint8Array, target: Uint8Array): void
  /**
   * Reads the rows from `slot` on into `target`, as many as it holds, in few large reads: each still to be checked with
   * `check`. What was never written is zero.
   */
  readRange(slot: number, target: Uint8Array): void
  /** Checks a row that `readRange` brought; one that is damaged is overwritten with zeros. @throws {RowDamagedError} */
  check(slot: number, sha256: Uint8Array, row: Uint8Array): void
  close(): void
}

/** Opens the segments in `folder`, whose rows are `rowBytes` long. @throws {DiskError} */
export function openSegments(folder: string, rowBytes: number): SegmentStore {
  ensureFolder(folder)
  const files = new Map<number, number>()

  const fileOf = (slot: number): number => {
    const segment = Math.floor(slot / ROWS_PER_SEGMENT)
    const open = files.get(segment)
    if (open !== undefined) return open
    const path = join(folder, `segment-${String(segment).padStart(5, '0')}.rows`)
    const isNew = !existsSync(path)
    const file = openSync(path, isNew ? 'w+' : 'r+', 0o600)
    if (isNew) syncFolder(folder)
    files.set(segment, file)
    return file
  }
  const offsetOf = (slot: number) => (slot % ROWS_PER_SEGMENT) * rowBytes

  return {
    folder,
    write(slot, row) {
      return onDisk(() => {
        const file = fileOf(slot)
        for (let at = 0; at < row.length; ) at += writeSync(file, row, at, row.length - at, offsetOf(slot) + at)
        fsyncSync(file)
        return sha256(row)
      })
    },
    read(slot, expected, target) {
      onDisk(() => {
        const got = readSync(fileOf(slot), target, 0, rowBytes, offsetOf(slot))
        if (got !== rowBytes || !equalBytes(sha256(target), expected)) {
          target.fill(0)
          throw new RowDamagedError(slot)
        }
      })
    },
    readRange(slot, target) {
      onDisk(() => {
        for (let at = 0; at < target.length; ) {
          const from = slot + at / rowBytes
          const end = Math.min(target.length, at + (ROWS_PER_SEGMENT - (from % ROWS_PER_SEGMENT)) * rowBytes)
          readUpTo(fileOf(from), target.subarray(at, end), offsetOf(from))
          at = end
        }
      })
    },
    check(slot, expected, row) {
      // The one-shot hash to a string is twice as fast as a hash object, and a million rows wait for it at the start.
      if (hash('sha256', row, 'binary') === Buffer.from(expected).toString('latin1')) return
      row.fill(0)
      throw new RowDamagedError(slot)
    },
    close() {
      for (const file of files.values()) closeSync(file)
      files.clear()
    },
  }
}

/** Reads until `target` is full or the file ends, from where on it is zero. */
function readUpTo(file: number, target: Uint8Array, position: number): void {
  for (let at = 0; at < target.length; ) {
    const got = readSync(file, target, at, Math.min(READ_BYTES, target.length - at), position + at)
    if (got === 0) return void target.fill(0, at)
    at += got
  }
}

function sha256(bytes: Uint8Array): Uint8Array {
  return createHash('sha256').update(bytes).digest()
}

/** A row whose bytes on disk are not those that were written. */
export class RowDamagedError extends PalmError {
  constructor(slot: number) {
    super('PALM_ROW_DAMAGED', `row ${slot} on disk is not what was written`, {
      hints: [
        'The disk or a copy damaged it. No operator matches it any more: its owner can remove the enrolment and enrol again.',
      ],
    })
  }
}
