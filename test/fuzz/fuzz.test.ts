/**
 * A short run of the fuzzer over every decoder (`npm run fuzz` makes a long one), and over decoders with planted faults,
 * which it has to find.
 */

import { FRAME } from '@palmhold/protocol'
import { expect } from 'chai'
import { runFuzz } from '../../scripts/fuzz/run-fuzz.ts'
import { targets } from './targets/all-targets.ts'

const INPUTS = 20_000
/** One decoder of the planted ones hangs: the less is waited for it, the shorter is the test. */
const HANG_MS = 2_000

describe('decoders', function () {
  this.timeout(300_000)

  it(`take or refuse by name each of ${INPUTS} inputs that nobody honest sends`, async () => {
    const { counts, findings } = await runFuzz({ seed: 'npm test', count: INPUTS })
    expect(findings).to.deep.equal([])
    expect(counts.map(({ name }) => name)).to.deep.equal(targets.map(({ name }) => name))
    expect(counts.reduce((sum, { inputs }) => sum + inputs, 0)).to.equal(INPUTS)
    // An input that is always refused at the door tests nothing behind it.
    const neverRefuse = ['node/gallery-sync']
    for (const { name, accepted, refused, inputs } of counts) {
      expect(accepted + refused, name).to.equal(inputs)
      if (!neverRefuse.includes(name)) expect(refused, `${name} refuses some`).to.be.above(0)
    }
    const taken = counts.filter(({ accepted }) => accepted > 0).length
    expect(taken, 'most decoders take some').to.be.above(0.8 * counts.length)
  })

  it('have a target for each kind of frame', () => {
    const names = targets.map(({ name }) => name)
    for (const kind of Object.keys(FRAME)) expect(names, kind).to.include(`wire/${kind}`)
  })
})

describe('the fuzzer', function () {
  this.timeout(120_000)

  it('finds every planted fault, and none where there is none', async () => {
    const planted = new URL('./planted-targets.ts', import.meta.url).href
    const { counts, findings } = await runFuzz({ seed: 'planted', count: 160, targets: planted, hangMs: HANG_MS })
    const kinds = Object.fromEntries(findings.map(({ name, kind }) => [name, kind]))
    expect(kinds).to.deep.equal({
      'planted/unnamed': 'unnamed error',
      'planted/later': 'unnamed error',
      'planted/unhandled': 'unhandled',
      'planted/wrong': 'wrong result',
      'planted/memory': 'memory',
      'planted/slow': 'slow',
      'planted/hang': 'hang',
    })
    const none = counts.find(({ name }) => name === 'planted/none')!
    expect(none.found).to.equal(0)
    expect(none.refused).to.be.above(0)
    expect(none.accepted).to.be.above(0)
  })

  it('makes a finding again from seed and index alone, and makes it small', async () => {
    const targets = new URL('./planted-targets.ts', import.meta.url).href
    const only = ['planted/unnamed']
    const first = await runFuzz({ seed: 'again', count: 40, targets, only })
    const { index, hex, kind } = first.findings[0]!
    const again = await runFuzz({ seed: 'again', count: 1, targets, only, index })
    expect(again.findings.map((finding) => [finding.index, finding.hex, finding.kind])).to.deep.equal([
      [index, hex, kind],
    ])
    expect(hex).to.have.length(2)
  })
})
