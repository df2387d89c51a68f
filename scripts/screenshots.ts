/**
 * `npm run screenshots`: the pictures of the terminal page in the documents, from a network of its own, synthetic people
 * and a real browser.
 *
 *     npm run screenshots                     docs/terminal-asking.jpg and docs/terminal-paid.jpg
 *     npm run screenshots -- --all DIR        every screen, at both sizes and in both languages, to look at
 */

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { buildPalmTemplate, createSyntheticPalm, renderRoi } from '@palmhold/palm'
import type { Page } from 'playwright-core'
import { enrolCustomer, openIdentities } from '../node/src/customers/customer.ts'
import { type Network, startNetwork } from '../node/src/network/network.ts'
import { verifierPlace } from '../node/src/verifier/terminal-client.ts'
import {
  askFor,
  PHONE,
  type Size,
  startTerminalBrowser,
  TABLET,
  type TerminalBrowser,
} from './browser/terminal-browser.ts'
import { OptionError, readOptions, runScript } from './command-line.ts'
import { deployContracts } from './deploy.ts'

const CUSTOMER = 'Ada Abel'
const QUALITY = 72
/** The camera shows something by then, and the hint is no longer the first one. */
const CAMERA_MS = 1_500

/** The command line; returns the exit code. */
async function main(argv: readonly string[]): Promise<number> {
  const { values } = readOptions(argv, { options: { all: { type: 'string' }, help: { type: 'boolean' } } })
  if (values.help) {
    process.stdout.write(HELP)
    return 0
  }
  const folder = mkdtempSync(join(tmpdir(), 'palmhold-screenshots-'))
  const browser = await startTerminalBrowser(folder)
  if ('missing' in browser) throw new OptionError(`no Chromium runs here: ${browser.missing}`)
  const network = await startNetwork({
    folder: join(folder, 'network'),
    merchantName: 'Café Palme',
    chainPort: 0,
    verifierPort: 0,
    deploy: deployContracts,
    log: (line) => process.stderr.write(`${line}\n`),
    onNodeExit: (name) => process.stderr.write(`${name} has ended\n`),
  })
  try {
    await enrol(network, join(folder, 'network'))
    if (values.all === undefined) await shootForDocuments(browser, network)
    else await shootAll(browser, network, values.all)
    return 0
  } finally {
    await browser.context.close()
    await network.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function enrol({ record, governance }: Network, folder: string): Promise<void> {
  const template = (side: 'left' | 'right') => {
    const palm = createSyntheticPalm(`${CUSTOMER}/${side}`)
    return buildPalmTemplate([1, 2, 3].map((index) => renderRoi(palm, { session: 1, index })))
  }
  const templates = { left: template('left'), right: template('right') }
  const identities = openIdentities(record)
  await enrolCustomer({ folder, record, governance, identities, name: CUSTOMER, templates })
}

async function shootForDocuments(browser: TerminalBrowser, network: Network): Promise<void> {
  const docs = join(dirname(import.meta.dirname), 'docs')
  const page = await browser.openTerminal(verifierPlace(network.record.verifier))
  await browser.stand(CUSTOMER)
  await askFor(page, '1250')
  await shootCamera(page, join(docs, 'terminal-asking.jpg'))
  await page.waitForSelector('.paid')
  await shoot(page, join(docs, 'terminal-paid.jpg'))
}

async function shootAll(browser: TerminalBrowser, network: Network, out: string): Promise<void> {
  mkdirSync(out, { recursive: true })
  const place = verifierPlace(network.record.verifier)
  for (const [name, size] of Object.entries({ tablet: TABLET, phone: PHONE }) as [string, Size][])
    for (const language of ['en', 'de']) {
      const file = (screen: string) => join(out, `${screen}-${name}-${language}.jpg`)
      const page = await browser.openTerminal(place, size)
      await page.evaluate((code) => localStorage.setItem('palmhold.terminal.language', code), language)
      await page.reload()
      await page.waitForSelector('.idle')
      await shoot(page, file('idle'))
      await page.click('.idle > button')
      await page.waitForSelector('.consenting')
      await shoot(page, file('consent'))
      await page.click('.consenting .secondary')
      await browser.stand(CUSTOMER)
      await askFor(page, '1250')
      await shootCamera(page, file('asking'))
      await page.waitForSelector('.steps')
      await shoot(page, file('checking'))
      await page.waitForSelector('.paid')
      await shoot(page, file('paid'))
      await page.click('.paid button')
      await browser.stand('A stranger')
      await askFor(page, '1250')
      await page.waitForSelector('.refused')
      await shoot(page, file('refused'))
      if (await page.locator('.ways button').nth(2).isVisible()) {
        await page.locator('.ways button').nth(1).click()
        await page.waitForSelector('.qr')
        await shoot(page, file('phone'))
        await page.locator('.asking .row button').first().click()
        await page.waitForSelector('.refused')
      }
      await page.locator('.ways button').last().click()
      await page.click('.strip button')
      await page.waitForSelector('.panel input')
      await shoot(page, file('staff'))
      await page.close()
    }
}

/** Once the camera shows a hand, and before the scan is through. */
async function shootCamera(page: Page, path: string): Promise<void> {
  await page.waitForFunction(() => (document.querySelector('canvas')?.width ?? 0) > 0)
  await page.waitForTimeout(CAMERA_MS)
  await shoot(page, path)
}

async function shoot(page: Page, path: string): Promise<void> {
  await page.screenshot({ path, type: 'jpeg', quality: QUALITY })
  process.stdout.write(`${path}\n`)
}

const HELP = `Usage: npm run screenshots [-- --all DIR]

Makes the pictures of the terminal page in docs anew; with --all, a picture of every screen at both sizes and in both
languages in DIR.
`

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await runScript(main)
