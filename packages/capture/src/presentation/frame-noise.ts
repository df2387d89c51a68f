/**
 * A camera's noise is new in every frame. Frames that are equal to the last pixel, or nearly so while the palm stands
 * still, come from a file. The score is the part of neighbouring frames that differ less than any sensor's do.
 */

import type { CheckScore, PresentationFrame } from './presentation-frame.ts'

/** Mean difference of two regions of interest below which no sensor's noise is in them, grey levels. */
const LEAST_DIFFERENCE = 0.15

/** 0 where every frame is new, 1 where none is; nothing for a single frame. */
export function frameNoiseScore(frames: readonly PresentationFrame[]): CheckScore {
  if (frames.length < 2) return undefined
  let equal = 0
  for (let i = 1; i < frames.length; i++) {
    const [one, other] = [frames[i - 1]!.roi.data, frames[i]!.roi.data]
    const sum = one.reduce((total, value, at) => total + Math.abs(value - other[at]!), 0)
    if (sum / one.length < LEAST_DIFFERENCE) equal++
  }
  return equal / (frames.length - 1)
}
