/**
 * The terminal's own light: when its screen turns bright, a palm at a hand's length gets brighter, and more so than what
 * lies behind it. A screen that shows a palm makes its own light and hardly answers; nor does a file that is played.
 * The score is what is missing to the gain of a palm, 0 for one that answers fully.
 */

import type { CheckScore, PresentationFrame } from './presentation-frame.ts'

/** The least gain of a real palm at a terminal's distance, part of its luminance in the dark. */
const FULL_GAIN = 0.06

/** 0 for a palm that answers, 1 for one that does not; nothing without frames of both kinds. */
export function flashScore(frames: readonly PresentationFrame[]): CheckScore {
  const bright = meanOf(frames.filter(({ screen }) => screen === 'bright'))
  const dark = meanOf(frames.filter(({ screen }) => screen === 'dark'))
  if (bright === undefined || dark === undefined || dark === 0) return undefined
  return Math.min(1, Math.max(0, 1 - (bright / dark - 1) / FULL_GAIN))
}

function meanOf(frames: readonly PresentationFrame[]): number | undefined {
  if (frames.length === 0) return undefined
  return frames.reduce((sum, { roi }) => sum + roi.data.reduce((all, value) => all + value, 0), 0) / frames.length
}
