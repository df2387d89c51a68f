/** What presentation checks look at: a frame of the stream, where its palm is, and the screen's own light. */

import type { GreyImage, RgbaImage, RoiFrame } from '@palmhold/palm'

export type PresentationFrame = {
  readonly image: RgbaImage
  readonly frame: RoiFrame
  readonly roi: GreyImage
  /** Whether the terminal's screen was bright or dark when it was taken; left out where it did not flash. */
  readonly screen?: 'bright' | 'dark'
}

/** A check's finding: higher is more suspicious; nothing where the frames do not tell. */
export type CheckScore = number | undefined
