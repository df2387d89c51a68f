/**
 * Keeps a weak machine in time: where finding landmarks takes longer than a frame may, what was found is used for some of
 * the next frames too. The palm itself is seen anew in every frame, and has to lie where the landmarks are, so all that
 * comes late is which hand it is and how it is held.
 */

import type { HandTracker, TrackedHand } from './hand-tracker.ts'

export type SparingOptions = {
  /** A clock that never goes back, ms. */
  readonly nowMs: () => number
  /** What landmarks may take of a frame on average, ms; default 60. */
  readonly budgetMs?: number
  /** For how many further frames landmarks are used at most; default 3. */
  readonly mostFrames?: number
}

/** `tracker` for one capture: what it found in one is not used in the next. Closing stays with the owner of `tracker`. */
export function createSparingTracker(
  tracker: HandTracker,
  { nowMs, budgetMs = 60, mostFrames = 3 }: SparingOptions,
): HandTracker {
  let found: readonly TrackedHand[] = []
  let framesLeft = 0
  return {
    track: async (image) => {
      if (framesLeft > 0) {
        framesLeft--
        return found
      }
      const startMs = nowMs()
      found = await tracker.track(image)
      const frames = Math.ceil((nowMs() - startMs) / budgetMs) - 1
      // No hand, or one too many, is looked for anew at once: somebody is waiting for the hint to change.
      framesLeft = found.length === 1 ? Math.min(mostFrames, Math.max(0, frames)) : 0
      return found
    },
    close: async () => {},
  }
}
