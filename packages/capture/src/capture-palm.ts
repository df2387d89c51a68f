/**
 * One capture from beginning to end: frames come in, hints go out, and after enough good frames in a row the best of them
 * are handed over. On the way the palm is followed; in the frames that are handed over it is found, where it was followed to,
 * so that a code depends on its own frame alone. Regions of interest that are not handed over are overwritten; pictures of
 * followed frames are held until they were looked at, and none longer.
 */

import { encodePalm, encodeProbe, type GreyImage, type HandSide, nearestShift, type RgbaImage } from '@palmhold/palm'
import type { Frame, FrameSource } from './frame.ts'
import { GOOD_FRAMES, type GuidanceStep, initialGuidance, stepGuidance } from './guidance/guidance.ts'
import { type Observation, type ObservedPalm, observeFrame, observePalm } from './guidance/observe-frame.ts'
import type { HandTracker } from './tracking/hand-tracker.ts'
import { createPalmFollower } from './tracking/palm-follower.ts'

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
  /** Whether the palm is looked for in every frame, so that each step tells exactly where it is; default false. */
  readonly findsInEveryFrame?: boolean
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
/** So many frames in a row have landmarks of a hand and no palm until one of them is searched for longer. */
const MISSED_FRAMES = 3
/** A palm that is found lies this near to where it was followed to: sides of the square, a factor, the cosine of 15 degrees. */
const THERE = { centre: 0.2, size: 1.2, turnCosine: 0.966 }

/**
 * Runs until a palm is captured.
 * @throws {CameraError} the source has no more frames
 * @throws the signal's reason, when it is aborted
 */
export async function capturePalm(options: CaptureOptions): Promise<CapturedPalm> {
  const { source, tracker, side, frames = PROBE_FRAMES, goodFrames = GOOD_FRAMES, signal, onStep } = options
  const follower = options.findsInEveryFrame ? undefined : createPalmFollower()
  // A hand that is there and is not found in a quick look is looked for longer, and so is the palm that this finds.
  let isWhole = false
  let missed = 0
  let state = initialGuidance
  let startMs: number | undefined
  let kept: KeptFrame[] = []
  const drop = (): void => {
    for (const { palm } of kept) wipe(palm)
    kept = []
  }
  try {
    for (;;) {
      signal?.throwIfAborted()
      const frame = await source.nextFrame()
      startMs ??= frame.atMs
      const hands = await tracker?.track(frame.image)
      signal?.throwIfAborted()
      const seen = observeFrame(frame.image, frame.atMs, hands, { follower, isWhole })
      missed = hands?.length === 1 && seen.palm === 'PALM_NOT_FOUND' ? missed + 1 : 0
      if (missed > 0) isWhole = missed % MISSED_FRAMES === 0
      else if (typeof seen.palm === 'string') isWhole = false
      const step = stepGuidance(state, seen, { ...(side === undefined ? {} : { side }), goodFrames })
      const shownSide = seen.side ?? state.side
      state = step.state
      if (step.good && typeof seen.palm !== 'string') kept.push(keep(seen.palm, frame.image))
      else drop()
      // Frames before another hand came in are not of this one.
      while (kept.length > Math.max(1, Math.round(step.progress * goodFrames))) wipe(kept.shift()!.palm)
      onStep?.(step, seen, frame)
      if (!step.capture) continue
      const best = chooseFrames(kept, frames, isWhole)
      for (const { palm } of kept) if (!best?.includes(palm)) wipe(palm)
      kept = []
      if (!best) {
        follower?.release()
        continue
      }
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
    follower?.release()
  }
}

/** What was seen in a good frame, and its picture where the palm is yet to be found in it. */
type KeptFrame = { readonly palm: ObservedPalm; readonly unsearched?: RgbaImage }

function keep(palm: ObservedPalm, image: RgbaImage): KeptFrame {
  return palm.isFollowed ? { palm, unsearched: image } : { palm }
}

function wipe({ roi }: ObservedPalm): void {
  roi.data.fill(0)
}

/**
 * The palms as they are found in the sharpest `count` frames that show the same palm as the sharpest one; nothing where
 * too few do.
 */
function chooseFrames(
  kept: readonly KeptFrame[],
  count: number,
  isWhole: boolean,
): readonly ObservedPalm[] | undefined {
  const chosen: ObservedPalm[] = []
  let probe: ReturnType<typeof encodeProbe> | undefined
  const isAnother = ({ roi }: ObservedPalm) =>
    probe !== undefined && nearestShift(encodePalm(roi), probe).distanceBits >= AGREE_BITS
  for (const { palm, unsearched } of [...kept].sort(bySharpness)) {
    const found = unsearched ? observePalm(unsearched, { isWhole }) : palm
    if (typeof found === 'string') continue
    if (found.fault || !isThere(found, palm) || isAnother(found)) {
      wipe(found)
      continue
    }
    probe ??= encodeProbe(found.roi)
    chosen.push(found)
    if (chosen.length === count) return chosen.sort((one, other) => other.sharpness - one.sharpness)
  }
  chosen.forEach(wipe)
  return undefined
}

function bySharpness(one: KeptFrame, other: KeptFrame): number {
  return other.palm.sharpness - one.palm.sharpness
}

/** Whether a palm was found where it had been followed to: all that landmarks said is about the palm there. */
function isThere({ frame }: ObservedPalm, { frame: followed }: ObservedPalm): boolean {
  const [dx, dy] = [frame.centre.x - followed.centre.x, frame.centre.y - followed.centre.y]
  const size = frame.sidePx / followed.sidePx
  const along = frame.right.x * followed.right.x + frame.right.y * followed.right.y
  return (
    Math.sqrt(dx * dx + dy * dy) <= THERE.centre * followed.sidePx &&
    size <= THERE.size &&
    size >= 1 / THERE.size &&
    along >= THERE.turnCosine
  )
}
