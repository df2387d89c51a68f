/**
 * The screen as a lamp: while a palm is held to the camera the page goes dark, then bright again, and frames are told
 * which of them lit the palm. Another screen that shows a palm makes its own light and does not answer
 * (`flashScore` of packages/capture). It changes less than three times a second, below what WCAG 2.3.1 calls a flash.
 */

export type Light = 'bright' | 'dark'

/** Good frames in a row that a scan with it takes: light takes its time through a camera. */
export const LIT_FRAMES = 24

/** How long the page stays as it is, and how long after a change a frame may still have the light before; ms. */
const DWELL_MS = 400
const SETTLE_MS = 150

export type ScreenLight = {
  /** Sets the page's light for the next frames, and says what lit this one; nothing where that is not certain. */
  readonly next: (atMs: number, seen: { readonly hasPalm: boolean; readonly progress: number }) => Light | undefined
  /** The page as it always is. */
  readonly off: () => void
}

/** `show` makes the page dark, or bright as it always is. */
export function createScreenLight(show: (light: Light) => void): ScreenLight {
  let light: Light = 'bright'
  let sinceMs = Number.NEGATIVE_INFINITY
  return {
    next(atMs, { hasPalm, progress }) {
      const wanted = hasPalm && progress < 0.5 ? 'dark' : 'bright'
      if (wanted !== light && atMs - sinceMs >= DWELL_MS) {
        light = wanted
        sinceMs = atMs
        show(light)
      }
      return atMs - sinceMs < SETTLE_MS ? undefined : light
    },
    off() {
      light = 'bright'
      sinceMs = Number.NEGATIVE_INFINITY
      show(light)
    },
  }
}
