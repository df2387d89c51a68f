/** The terminal page where something goes wrong: nobody there, two at once, lines, operators, the chain, a restart. */

import { expect } from 'chai'
import { isRunning } from '../../node/src/network/network-record.ts'
import { type ChainProxy, startChainProxy } from '../e2e/chain-proxy.ts'
import { balanceOf } from '../e2e/local-network.ts'
import { type NodeByHand, startByHand } from '../e2e/node-by-hand.ts'
import { until } from '../e2e/processes.ts'
import { describeTerminalPage } from './terminal-page.ts'
import { askFor, expectAccessible, headingOf } from './terminal-world.ts'

const MINUTE_S = 60
const END_TIMEOUT_MS = 10_000

describeTerminalPage('the terminal page, when something goes wrong,', (shop) => {
  /** The verifier's own line to the chain, from its first restart on. */
  let proxy: ChainProxy | undefined
  let verifier: NodeByHand | undefined
  let liar: NodeByHand | undefined

  const record = () => shop.world.local.network.record
  const balance = () => balanceOf(shop.world.local, shop.world.local.customers.get('Ada')!.address)
  const says = (text: string) => shop.page.waitForSelector(`text=${text}`)
  const killVerifier = async () => {
    const pid = verifier?.pid ?? record().verifier.pid
    process.kill(pid, 'SIGKILL')
    // Whoever comes next takes its port.
    await until(() => !isRunning(pid), END_TIMEOUT_MS, 'the verifier to end')
  }
  /** Starts the verifier again, as its owner would, where the page knows it. */
  const startVerifier = async () => {
    proxy ??= await startChainProxy(record().chain.rpcUrl)
    const { dataFolder, url } = record().verifier
    const changes = { rpcUrl: proxy.url, httpPort: Number(new URL(url).port) }
    verifier = await ready(startByHand('verifier', dataFolder, record().operators, changes))
  }

  after(async function () {
    this.timeout(60_000)
    await Promise.all([liar?.stop(), verifier?.stop()])
    await proxy?.close()
  })

  it('says that its verifier is gone, makes no request meanwhile, and goes on with it', async () => {
    await killVerifier()
    await says('No connection to the verifier. Trying again')
    await says('Verifier away')
    await askFor(shop.page, '110')
    await says('No request could be made. The verifier does not answer.')
    await expectAccessible(shop.page)
    await startVerifier()
    await says('Verifier ok')
    await says('Operators 3 of 3')
    await shop.world.stand(undefined)
    await shop.press('Ask for €1.10')
    await shop.page.waitForSelector('.asking')
    await shop.press('Cancel')
    await shop.goIdle('Another means')
  })

  it('says that time is up when the customer walks away, clears itself, and says when its clock is off', async () => {
    let aheadS = 0
    await shop.page.route('**/v1/terminal/desk?*', async (route) => {
      const response = await route.fetch()
      const desk = (await response.json()) as { now: number }
      await route.fulfill({ response, json: { ...desk, now: desk.now + aheadS } })
    })
    await shop.world.stand(undefined)
    await askFor(shop.page, '120')
    await shop.page.waitForSelector('.asking')
    aheadS = 2 * MINUTE_S + 1
    expect(await headingOf(shop.page, '.refused')).to.equal('Time is up')
    aheadS = 60 * MINUTE_S
    await shop.page.waitForSelector('.idle')
    await says('The clock of this device is off by 60 minutes.')
    await expectAccessible(shop.page)
    // By the verifier's own clock it is open still, and is called off.
    await shop.page.unrouteAll({ behavior: 'ignoreErrors' })
    await shop.page.reload()
    await shop.page.waitForSelector('.asking')
    await shop.press('Cancel')
    await shop.goIdle('Another means')
  })

  it('is done once where two terminals scan for one request', async () => {
    const before = await balance()
    await shop.world.stand('Ada')
    const second = await shop.world.openTerminal()
    // Neither scan reaches the verifier before both are on their way.
    const both = Promise.withResolvers<void>()
    let sent = 0
    await shop.world.context.route('**/scan', async (route) => {
      if (++sent === 2) both.resolve()
      await both.promise
      await route.continue()
    })
    try {
      await askFor(shop.page, '210')
      await Promise.all([shop.page.waitForSelector('.paid'), second.waitForSelector('.paid')])
      expect(await balance()).to.equal(before - 210)
    } finally {
      await second.close()
    }
    await shop.goIdle('Done')
  })

  it('does not guess while the line is cut in the middle of a scan, and says how it ended', async () => {
    const before = await balance()
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
    expect(await balance()).to.equal(before - 330)
    await shop.goIdle('Done')
  })

  it('says after a restart in the middle of a scan that nothing was charged, and waits for an operator', async () => {
    const before = await balance()
    const [slow] = record().operators
    await shop.world.stand('Ada')
    await whileStopped(slow!.pid, async () => {
      await askFor(shop.page, '440')
      await shop.page.waitForSelector('.steps')
      await until(async () => (await shop.paymentOnShow()).state === 'scanned', 30_000, 'the scan to be under way')
      await killVerifier()
      expect(await headingOf(shop.page, '.message')).to.equal('We do not know yet')
    })
    await startVerifier()
    await shop.page.reload()
    expect(await headingOf(shop.page, '.refused')).to.equal('The scan was lost')
    expect(await shop.page.textContent('.refused')).to.include('Nothing was charged.')
    expect(await balance()).to.equal(before)
    await shop.world.stand('Ada')
    await whileStopped(slow!.pid, async () => {
      await shop.press('Try again')
      await says('The operators take longer than usual. Please wait; nothing has been charged so far.')
      await expectAccessible(shop.page)
      expect(await balance()).to.equal(before)
    })
    expect(await headingOf(shop.page, '.paid')).to.equal('Paid')
    expect(await balance()).to.equal(before - 440)
    await shop.goIdle('Done')
  })

  it('says that the chain is away, asks for nothing then, and settles what was recognised once it is back', async () => {
    if (!verifier) await startVerifier()
    const before = await balance()
    let goUp = proxy!.goDown()
    await says('Chain away')
    await askFor(shop.page, '660')
    await says('No request could be made. The payment network does not answer.')
    goUp()
    await says('Chain ok')
    await shop.world.stand('Ada')
    await shop.page.route('**/scan', async (route) => {
      goUp = proxy!.goDown()
      await route.continue()
    })
    await shop.press('Ask for €6.60')
    await says('Your palm was recognised. The chain does not answer yet')
    await says('Chain away')
    await expectAccessible(shop.page)
    expect(await balance()).to.equal(before)
    goUp()
    expect(await headingOf(shop.page, '.paid')).to.equal('Paid')
    expect(await balance()).to.equal(before - 660)
    await shop.goIdle('Done')
  })

  it('says that an operator is gone, and that one lies, and charges nothing', async () => {
    const before = await balance()
    const [first, second, third] = record().operators
    process.kill(third!.pid, 'SIGKILL')
    await says('Operators 2 of 3')
    await shop.world.stand('Ada')
    await askFor(shop.page, '550')
    expect(await headingOf(shop.page, '.refused')).to.equal('Too few operators')
    liar = await ready(startByHand('lyingOperator', third!.dataFolder, [first!, second!]))
    await says('Operators 3 of 3')
    await shop.world.stand('Ada')
    await shop.press('Try again')
    await shop.page.waitForSelector('.asking')
    expect(await headingOf(shop.page, '.refused')).to.equal('An operator’s answer does not hold')
    expect(await shop.page.textContent('.refused')).to.include('Nothing was charged.')
    await expectAccessible(shop.page)
    await says('Last: PALM_SHARES_DEGREE')
    expect(await balance()).to.equal(before)
  })
})

async function ready(starting: Promise<NodeByHand>): Promise<NodeByHand> {
  const node = await starting
  if (node.report.kind === 'failed') expect.fail(`${node.report.code}: ${node.report.message}`)
  return node
}

/** Does `work` while the process hangs. */
async function whileStopped(pid: number, work: () => Promise<void>): Promise<void> {
  process.kill(pid, 'SIGSTOP')
  try {
    await work()
  } finally {
    process.kill(pid, 'SIGCONT')
  }
}
