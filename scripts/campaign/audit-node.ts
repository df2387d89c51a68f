/**
 * What a dead operator left on disk, and what its log says of the sessions it agreed to. Looked at on a copy: opening a
 * database mends it, and what a crash leaves is for the operator to mend.
 */

import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { errorCode, type Hex } from '@palmhold/base'
import { GALLERY_ROW_BYTES } from '@palmhold/matching'
import { HAND, handsOf } from '@palmhold/protocol'
import { COUNTERSIGNED } from '../../node/src/operator/operator.ts'
import { openOperatorDatabase } from '../../node/src/operator/operator-database.ts'
import { openSegments } from '../../node/src/storage/segment-store.ts'

const SLOTS_PER_ENROLMENT = 2
const HASH_BYTES = 32

/** An enrolment that the database speaks of, and whose rows are not what their hashes say. */
export type HalfRow = { readonly index: number; readonly sharesRoot: Hex; readonly fault: string }

/** Half rows; one whose enrolment was revoked is an erasure that had just begun. */
export function findHalfRows(dataFolder: string): HalfRow[] {
  const copy = mkdtempSync(join(tmpdir(), 'palmhold-audit-'))
  try {
    for (const name of ['operator.sqlite', 'operator.sqlite-wal', 'segments'])
      if (existsSync(join(dataFolder, name))) cpSync(join(dataFolder, name), join(copy, name), { recursive: true })
    const database = openOperatorDatabase(join(copy, 'operator.sqlite'))
    const segments = openSegments(join(copy, 'segments'), GALLERY_ROW_BYTES)
    const row = new Uint8Array(GALLERY_ROW_BYTES)
    const found: HalfRow[] = []
    for (const { index, sharesRoot, hands, rowHashes, state } of database.enrolments()) {
      if (state === 'erased') continue
      handsOf(hands).forEach((hand, i) => {
        const slot = index * SLOTS_PER_ENROLMENT + (hand === HAND.left ? 0 : 1)
        try {
          segments.read(slot, rowHashes.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES), row)
        } catch (error) {
          found.push({ index, sharesRoot, fault: `${state} enrolment ${index} had a half row (${errorCode(error)})` })
        }
      })
    }
    row.fill(0)
    segments.close()
    database.close()
    return found
  } finally {
    rmSync(copy, { recursive: true, force: true })
  }
}

type Countersigned = { msg: string; sid: string; requestHash: string; attempt: number; to: string }

/** Sessions that an operator agreed to twice, and attempts that did not count up. */
export function auditSessions(logFile: string): string[] {
  const seen = new Set<string>()
  const last = new Map<string, { sid: string; attempt: number }>()
  const faults: string[] = []
  for (const line of readFileSync(logFile, 'utf8').split('\n')) {
    if (!line.includes(`"${COUNTERSIGNED}"`)) continue
    const { sid, requestHash, attempt, to } = JSON.parse(line) as Countersigned
    if (seen.has(`${sid}:${to}`)) faults.push(`session ${sid} was agreed to twice`)
    seen.add(`${sid}:${to}`)
    const before = last.get(requestHash)
    if (before && before.sid !== sid && attempt <= before.attempt)
      faults.push(`attempt ${attempt} at request ${requestHash} came after ${before.attempt}`)
    last.set(requestHash, { sid, attempt })
  }
  return faults
}

/** How many sessions an operator's log tells of. */
export function countSessions(logFile: string): number {
  return readFileSync(logFile, 'utf8').split(`"${COUNTERSIGNED}"`).length - 1
}
