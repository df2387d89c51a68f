/**
 * Stores and spends until it is killed: `crash-child.ts FOLDER FIRST`. Writes each number on stdout once everything about
 * it is acknowledged as durable. For tests only.
 */

import { writeSync } from 'node:fs'
import { join } from 'node:path'
import { openOperatorDatabase } from '../../node/src/operator/operator-database.ts'
import { writeFileAtomically } from '../../node/src/storage/disk.ts'
import { openSegments } from '../../node/src/storage/segment-store.ts'
import { CRASH_ROW_BYTES, contentOf, nameOf, rowOf } from './crash-work.ts'

const [folder = '', first = '0'] = process.argv.slice(2)
const database = openOperatorDatabase(join(folder, 'operator.sqlite'))
const segments = openSegments(join(folder, 'segments'), CRASH_ROW_BYTES)

for (let n = Number(first); ; n++) {
  const rowHashes = segments.write(n, rowOf(n))
  database.store({
    index: n,
    owner: `0x${'11'.repeat(20)}`,
    sharesRoot: nameOf('shares', n),
    hands: 1,
    identityShare: rowHashes,
    identityCommitments: rowHashes,
    rowHashes,
  })
  database.spend(nameOf('request', n), nameOf('scan', n), 1)
  database.saveReply(nameOf('request', n), `reply ${n}`)
  writeFileAtomically(join(folder, 'latest'), contentOf(n))
  writeSync(1, `${n}\n`)
}
