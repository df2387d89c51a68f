/**
 * The disk of a verifier is full: a request that cannot be kept is not issued, an attestation that cannot be kept is not
 * presented, a receipt that cannot be kept leaves its payment attested; with space again everything goes on.
 *
 * Real files on a real small disk, where this machine lets us mount one (Linux, as root).
 */

import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { policyFor, requestHash } from '@palmhold/protocol'
import { expect } from 'chai'
import { DiskFullError } from '../../node/src/storage/disk.ts'
import type { Receipt } from '../../node/src/verifier/receipt.ts'
import { openVerifierDatabase, type VerifierDatabase } from '../../node/src/verifier/verifier-database.ts'
import { DOMAIN, hashOf, makeDocument, makeRequest } from '../protocol/signed.ts'

const DISK_BYTES = 2 * 1024 * 1024

describe("a verifier's full disk", () => {
  const document = makeDocument()
  let disk: string
  let database: VerifierDatabase

  before(function () {
    disk = mkdtempSync(join(tmpdir(), 'palmhold-disk-'))
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_BYTES}`, 'tmpfs', disk], { stdio: 'ignore' })
    } catch {
      this.skip()
    }
    database = openVerifierDatabase(`${disk}/verifier.sqlite`)
  })
  after(() => {
    if (database) {
      database.close()
      execFileSync('umount', [disk])
    }
    rmSync(disk, { recursive: true })
  })

  const issue = (name: string) => {
    const request = makeRequest({ nonce: hashOf(name) })
    const hash = requestHash(DOMAIN, request)
    database.issue({ requestHash: hash, request, signature: document.requestSignature, policy: policyFor(40) })
    return hash
  }
  const fill = () => {
    const { bavail, bsize } = statfsSync(disk)
    writeFileSync(`${disk}/filler`, Buffer.alloc(bavail * bsize))
  }
  /** Writes until SQLite, which has some room in its files, has none left. */
  const exhaust = (write: (i: number) => void) =>
    expect(() => {
      for (let i = 0; i < 1_000; i++) write(i)
    })
      .to.throw(DiskFullError)
      .with.property('code', 'PALM_DISK_FULL')

  it('keeps nothing that it has not acknowledged, and all that it has', () => {
    const scanned = issue('scanned')
    database.takeScan(scanned)
    const attested = issue('attested')
    database.takeScan(attested)
    database.attest(attested, document)
    fill()

    const kept: string[] = []
    exhaust((i) => kept.push(issue(`while it fills ${i}`)))
    expect(() => database.attest(scanned, document)).to.throw(DiskFullError)
    const receipt = { requestHash: attested, payoutAt: 9, filler: 'r'.repeat(8_192) } as unknown as Receipt
    expect(() => database.settle(attested, receipt)).to.throw(DiskFullError)
    const state = (hash: typeof scanned) => database.payment(hash)?.state
    expect([state(scanned), state(attested)]).to.deep.equal(['scanned', 'attested'])

    rmSync(`${disk}/filler`)
    database.close()
    database = openVerifierDatabase(`${disk}/verifier.sqlite`)
    expect(database.inState('issued').map(({ requestHash: hash }) => hash)).to.have.members(kept)
    expect([state(scanned), state(attested)]).to.deep.equal(['scanned', 'attested'])
    database.settle(attested, receipt)
    expect(state(attested)).to.equal('settled')
    expect(state(issue('afterwards'))).to.equal('issued')
  })
})
