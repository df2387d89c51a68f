/** What a scan has to stand before a terminal sends it, on drawn presentations. */

import { errorCode } from '@palmhold/base'
import {
  type CapturedPalm,
  createRepeatGuard,
  type GuidanceStep,
  initialGuidance,
  observeFrame,
} from '@palmhold/capture'
import { type PresentationKind, type RgbaImage, renderPresentation } from '@palmhold/palm'
import { expect } from 'chai'
import { createScanWatch, type ScanWatch } from '../../node/terminal/src/scan/scan-watch.ts'

const good: GuidanceStep = { state: initialGuidance, hint: 'good', progress: 1, good: true, capture: false }

describe('a scan at the terminal', function () {
  this.timeout(60_000)
  const random = (length: number) => crypto.getRandomValues(new Uint8Array(length))
  const imagesOf = (kind: PresentationKind) => renderPresentation({ kind, seed: 'unit 2' }).map(({ image }) => image)
  let hand: RgbaImage[]
  let pasted: RgbaImage[]

  before(() => {
    hand = imagesOf('bona-fide')
    pasted = imagesOf('pasted-roi')
  })

  /** Shows `images` to `watch` and takes the palm of the last. */
  function take(watch: ScanWatch, images: readonly RgbaImage[]): CapturedPalm {
    const seen = images.map((image, i) => observeFrame(image, i))
    for (const [i, observation] of seen.entries()) watch.see(good, observation, { image: images[i]!, atMs: i })
    const { palm } = seen.at(-1)!
    if (typeof palm === 'string') return expect.fail(palm)
    return { rois: [palm.roi], side: undefined, elapsedMs: 0, wipe: () => undefined }
  }
  const judgementOf = (watch: ScanWatch, captured: CapturedPalm) => {
    try {
      watch.judge(captured)
      return 'fine'
    } catch (error) {
      return errorCode(error)
    }
  }
  const watchOf = (isAssessed: boolean, repeats = createRepeatGuard(random)) => createScanWatch({ repeats, isAssessed })

  it('that is of a hand is sent, whatever is asked for', () => {
    for (const isAssessed of [true, false]) {
      const watch = watchOf(isAssessed)
      expect(judgementOf(watch, take(watch, hand))).to.equal('fine')
    }
  })

  it('that is the same as an earlier one to the last bit is not sent, and another of the same hand is', () => {
    const repeats = createRepeatGuard(random)
    const [first, again, other] = [watchOf(false, repeats), watchOf(false, repeats), watchOf(false, repeats)]
    expect(judgementOf(first, take(first, hand))).to.equal('fine')
    expect(judgementOf(again, take(again, hand))).to.equal('PALM_SCAN_REPEATED')
    expect(judgementOf(other, take(other, hand.slice(0, 3)))).to.equal('fine')
  })

  it('that looks like no living hand asks for another factor above the merchant’s sum, and not below', () => {
    const [above, below] = [watchOf(true), watchOf(false)]
    expect(judgementOf(above, take(above, pasted))).to.equal('PALM_SCAN_SUSPICIOUS')
    expect(judgementOf(below, take(below, pasted))).to.equal('fine')
  })

  it('is judged by its own frames: those of a scan that broke off, or was forgotten, do not count', () => {
    const watch = watchOf(true)
    take(watch, pasted)
    watch.forget()
    expect(judgementOf(watch, take(watch, hand))).to.equal('fine')
    take(watch, pasted)
    watch.see({ ...good, good: false }, observeFrame(hand[0]!, 0), { image: hand[0]!, atMs: 0 })
    expect(judgementOf(watch, take(watch, hand.slice(0, 4)))).to.equal('fine')
  })

  it('has to answer to the screen’s light, where that was told, over more frames than are kept', () => {
    const shine = (image: RgbaImage, gain: number): RgbaImage => ({
      ...image,
      data: image.data.map((value) => value * gain),
    })
    const lit = (gain: number) => {
      const watch = watchOf(true)
      const shown = [...hand, ...hand].map((image, i) => (i < hand.length ? image : shine(image, gain)))
      const seen = shown.map((image, i) => observeFrame(image, i))
      for (const [i, observation] of seen.entries()) {
        const screen = i < hand.length ? 'dark' : 'bright'
        watch.see(good, observation, { image: shown[i]!, atMs: i }, i % hand.length < 2 ? undefined : screen)
      }
      const { palm } = seen[0]!
      if (typeof palm === 'string') return expect.fail(palm)
      return judgementOf(watch, { rois: [palm.roi], side: undefined, elapsedMs: 0, wipe: () => undefined })
    }
    expect(lit(1.12)).to.equal('fine')
    expect(lit(1)).to.equal('PALM_SCAN_SUSPICIOUS')
  })

  it('leaves the pictures it was shown as they were', () => {
    const before = hand.map(({ data }) => Uint8ClampedArray.from(data))
    const watch = watchOf(true)
    judgementOf(watch, take(watch, hand))
    expect(hand.every(({ data }, i) => data.every((value, at) => value === before[i]![at]))).to.equal(true)
  })
})
