import { DatabaseSync } from 'node:sqlite'
import { expect } from 'chai'
import { openOperatorDatabase, RequestSpentError } from '../../node/src/operator/operator-database.ts'
import { addressOf, hashOf } from '../protocol/signed.ts'
import { temporaryFolder } from './temporary-folder.ts'

const enrolment = (index: number) => ({
  index,
  owner: addressOf('owner'),
  sharesRoot: hashOf(`shares ${index}`),
  hands: 3,
  identityShare: new Uint8Array(32).fill(index + 1),
  identityCommitments: new Uint8Array(128).fill(index + 1),
  rowHashes: new Uint8Array(64).fill(index + 1),
})

describe("the operator's database", () => {
  const at = temporaryFolder()
  const [request, scan] = [hashOf('request'), hashOf('scan')]

  for (const [name, columns] of [
    ['of palm codes alone', 'pseudonym_key BLOB, row_hashes BLOB'],
    ['with a key for pseudonyms in place of a share', 'pseudonym_key BLOB, rows_sha256 BLOB'],
  ])
    it(`is refused by name where its enrolments have another format, ${name}`, () => {
      const path = at(`${columns}.sqlite`)
      const older = new DatabaseSync(path)
      older.exec(
        `CREATE TABLE enrolments (idx INTEGER PRIMARY KEY, owner TEXT, shares_root TEXT, hands INTEGER, ${columns}, state TEXT, receipts TEXT)`,
      )
      older.close()
      for (let i = 0; i < 2; i++)
        expect(() => openOperatorDatabase(path))
          .to.throw()
          .with.property('code', 'PALM_DATABASE_DAMAGED')
    })

  it('is refused by name where its dealings have another format', () => {
    const path = at('older dealings.sqlite')
    const older = new DatabaseSync(path)
    older.exec(
      'CREATE TABLE dealings (idx INTEGER PRIMARY KEY, shares_root TEXT NOT NULL, share BLOB NOT NULL, nonce BLOB NOT NULL, commitments BLOB, coin BLOB, opened BLOB, refusal TEXT) STRICT',
    )
    older.close()
    expect(() => openOperatorDatabase(path))
      .to.throw()
      .with.property('code', 'PALM_DATABASE_DAMAGED')
  })

  it('spends a request once, for one scan', () => {
    const database = openOperatorDatabase(at('spend.sqlite'))
    expect(database.spend(request, scan, 1)).to.equal(undefined)
    for (const [name, work] of [
      ['the same attempt', () => database.spend(request, scan, 1)],
      ['an earlier attempt', () => database.spend(request, scan, 0)],
      ['another scan', () => database.spend(request, hashOf('another scan'), 2)],
    ] as const)
      expect(work, name).to.throw(RequestSpentError).with.property('code', 'PALM_REQUEST_SPENT')
    expect(database.spend(request, scan, 2)).to.equal(undefined)
    expect(database.spend(request, scan, 7)).to.equal(undefined)
    expect(() => database.spend(request, scan, 6)).to.throw(RequestSpentError)
    expect(database.spend(hashOf('another request'), hashOf('another scan'), 1)).to.equal(undefined)
    database.close()
  })

  it('keeps the first reply, and gives it for any attempt of that scan', () => {
    const database = openOperatorDatabase(at('reply.sqlite'))
    database.spend(request, scan, 1)
    database.saveReply(request, 'first')
    database.saveReply(request, 'second')
    for (const attempt of [1, 2, 1]) expect(database.spend(request, scan, attempt)).to.equal('first')
    expect(() => database.spend(request, hashOf('another scan'), 3)).to.throw(RequestSpentError)
    database.close()
  })

  it('remembers across a restart', () => {
    const first = openOperatorDatabase(at('restart.sqlite'))
    first.spend(request, scan, 3)
    first.store(enrolment(4))
    first.activate(4, '[]')
    first.setFact('deployment', 'here')
    first.close()
    const second = openOperatorDatabase(at('restart.sqlite'))
    expect(() => second.spend(request, scan, 3)).to.throw(RequestSpentError)
    expect(second.spend(request, scan, 4)).to.equal(undefined)
    expect(second.enrolment(4)).to.deep.equal({ ...enrolment(4), state: 'active', receipts: '[]' })
    expect(second.fact('deployment')).to.equal('here')
    expect(second.fact('nothing')).to.equal(undefined)
    second.close()
  })

  it('takes an enrolment from stored over active to erased, and no other way', () => {
    const database = openOperatorDatabase(at('states.sqlite'))
    const state = (index: number) => database.enrolment(index)?.state
    expect(state(0)).to.equal(undefined)
    database.activate(0, 'too early')
    expect(state(0)).to.equal(undefined)

    database.store(enrolment(0))
    expect(state(0)).to.equal('stored')
    database.store({ ...enrolment(0), owner: addressOf('thief') })
    expect(database.enrolment(0)!.owner).to.equal(addressOf('owner'))

    database.activate(0, 'receipts')
    database.activate(0, 'other receipts')
    expect(database.enrolment(0)).to.include({ state: 'active', receipts: 'receipts' })

    database.erase(0)
    expect(database.enrolment(0)).to.deep.include({
      state: 'erased',
      receipts: undefined,
      sharesRoot: hashOf('shares 0'),
    })
    const { identityShare, identityCommitments, rowHashes } = database.enrolment(0)!
    expect([identityShare, identityCommitments, rowHashes].map(({ length }) => length)).to.deep.equal([0, 0, 0])
    database.activate(0, 'receipts')
    expect(state(0)).to.equal('erased')

    database.store({ ...enrolment(0), sharesRoot: hashOf('renewed') })
    expect(database.enrolment(0)).to.deep.include({
      state: 'stored',
      sharesRoot: hashOf('renewed'),
      receipts: undefined,
    })
    database.close()
  })

  it('lists enrolments by index', () => {
    const database = openOperatorDatabase(at('list.sqlite'))
    for (const index of [5, 1, 3]) database.store(enrolment(index))
    expect(database.enrolments().map(({ index }) => index)).to.deep.equal([1, 3, 5])
    database.close()
  })

  describe('forgets requests', () => {
    const scan = hashOf('scan')

    it('once they are over, and takes none of them again', () => {
      const path = at('prune.sqlite')
      const first = openOperatorDatabase(path)
      first.spend(hashOf('old'), scan, 1, 100)
      first.saveReply(hashOf('old'), 'a reply')
      first.spend(hashOf('young'), scan, 1, 200)
      first.spend(hashOf('for good'), scan, 1)
      expect(first.prune(100), 'not before').to.equal(0)
      expect(first.prune(150)).to.equal(1)
      expect(first.prune(150), 'nothing is left').to.equal(0)
      first.close()
      // Another start, and a clock that went back: whatever ended by then may have been forgotten.
      const database = openOperatorDatabase(path)
      expect(() => database.spend(hashOf('old'), scan, 1, 100)).to.throw(RequestSpentError)
      expect(() => database.spend(hashOf('never seen'), scan, 1, 90)).to.throw(RequestSpentError)
      expect(() => database.spend(hashOf('young'), scan, 1, 200), 'still known').to.throw(RequestSpentError)
      expect(() => database.spend(hashOf('for good'), scan, 1)).to.throw(RequestSpentError)
      expect(database.spend(hashOf('new'), scan, 1, 101)).to.equal(undefined)
      database.close()
    })
  })
})
