/**
 * Nothing stays of a palm that was held to the terminal: neither in the browser's profile folder, its storage and the page,
 * nor in what the page sends and is sent, nor at the nodes. What the camera showed is known exactly, because the test
 * hears every frame that the page takes; the search itself is shown to work by something planted.
 */

import { encodeProbeCodes, findRoi, type GreyImage } from '@palmhold/palm'
import { expect } from 'chai'
import type { Page } from 'playwright-core'
import { createLeakCheck } from '../../scripts/leaks/leak-check.ts'
import { createLeakSearch, type Finding, type LeakSearch } from '../../scripts/leaks/leak-search.ts'
import { searchFolder } from '../../scripts/leaks/search-folder.ts'
import { NETWORK_TIMEOUT_MS } from '../e2e/local-network.ts'
import { askFor, openTerminalWorld, type TerminalWorld } from './terminal-world.ts'

/** Rows of a frame that are looked for as they are: those through the palm. */
const ROWS = { from: 380, to: 440 }
const PLANTED = 'planted'

type Seen = { readonly rois: GreyImage[]; readonly rows: Uint8Array[] }

describe('what stays of a scan at the terminal', function () {
  this.timeout(300_000)
  let world: TerminalWorld

  before(async function () {
    this.timeout(2 * NETWORK_TIMEOUT_MS)
    const opened = await openTerminalWorld()
    if ('missing' in opened) {
      process.stdout.write(`  no Chromium runs here: ${opened.missing}\n`)
      this.skip()
    }
    world = opened
  })
  after(async function () {
    this.timeout(60_000)
    await world?.close()
  })

  it('is nothing, in profile, storage, page, traffic and nodes', async () => {
    const { context, local } = world
    const check = createLeakCheck()
    const endTap = local.onSent(check.tap)
    const seen: Seen = { rois: [], rows: [] }
    const sent: { source: string; bytes: Buffer }[] = []
    const page = await world.openTerminal()
    await hearFrames(page, seen)
    hearTraffic(page, sent)
    await page.reload()
    await world.stand('Ada')
    await askFor(page, '1250')
    await page.waitForSelector('.paid')
    expect(seen.rois.length, 'frames that the page took').to.be.at.least(8)
    expect(sent.some(({ source }) => source.endsWith('/scan'))).to.equal(true)

    const search = createLeakSearch()
    for (const [i, roi] of seen.rois.entries()) {
      const { codes, pooled } = encodeProbeCodes(roi)
      for (const code of [...codes, pooled]) search.addCode(`code ${i}`, code)
      search.addBytes(`palm ${i}`, roi.data)
      check.addPicture(`palm ${i}`, roi)
      check.addCodes(`code ${i}`, [...codes, pooled])
    }
    for (const [i, rows] of seen.rows.entries()) search.addBytes(`frame ${i}`, rows)

    const findings = [
      ...(await searchPage(search, page)),
      ...sent.flatMap(({ source, bytes }) => search.search(source, bytes)),
    ]
    expect(findings).to.deep.equal([])
    expect(await page.evaluate(() => [...document.querySelectorAll('canvas')].map(({ width }) => width))).to.deep.equal(
      [],
    )

    await page.evaluate(
      ([name, text]) => localStorage.setItem(name!, text!),
      [PLANTED, Buffer.from(encodeProbeCodes(seen.rois[0]!).codes[3]!).toString('base64')],
    )
    const planted = await searchPage(search, page)
    expect(planted.map(({ source }) => source)).to.include('local storage')
    await page.evaluate((name) => localStorage.removeItem(name), PLANTED)

    await context.close()
    const inProfile = searchFolder(search, world.profile)
    expect(inProfile.bytes).to.be.above(100_000)
    // The browser's own log of its storage still has what was planted and taken away, which shows that it is searched.
    expect(inProfile.findings.every(({ secret }) => secret === 'code 0')).to.equal(true)
    endTap()
    await local.network.flushTap()
    const report = await check.finish(local.folder, local.network.record)
    expect(report).to.deep.include({ found: 0, missedBytes: 0 })
  })
})

/** Everything of a page that outlives a moment. */
async function searchPage(search: LeakSearch, page: Page): Promise<Finding[]> {
  const kept = await page.evaluate(async () => ({
    page: document.documentElement.outerHTML,
    'local storage': JSON.stringify(localStorage),
    'session storage': JSON.stringify(sessionStorage),
    databases: JSON.stringify(await indexedDB.databases()),
    caches: JSON.stringify(await caches.keys()),
  }))
  expect([kept['session storage'], kept.databases, kept.caches]).to.deep.equal(['{}', '[]', '[]'])
  return Object.entries(kept).flatMap(([source, text]) => search.search(source, Buffer.from(text)))
}

function hearTraffic(page: Page, sent: { source: string; bytes: Buffer }[]): void {
  page.on('request', (request) => {
    const bytes = request.postDataBuffer()
    if (bytes) sent.push({ source: new URL(request.url()).pathname, bytes })
    sent.push({ source: 'an address', bytes: Buffer.from(request.url()) })
  })
  page.on('websocket', () => expect.fail('the page opened a socket'))
}

/** Hears every picture that the page reads from its camera. */
async function hearFrames(page: Page, seen: Seen): Promise<void> {
  await page.exposeFunction('hearFrame', (width: number, height: number, base64: string) => {
    const data = new Uint8ClampedArray(Buffer.from(base64, 'base64'))
    try {
      seen.rois.push(findRoi({ width, height, data }))
      seen.rows.push(new Uint8Array(data.subarray(4 * width * ROWS.from, 4 * width * ROWS.to)))
    } catch {
      // A frame without a palm, such as the first ones of a camera.
    }
  })
  await page.addInitScript(() => {
    const prototype = CanvasRenderingContext2D.prototype
    const read = prototype.getImageData
    prototype.getImageData = function (...given: Parameters<typeof read>) {
      const image = read.apply(this, given)
      let text = ''
      for (let i = 0; i < image.data.length; i += 32_768)
        text += String.fromCharCode(...image.data.subarray(i, i + 32_768))
      const { hearFrame } = globalThis as unknown as {
        hearFrame: (width: number, height: number, base64: string) => Promise<void>
      }
      void hearFrame(image.width, image.height, btoa(text))
      return image
    }
  })
}
