/**
 * A palm before the browser's camera: a fake one that plays drawn hands from a file. To show a page something else, write
 * another file with `renderCameraFile` (scripts/browser/render-camera-file.ts) and start another Chromium with it.
 */

import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fromHex, type Hex } from '@palmhold/base'
import { createSyntheticPalm, encodePalm, nearestShift, palmCode, renderRoi } from '@palmhold/palm'
import { expect } from 'chai'
import type { Browser, Page } from 'playwright-core'
import { bundleForPage } from '../../scripts/browser/bundle-page.ts'
import { startChromium } from '../../scripts/browser/chromium.ts'
import { HAND_FILES_PATH, serveHandFiles } from '../../scripts/browser/hand-files.ts'
import { type CameraScene, renderCameraFile } from '../../scripts/browser/render-camera-file.ts'
import type * as flow from './capture-flow.ts'

const PAGE_URL = 'http://localhost/'
const MATCH_BITS = 550
const FLOW_TIMEOUT_MS = 150_000

type Options = Parameters<typeof flow.runCapture>[0]

describe('a camera in a browser', function () {
  this.timeout(200_000)
  const palm = createSyntheticPalm('before the camera', { side: 'right' })
  const capture = { session: 3, index: 1, turnDegrees: -6, groundKind: 'boxes' } as const
  const files: string[] = []
  let script: string
  let browser: Browser | undefined

  before(async () => {
    script = await bundleForPage(new URL('capture-flow.ts', import.meta.url), 'flow')
  })

  afterEach(async () => {
    await browser?.close()
    browser = undefined
  })

  after(() => Promise.all(files.map((file) => rm(file, { force: true }))))

  /** A page in a Chromium whose camera plays `scenes`, or that has none. */
  async function openPage(context: Mocha.Context, scenes?: readonly CameraScene[]): Promise<Page> {
    let cameraFile: string | undefined
    if (scenes) {
      cameraFile = join(tmpdir(), `palmhold-camera-${process.pid}-${files.length}.y4m`)
      files.push(cameraFile)
      await renderCameraFile(cameraFile, scenes)
    }
    const started = await startChromium({ webGl: true, ...(cameraFile ? { cameraFile } : {}) })
    if ('missing' in started) {
      process.stdout.write(`  no Chromium runs here: ${started.missing}\n`)
      context.skip()
    }
    browser = started
    const page = await started.newPage()
    page.setDefaultTimeout(FLOW_TIMEOUT_MS)
    await page.route('**/*', (route) =>
      // An icon of its own, or the browser asks for one.
      route.fulfill({
        contentType: 'text/html',
        body: '<!doctype html><link rel="icon" href="data:,"><title>Palmhold</title>',
      }),
    )
    await serveHandFiles(page)
    await page.goto(PAGE_URL)
    await page.addScriptTag({ content: script })
    return page
  }

  const run = (page: Page, options: Options) =>
    page.evaluate((given) => (globalThis as unknown as { flow: typeof flow }).flow.runCapture(given), options)

  it('captures a hand with landmarks, and its code is that of the palm', async function () {
    // More than are looked at in one capture: the file begins anew behind them, and frames would come twice.
    const page = await openPage(this, [{ frames: 45, palm, capture }])
    const result = await run(page, { handFiles: HAND_FILES_PATH, side: 'right' })
    expect(result).to.be.an('object')
    const { size, side, codes, probe, hints } = result as flow.FlowResult
    expect(size).to.deep.equal({ width: 1280, height: 720 })
    expect(side).to.equal('right')
    expect(new Set(codes).size).to.equal(3)
    expect(hints).to.include('good')
    const enrolled = encodePalm(renderRoi(palm, { session: 1, index: 1 }))
    const { distanceBits } = nearestShift(
      enrolled,
      probe.map((code) => palmCode(fromHex(code as Hex))),
    )
    expect(distanceBits).to.be.lessThan(MATCH_BITS)
    const requests = await page.evaluate(() => performance.getEntriesByType('resource').map(({ name }) => name))
    expect(requests.filter((url) => !url.startsWith(`${PAGE_URL}hands/`))).to.deep.equal([])
  })

  it('notices a camera that hangs', async function () {
    const page = await openPage(this, [
      { frames: 2, palm: createSyntheticPalm('hangs'), frozen: true, capture: { session: 1, index: 1, light: 0.25 } },
    ])
    expect(await run(page, {})).to.equal('PALM_CAMERA_FROZEN')
  })

  it('says that there is no camera, or that it may not be used', async function () {
    const page = await openPage(this)
    expect(await run(page, {})).to.be.oneOf(['PALM_CAMERA_MISSING', 'PALM_CAMERA_REFUSED'])
  })
})
