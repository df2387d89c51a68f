import type { Hex } from '@palmhold/base'
import { policyFor, requestHash } from '@palmhold/protocol'
import { expect } from 'chai'
import type { Receipt } from '../../node/src/verifier/receipt.ts'
import { openVerifierDatabase, type VerifierDatabase } from '../../node/src/verifier/verifier-database.ts'
import { DOMAIN, hashOf, makeDocument, makeRequest, NOW } from '../protocol/signed.ts'
import { temporaryFolder } from './temporary-folder.ts'

describe("the verifier's database", () => {
  const at = temporaryFolder()
  const document = makeDocument()

  function issue(database: VerifierDatabase, name: string, issuedAt = NOW): Hex {
    const request = makeRequest({ nonce: hashOf(name), issuedAt, expiry: issuedAt + 120 })
    const hash = requestHash(DOMAIN, request)
    database.issue({ requestHash: hash, request, signature: document.requestSignature, policy: policyFor(40) })
    return hash
  }
  const receipt = (hash: Hex, payoutAt = NOW + 1000) => ({ requestHash: hash, payoutAt }) as Receipt

  it('keeps what was issued, whole', () => {
    const database = openVerifierDatabase(at('issue.sqlite'))
    const hash = issue(database, 'one')
    expect(database.payment(hash)).to.deep.equal({
      requestHash: hash,
      request: makeRequest({ nonce: hashOf('one') }),
      signature: document.requestSignature,
      policy: policyFor(40),
      state: 'issued',
      document: undefined,
      receipt: undefined,
      refusal: undefined,
    })
    expect(database.payment(hashOf('unknown'))).to.equal(undefined)
    expect(() => issue(database, 'one')).to.throw()
    database.close()
  })

  it('gives a request to one scan', () => {
    const database = openVerifierDatabase(at('scan.sqlite'))
    const hash = issue(database, 'one')
    expect([database.takeScan(hash), database.takeScan(hash), database.takeScan(hashOf('unknown'))]).to.deep.equal([
      true,
      false,
      false,
    ])
    database.refuse(hash, 'PALM_NOT_RECOGNISED')
    expect(database.takeScan(hash)).to.equal(false)
    expect(database.payment(hash)).to.include({ state: 'refused', refusal: 'PALM_NOT_RECOGNISED' })
    database.close()
  })

  it('finds after a restart what was under way, oldest first', () => {
    const first = openVerifierDatabase(at('restart.sqlite'))
    const [late, early, done] = [
      issue(first, 'late', NOW + 9),
      issue(first, 'early', NOW),
      issue(first, 'done', NOW + 5),
    ]
    for (const hash of [late, early, done]) {
      first.takeScan(hash)
      first.attest(hash, document)
    }
    first.settle(done, receipt(done))
    const scanned = issue(first, 'scanned')
    first.takeScan(scanned)
    first.close()

    const second = openVerifierDatabase(at('restart.sqlite'))
    expect(second.inState('attested').map(({ requestHash: hash }) => hash)).to.deep.equal([early, late])
    expect(second.inState('attested')[0]!.document).to.deep.equal(document)
    expect(second.inState('scanned').map(({ requestHash: hash }) => hash)).to.deep.equal([scanned])
    expect(second.receipts(10)).to.deep.equal([receipt(done)])
    second.close()
  })

  it('lists the newest receipts first, and no more than asked for', () => {
    const database = openVerifierDatabase(at('receipts.sqlite'))
    const hashes = [3, 1, 2].map((age) => issue(database, `${age}`, NOW - age))
    for (const hash of hashes) database.settle(hash, receipt(hash))
    issue(database, 'open')
    expect(database.receipts(2).map(({ requestHash: hash }) => hash)).to.deep.equal([hashes[1], hashes[2]])
    expect(database.receipts(10).length).to.equal(3)
    database.close()
  })

  it('names payouts that are due, earliest first, until they are closed', () => {
    const database = openVerifierDatabase(at('payouts.sqlite'))
    const [b, a, later] = ['b', 'a', 'later'].map((name) => issue(database, name)) as [Hex, Hex, Hex]
    database.settle(b, receipt(b, NOW + 20))
    database.settle(a, receipt(a, NOW + 10))
    database.settle(later, receipt(later, NOW + 30))
    expect(database.duePayouts(NOW + 9, 10)).to.deep.equal([])
    expect(database.duePayouts(NOW + 20, 10)).to.deep.equal([a, b])
    expect(database.duePayouts(NOW + 20, 1)).to.deep.equal([a])
    database.closePayout(a)
    expect(database.duePayouts(NOW + 100, 10)).to.deep.equal([b, later])
    database.close()
  })
})
