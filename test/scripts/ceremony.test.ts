/** A whole ceremony for a circuit of two constraints, and what its check refuses. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { hashVerifyingKey, parseVerifyingKey } from '@palmhold/zk'
import { expect } from 'chai'
import { applyBeacon, contribute, newAccumulator, newKey, prepare } from '../../scripts/ceremony/ceremony-steps.ts'
import { exportVerifyingKey, type Transcript, verifyCeremony } from '../../scripts/ceremony/transcript.ts'
import { useOneThread } from '../zk/one-thread.ts'

const BEACON = { value: 'ab'.repeat(32), iterationsExp: 10 }
const POWER = 4

describe('the ceremony', function () {
  this.timeout(120_000)
  const folder = mkdtempSync(join(tmpdir(), 'palmhold-ceremony-'))
  const file = (name: string) => join(folder, name)
  const source = file('pair.circom')
  const hashes: Record<string, string> = {}
  let transcript: Transcript

  before(async () => {
    await useOneThread()
    const main = 'component main {public [hand, shown, other]} = TemplatePair();'
    writeFileSync(source, `pragma circom 2.1.5;\ninclude "templates/template-pair.circom";\n${main}\n`)
    await newAccumulator(file('0.ptau'), POWER)
    hashes.ada1 = await contribute(file('0.ptau'), file('1.ptau'), 'Ada')
    hashes.ben1 = await contribute(file('1.ptau'), file('2.ptau'), 'Ben')
    await applyBeacon(file('2.ptau'), file('3.ptau'), 'the beacon', BEACON)
    await prepare(file('3.ptau'), file('end.ptau'))
    await newKey(source, file('end.ptau'), file('0.zkey'))
    hashes.ada2 = await contribute(file('0.zkey'), file('1.zkey'), 'Ada')
    hashes.ben2 = await contribute(file('1.zkey'), file('2.zkey'), 'Ben')
    await applyBeacon(file('2.zkey'), file('end.zkey'), 'the beacon', BEACON)
    transcript = await verifyCeremony(source, file('end.ptau'), file('end.zkey'), 2)
  })

  after(() => rmSync(folder, { recursive: true, force: true }))

  const refused = async (result: Promise<unknown>, text: RegExp) => {
    const error = await result.then(
      () => undefined,
      (failure: unknown) => failure as { code: string; message: string },
    )
    expect(error?.code).to.equal('PALM_CEREMONY')
    expect(error?.message).to.match(text)
  }

  it('names its contributors and the hashes that they were shown', () => {
    const names = ['Ada', 'Ben', 'the beacon']
    expect(transcript.phase1.map(({ name }) => name)).to.deep.equal(names)
    expect(transcript.phase2.map(({ name }) => name)).to.deep.equal(names)
    expect(transcript.phase2.slice(0, 2).map(({ hash }) => hash)).to.deep.equal([hashes.ada2, hashes.ben2])
    expect(transcript.phase1.slice(0, 2).map(({ hash }) => hash)).to.deep.equal([hashes.ada1, hashes.ben1])
    for (const phase of [transcript.phase1, transcript.phase2]) {
      expect(phase[2]!.beacon).to.deep.equal(BEACON)
      expect(phase[0]).not.to.have.property('beacon')
    }
  })

  it('gives a verifying key, whose hash is in the transcript', async () => {
    const key = parseVerifyingKey(await exportVerifyingKey(file('end.zkey')))
    expect(hashVerifyingKey(key)).to.equal(transcript.verifyingKey)
  })

  it('can be repeated: the same files have the same transcript', async () => {
    expect(await verifyCeremony(source, file('end.ptau'), file('end.zkey'), 2)).to.deep.equal(transcript)
  })

  it('exports no key that nobody contributed to', async () => {
    const error = await exportVerifyingKey(file('0.zkey')).catch((failure: unknown) => failure as { code: string })
    expect(error).to.have.property('code', 'PALM_VERIFYING_KEY_WITHOUT_PHASE_2')
  })

  it('is refused without a beacon at its end', async () => {
    await refused(verifyCeremony(source, file('end.ptau'), file('2.zkey'), 2), /phase 2 does not end with a beacon/)
  })

  it('is refused with fewer contributors than asked for', async () => {
    await refused(verifyCeremony(source, file('end.ptau'), file('end.zkey'), 3), /phase 1 has 2 contributors/)
  })

  it('is refused for another circuit', async () => {
    const other = file('other.circom')
    writeFileSync(other, readFileSync(source, 'utf8').replace('hand, shown, other', 'shown, hand, other'))
    writeFileSync(
      other,
      `${readFileSync(other, 'utf8')}`
        .replace('template-pair', 'payer')
        .replace('TemplatePair', 'Payer')
        .replace('shown, hand, other', 'payer'),
    )
    await refused(verifyCeremony(other, file('end.ptau'), file('end.zkey'), 2), /phase 2 does not hold/)
  })

  for (const [name, from, at] of [
    ['the accumulator', 'end.ptau', 400],
    ['the key', 'end.zkey', 2000],
  ] as const)
    it(`is refused where a bit of ${name} is turned over`, async () => {
      const bent = readFileSync(file(from))
      bent[at]! ^= 1
      writeFileSync(file(`bent-${from}`), bent)
      const files = { 'end.ptau': file('end.ptau'), 'end.zkey': file('end.zkey'), [from]: file(`bent-${from}`) }
      const result = await verifyCeremony(source, files['end.ptau'], files['end.zkey'], 2).catch(
        (error: unknown) => error,
      )
      expect(result).to.be.instanceOf(Error)
    })

  it('knows its files by their first bytes', async () => {
    writeFileSync(file('nothing'), 'nothing')
    await refused(contribute(file('nothing'), file('out'), 'Ada'), /neither an accumulator nor a key/)
  })

  it('takes a beacon of bytes alone', async () => {
    for (const beacon of [
      { ...BEACON, value: '' },
      { ...BEACON, value: 'xy' },
      { ...BEACON, iterationsExp: 9 },
    ])
      await refused(applyBeacon(file('2.zkey'), file('out.zkey'), 'the beacon', beacon), /a beacon has 1 to 255 bytes/)
  })
})
