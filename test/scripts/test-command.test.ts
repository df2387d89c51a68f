/** `npm test` counts rightly, whatever its tests do. */

import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { promisify } from 'node:util'
import { expect } from 'chai'
import { runAtOnce, runMocha, shareOut, summarise } from '../../scripts/test.ts'

const ROOT = join(import.meta.dirname, '../..')
const LONG_MS = 60_000

describe('npm test', function () {
  this.timeout(LONG_MS)
  let folder: string

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'palmhold-count-'))
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  /** Counts what mocha makes of a file that holds `text`. */
  const count = (text: string, timeoutMs = LONG_MS) => {
    const file = join(folder, 'some.test.mjs')
    writeFileSync(file, text)
    return runMocha(ROOT, { files: [file], timeoutMs, quiet: true })
  }

  it('counts what passes, fails and is skipped, by title', async () => {
    const result = await count(`
      describe('some', () => {
        it('holds', () => {})
        it('holds too', async () => {})
        it('breaks', () => { throw new Error('no') })
        it('cannot run here', function () { this.skip() })
        it('is to come')
      })`)
    expect(result).to.deep.equal({
      passed: 2,
      failed: ['some breaks'],
      skipped: ['some cannot run here', 'some is to come'],
    })
  })

  it('counts a hook that breaks as a failure', async () => {
    const result = await count("before('of all', () => { throw new Error('no') }); it('never ran', () => {})")
    expect(result).to.deep.equal({ passed: 0, failed: ['"before all" hook: of all for "never ran"'], skipped: [] })
  })

  it('counts a file that does not load as a failure', async () => {
    const { passed, failed } = await count("import 'no-such-package-here'")
    expect(passed).to.equal(0)
    expect(failed).to.deep.equal(['mocha ended with 1 before it had a count'])
  })

  it('counts a run that ends in its midst as a failure', async () => {
    const { passed, failed } = await count("it('leaves', () => process.exit(0)); it('never ran', () => {})")
    expect(passed).to.equal(0)
    expect(failed).to.have.length(1)
  })

  it('counts files that nobody finds as a failure', async () => {
    const files = [join(folder, 'nothing-*.test.ts')]
    expect((await runMocha(ROOT, { files, timeoutMs: LONG_MS, quiet: true })).failed).to.have.length(1)
  })

  it('counts a test that was left alone with `only` as a failure', async () => {
    expect((await count("it.only('alone', () => {}); it('left out', () => {})")).failed).to.have.length(1)
  })

  it('ends what hangs, and counts that beside what had passed', async () => {
    const result = await count("it('holds', () => { setInterval(() => {}, 1000) })", 6000)
    expect(result.passed).to.equal(1)
    expect(result.failed).to.deep.equal(['did not end within 6 s and was ended'])
  })

  it('counts each file once when several processes share them, and whatever fails in any', async () => {
    const files = ['a', 'b', 'c'].map((name) => {
      const file = join(folder, `${name}.test.mjs`)
      writeFileSync(file, `it('${name} holds', () => {}); it('${name} breaks', () => { throw new Error('no') })`)
      return file
    })
    // joined to the root, an absolute path stays where it is only relative to it
    const paths = files.map((file) => relative(ROOT, file))
    const { passed, failed } = await runAtOnce(ROOT, [paths.slice(0, 2), paths.slice(2)], {
      timeoutMs: LONG_MS,
      quiet: true,
    })
    expect(passed).to.equal(3)
    expect([...failed].sort()).to.deep.equal(['a breaks', 'b breaks', 'c breaks'])
  })

  it('shares files out by their size, each to one part', () => {
    const files = [9, 1, 5, 4, 1].map((bytes, i) => ({ file: `${i}.test.ts`, bytes }))
    expect(shareOut(files, 2)).to.deep.equal([
      ['0.test.ts', '1.test.ts'],
      ['2.test.ts', '3.test.ts', '4.test.ts'],
    ])
    expect(shareOut(files.slice(0, 1), 2)).to.deep.equal([['0.test.ts']])
  })

  it('names what did not pass, and what a machine needs for what was skipped', () => {
    const lines = summarise([
      { name: 'unit', passed: 3, failed: ['some breaks'], skipped: [], elapsedMs: 1200 },
      { name: 'browser', passed: 0, failed: [], skipped: ['in a browser it runs'], elapsedMs: 100 },
    ])
    expect(lines.slice(0, 4)).to.deep.equal([
      'unit       3 passed, 1 failed (1.2 s)',
      '  failed:  some breaks',
      'browser    0 passed, 0 failed, 1 skipped (0.1 s)',
      '  skipped: in a browser it runs',
    ])
    expect(lines[4]).to.include('CHROME_PATH')
  })

  it('refuses a suite that there is not, without a stack', async () => {
    const failure = await promisify(execFile)(
      process.execPath,
      ['--conditions=@palmhold/source', join(ROOT, 'scripts/test.ts'), 'nothing'],
      { cwd: ROOT },
    ).catch((error: { code: number; stdout: string; stderr: string }) => error)
    expect(failure).to.include({ code: 1, stdout: '' })
    expect(failure.stderr).to.match(/^PALM_OPTION_INVALID: no suite is called nothing; there are check, unit, /)
    expect(failure.stderr).not.to.include('    at ')
  })
})

describe('npm run check', function () {
  this.timeout(LONG_MS)

  it('answers one JSON document', async () => {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--conditions=@palmhold/source', join(ROOT, 'scripts/check.ts'), 'error-class', '--json'],
      { cwd: ROOT },
    )
    const { ok, checks } = JSON.parse(stdout)
    expect(ok).to.equal(true)
    expect(checks.map(({ name }: { name: string }) => name)).to.deep.equal(['error-class'])
  })
})
