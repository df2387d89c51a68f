/**
 * Files that end in the middle of a page, as a machine without power leaves them: cut at random places, they give back a
 * prefix of what was acknowledged, whole, or say by name that they are damaged; never half of anything.
 */

import { copyFileSync, existsSync, mkdirSync, statSync, truncateSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Hex } from '@palmhold/base'
import { policyFor } from '@palmhold/protocol'
import { expect } from 'chai'
import fc from 'fast-check'
import { openOperatorDatabase } from '../../node/src/operator/operator-database.ts'
import { openSegments, RowDamagedError } from '../../node/src/storage/segment-store.ts'
import { openVerifierDatabase } from '../../node/src/verifier/verifier-database.ts'
import { seededRandom } from '../matching/in-memory.ts'
import { temporaryFolder } from '../node/temporary-folder.ts'
import { makeRequest } from '../protocol/signed.ts'

const COUNT = 12
const RUNS = 25
const ROW_BYTES = 3072

describe('a file that was cut at a random place', () => {
  const at = temporaryFolder()
  const random = seededRandom('torn')
  let copies = 0

  /** A copy of a database with its log cut after `share` of its length, or of the database file itself without a log. */
  function cut(path: string, share: number): string {
    const copy = at(`cut-${copies++}`, 'x.sqlite')
    mkdirSync(dirname(copy), { recursive: true })
    copyFileSync(path, copy)
    expect(existsSync(`${path}-wal`), 'a log that is not yet in the database').to.equal(true)
    copyFileSync(`${path}-wal`, `${copy}-wal`)
    truncateSync(`${copy}-wal`, Math.floor(share * statSync(`${path}-wal`).size))
    return copy
  }
  const cuts = fc.double({ min: 0, max: 1, noNaN: true })

  it("the log of an operator's database: the first enrolments and spent requests, whole", () => {
    const path = at('operator', 'operator.sqlite')
    const database = openOperatorDatabase(path)
    const hash = (n: number) => `0x${String(n).padStart(64, '0')}` as Hex
    const stored = Array.from({ length: COUNT }, (_, index) => ({
      index,
      owner: `0x${'ab'.repeat(20)}` as Hex,
      sharesRoot: hash(index),
      hands: 3,
      identityShare: random(32),
      identityCommitments: random(128),
      rowHashes: random(64),
    }))
    for (const enrolment of stored) {
      database.store(enrolment)
      database.spend(hash(enrolment.index), hash(0), 1)
      database.saveReply(hash(enrolment.index), 'a reply')
    }
    fc.assert(
      fc.property(cuts, (share) => {
        const torn = openOperatorDatabase(cut(path, share))
        const found = torn.enrolments()
        const kept = stored.slice(0, found.length)
        expect(found.map(({ state: _, receipts: __, ...rest }) => rest)).to.deep.equal(kept)
        // In the order of the commits: a request that is spent belongs to an enrolment that is there.
        const spent = stored.filter(({ index }) => torn.spend(hash(index), hash(0), 2) === 'a reply')
        expect(spent.length).to.be.within(found.length - 1, found.length)
        torn.close()
      }),
      { numRuns: RUNS, examples: [[0], [1]] },
    )
    database.close()
  })

  it("the log of a verifier's database: the first payments, whole", () => {
    const path = at('verifier', 'verifier.sqlite')
    const database = openVerifierDatabase(path)
    const issued = Array.from({ length: COUNT }, (_, i) => ({
      requestHash: `0x${String(i).padStart(64, '0')}` as Hex,
      request: makeRequest({ issuedAt: i }),
      signature: `0x${'cd'.repeat(65)}` as Hex,
      policy: policyFor(40),
    }))
    for (const payment of issued) {
      database.issue(payment)
      expect(database.takeScan(payment.requestHash)).to.equal(true)
    }
    fc.assert(
      fc.property(cuts, (share) => {
        const torn = openVerifierDatabase(cut(path, share))
        const scanned = torn.inState('scanned')
        const waiting = torn.inState('issued')
        expect(waiting.length).to.be.at.most(1)
        const found = [...scanned, ...waiting].map(({ requestHash, request }) => ({ requestHash, request }))
        expect(found).to.deep.equal(
          issued.slice(0, found.length).map(({ requestHash, request }) => ({ requestHash, request })),
        )
        torn.close()
      }),
      { numRuns: RUNS, examples: [[0], [1]] },
    )
    database.close()
  })

  it('a segment: the rows before the cut, and none that is torn', () => {
    const folder = at('segments')
    const rows = Array.from({ length: COUNT }, () => random(ROW_BYTES))
    const segments = openSegments(folder, ROW_BYTES)
    const hashes = rows.map((row, slot) => segments.write(slot, row))
    segments.close()
    const file = 'segment-00000.rows'
    fc.assert(
      fc.property(fc.integer({ min: 0, max: COUNT * ROW_BYTES }), (bytes) => {
        const copy = at(`rows-${copies++}`)
        mkdirSync(copy)
        copyFileSync(`${folder}/${file}`, `${copy}/${file}`)
        truncateSync(`${copy}/${file}`, bytes)
        const torn = openSegments(copy, ROW_BYTES)
        const target = new Uint8Array(ROW_BYTES)
        for (const [slot, row] of rows.entries()) {
          const isWhole = (slot + 1) * ROW_BYTES <= bytes
          const read = () => torn.read(slot, hashes[slot]!, target)
          if (isWhole) read()
          else expect(read).to.throw(RowDamagedError)
          expect(target).to.deep.equal(isWhole ? row : new Uint8Array(ROW_BYTES))
        }
        torn.close()
      }),
      { numRuns: RUNS, examples: [[0], [ROW_BYTES - 1], [COUNT * ROW_BYTES]] },
    )
  })
})
