/**
 * The check for leaks on a real network: an enrolment and a payment leave nothing of the palm anywhere, and what is planted
 * on the way (at a node, on the wire, in a folder) is found by the same taps and the same search.
 */

import { randomBytes } from 'node:crypto'
import { rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { concatBytes, toHex } from '@palmhold/base'
import { type PalmCode, palmCode } from '@palmhold/palm'
import type { DealtPackage } from '@palmhold/wallet'
import { expect } from 'chai'
import { enrolCustomer, openIdentities, removeCustomer } from '../../node/src/customers/customer.ts'
import { tapSockets } from '../../node/src/tap/tap-sockets.ts'
import { openPayment, scanForPayment } from '../../node/src/verifier/terminal-client.ts'
import { createLeakCheck, type LeakCheck, type LeakReport } from '../../scripts/leaks/leak-check.ts'
import { NETWORK_TIMEOUT_MS } from './local-network.ts'
import { probeOf, templatesOf } from './people.ts'
import { until } from './processes.ts'
import { type SharedNetwork, sharedNetwork } from './shared-network.ts'

const NAME = 'Sofja'

describe('leaks of a network', function () {
  this.timeout(60_000)
  let local: SharedNetwork
  let dealt: Uint8Array[]

  before(async function () {
    this.timeout(NETWORK_TIMEOUT_MS)
    local = await sharedNetwork()
  })
  after(() => removeCustomer(local.folder, local.network.record, NAME))

  /** Runs `work` under the taps and searches what it left. */
  const checked = async (work: (check: LeakCheck) => Promise<void>): Promise<LeakReport> => {
    const check = createLeakCheck()
    const ends = [
      local.onSent(check.tap),
      tapSockets((to, bytes) => check.tap('wallet and terminal', { plane: 'socket', to, bytes })),
    ]
    try {
      await work(check)
      await local.network.flushTap()
    } finally {
      for (const end of ends) end()
    }
    return check.finish(local.folder, local.network.record)
  }
  const foundIn = (report: LeakReport) => report.findings.map(({ secret, source }) => `${secret} in ${source}`)
  const plantedCode = (): PalmCode => palmCode(randomBytes(192))

  it('finds nothing of an enrolment and a payment, and each share where it belongs', async () => {
    const { folder, network, place, domain } = local
    const report = await checked(async (check) => {
      const templates = templatesOf(NAME)
      check.addCodes(
        'template',
        Object.values(templates).flatMap(({ code, pooled }) => [code, pooled]),
      )
      const onDealt = (packages: readonly DealtPackage[]) => {
        dealt = packages.map(({ bytes }) => bytes.slice())
        check.addDealt(NAME, packages)
      }
      const { record, governance } = network
      const identities = openIdentities(record)
      await enrolCustomer({ folder, record, governance, identities, name: NAME, templates, onDealt })
      const probe = probeOf(NAME)
      check.addCodes('probe', [...probe.codes, probe.pooled])
      const issued = await openPayment(place, 5_00)
      await scanForPayment(place, domain, issued, probe)
    })
    expect(report).to.deep.include({ found: 0, missedBytes: 0, codes: 30, dealings: 3, ownShares: [3, 3, 3] })
    expect(report.trafficBytes).to.be.above(1_000_000)
    expect(report.chainBytes).to.be.above(100_000)
  })

  it('finds a code that a terminal puts into a request, on its way to the verifier', async () => {
    const code = plantedCode()
    const report = await checked(async (check) => {
      check.addCodes('planted', [code])
      await openPayment(local.place, 5_00, Buffer.from(code.subarray(0, 24)).toString('hex'))
    })
    const [where, ...others] = foundIn(report)
    expect(where).to.equal(`code, planted in socket: wallet and terminal to ${new URL(local.place.url).host}`)
    expect(others).to.deep.equal([])
  })

  it("finds a code that a wallet writes on chain: in its request, the transaction, the event and the chain's file", async () => {
    const code = plantedCode()
    const chain = await local.chainAs(NAME)
    try {
      const report = await checked(async (check) => {
        check.addCodes('planted', [code])
        const { index } = await chain.enrol(
          // A field element: what is above is refused.
          toHex(concatBytes(Uint8Array.of(0), code.subarray(0, 31))),
          toHex(code.subarray(80, 112)),
        )
        await chain.revoke(index)
        await untilSaved(join(local.folder, 'chain', 'state.json'))
      })
      const found = foundIn(report).join('\n')
      expect(found).to.match(/planted in transactions of blocks/)
      expect(found).to.match(/planted in events of blocks/)
      expect(found).to.match(/planted in chain\/state\.json/)
      expect(found).to.match(/planted in socket: wallet and terminal/)
    } finally {
      chain.close()
    }
  })

  it("finds a code in an operator's log", async () => {
    const code = plantedCode()
    const file = join(local.network.record.operators[0]!.dataFolder, 'old.log')
    writeFileSync(file, JSON.stringify({ level: 30, scores: Array.from(code.subarray(30, 50)) }))
    try {
      const report = await checked(async (check) => check.addCodes('planted', [code]))
      expect(foundIn(report)).to.deep.equal(['code, planted in operators/1/old.log'])
    } finally {
      rmSync(file)
    }
  })

  it("finds another member's share at an operator", async () => {
    const { operators } = local.network.record
    const members = operators.map(({ address }) => address).sort()
    const packages = dealt.map((bytes, i) => ({ member: members[i]!, bytes, proof: [] }))
    const [first] = operators
    const foreign = packages.find(({ member }) => member !== first!.address)!
    const file = join(first!.dataFolder, 'backup')
    writeFileSync(file, foreign.bytes.subarray(5_000, 6_000))
    try {
      const report = await checked(async (check) => check.addDealt(NAME, packages))
      expect(report).to.deep.include({ found: 1, ownShares: [2, 2, 2] })
      expect(foundIn(report)).to.deep.equal([
        `the share of ${foreign.member} of enrolment, ${NAME} in operator 1/backup`,
      ])
    } finally {
      rmSync(file)
    }
  })
})

/** Waits until the chain has written its state once more. */
async function untilSaved(file: string): Promise<void> {
  const before = statSync(file).mtimeMs
  await until(() => statSync(file).mtimeMs > before, 10_000, 'the chain to save its state')
}
