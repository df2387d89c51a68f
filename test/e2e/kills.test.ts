/**
 * A short campaign of kills (the long one is `npm run campaign -- kills`): whatever process dies at whatever moment, what
 * was acknowledged is kept, once; and what a campaign would call a violation is seen.
 */

import { execFileSync } from 'node:child_process'
import { closeSync, openSync, readdirSync, readFileSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { auditSessions, findHalfRows } from '../../scripts/campaign/audit-node.ts'
import { type CampaignSummary, runKillCampaign } from '../../scripts/campaign/kill-campaign.ts'
import { cleanUp, processesNaming, temporaryFolder } from './processes.ts'

const KILLS = 6

describe('processes that are killed at random moments', function () {
  this.timeout(600_000)
  let folder: string
  let summary: CampaignSummary
  const lines: string[] = []

  before(async () => {
    folder = await temporaryFolder()
  })
  after(() => cleanUp(folder))

  it('lose nothing, double nothing, and leave nothing half done', async () => {
    summary = await runKillCampaign({
      folder,
      count: KILLS,
      seed: 'npm test',
      nodes: 3,
      people: 3,
      log: (line) => lines.push(line),
    })
    expect(summary.violations, lines.join('\n')).to.deep.equal([])
    expect(summary).to.include({ ok: true, kills: KILLS })
    const total = (counts: Record<string, number>) => Object.values(counts).reduce((sum, count) => sum + count, 0)
    expect(total(summary.byVictim)).to.equal(KILLS)
    expect(total(summary.byOperation)).to.equal(KILLS)
    expect(summary.payments).to.be.above(0)
    expect(summary.sessions).to.be.above(0)
    expect(processesNaming(folder)).to.deep.equal([])
  })

  it('would be seen if they left half a row, or agreed to a session twice', () => {
    const operator = join(folder, 'operators', '1')
    const log = join(operator, 'node.log')
    expect(auditSessions(log)).to.deep.equal([])
    expect(findHalfRows(operator)).to.deep.equal([])

    const again = readFileSync(log, 'utf8')
      .split('\n')
      .find((line) => line.includes('"countersigned"'))
    const twice = join(folder, 'twice.log')
    writeFileSync(twice, `${again}\n${again}\n`)
    expect(auditSessions(twice).join()).to.include('agreed to twice')

    const copy = join(folder, 'copy')
    execFileSync('cp', ['-r', operator, copy])
    for (const name of readdirSync(join(copy, 'segments'))) {
      const file = openSync(join(copy, 'segments', name), 'r+')
      writeSync(file, Buffer.alloc(1 << 20, 0x5a), 0, 1 << 20, 0)
      closeSync(file)
    }
    expect(findHalfRows(copy).length).to.be.above(0)
  })
})
