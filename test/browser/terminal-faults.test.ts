/** The terminal page where something goes wrong: nobody there, two at once, lines, operators, the chain, a restart. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { networkPaths } from '../../node/src/network/network-record.ts'
import { until } from '../e2e/processes.ts'
import { describeTerminalPage } from './terminal-page.ts'
import { askFor, expectAccessible, headingOf } from './terminal-world.ts'

const HOUR_MS = 3_600_000

describeTerminalPage('the terminal page, when something goes wrong,', (shop) => {
  it('says that time is up when the customer walks away, clears itself, and says when its clock is off', async () => {
    const away = await shop.world.openTerminal()
    await away.clock.install()
    await shop.world.stand(undefined)
    await askFor(away, '100')
    await away.waitForSelector('.asking')
    await away.clock.fastForward(121_000)
    expect(await headingOf(away, '.refused')).to.equal('Time is up')
    await away.clock.fastForward(10_000)
    await away.waitForSelector('.idle')
    await away.clock.setSystemTime(Date.now() + HOUR_MS)
    await away.waitForSelector('text=The clock of this device is off by 60 minutes.')
    await away.close()
    // No other clock has moved: the request is open still, and called off at the other terminal.
    await shop.page.bringToFront()
    await shop.page.waitForSelector('.asking')
    await shop.press('Cancel')
    await shop.goIdle('Another means')
  })

  it('is done once where two terminals scan for one request', async () => {
    const count = await shop.receiptCount()
    await shop.world.stand('Ada')
    const second = await shop.world.openTerminal()
    await askFor(shop.page, '210')
    await Promise.all([shop.page.waitForSelector('.paid'), second.waitForSelector('.paid')])
    expect(await shop.receiptCount()).to.equal(count + 1)
    await second.close()
    await shop.goIdle('Done')
  })

  it('does not guess while the line is cut in the middle of a scan, and says how it ended', async () => {
    await shop.world.stand('Ada')
    await shop.page.route('**/scan', async (route) => {
      // The verifier hears of the scan; its answer, and everything after it, is lost on the way.
      void route.fetch().catch(() => undefined)
      await shop.world.context.setOffline(true)
      await route.abort()
    })
    await askFor(shop.page, '330')
    expect(await headingOf(shop.page, '.message')).to.equal('We do not know yet')
    await expectAccessible(shop.page)
    await shop.page.unroute('**/scan')
    await shop.world.context.setOffline(false)
    expect(await headingOf(shop.page, '.paid')).to.equal('Paid')
    await shop.goIdle('Done')
  })

  it('says after a restart in the middle of a scan that nothing was charged, also after a reload', async () => {
    const count = await shop.receiptCount()
    const { network } = shop.world.local
    const [operator] = network.record.operators
    // An operator that hangs keeps the scan in the middle.
    process.kill(operator!.pid, 'SIGSTOP')
    try {
      await shop.world.stand('Ada')
      await askFor(shop.page, '440')
      await shop.page.waitForSelector('.steps')
      await until(async () => (await shop.paymentOnShow()).state === 'scanned', 30_000, 'the scan to be under way')
      process.kill(network.record.verifier.pid, 'SIGKILL')
      expect(await headingOf(shop.page, '.message')).to.equal('We do not know yet')
    } finally {
      process.kill(operator!.pid, 'SIGCONT')
    }
    await network.revive()
    await shop.page.reload()
    expect(await headingOf(shop.page, '.refused')).to.equal('The scan was lost')
    expect(await shop.page.textContent('.refused')).to.include('Nothing was charged.')
    expect(await shop.receiptCount()).to.equal(count)
    await shop.world.stand('Ada')
    await shop.press('Try again')
    expect(await headingOf(shop.page, '.paid')).to.equal('Paid')
    expect(await shop.receiptCount()).to.equal(count + 1)
    await shop.goIdle('Done')
  })

  it('says which part is away: an operator, then the chain, and settles what was recognised', async () => {
    const { network } = shop.world.local
    process.kill(network.record.operators[2]!.pid, 'SIGKILL')
    await shop.page.waitForSelector('text=Operators 2 of 3')
    await shop.world.stand('Ada')
    await askFor(shop.page, '550')
    expect(await headingOf(shop.page, '.refused')).to.equal('Too few operators')
    await shop.goIdle('Another means')
    await network.revive()
    await shop.page.waitForSelector('text=Operators 3 of 3')
    const chain = readFileSync(join(networkPaths(shop.world.local.folder).chain, 'anvil.pid'), 'utf8')
    await shop.world.stand('Ada')
    await askFor(shop.page, '660')
    await shop.page.waitForSelector('.asking')
    process.kill(Number(chain), 'SIGSTOP')
    try {
      await shop.page.waitForSelector('text=Your palm was recognised. The chain does not answer yet')
      await shop.page.waitForSelector('text=Chain away')
      await expectAccessible(shop.page)
    } finally {
      process.kill(Number(chain), 'SIGCONT')
    }
    expect(await headingOf(shop.page, '.paid')).to.equal('Paid')
    await shop.goIdle('Done')
  })
})
