/**
 * Capture in a browser on rendered hands with known geometry: how near the region of interest comes to where it is, how
 * many frames count, how long a capture takes, and what comes of it end to end. Synthetic hands are no evidence of
 * accuracy on real ones.
 */

import { binomialBounds, CODE_BYTES, createGalleryMatcher, falseAcceptRateAt, thresholdFor } from '@palmhold/palm'
import type { Page } from 'playwright-core'
import { bundleForPage } from '../browser/bundle-page.ts'
import { startChromium } from '../browser/chromium.ts'
import { HAND_FILES_PATH, serveHandFiles } from '../browser/hand-files.ts'
import type * as page from './capture-page.ts'
import { type BenchOptions, BenchSetupError, type Figure, quantile } from './figure.ts'

/** As the issue of the terminal has them. */
const HANDS = 200
const POSES = 10
/** Hands whose landmarks are found: a software GPU is slow. */
const TRACKED_HANDS = 8
const SEED = 'bench capture'
const PAGE_URL = 'http://localhost/'
const PROBE_CODES = 25
const FRAMES_PER_SECOND = 30
const HANDS_PER_NEWS = 10
/** How long one hand may take in the page; a page that hangs ends the benchmark. */
const HAND_TIMEOUT_MS = 600_000

type PageFunctions = typeof page

/** The figures as they come. */
export async function* benchCapture({ hands = HANDS, poses = POSES }: BenchOptions): AsyncGenerator<Figure, object> {
  const browser = await startChromium({ webGl: true })
  if ('missing' in browser) throw new BenchSetupError(`no Chromium runs here: ${browser.missing}`)
  try {
    const tab = await browser.newPage()
    tab.setDefaultTimeout(HAND_TIMEOUT_MS)
    await tab.route('**/*', (route) =>
      route.fulfill({ contentType: 'text/html', body: '<!doctype html><title>bench</title>' }),
    )
    await serveHandFiles(tab)
    await tab.goto(PAGE_URL)
    await tab.addScriptTag({ content: await bundleForPage(new URL('capture-page.ts', import.meta.url), 'capturePage') })
    const tracking = await call(tab, 'runTracking', HAND_FILES_PATH, SEED, Math.min(TRACKED_HANDS, hands))
    yield* trackingFigures(tracking)
    const results: page.HandResult[] = []
    for (let number = 1; number <= hands; number++) {
      results.push(await call(tab, 'runHand', SEED, number, poses))
      if (number % HANDS_PER_NEWS === 0) process.stderr.write(`  ${number} of ${hands} hands\n`)
    }
    yield* poseFigures(results)
    return { capture: { hands, poses, ...(yield* matchFigures(results)) } }
  } finally {
    await browser.close()
  }
}

async function call<Name extends keyof PageFunctions>(
  tab: Page,
  name: Name,
  ...args: Parameters<PageFunctions[Name]>
): Promise<Awaited<ReturnType<PageFunctions[Name]>>> {
  const result = await tab.evaluate(
    ([called, given]) =>
      (globalThis as unknown as { capturePage: Record<string, (...args: readonly unknown[]) => unknown> }).capturePage[
        called
      ]!(...given),
    [name as string, args as readonly unknown[]] as const,
  )
  return result as Awaited<ReturnType<PageFunctions[Name]>>
}

function* trackingFigures({ frames, seen, rightSide, apart, ms, counted }: page.TrackingResult): Generator<Figure> {
  yield { name: 'landmarks: hands seen', value: (100 * seen) / frames, unit: `% of ${frames}` }
  yield { name: 'landmarks: right side named', value: (100 * rightSide) / frames, unit: '%' }
  yield { name: 'landmarks: frames that would count', value: (100 * counted) / frames, unit: '%' }
  yield { name: 'landmarks: median error, of the square', value: 100 * quantile(apart, 0.5), unit: '%' }
  yield { name: 'landmarks: median time of a frame', value: quantile(ms, 0.5), unit: 'ms' }
  yield { name: 'landmarks: fastest frame', value: Math.min(...ms), unit: 'ms' }
}

function* poseFigures(results: readonly page.HandResult[]): Generator<Figure> {
  const poses = results.flatMap((result) => result.poses)
  for (const [which, some] of [
    ['all poses', poses],
    ['good poses', poses.filter(({ good }) => good)],
  ] as const) {
    const centre = some.flatMap(({ centreErrors }) => centreErrors)
    const turn = some.flatMap(({ turnErrors }) => turnErrors)
    const frames = some.reduce((sum, pose) => sum + pose.frames, 0)
    const seen = centre.length + some.flatMap(({ followedErrors }) => followedErrors).length
    const counted = some.reduce((sum, pose) => sum + pose.goodFrames, 0)
    const captured = some.flatMap(({ framesToCapture }) => framesToCapture ?? [])
    yield { name: `${which}`, value: some.length, unit: '' }
    yield { name: `${which}: frames in which a palm was seen`, value: (100 * seen) / frames, unit: '%' }
    yield { name: `${which}: frames that count`, value: (100 * counted) / frames, unit: '%' }
    yield { name: `${which}: poses captured`, value: (100 * captured.length) / some.length, unit: '%' }
    yield { name: `${which}: centre error, median`, value: quantile(centre, 0.5), unit: 'px of 128' }
    yield { name: `${which}: centre error, 95 % within`, value: quantile(centre, 0.95), unit: 'px of 128' }
    yield { name: `${which}: centre within 3 px`, value: 100 * share(centre, 3), unit: '%' }
    yield { name: `${which}: turn error, median`, value: quantile(turn, 0.5), unit: 'degrees' }
    yield { name: `${which}: turn error, 95 % within`, value: quantile(turn, 0.95), unit: 'degrees' }
    yield { name: `${which}: turn within 1 degree`, value: 100 * share(turn, 1), unit: '%' }
    yield {
      name: `${which}: median time to capture at ${FRAMES_PER_SECOND} frames/s`,
      value: quantile(captured, 0.5) / FRAMES_PER_SECOND,
      unit: 's',
    }
  }
  const followed = poses.flatMap(({ followedErrors }) => followedErrors)
  yield { name: 'followed frames: centre error, 95 % within', value: quantile(followed, 0.95), unit: 'px of 128' }
  for (const [what, ms] of [
    ['frame without landmarks, of those that do not capture', poses.flatMap(({ frameMs }) => frameMs)],
    ['frame in which the palm is looked for', poses.map(({ findMs }) => findMs)],
  ] as const) {
    yield { name: `${what}, median`, value: quantile(ms, 0.5), unit: 'ms' }
    yield { name: `${what}, mean`, value: ms.reduce((sum, one) => sum + one, 0) / ms.length, unit: 'ms' }
    yield { name: `${what}, fastest tenth`, value: quantile(ms, 0.1), unit: 'ms' }
  }
}

/** Every probe against every template: the sharpest frame at 25 shifts, as a terminal sends it. */
function* matchFigures(results: readonly page.HandResult[]): Generator<Figure, object> {
  const { thresholdBits } = thresholdFor({ rows: 1, shifts: PROBE_CODES })
  const enrolled = results.flatMap(({ template }, hand) =>
    template ? [{ hand, template: Uint8Array.from(template) }] : [],
  )
  const rows = new Uint8Array(enrolled.length * CODE_BYTES)
  for (const [row, { template }] of enrolled.entries()) rows.set(template, row * CODE_BYTES)
  const matcher = createGalleryMatcher(rows)
  const count = { good: 0, goodRefused: 0, all: 0, allRefused: 0, impostors: 0, falseAccepts: 0 }
  for (const [hand, { poses }] of results.entries())
    for (const { probe, good } of poses) {
      if (!probe) continue
      const bytes = Uint8Array.from(probe)
      const distances = matcher.distances(bytes.subarray(0, PROBE_CODES * CODE_BYTES))
      for (const [row, one] of enrolled.entries()) {
        const accepted = distances[row]! < thresholdBits
        if (one.hand !== hand) {
          count.impostors++
          if (accepted) count.falseAccepts++
          continue
        }
        count.all++
        if (!accepted) count.allRefused++
        if (!good) continue
        count.good++
        if (!accepted) count.goodRefused++
      }
    }
  yield { name: 'hands enrolled', value: (100 * enrolled.length) / results.length, unit: `% of ${results.length}` }
  yield { name: 'good poses: false rejects', value: (100 * count.goodRefused) / count.good, unit: `% of ${count.good}` }
  yield {
    name: 'all captured poses: false rejects',
    value: (100 * count.allRefused) / count.all,
    unit: `% of ${count.all}`,
  }
  const far = falseAcceptRateAt(PROBE_CODES, thresholdBits)
  const bounds = binomialBounds(count.falseAccepts, count.impostors)
  yield { name: 'false accepts', value: count.falseAccepts, unit: `of ${count.impostors} pairs` }
  yield { name: 'false accepts expected of the threshold', value: far * count.impostors, unit: 'pairs' }
  return { ...count, thresholdBits, thresholdFar: far, farBounds: bounds }
}

function share(values: readonly number[], limit: number): number {
  return values.filter((value) => value <= limit).length / values.length
}
