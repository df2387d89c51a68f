/**
 * One capture from beginning to end: frames come in, hints go out, and after enough good frames in a row the best of them
 * are handed over. Nothing is kept: regions of interest that are not handed over are overwritten.
 */

import { encodePalm, encodeProbe, type GreyImage, type HandSide, nearestShift } from '@palmhold/palm'
import type { Frame, FrameSource } from './frame.ts'
import { GOOD_FRAMES, type GuidanceStep, initialGuidance, stepGuidance } from './guidance/guidance.ts'
import { type Observation, type ObservedPalm, observeFrame } from './guidance/observe-frame.ts'
import type { HandTracker } from './tracking/hand-tracker.ts'

/** Frames that are handed over. */
export const PROBE_FRAMES = 3
export const ENROLMENT_FRAMES = 5

export type CaptureOptions = {
  readonly source: FrameSource
  /** Without one, hints are fewer, and nothing is said of which hand it is. */
  readonly tracker?: HandTracker
  /** The hand that is asked for. */
  readonly side?: HandSide
  /** How many frames are handed over, 1 to the number of good frames; default {@link PROBE_FRAMES}. */
  readonly frames?: number
  /** Good frames in a row until the capture; default {@link GOOD_FRAMES}. */
  readonly goodFrames?: number
  /** Ends the capture. */
  readonly signal?: AbortSignal
  /** Is told each step, with the frame that it is about, which must not be kept. */
  readonly onStep?: (step: GuidanceStep, seen: Observation, frame: Frame) => void
}

/** A palm, some frames of it. */
export type CapturedPalm = {
  /** Regions of interest, 128 x 128 grey, the sharpest first. */
  readonly rois: readonly GreyImage[]
  /** Which hand, if landmarks told. */
  readonly side: HandSide | undefined
  /** From the first frame to the last, ms. */
  readonly elapsedMs: number
  /** Overwrites the regions of interest. */
  readonly wipe: () => void
}

/** Frames of one palm are nearer to each other than this many bits, 0.30 of a code. */
const AGREE_BITS = 460

/**
 * Runs until a palm is captured.
 * @throws {CameraError} the source has no more frames
 * @throws the signal's reason, when it is aborted
 */
export async function capturePalm(options: CaptureOptions): Promise<CapturedPalm> {
  const { source, tracker, side, frames = PROBE_FRAMES, goodFrames = GOOD_FRAMES, signal, onStep } = options
  let state = initialGuidance
  let startMs: number | undefined
  let kept: ObservedPalm[] = []
  const drop = (): void => {
    for (const palm of kept) palm.roi.data.fill(0)
    kept = []
  }
  try {
    for (;;) {
      signal?.throwIfAborted()
      const frame = await source.nextFrame()
      startMs ??= frame.atMs
      const hands = await tracker?.track(frame.image)
      signal?.throwIfAborted()
      const seen = observeFrame(frame.image, frame.atMs, hands)
      const step = stepGuidance(state, seen, { ...(side === undefined ? {} : { side }), goodFrames })
      const shownSide = seen.side ?? state.side
      state = step.state
      if (step.good && typeof seen.palm !== 'string') kept.push(seen.palm)
      else drop()
      // Frames before another hand came in are not of this one.
      while (kept.length > Math.max(1, Math.round(step.progress * goodFrames))) kept.shift()?.roi.data.fill(0)
      onStep?.(step, seen, frame)
      if (!step.capture) continue
      const best = chooseFrames(kept, frames)
      if (!best) {
        drop()
        continue
      }
      for (const palm of kept) if (!best.includes(palm)) palm.roi.data.fill(0)
      kept = []
      const rois = best.map(({ roi }) => roi)
      return {
        rois,
        side: shownSide,
        elapsedMs: frame.atMs - startMs,
        wipe: () => {
          for (const roi of rois) roi.data.fill(0)
        },
      }
    }
  } finally {
    drop()
  }
}

/** The sharpest `count` of `palms` that show the same palm as the sharpest one does; nothing where too few do. */
function chooseFrames(palms: readonly ObservedPalm[], count: number): readonly ObservedPalm[] | undefined {
  const sorted = [...palms].sort((one, other) => other.sharpness - one.sharpness)
  const [first] = sorted
  if (!first) return undefined
  const probe = encodeProbe(first.roi)
  const agreeing = sorted.filter(
    ({ roi }) => roi === first.roi || nearestShift(encodePalm(roi), probe).distanceBits < AGREE_BITS,
  )
  return agreeing.length >= count ? agreeing.slice(0, count) : undefined
}
