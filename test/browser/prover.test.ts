/** The wallet's prover in a browser, with the development keys: on one thread and on more, downloaded once. */

import { matchWitness } from '@palmhold/zk'
import { expect } from 'chai'
import type { Browser, Page } from 'playwright-core'
import { readProofVerifier } from '../../node/src/prover/proving-keys.ts'
import { startChromium } from '../../scripts/browser/chromium.ts'
import type { DecimalSignals, PageProof, ProvingPage } from '../../scripts/browser/proving-page.ts'
import { type ProvingSite, serveProvingSite } from '../../scripts/browser/proving-site.ts'
import { createPhonePerson, matchOf, seededRandom } from '../zk/phone-people.ts'

describe('the prover in a browser', function () {
  this.timeout(180_000)
  const random = seededRandom('browser')
  const { signals, publicInputs } = matchWitness(matchOf(createPhonePerson(random), random, 300))
  const decimal: DecimalSignals = Object.fromEntries(
    Object.entries(signals).map(([name, value]) => [name, typeof value === 'bigint' ? `${value}` : value.map(String)]),
  )
  let browser: Browser | undefined
  let site: ProvingSite
  let page: Page

  before(async function () {
    const started = await startChromium()
    if ('missing' in started) {
      process.stdout.write(`  no Chromium runs here: ${started.missing}\n`)
      this.skip()
    }
    browser = started
    site = await serveProvingSite()
    page = await browser.newPage()
    await page.goto(site.url)
    await page.waitForFunction(() => 'provingPage' in globalThis)
  })
  after(async () => {
    await browser?.close()
    await site?.close()
  })

  const inPage = <Name extends keyof ProvingPage>(name: Name, ...args: Parameters<ProvingPage[Name]>) =>
    page.evaluate(
      ([called, given]) =>
        (globalThis as unknown as { provingPage: Record<string, (...args: readonly unknown[]) => unknown> })
          .provingPage[called]!(...given),
      [name, args] as const,
    ) as Promise<Awaited<ReturnType<ProvingPage[Name]>>>

  for (const threads of [1, 2])
    it(`proves what a verifier takes, on ${threads === 1 ? 'one thread' : `${threads} threads`}`, async () => {
      expect(await inPage('isIsolated')).to.equal(true)
      await inPage('open', threads, 'keys/')
      const made: PageProof = await inPage('prove', 'match', decimal)
      expect(made.publicInputs).to.deep.equal(publicInputs.map(String))
      expect(readProofVerifier().verify('match', publicInputs, made.proof as `0x${string}`)).to.equal(true)
      expect(made.steps).to.deep.equal(['keys', 'witness', 'proof'])
    })

  it('has downloaded the keys once, and finds them in its cache', () => {
    expect(site.asked.filter((path) => path.startsWith('/keys/match'))).to.deep.equal([
      '/keys/match.wasm',
      '/keys/match.zkey',
    ])
  })

  it('ends a proof that is cancelled', async () => {
    expect(await inPage('cancel', 'match', decimal)).to.equal('PALM_PROOF_CANCELLED')
  })

  it('names an input that is not true', async () => {
    const refused = await inPage('prove', 'match', { ...decimal, threshold: '200' }).catch((error) => String(error))
    expect(refused).to.include('these inputs do not satisfy the circuit')
  })
})
