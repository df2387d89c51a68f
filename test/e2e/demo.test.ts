/** `npm start` as a newcomer runs it: what the summary says, what is found again, and that nothing is left running. */

import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'chai'
import type { DemoSummary } from '../../scripts/demo/run-demo.ts'
import {
  cleanUp,
  LAUNCHER,
  palmhold,
  processesNaming,
  type Started,
  startTool,
  temporaryFolder,
  until,
  untilNoneNames,
} from './processes.ts'

const CUSTOMERS = 3
/** All of it beside another suite's networks, on two cores. */
const UP_TIMEOUT_MS = 240_000
const HASH = /^0x[0-9a-f]{64}$/
const ADDRESS = /^0x[0-9a-f]{40}$/

type Summary = DemoSummary & { readonly startMs: number }

describe('npm start', function () {
  this.timeout(2 * UP_TIMEOUT_MS)
  let scratch: string
  let folder: string

  before(async () => {
    scratch = await temporaryFolder()
    folder = join(scratch, 'network')
  })
  after(() => cleanUp(scratch))

  const start = (...args: string[]): Started =>
    startTool(process.execPath, [LAUNCHER, 'start', '--folder', folder, '--customers', String(CUSTOMERS), ...args])

  let up: Started
  let first: Summary

  it('enrols, takes a payment by palm, and refuses a stranger, a replay and another sum', async () => {
    const file = join(scratch, 'first.json')
    up = start('--json', file)
    await until(() => up.output().includes('Press Ctrl-C'), UP_TIMEOUT_MS, 'the network to stay up')
    first = JSON.parse(await readFile(file, 'utf8')) as Summary
    const { palmLane } = first
    expect(first).to.include({ ok: true, enrolled: CUSTOMERS })
    expect(first.startMs).to.be.a('number').above(0)
    expect(first.stranger).to.deep.equal({ ok: false, reason: 'PALM_NOT_RECOGNISED' })
    expect(first.replay).to.deep.equal({ ok: false, reason: 'PALM_REQUEST_SPENT' })
    expect(first.wrongAmount).to.deep.equal({ ok: false, reason: 'PALM_REQUEST_ALTERED' })
    expect(first.nodeDown, 'three of three compute').to.deep.equal({ ok: false, reason: 'PALM_OPERATORS_MISSING' })
    expect(first.leaks).to.include({ found: 0, missedBytes: 0 })
    expect(first.leaks.searchedBytes).to.be.above(3_000_000)
    // Three pictures of each palm, and a template and 25 codes of each scan.
    expect(first.leaks.pictures).to.be.least(6 * CUSTOMERS + 2)
    expect(first.leaks.codes).to.be.least(2 * CUSTOMERS + 50)
    // Every row, every identity and the probe that paid were seen where they belong, so that they would have been seen elsewhere.
    for (const ownShares of first.leaks.ownShares) expect(ownShares).to.be.least(2 * CUSTOMERS + 1)
    if (!palmLane.ok) return expect.fail(palmLane.reason)
    expect(palmLane.amountMinor).to.equal(1250)
    expect(palmLane.matchMs).to.be.a('number').above(0)
    expect(palmLane.totalMs).to.be.a('number').least(palmLane.matchMs)
    expect(palmLane.txHash).to.match(HASH)
    expect(palmLane.receipt).to.include({ format: 'palmhold/receipt/1', amountMinor: 1250, txHash: palmLane.txHash })
    expect(palmLane.receipt.merchant.name).to.equal('Café Palme')
    expect(palmLane.attestation).to.include({ format: 'palmhold/attestation/1' })
  })

  it('runs three operators, each a process with a key and a data folder of its own', async () => {
    expect(first.nodes).to.have.length(3)
    for (const { pid, address, peerId, rows } of first.nodes) {
      expect(pid).to.be.a('number').above(1)
      expect(address).to.match(ADDRESS)
      expect(peerId).to.match(/^16Uiu2/)
      expect(rows).to.equal(2 * CUSTOMERS)
    }
    for (const field of ['pid', 'address', 'peerId'] as const)
      expect(new Set(first.nodes.map((node) => node[field]))).to.have.property('size', 3)
    const keys = await Promise.all([1, 2, 3].map((i) => readFile(join(folder, 'operators', `${i}`, 'operator.key'))))
    expect(new Set(keys.map(String))).to.have.property('size', 3)
  })

  it('shows the receipt, the attestation and where everything is', () => {
    const shown = up.output()
    for (const words of [
      'RECEIPT     12.50 EUR',
      'ATTESTATION request 0x',
      'operator 3  0x',
      'verifier    0x',
      'chain       http',
      'leaks       none of ',
    ])
      expect(shown).to.include(words)
    expect(shown).to.match(/stranger {4}refused: PALM_NOT_RECOGNISED\nreplay {6}refused: PALM_/)
  })

  it('ends everything on Ctrl-C, also when it is pressed twice', async () => {
    expect(processesNaming(folder).length).to.be.at.least(7)
    up.signal('SIGINT')
    up.signal('SIGINT')
    expect(await up.ended).to.include({ code: 0 })
    await untilNoneNames(folder, 2_000)
  })

  it('writes an attestation that verifies off line, and not once it is altered', async () => {
    if (!first.palmLane.ok) return expect.fail(first.palmLane.reason)
    const trust = join(folder, 'trust.json')
    const file = join(scratch, 'attestation.json')
    await writeFile(file, JSON.stringify(first.palmLane.attestation))
    const held = await palmhold('verify', file, '--trust', trust)
    expect(held.code, held.stderr).to.equal(0)
    expect(held.stdout).to.include('12.50 EUR')
    const altered = structuredClone(first.palmLane.attestation) as { request: { amountMinor: number } }
    altered.request.amountMinor = 125_00
    await writeFile(file, JSON.stringify(altered))
    const refused = await palmhold('verify', file, '--trust', trust)
    expect(refused.code).to.equal(1)
    expect(refused.stderr).to.match(/^PALM_/)
  })

  it('ends everything on SIGTERM while the operators start, and says that it was interrupted', async () => {
    const run = start('--once')
    await until(() => run.output().includes('Starting 3 operators'), 60_000, 'the operators to start')
    run.signal('SIGTERM', 'process')
    expect(await run.ended).to.include({ code: 130 })
    await untilNoneNames(folder, 8_000)
  })

  it('ends everything when the launcher is killed outright', async () => {
    const run = start()
    await until(() => run.output().includes('Starting 3 operators'), 60_000, 'the operators to start')
    run.signal('SIGKILL', 'process')
    await untilNoneNames(folder, 10_000)
  })

  it('finds its state again after all that', async () => {
    const deployed = await readFile(join(folder, 'deployments', '31337.json'), 'utf8')
    const file = join(scratch, 'again.json')
    const { code, stderr } = await start('--once', '--json', file).ended
    expect(code, stderr).to.equal(0)
    const again = JSON.parse(await readFile(file, 'utf8')) as Summary
    expect(again).to.include({ ok: true, enrolled: CUSTOMERS })
    expect(again.nodes.map(({ address, rows }) => ({ address, rows }))).to.deep.equal(
      first.nodes.map(({ address, rows }) => ({ address, rows })),
    )
    expect(await readFile(join(folder, 'deployments', '31337.json'), 'utf8')).to.equal(deployed)
    await untilNoneNames(folder, 2_000)
    if (!again.palmLane.ok || !first.palmLane.ok) return expect.fail('no payment')
    expect(again.palmLane.attestation.verifyingContract).to.equal(first.palmLane.attestation.verifyingContract)
    expect(again.palmLane.txHash).not.to.equal(first.palmLane.txHash)
  })

  it('says where options go that npm took for itself', async () => {
    await mkdir(folder, { recursive: true })
    for (const args of [['--once', '--json', join(scratch, 'eaten.json')], ['--once']]) {
      const run = startTool('npm', ['start', ...args], { PALMHOLD_FOLDER: join(scratch, 'unused') })
      const { code, stderr } = await run.ended
      expect(code, args.join(' ')).to.equal(1)
      expect(stderr).to.include('PALM_BAD_ARGUMENT').and.include('npm start -- --once --json')
      expect(processesNaming(join(scratch, 'unused'))).to.deep.equal([])
    }
  })
})
