/** The terminal page as a shop has it open: a page for all tests of a file, each of which begins where a customer does. */

import type { Hex } from '@palmhold/base'
import type { Page } from 'playwright-core'
import { fetchReceipts } from '../../node/src/verifier/terminal-client.ts'
import { NETWORK_TIMEOUT_MS } from '../e2e/local-network.ts'
import { openTerminalWorld, SMALL_LENS, TABLET, type TerminalWorld } from './terminal-world.ts'

export type TerminalPage = {
  readonly world: TerminalWorld
  readonly page: Page
  /** Presses a button; sentences beside it may have the same words. */
  readonly press: (name: string) => Promise<void>
  /** Presses a button that puts away what is shown. */
  readonly goIdle: (button: string) => Promise<void>
  /** The verifier's word on the newest request that the page shows. */
  readonly paymentOnShow: () => Promise<{
    readonly requestHash: Hex
    readonly state: string
    readonly refusal: string | null
    readonly repeatedAs: Hex | null
  }>
  readonly receiptCount: () => Promise<number>
}

/** Tests of the page at a real network; `define` is given the page, which is there once they run. */
export function describeTerminalPage(title: string, define: (shop: TerminalPage) => void): void {
  describe(title, function () {
    this.timeout(300_000)
    let world: TerminalWorld
    let page: Page
    const press = (name: string) => page.getByRole('button', { name, exact: true }).click()
    const goIdle = async (button: string) => {
      await press(button)
      await page.waitForSelector('.idle')
    }

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
      await world.context.setOffline(false)
      await Promise.all([page, world.context].map((routed) => routed.unrouteAll({ behavior: 'ignoreErrors' })))
      await page.bringToFront()
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

    define({
      get world() {
        return world
      },
      get page() {
        return page
      },
      press,
      goIdle,
      async paymentOnShow() {
        const hash = await page.evaluate(() => localStorage.getItem('palmhold.terminal.following'))
        const { url, token } = world.local.place
        const response = await fetch(`${url}/v1/payments/${hash}`, { headers: { authorization: `Bearer ${token}` } })
        return (await response.json()) as Awaited<ReturnType<TerminalPage['paymentOnShow']>>
      },
      receiptCount: async () => (await fetchReceipts(world.local.place, 1000)).length,
    })
  })
}
