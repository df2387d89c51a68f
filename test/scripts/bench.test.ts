/** `npm run bench` measures real parties and answers rightly; how fast is not asserted. */

import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect } from 'chai'
import { createSyntheticGallery, expectedBitmaps } from '../../scripts/bench/synthetic-gallery.ts'
import { timePlotSvg } from '../../scripts/bench/time-plot-svg.ts'

const BENCH = join(import.meta.dirname, '../../scripts/bench.ts')
const LONG_MS = 300_000
const BYTES_A_COMPARISON = 7.5

describe('npm run bench', function () {
  this.timeout(LONG_MS)
  let folder: string

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'palmhold-bench-test-'))
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  const run = async (...args: string[]) => {
    const json = join(folder, 'report.json')
    await promisify(execFile)(process.execPath, ['--conditions=@palmhold/source', BENCH, ...args, '--json', json])
    return JSON.parse(readFileSync(json, 'utf8'))
  }

  it('reports of three parties what the file promises, with a cascade', async () => {
    const report = await run('matching', '--rows', '3000', '--shifts', '9', '--queries', '1', '--cascade', '0.1')
    expect(report).to.include({ rows: 3000, shifts: 9, dimension: 1536 })
    expect(report.wallMs).to.be.greaterThan(0)
    expect(report.parties).to.have.length(3)
    for (const party of report.parties) {
      expect(party).to.include.keys('kernelGmacs', 'comparisonsPerSecond', 'bytesPerComparison', 'cpuMs')
      // A tenth of the rows at nine shifts, and all of them once.
      expect(party.bytesPerComparison).to.be.lessThan(BYTES_A_COMPARISON / 4)
    }
    expect(report.baselines).to.have.all.keys('typedArraysGmacs', 'popcountRowsPerSecond')
    expect(report.cascade.candidates).to.be.within(200, 400)
  })

  it('names whom it should while it measures naming', async () => {
    const report = await run('naming')
    for (const figure of ['roundMs', 'scopeMs', 'multiplicationMs', 'probeCheckMs'])
      expect(report[figure]).to.be.greaterThan(0)
  })

  it('ends with a code where an option does not fit', async () => {
    const failure = await run('matching', '--cascade', '2').catch((error) => error)
    expect(failure.code).to.equal(1)
    expect(failure.stderr).to.match(/PALM_OPTION_INVALID/)
  })
})

describe('the gallery of benchmarks', () => {
  it('has the planted rows as its right answer: one matches, one passes the wider threshold only', () => {
    for (const passRate of [undefined, 0.1]) {
      const gallery = createSyntheticGallery({ rows: 999, shifts: 3, ...(passRate ? { passRate } : {}) })
      const kind = passRate ? 'cascade' : 'full'
      const rows = expectedBitmaps(gallery, kind).map((bitmap) =>
        Array.from({ length: 999 }, (_, row) => row).filter((row) => (bitmap[row >> 3]! >> (row & 7)) & 1),
      )
      expect(rows, kind).to.deep.equal([[249], [249, 499]])
    }
  })
})

describe('time plots', () => {
  it('place points on logarithmic axes, label them, and escape names', () => {
    const svg = timePlotSvg({
      title: 'a < b',
      xName: 'rows',
      lines: [
        {
          name: 'one & two',
          points: [
            { x: 10, ms: 1 },
            { x: 1000, ms: 100 },
          ],
        },
      ],
    })
    expect(svg).to.include('a &lt; b').and.include('one &amp; two')
    // From the lower left corner of the plot to the upper right one.
    expect(svg).to.include('M84.0 366.0L604.0 56.0')
    expect(svg.match(/<circle/g)).to.have.length(2)
  })
})
