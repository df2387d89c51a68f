/** The palm commands as a person runs them, in this process, with stdout caught. */

import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSyntheticPalm, encodePalm, nearestShift, palmCode, renderHand, renderRoi } from '@palmhold/palm'
import { expect } from 'chai'
import { Command } from 'commander'
import { registerPalmCommands } from '../../node/src/cli/palm/register-palm-commands.ts'
import { encodePng } from '../../node/src/pictures/decode-picture.ts'

type Outcome = { out: string; code?: string }

/** Runs `palm ...args`; progress on stderr is dropped. */
async function palm(...args: string[]): Promise<Outcome> {
  const program = new Command('palmhold')
  registerPalmCommands(program)
  const group = program.commands[0]!
  for (const command of [program, group, ...group.commands])
    command.exitOverride().configureOutput({ writeErr: () => {} })
  let out = ''
  const [stdout, stderr] = [process.stdout.write, process.stderr.write]
  process.stdout.write = ((text: string) => {
    out += text
    return true
  }) as typeof process.stdout.write
  process.stderr.write = (() => true) as typeof process.stderr.write
  try {
    await program.parseAsync(['palm', ...args], { from: 'user' })
    return { out }
  } catch (error) {
    return { out, code: (error as { code: string }).code }
  } finally {
    process.stdout.write = stdout
    process.stderr.write = stderr
  }
}

describe('palm commands', function () {
  this.timeout(60_000)
  let folder: string
  let dataset: string
  const at = (...parts: string[]): string => join(folder, ...parts)

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'palm-commands-'))
    dataset = at('palms')
    const { out } = await palm('render', '--count', '6', '--captures', '2', '--out', dataset, '--seed', 't', '--json')
    expect(JSON.parse(out)).to.include({ ok: true, palms: 6, sessions: 2, pictures: 24 })
    const person = createSyntheticPalm('person')
    const days = { monday: 1, friday: 2 }
    for (const [name, session] of Object.entries(days))
      await writeFile(at(`${name}.png`), encodePng(renderHand(person, { session, index: 1, width: 720, height: 960 })))
    await writeFile(at('notes.png'), 'these are notes')
  })
  after(() => rm(folder, { recursive: true }))

  describe('render', () => {
    it('writes DIR/<palm>/<session>/<n>.png, the same for a seed', async () => {
      const expected = encodePng(renderRoi(createSyntheticPalm('t/6'), { session: 2, index: 2 }))
      expect(await readFile(join(dataset, '6', '2', '2.png'))).to.deep.equal(expected)
    })

    it('draws whole hands, in which the palm is found', async () => {
      await palm('render', '--count', '1', '--captures', '1', '--out', at('hands'), '--kind', 'hand')
      const { out } = await palm('encode', at('hands', '1', '1', '1.png'), '--json')
      expect(JSON.parse(out).roi.sidePx).to.be.greaterThan(160)
    })

    it('refuses a folder that cannot be made, and odd numbers', async () => {
      const made = await palm('render', '--count', '1', '--captures', '1', '--out', at('notes.png', 'inside'))
      expect(made.code).to.equal('PALM_FILE_UNWRITABLE')
      const odd = await palm('render', '--count', 'many', '--captures', '1', '--out', at('x'))
      expect(odd.code).to.equal('commander.invalidArgument')
    })
  })

  describe('encode', () => {
    it('never prints the code, and writes it for its owner only', async () => {
      const picture = join(dataset, '1', '1', '1.png')
      const { out } = await palm('encode', picture, '--out', at('code'), '--json')
      expect(JSON.parse(out)).to.include({ ok: true, codes: 1, codeBits: 1536, roi: 'whole picture' })
      const written = await readFile(at('code'))
      const roi = renderRoi(createSyntheticPalm('t/1'), { session: 1, index: 1 })
      expect(new Uint8Array(written)).to.deep.equal(new Uint8Array(encodePalm(roi)))
      expect((await stat(at('code'))).mode & 0o777).to.equal(0o600)
      const plain = await palm('encode', picture)
      for (const text of [out, plain.out]) {
        expect(text).to.not.include(written.toString('hex').slice(0, 16))
        expect(text).to.not.include(written.toString('base64').slice(0, 12))
      }
    })

    it('tightens the mode of a file that was there', async () => {
      await writeFile(at('open'), '', { mode: 0o644 })
      await palm('encode', at('monday.png'), '--out', at('open'), '--shifts', '25')
      expect((await stat(at('open'))).mode & 0o777).to.equal(0o600)
      const probe = await readFile(at('open'))
      expect(probe.length).to.equal(25 * 192)
      const codes = Array.from({ length: 25 }, (_, i) => palmCode(probe.subarray(i * 192, (i + 1) * 192)))
      const person = encodePalm(renderRoi(createSyntheticPalm('person'), { session: 2, index: 1 }))
      expect(nearestShift(person, codes).distanceBits).to.be.lessThan(550)
    })

    it('says what is wrong with a picture', async () => {
      const black = { width: 128, height: 128, data: new Uint8Array(16_384) }
      await writeFile(at('black.png'), encodePng(black))
      expect((await palm('encode', at('black.png'))).code).to.equal('PALM_TOO_DARK')
      expect((await palm('encode', at('notes.png'))).code).to.equal('PALM_NOT_A_PICTURE')
      expect((await palm('encode', at('none.png'))).code).to.equal('PALM_FILE_UNREADABLE')
      expect((await palm('encode', at('monday.png'), '--out', at('none', 'code'))).code).to.equal(
        'PALM_FILE_UNWRITABLE',
      )
      expect((await palm('encode', at('monday.png'), '--shifts', '9')).code).to.equal('commander.invalidArgument')
    })
  })

  describe('compare', () => {
    it('tells one person’s photos from another’s', async () => {
      const same = await palm('compare', at('monday.png'), at('friday.png'), '--json')
      expect(JSON.parse(same.out)).to.include({ ok: true, match: true, shifts: 81 })
      const other = await palm(
        'compare',
        at('monday.png'),
        join(dataset, '2', '1', '1.png'),
        '--shifts',
        '25',
        '--json',
      )
      expect(JSON.parse(other.out)).to.include({ ok: true, match: false, shifts: 25 })
      expect((await palm('compare', at('monday.png'), at('friday.png'))).out).to.match(/^the same palm/)
    })
  })

  describe('benchmark', () => {
    it('compares every picture of session 1 with every picture of session 2', async () => {
      const { out } = await palm('benchmark', dataset, '--json', '--plot', at('det.svg'))
      const report = JSON.parse(out)
      expect(report).to.include({ ok: true, palms: 6, pictures: 24, genuine: 24, impostor: 120, failureToExtract: 0 })
      expect(report.sessions).to.deep.equal(['1', '2'])
      expect(Object.keys(report.frr)).to.deep.equal(['1e-1', '1e-2', '1e-3', '1e-4', '1e-5', '1e-6'])
      expect(report.eer).to.be.within(0, 0.05)
      expect(report.codesPerSecond).to.be.greaterThan(0)
      expect(await readFile(at('det.svg'), 'utf8')).to.match(/^<svg /)
    })

    it('measures every coder on the same pairs and names it', async () => {
      const report = async (...args: string[]) => JSON.parse((await palm('benchmark', dataset, '--json', ...args)).out)
      const pooled = await report('--coder', 'pooled')
      const fused = await report('--coder', 'fused', '--pooled-bits', '768')
      const cascade = await report('--coder', 'cascade', '--pass-rate', '0.2')
      const soft = await report('--coder', 'fused', '--soft')
      for (const [coder, found] of Object.entries({ pooled, fused, cascade }))
        expect(found).to.include({ ok: true, coder, soft: false, genuine: 24, impostor: 120 })
      expect(soft).to.include({ coder: 'fused', soft: true, genuine: 24 })
      expect(pooled).to.not.have.property('shifts')
      expect(fused).to.include({ pooledBits: 768, shifts: 25 })
      // The fused distance is a sum, so its impostors lie where both parts' do.
      expect(fused.thresholds['1e-2']).to.be.greaterThan(pooled.thresholds['1e-2'])
      expect(cascade).to.include({ passRate: 0.2, decision: 'fused' })
      expect(cascade.firstStage.impostor).to.be.within(0.1, 0.2)
      expect(cascade.firstStage.genuine).to.be.within(0.9, 1)
      expect((await palm('benchmark', dataset, '--coder', 'none')).code).to.equal('commander.invalidArgument')
      expect((await palm('benchmark', dataset, '--pass-rate', '1')).code).to.equal('commander.invalidArgument')
    })

    it('takes the first palms only when told, and 81 shifts', async () => {
      const { out } = await palm('benchmark', dataset, '--json', '--max-palms', '2', '--shifts', '81')
      expect(JSON.parse(out)).to.include({ palms: 2, genuine: 8, impostor: 8, shifts: 81 })
    })

    it('compares each pair of a single session once, and counts broken files as failure to extract', async () => {
      for (const name of ['a', 'b']) {
        await mkdir(at('single', name), { recursive: true })
        for (const index of [1, 2, 10]) {
          const roi = renderRoi(createSyntheticPalm(name), { session: 1, index })
          await writeFile(at('single', name, `${index}.png`), encodePng(roi))
        }
      }
      await writeFile(at('single', 'b', '3.jpg'), 'broken')
      await writeFile(at('single', 'b', 'readme.txt'), 'not looked at')
      const report = JSON.parse((await palm('benchmark', at('single'), '--json')).out)
      expect(report).to.include({ pictures: 7, genuine: 6, impostor: 9, failureToExtract: 1 / 7 })
      expect(report.failures).to.deep.equal({ PALM_NOT_A_PICTURE: 1 })
    })

    it('says what is wrong with a folder', async () => {
      await mkdir(at('empty', '1', '1'), { recursive: true })
      expect((await palm('benchmark', at('empty'))).code).to.equal('PALM_DATASET_EMPTY')
      expect((await palm('benchmark', at('none'))).code).to.equal('PALM_FILE_UNREADABLE')
      expect((await palm('benchmark', dataset, '--max-palms', '1')).code).to.equal('PALM_STATISTICS_INPUT')
    })

    it('prints a table for people', async () => {
      const { out } = await palm('benchmark', dataset, '--max-palms', '3')
      expect(out).to.match(/equal error rate +\d+\.\d+ %/)
      expect(out).to.match(/FRR at FAR 1e-5/)
    })
  })
})
