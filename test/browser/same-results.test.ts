/** The packages give the same results in a browser as on Node: to the bit, from the same sources. */

import { readFileSync } from 'node:fs'
import { fromHex, type Hex } from '@palmhold/base'
import { distanceBits, PROBE_SHIFTS_25, palmCode } from '@palmhold/palm'
import { expect } from 'chai'
import type { Browser, Page } from 'playwright-core'
import { startChromium } from '../../scripts/browser/chromium.ts'
import { makeDocument, makeTrust, NOW } from '../protocol/signed.ts'
import { bundleForPage } from './bundle-page.ts'
import * as onNode from './portable-results.ts'

type Portable = typeof onNode
/** Answered by the test itself; pages of localhost are a secure context, in which WebCrypto is there. */
const PAGE_URL = 'http://localhost/'
/** Bits in which an implementation may differ from the vector. */
const VECTOR_TOLERANCE_BITS = 2

describe('in a browser', function () {
  this.timeout(60_000)
  let browser: Browser | undefined
  let page: Page

  before(async function () {
    const started = await startChromium()
    if ('missing' in started) {
      process.stdout.write(`  no Chromium runs here: ${started.missing}\n`)
      this.skip()
    }
    browser = started
    const script = await bundleForPage(new URL('portable-results.ts', import.meta.url), 'portable')
    page = await browser.newPage()
    await page.route('**/*', (route) =>
      route.fulfill({ contentType: 'text/html', body: '<!doctype html><title>Palmhold</title>' }),
    )
    await page.goto(PAGE_URL)
    await page.addScriptTag({ content: script })
  })

  after(() => browser?.close())

  /** What the export `name` gives in the page. */
  const inPage = async <Name extends keyof Portable>(name: Name, ...args: Parameters<Portable[Name]>) =>
    (await page.evaluate(
      ([called, given]) =>
        (globalThis as unknown as { portable: Record<string, (...args: readonly unknown[]) => unknown> }).portable[
          called
        ]!(...given),
      [name, args] as const,
    )) as Awaited<ReturnType<Portable[Name]>>

  it('a page runs the bundle, in Chromium', async () => {
    expect(await page.evaluate(() => navigator.userAgent)).to.match(/Chrom/)
    expect(await page.evaluate(() => 'process' in globalThis)).to.equal(false)
  })

  it('codes of the test vector are those of Node, and the vector', async () => {
    const codes = await inPage('vectorCodes')
    expect(codes).to.deep.equal(onNode.vectorCodes())
    const vectors = JSON.parse(readFileSync(new URL('../vectors/palm-code.json', import.meta.url), 'utf8'))
    const byShift: Record<string, string> = vectors.codes.by_shift_dx_dy
    expect(Object.keys(byShift)).to.include('0,0')
    for (const [shift, hex] of Object.entries(byShift)) {
      const at = PROBE_SHIFTS_25.findIndex(({ dx, dy }) => `${dx},${dy}` === shift)
      if (at < 0) continue
      const distance = distanceBits(codeOf(codes[at + 1]!), codeOf(`0x${hex}`))
      expect(distance, shift).to.be.at.most(VECTOR_TOLERANCE_BITS)
    }
  })

  it('synthetic palms are drawn and encoded alike', async () => {
    const digests = await inPage('palmDigests')
    expect(digests).to.deep.equal(onNode.palmDigests())
    expect(new Set(digests.map(({ probe }) => probe)).size).to.equal(digests.length)
  })

  for (const side of ['left', 'right'] as const)
    it(`the palm is found alike in a picture of a ${side} hand`, async () => {
      expect(await inPage('handDigests', side)).to.deep.equal(onNode.handDigests(side))
    })

  it('a terminal finds the same palm in the same frame, and the same code', async () => {
    const seen = await inPage('observedPalms')
    expect(seen).to.deep.equal(onNode.observedPalms())
    expect(seen.every(({ sidePx }) => sidePx > 0)).to.equal(true)
  })

  it('a probe is nearest to its own palm, at the same distances', async () => {
    const distances = await inPage('galleryDistances')
    expect(distances).to.deep.equal(onNode.galleryDistances())
    expect(distances.indexOf(Math.min(...distances))).to.equal(0)
  })

  it('shares are dealt alike and give the template back', async () => {
    const dealt = await inPage('dealtDigests')
    expect(dealt).to.deep.equal(onNode.dealtDigests())
    expect(dealt.rebuilt).to.equal(true)
  })

  it('a message is sealed alike and opens', async () => {
    const sealed = await inPage('sealedMessage')
    expect(sealed).to.deep.equal(await onNode.sealedMessage())
    expect(sealed.opens).to.equal(true)
  })

  it('an attestation is verified alike, and refused alike where it was altered', async () => {
    const whole = makeDocument()
    const documents = [
      whole,
      { ...whole, request: { ...whole.request, amountMinor: whole.request.amountMinor + 1 } },
      { ...whole, evidence: { ...whole.evidence, signatures: whole.evidence.signatures.slice(1) } },
      { ...whole, chainId: whole.chainId + 1 },
    ]
    const verdicts = await inPage('verdicts', documents, makeTrust(), NOW)
    expect(verdicts).to.deep.equal(onNode.verdicts(documents, makeTrust(), NOW))
    expect(verdicts.map((verdict) => (verdict as { ok: boolean }).ok)).to.deep.equal([true, false, false, false])
  })
})

function codeOf(hex: Hex) {
  return palmCode(fromHex(hex))
}
