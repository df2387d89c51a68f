/** A shop for the browser tests: a network of processes, and its terminal page in Chromium with a camera. */

import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { expect } from 'chai'
import type { Page } from 'playwright-core'
import type { Missing } from '../../scripts/browser/chromium.ts'
import { type Size, startTerminalBrowser, type TerminalBrowser } from '../../scripts/browser/terminal-browser.ts'
import { type LocalNetwork, openNetwork } from '../e2e/local-network.ts'
import { cleanUp, temporaryFolder } from '../e2e/processes.ts'

export { askFor, PHONE, SMALL_LENS, TABLET } from '../../scripts/browser/terminal-browser.ts'

export type TerminalWorld = Omit<TerminalBrowser, 'openTerminal'> & {
  readonly local: LocalNetwork
  /** A page that is linked to the verifier. */
  readonly openTerminal: (size?: Size) => Promise<Page>
  readonly close: () => Promise<void>
}

/** Who is enrolled at the shop. */
const CUSTOMER = 'Ada'
/** A browser beside them keeps operators from the processor, and none of these tests is about slow ones. */
const MATCH_TIMEOUT_MS = 60_000

let shop: Promise<{ readonly folder: string; readonly local: LocalNetwork }> | undefined

/** The network of all test files of this process: to start it takes longer than most of what is tested at it. */
function openShop() {
  shop ??= temporaryFolder().then(async (folder) => ({
    folder,
    local: await openNetwork(join(folder, 'network'), {
      customers: [CUSTOMER],
      matchTimeoutMs: MATCH_TIMEOUT_MS,
      lightsPalms: true,
    }),
  }))
  return shop
}

// Of the root suite: after the last file that needs it.
after(async function () {
  this.timeout(60_000)
  const opened = await shop?.catch(() => undefined)
  if (!opened) return
  await opened.local.network.stop()
  await cleanUp(opened.folder)
})

/** Starts a browser whose camera has `lens` pixels, and the shop unless it is open, or says what this machine lacks. */
export async function openTerminalWorld(lens?: Size): Promise<TerminalWorld | Missing> {
  const folder = await temporaryFolder()
  const browser = await startTerminalBrowser(folder, lens)
  if ('missing' in browser) return browser
  const close = async () => {
    await browser.context.close()
    await cleanUp(folder)
  }
  try {
    const { local } = await openShop()
    return { ...browser, local, openTerminal: (size) => browser.openTerminal(local.place, size), close }
  } catch (error) {
    await close()
    throw error
  }
}

/** What the page says in its heading once `selector` is there. */
export async function headingOf(page: Page, selector: string): Promise<string> {
  // Of the screen that was waited for, though it may have cleared itself by the time that it is read.
  const heading = await page.waitForSelector(`main:has(${selector}) h1`)
  return (await heading.textContent()) ?? ''
}

const AXE = createRequire(import.meta.url).resolve('axe-core')

/** Fails where axe finds something serious. The page's own policy lets no script in, so it runs beside it. */
export async function expectAccessible(page: Page): Promise<void> {
  await page.evaluate(await readFile(AXE, 'utf8'))
  const violations = await page.evaluate(async () => {
    type Axe = {
      run: (options: object) => Promise<{ violations: { id: string; impact: string; nodes: { html: string }[] }[] }>
    }
    const { violations: found } = await (globalThis as unknown as { axe: Axe }).axe.run({
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    })
    return found
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)
  })
  expect(violations).to.deep.equal([])
}
