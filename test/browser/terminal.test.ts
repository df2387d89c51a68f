/** The terminal page in a real browser, at a real network: enrol, pay, and what a shop sees when something goes wrong. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Hex } from '@palmhold/base'
import { addressOfKey } from '@palmhold/protocol'
import { fetchClaim, forgetClaim, readClaimCode } from '@palmhold/wallet/vault'
import { expect } from 'chai'
import type { Page } from 'playwright-core'
import { networkPaths } from '../../node/src/network/network-record.ts'
import { fetchTerminalLink } from '../../node/src/terminal/terminal-link.ts'
import { fetchReceipts, openPayment } from '../../node/src/verifier/terminal-client.ts'
import { balanceOf, NETWORK_TIMEOUT_MS } from '../e2e/local-network.ts'
import { until } from '../e2e/processes.ts'
import { refused } from '../e2e/refused.ts'
import {
  askFor,
  expectAccessible,
  headingOf,
  openTerminalWorld,
  PHONE,
  SMALL_LENS,
  TABLET,
  type TerminalWorld,
} from './terminal-world.ts'

const HOUR_MS = 3_600_000

describe('the terminal page', function () {
  this.timeout(300_000)
  let world: TerminalWorld
  let page: Page

  before(async function () {
    this.timeout(2 * NETWORK_TIMEOUT_MS)
    const opened = await openTerminalWorld(SMALL_LENS)
    if ('missing' in opened) {
      process.stdout.write(`  no Chromium runs here: ${opened.missing}\n`)
      this.skip()
    }
    world = opened
    page = await world.openTerminal()
  })
  after(async function () {
    this.timeout(60_000)
    await world?.close()
  })

  beforeEach(async () => {
    // After a test that failed in the middle, the next begins as every customer does.
    await page.setViewportSize(TABLET)
    await page.evaluate(() => {
      localStorage.removeItem('palmhold.terminal.following')
      localStorage.setItem('palmhold.terminal.language', 'en')
    })
    if (await page.isVisible('.idle')) return
    await page.reload()
    await page.waitForSelector('.idle, .asking')
    if (await page.isVisible('.idle')) return
    await press('Cancel')
    await goIdle('Another means')
  })

  /** The verifier's word on the newest request that the page shows. */
  const paymentOnShow = async () => {
    const hash = (await page.evaluate(() => localStorage.getItem('palmhold.terminal.following'))) as Hex
    const { url, token } = world.local.place
    const response = await fetch(`${url}/v1/payments/${hash}`, { headers: { authorization: `Bearer ${token}` } })
    return (await response.json()) as {
      requestHash: Hex
      state: string
      refusal: string | null
      repeatedAs: Hex | null
    }
  }
  const receiptCount = async () => (await fetchReceipts(world.local.place, 1000)).length
  /** Presses a button; sentences beside it may have the same words. */
  const press = (name: string) => page.getByRole('button', { name, exact: true }).click()
  const goIdle = async (button: string) => {
    await press(button)
    await page.waitForSelector('.idle')
  }

  it('takes an amount, looks at a palm, and is paid', async () => {
    const ada = world.local.customers.get('Ada')!
    const before = await balanceOf(world.local, ada.address)
    await expectAccessible(page)
    await world.stand('Ada')
    await askFor(page, '1250')
    expect(await headingOf(page, '.asking')).to.match(/^Café Palme asks for\s+€12\.50$/)
    expect(await page.textContent('.proven')).to.include('no picture of your palm')
    await expectAccessible(page)
    expect(await headingOf(page, '.paid')).to.equal('Paid')
    await expectAccessible(page)
    const [receipt] = await fetchReceipts(world.local.place, 1)
    expect(receipt).to.deep.include({ amountMinor: 1250, lane: 'palm', payer: ada.address })
    expect(await balanceOf(world.local, ada.address)).to.equal(before - 1250)
    await goIdle('Done')
  })

  it('refuses a stranger, takes nothing, and offers three ways that are alike', async () => {
    const count = await receiptCount()
    await world.stand('A stranger')
    await askFor(page, '500')
    expect(await headingOf(page, '.refused')).to.equal('Palm not recognised')
    expect(await page.textContent('.refused')).to.include('Nothing was charged.')
    const ways = page.locator('.ways button')
    expect(await ways.allTextContents()).to.deep.equal(['Try again', 'With the phone', 'Another means'])
    const sizes = new Set(
      (await Promise.all([0, 1, 2].map((i) => ways.nth(i).boundingBox()))).map(
        (box) => `${Math.round(box!.width)} ${Math.round(box!.height)}`,
      ),
    )
    expect(sizes.size).to.equal(1)
    await expectAccessible(page)
    const refusedHash = (await paymentOnShow()).requestHash
    await world.stand('Ada')
    await press('Try again')
    expect(await headingOf(page, '.paid')).to.equal('Paid')
    const paid = await paymentOnShow()
    expect(paid.state).to.equal('settled')
    expect(paid.requestHash).not.to.equal(refusedHash)
    expect(await receiptCount()).to.equal(count + 1)
    await goIdle('Done')
  })

  it('shows what the till asks for, in German on a phone, by keyboard alone, and calls it off', async () => {
    await page.setViewportSize(PHONE)
    await page.focus('.tools button:last-child')
    await page.keyboard.press('Enter')
    expect(await page.getAttribute('html', 'lang')).to.equal('de')
    await world.stand('Ada')
    await openPayment(world.local.place, 320, 'till-1-42')
    expect(await headingOf(page, '.asking')).to.match(/^Café Palme verlangt\s+3,20\s€$/)
    // A screen reader goes on from the heading, which has the focus; the keyboard from there to the first button.
    expect(await page.evaluate(() => document.activeElement?.tagName)).to.equal('H1')
    await expectAccessible(page)
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
    expect(overflow).to.be.at.most(0)
    const small = await page.evaluate(() =>
      [...document.querySelectorAll('button')]
        .map((button) => button.getBoundingClientRect())
        .filter(({ width, height }) => width > 0 && (width < 48 || height < 48)),
    )
    expect(small).to.deep.equal([])
    await page.keyboard.press('Tab')
    expect(await page.evaluate(() => document.activeElement?.textContent)).to.equal('Abbrechen')
    const { requestHash } = await paymentOnShow()
    await page.keyboard.press('Enter')
    expect(await headingOf(page, '.refused')).to.equal('Abgebrochen')
    expect(await paymentOnShow()).to.deep.include({ requestHash, state: 'refused', refusal: 'PALM_CANCELLED' })
    await goIdle('Anders zahlen')
    await page.click('.tools button:last-child')
  })

  it('enrols both palms after consent, hands the wallet over once, and is paid by it', async () => {
    await world.stand('Sofja', 'left', { day: 1 })
    await press('Enrol a palm here')
    expect(await headingOf(page, '.consenting')).to.equal('Enrol your palms')
    await expectAccessible(page)
    await press('I agree, begin')
    await page.waitForSelector('h1:has-text("Your left palm")')
    await page.waitForFunction(() => (document.querySelector('canvas')?.width ?? 0) > 0)
    // In place before the page opens the camera again.
    await world.stand('Sofja', 'right', { day: 1 })
    await page.waitForSelector('h1:has-text("Your right palm")')
    expect(await headingOf(page, '.claim')).to.equal('Take your wallet along')
    await expectAccessible(page)
    const claim = { url: world.local.place.url, code: readClaimCode((await page.textContent('.claim'))!) }
    expect((await fetchClaim(claim)).enrolment).to.equal(null)
    await press('I have it, enrol me')
    expect(await headingOf(page, '.enrolled')).to.equal('You are enrolled')
    const vault = await fetchClaim(claim)
    expect(vault.templates).to.have.keys(['left', 'right'])
    const { live, owner } = await world.local.network.governance.enrolment(vault.enrolment!.index)
    expect({ live, owner }).to.deep.equal({ live: true, owner: addressOfKey(vault.key) })
    await forgetClaim(claim)
    await refused(fetchClaim(claim), 'PALM_CLAIM_MISSING')
    await goIdle('Done')
    await world.stand('Sofja', 'right')
    await askFor(page, '777')
    expect(await headingOf(page, '.paid')).to.equal('Paid')
    const [receipt] = await fetchReceipts(world.local.place, 1)
    expect(receipt).to.deep.include({ amountMinor: 777, payer: addressOfKey(vault.key) })
    await goIdle('Done')
  })

  it('shows the last payments to staff alone', async () => {
    await page.click('.strip button')
    await page.fill('.panel input', '000000')
    await press('Unlock')
    await page.waitForSelector('text=This is not the PIN.')
    await expectAccessible(page)
    await page.fill('.panel input', (await fetchTerminalLink(world.local.place)).staffPin)
    await page.keyboard.press('Enter')
    await page.waitForSelector('.receipts li')
    expect(await page.locator('.receipts li').count()).to.equal(await receiptCount())
    await expectAccessible(page)
    await page.keyboard.press('Escape')
    await page.waitForSelector('.panel', { state: 'hidden' })
  })

  it('names a camera whose picture stands still, and goes on with one that moves', async () => {
    await world.stand('Ada', 'left', { frozen: true })
    await askFor(page, '100')
    await page.waitForSelector('.fault')
    expect(await page.textContent('.fault h2')).to.equal('The camera’s picture does not move')
    await expectAccessible(page)
    await world.stand('Ada')
    await press('Try the camera again')
    expect(await headingOf(page, '.paid')).to.equal('Paid')
    await goIdle('Done')
  })

  it('says that time is up when the customer walks away, clears itself, and says when its clock is off', async () => {
    const away = await world.openTerminal()
    await away.clock.install()
    await world.stand('nobody')
    await askFor(away, '100')
    await away.waitForSelector('.asking')
    await away.clock.fastForward(121_000)
    expect(await headingOf(away, '.refused')).to.equal('Time is up')
    await away.clock.fastForward(10_000)
    await away.waitForSelector('.idle')
    await away.clock.setSystemTime(Date.now() + HOUR_MS)
    await away.waitForSelector('text=The clock of this device is off by 60 minutes.')
    await away.close()
  })

  it('is done once where two terminals scan for one request', async () => {
    const count = await receiptCount()
    await world.stand('Ada')
    const second = await world.openTerminal()
    await askFor(page, '210')
    await Promise.all([page.waitForSelector('.paid'), second.waitForSelector('.paid')])
    expect(await receiptCount()).to.equal(count + 1)
    await second.close()
    await goIdle('Done')
  })

  it('does not guess while the line is cut in the middle of a scan, and says how it ended', async () => {
    await world.stand('Ada')
    await page.route('**/scan', async (route) => {
      // The verifier hears of the scan; its answer, and everything after it, is lost on the way.
      void route.fetch().catch(() => undefined)
      await world.context.setOffline(true)
      await route.abort()
    })
    await askFor(page, '330')
    expect(await headingOf(page, '.message')).to.equal('We do not know yet')
    await expectAccessible(page)
    await page.unroute('**/scan')
    await world.context.setOffline(false)
    expect(await headingOf(page, '.paid')).to.equal('Paid')
    await goIdle('Done')
  })

  it('says after a restart in the middle of a scan that nothing was charged, also after a reload', async () => {
    const count = await receiptCount()
    const { network } = world.local
    const [operator] = network.record.operators
    // An operator that hangs keeps the scan in the middle.
    process.kill(operator!.pid, 'SIGSTOP')
    try {
      await world.stand('Ada')
      await askFor(page, '440')
      await page.waitForSelector('.steps')
      await until(async () => (await paymentOnShow()).state === 'scanned', 30_000, 'the scan to be under way')
      process.kill(network.record.verifier.pid, 'SIGKILL')
      expect(await headingOf(page, '.message')).to.equal('We do not know yet')
    } finally {
      process.kill(operator!.pid, 'SIGCONT')
    }
    await network.revive()
    await page.reload()
    expect(await headingOf(page, '.refused')).to.equal('The scan was lost')
    expect(await page.textContent('.refused')).to.include('Nothing was charged.')
    expect(await receiptCount()).to.equal(count)
    await world.stand('Ada')
    await press('Try again')
    expect(await headingOf(page, '.paid')).to.equal('Paid')
    expect(await receiptCount()).to.equal(count + 1)
    await goIdle('Done')
  })

  it('says which part is away: an operator, then the chain, and settles what was recognised', async () => {
    const { network } = world.local
    process.kill(network.record.operators[2]!.pid, 'SIGKILL')
    await page.waitForSelector('text=Operators 2 of 3')
    await world.stand('Ada')
    await askFor(page, '550')
    expect(await headingOf(page, '.refused')).to.equal('Too few operators')
    await goIdle('Another means')
    await network.revive()
    await page.waitForSelector('text=Operators 3 of 3')
    const chain = readFileSync(join(networkPaths(world.local.folder).chain, 'anvil.pid'), 'utf8')
    await world.stand('Ada')
    await askFor(page, '660')
    await page.waitForSelector('.asking')
    process.kill(Number(chain), 'SIGSTOP')
    try {
      await page.waitForSelector('text=Your palm was recognised. The chain does not answer yet')
      await page.waitForSelector('text=Chain away')
      await expectAccessible(page)
    } finally {
      process.kill(Number(chain), 'SIGCONT')
    }
    expect(await headingOf(page, '.paid')).to.equal('Paid')
    await goIdle('Done')
  })
})
