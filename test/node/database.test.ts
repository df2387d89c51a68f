import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { PalmError } from '@palmhold/base'
import { expect } from 'chai'
import { DatabaseError, inTransaction, openDatabase, openStore, reading } from '../../node/src/storage/database.ts'
import { DiskError, DiskFullError } from '../../node/src/storage/disk.ts'
import { temporaryFolder } from './temporary-folder.ts'

const SCHEMA = 'CREATE TABLE IF NOT EXISTS notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT;'

describe('databases', () => {
  const at = temporaryFolder()
  const textsIn = (database: ReturnType<typeof openDatabase>) =>
    database
      .prepare('SELECT text FROM notes ORDER BY id')
      .all()
      .map((row) => row.text)

  it('are made with their folder and found again', () => {
    const database = openDatabase(at('deep', 'notes.sqlite'), SCHEMA)
    database.exec("INSERT INTO notes (text) VALUES ('one')")
    database.close()
    const again = openDatabase(at('deep', 'notes.sqlite'), SCHEMA)
    expect(textsIn(again)).to.deep.equal(['one'])
    again.close()
  })

  it('name what cannot be read any more: a page that was overwritten, a text that is no JSON', () => {
    const path = at('pages.sqlite')
    const database = openDatabase(path, SCHEMA)
    for (let i = 0; i < 500; i++) database.exec(`INSERT INTO notes (text) VALUES ('${'n'.repeat(100)}')`)
    database.close()
    const bytes = readFileSync(path)
    bytes.fill(0xff, 2 * 4096)
    writeFileSync(path, bytes)
    const again = openDatabase(path, SCHEMA)
    const failures = [
      () => reading(again, () => textsIn(again)),
      () => inTransaction(again, () => textsIn(again)),
      () => reading(again, () => JSON.parse('{') as unknown),
    ]
    for (const attempt of failures)
      expect(attempt).to.throw(DatabaseError).with.property('code', 'PALM_DATABASE_DAMAGED')
    again.close()
  })

  it('are refused by name, and let go, where their tables are other ones', () => {
    const path = at('tables.sqlite')
    openDatabase(path, 'CREATE TABLE notes (id INTEGER PRIMARY KEY)').close()
    const open = () => openStore(path, SCHEMA, (database) => database.prepare('SELECT text FROM notes'))
    // Twice: a connection left open would make the second one `PALM_ALREADY_RUNNING`.
    for (let i = 0; i < 2; i++) expect(open).to.throw(DatabaseError).with.property('code', 'PALM_DATABASE_DAMAGED')
  })

  it('sync every commit and overwrite what is deleted', () => {
    const database = openDatabase(at('pragmas.sqlite'), SCHEMA)
    const pragma = (name: string) => Object.values(database.prepare(`PRAGMA ${name}`).get()!)[0]
    expect(['journal_mode', 'synchronous', 'locking_mode', 'secure_delete'].map(pragma)).to.deep.equal([
      'wal',
      2,
      'exclusive',
      1,
    ])
    database.close()
  })

  it('take all of a transaction or nothing of it', () => {
    const database = openDatabase(at('transactions.sqlite'), SCHEMA)
    const insert = database.prepare('INSERT INTO notes (text) VALUES (?)')
    expect(inTransaction(database, () => insert.run('kept').changes)).to.equal(1)
    const failure = new PalmError('PALM_SCALE_BROKEN', 'broken')
    expect(() =>
      inTransaction(database, () => {
        insert.run('dropped')
        throw failure
      }),
    ).to.throw(failure)
    expect(database.isTransaction).to.equal(false)
    expect(() => inTransaction(database, () => insert.run(null))).to.throw()
    inTransaction(database, () => insert.run('after'))
    expect(textsIn(database)).to.deep.equal(['kept', 'after'])
    database.close()
  })

  it('name a disk without room, and keep what was committed', () => {
    const database = openDatabase(at('full.sqlite'), `${SCHEMA} PRAGMA max_page_count = 4;`)
    const insert = database.prepare('INSERT INTO notes (text) VALUES (?)')
    inTransaction(database, () => insert.run('kept'))
    expect(() => inTransaction(database, () => insert.run('x'.repeat(100_000))))
      .to.throw(DiskFullError)
      .with.property('code', 'PALM_DISK_FULL')
    expect(textsIn(database)).to.deep.equal(['kept'])
    database.close()
  })

  describe('that another uses are refused', () => {
    it('in this process', () => {
      const database = openDatabase(at('busy.sqlite'), SCHEMA)
      expect(() => openDatabase(at('busy.sqlite'), SCHEMA))
        .to.throw(DatabaseError, 'another process')
        .with.property('code', 'PALM_ALREADY_RUNNING')
      database.exec("INSERT INTO notes (text) VALUES ('still mine')")
      database.close()
      openDatabase(at('busy.sqlite'), SCHEMA).close()
    })

    it('in another process', function () {
      this.timeout(15_000)
      const database = openDatabase(at('busy.sqlite'), SCHEMA)
      const module = fileURLToPath(new URL('../../node/src/storage/database.ts', import.meta.url))
      const program = `
        import { openDatabase } from ${JSON.stringify(module)}
        try { openDatabase(${JSON.stringify(at('busy.sqlite'))}, ''); console.log('opened') }
        catch (error) { console.log(error.code) }`
      const child = spawnSync(
        process.execPath,
        ['--conditions=@palmhold/source', '--input-type=module-typescript', '-e', program],
        { encoding: 'utf8' },
      )
      expect(child.stdout.trim(), child.stderr).to.equal('PALM_ALREADY_RUNNING')
      database.close()
    })
  })

  describe('that are damaged are refused and left as they are', () => {
    const cases: [name: string, code: string, make: (path: string) => void][] = [
      ['no database', 'PALM_DATABASE_DAMAGED', (path) => writeFileSync(path, 'x'.repeat(8192))],
      [
        'a database with a torn header',
        'PALM_DATABASE_DAMAGED',
        (path) => {
          healthy(path)
          const bytes = readFileSync(path)
          writeFileSync(path, bytes.fill(0, 0, 60))
        },
      ],
      [
        'a database that was cut off',
        'PALM_DATABASE_DAMAGED',
        (path) => {
          healthy(path)
          truncateSync(path, 4096 + 100)
        },
      ],
      ['a folder in its place', 'PALM_DISK_FAILED', (path) => mkdirSync(path)],
    ]
    const healthy = (path: string) => {
      const database = openDatabase(path, SCHEMA)
      for (let i = 0; i < 50; i++) database.exec(`INSERT INTO notes (text) VALUES ('${'x'.repeat(500)}')`)
      database.close()
    }
    for (const [name, code, make] of cases)
      it(`${name}: ${code}`, () => {
        const path = at(`${name}.sqlite`)
        make(path)
        const before = code === 'PALM_DATABASE_DAMAGED' ? readFileSync(path) : undefined
        expect(() => openDatabase(path, SCHEMA))
          .to.throw(code === 'PALM_DISK_FAILED' ? DiskError : DatabaseError)
          .with.property('code', code)
        if (before) expect(readFileSync(path).equals(before)).to.equal(true)
      })
  })
})
