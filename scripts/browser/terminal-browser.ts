/**
 * A terminal page in Chromium, and a camera before which people of the project's synthetic hands stand. The camera begins
 * its file anew whenever a page opens it, so whoever is to be seen next is put before it first, with a capture that nobody
 * has shown yet.
 */

import { mkdirSync, renameSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { createSyntheticPalm, type HandSide } from '@palmhold/palm'
import type { BrowserContext, Page } from 'playwright-core'
import { fetchTerminalLink } from '../../node/src/terminal/terminal-link.ts'
import type { VerifierPlace } from '../../node/src/verifier/terminal-client.ts'
import { type Missing, startChromiumWithProfile } from './chromium.ts'
import { renderCameraFile } from './render-camera-file.ts'

/** Of one step of a page on a busy machine. */
const STEP_TIMEOUT_MS = 40_000
/** A file of ten frames plays for a second, then again: more than a scan needs in a row, and drawn soon. */
const CAMERA = { frames: 10, framesPerSecond: 10 }
/** Days on which palms are shown; the first is that of enrolment. */
const TODAY = 2

export type Size = { readonly width: number; readonly height: number }
export const TABLET: Size = { width: 1024, height: 768 }
export const PHONE: Size = { width: 390, height: 844 }
const HD_LENS: Size = { width: 1280, height: 720 }
/** The least that a palm is seen well with; a quarter fewer pixels to draw, to carry and to look at. */
export const SMALL_LENS: Size = { width: 960, height: 720 }

/** Whose hand, which one, on which day, and whether it is one picture again and again. */
type Standing = [person: string | undefined, side?: HandSide, options?: { day?: number; frozen?: boolean }]

export type TerminalBrowser = {
  readonly context: BrowserContext
  /** Where the browser keeps what pages leave. */
  readonly profile: string
  /** Puts a hand before the camera, or nobody's, for whoever opens it next; each time another capture. */
  readonly stand: (...who: Standing) => Promise<void>
  /** The same in two steps: draws it, and answers a function that puts it there at once. */
  readonly prepare: (...who: Standing) => Promise<() => void>
  /** A page that is linked to the verifier at `place`. */
  readonly openTerminal: (place: VerifierPlace, size?: Size) => Promise<Page>
}

/** Starts a browser that keeps everything in `folder`, with a camera of `lens` pixels, or says what this machine lacks. */
export async function startTerminalBrowser(folder: string, lens: Size = HD_LENS): Promise<TerminalBrowser | Missing> {
  const profile = join(folder, 'profile')
  const camera = join(folder, 'camera.y4m')
  mkdirSync(profile, { recursive: true })
  let captures = 0

  const prepare: TerminalBrowser['prepare'] = async (person, side = 'left', { day = TODAY, frozen = false } = {}) => {
    const index = ++captures
    const file = join(folder, `camera-${index}.y4m`)
    const { frames, framesPerSecond } = CAMERA
    const palm = person === undefined ? undefined : createSyntheticPalm(`${person}/${side}`, { side })
    const scene = palm ? { frames, palm, capture: { session: day, index }, frozen } : { frames }
    await renderCameraFile(file, [scene], { ...lens, framesPerSecond })
    return () => {
      // In one step, since the browser may be about to open it.
      symlinkSync(file, `${camera}.next`)
      renameSync(`${camera}.next`, camera)
    }
  }
  const stand: TerminalBrowser['stand'] = async (...who) => (await prepare(...who))()
  await stand(undefined)
  const context = await startChromiumWithProfile(profile, {
    webGl: true,
    cameraFile: camera,
    locale: 'en-IE',
    reducedMotion: 'reduce',
  })
  if ('missing' in context) return context
  context.setDefaultTimeout(STEP_TIMEOUT_MS)

  return {
    context,
    profile,
    stand,
    prepare,
    async openTerminal(place, size = TABLET) {
      const { url } = await fetchTerminalLink(place)
      const page = await context.newPage()
      await page.setViewportSize(size)
      await page.goto(url)
      await page.waitForSelector('.idle')
      return page
    },
  }
}

/** Types an amount, in cents, as a cashier does. */
export async function askFor(page: Page, digits: string): Promise<void> {
  await page.waitForSelector('.idle')
  await page.keyboard.type(digits)
  await page.keyboard.press('Enter')
}
