/** What `npm run bench -- capture` runs in the browser: hands are drawn here and go in through the capture port. */

import {
  CameraError,
  type CapturedPalm,
  type CaptureOptions,
  capturePalm,
  createFixtureTracker,
  createMediapipeTracker,
  ENROLMENT_FRAMES,
  type Frame,
  type FrameSource,
  observeFrame,
  type TrackedHand,
  trackedHand,
} from '@palmhold/capture'
import {
  buildTemplate,
  createSeededRandom,
  createSyntheticPalm,
  encodeProbe,
  GROUND_KINDS,
  type HandCapture,
  type HandScene,
  type Point,
  packCodes,
  type RgbaImage,
  type RoiFrame,
  renderHandScene,
  type SyntheticPalm,
} from '@palmhold/palm'

/** One pose of one hand, and what came of it. Lengths in pixels of a region of 128. */
export type PoseResult = {
  /** Whether it is one that the guidance would ask for. */
  readonly good: boolean
  readonly frames: number
  readonly goodFrames: number
  /** Of the frames in which the palm was looked for and found. */
  readonly centreErrors: readonly number[]
  readonly turnErrors: readonly number[]
  /** Of the frames to which it was followed. */
  readonly followedErrors: readonly number[]
  /** Frames until the capture; absent where there was none. */
  readonly framesToCapture?: number
  /** 25 codes of the sharpest frame, one after the other. */
  readonly probe?: readonly number[]
  /** What each frame took, of those that were not the last: that one looks at several. */
  readonly frameMs: readonly number[]
  /** What one takes in which the palm is looked for. */
  readonly findMs: number
}

export type HandResult = { readonly template?: readonly number[]; readonly poses: readonly PoseResult[] }

const SIZE = { width: 1280, height: 720 }
/** Frames a pose is held for. */
const FRAMES = 14
/** Wood that looks like skin would measure the finder's limits; docs/capture.md has those apart. */
const GROUNDS = GROUND_KINDS.filter((kind) => kind !== 'wood')

/** Enrols hand `number` and shows it in `poses` poses. */
export async function runHand(seed: string, number: number, poses: number): Promise<HandResult> {
  const palm = createSyntheticPalm(`${seed}/${number}`)
  const still = renderHandScene(palm, { ...SIZE, session: 1, index: 1, pixelsPerMm: 6.2, turnDegrees: 0 })
  const enrolled = await capture(palm, still, `enrol ${number}`, ENROLMENT_FRAMES)
  const results: PoseResult[] = []
  for (let index = 1; index <= poses; index++) results.push(await runPose(palm, seed, index))
  return {
    ...(enrolled.captured ? { template: [...buildTemplate(enrolled.captured.rois)] } : {}),
    poses: results,
  }
}

async function runPose(palm: SyntheticPalm, seed: string, index: number): Promise<PoseResult> {
  const random = createSeededRandom(`pose:${seed}:${palm.seed}:${index}`)
  const pose: HandCapture = {
    ...SIZE,
    session: 2,
    index,
    turnDegrees: random.between(-20, 20),
    pixelsPerMm: random.between(5.6, 6.8),
    shift: { x: random.between(-0.12, 0.12), y: random.between(-0.03, 0.04) },
    tiltDegrees: { x: random.between(-12, 12), y: random.between(-12, 12) },
    light: random.between(0.6, 1.2),
    unevenness: random.between(0.5, 3),
    blurPx: random.unit() < 0.25 ? random.between(0.5, 2.5) : 0,
    groundKind: GROUNDS[random.whole(0, GROUNDS.length - 1)]!,
    shadow: random.between(0, 0.35),
  }
  const tilt = pose.tiltDegrees!
  const good = tilt.x ** 2 + tilt.y ** 2 <= 64 && pose.light! >= 0.75 && pose.light! <= 1.1 && pose.blurPx! <= 1
  const scene = renderHandScene(palm, pose)
  const started = performance.now()
  observeFrame(scene.image, 0)
  const findMs = performance.now() - started
  const { captured, ...seen } = await capture(palm, scene, `pose ${palm.seed} ${index}`, 3)
  const sharpest = captured?.rois[0]
  const probe = sharpest && [...packCodes(encodeProbe(sharpest))]
  return { good, findMs, ...seen, ...(probe ? { probe } : {}) }
}

/** Holds the hand of `scene` before the capture port. */
async function capture(palm: SyntheticPalm, scene: HandScene, seed: string, frames: number) {
  const shown = new Map<RgbaImage, Point>()
  const frameMs: number[] = []
  const source = holdStill(scene.image, seed, shown, frameMs)
  const tracker = createFixtureTracker((image) => {
    const { x, y } = shown.get(image) ?? { x: 0, y: 0 }
    return [
      trackedHand(
        palm.side,
        scene.truth.landmarks.map((point) => ({ x: point.x + x, y: point.y + y })),
      ),
    ]
  })
  const result = {
    frames: 0,
    goodFrames: 0,
    centreErrors: [] as number[],
    turnErrors: [] as number[],
    followedErrors: [] as number[],
  }
  const onStep: CaptureOptions['onStep'] = (step, seen, { image }) => {
    result.frames++
    if (step.good) result.goodFrames++
    if (typeof seen.palm === 'string') return
    const moved = shown.get(image) ?? { x: 0, y: 0 }
    const errors = errorsOf(seen.palm.frame, scene.truth.roi, moved)
    if (seen.palm.isFollowed) {
      result.followedErrors.push(errors.centre)
      return
    }
    result.centreErrors.push(errors.centre)
    result.turnErrors.push(errors.turn)
  }
  let captured: CapturedPalm | undefined
  try {
    captured = await capturePalm({ source, tracker, side: palm.side, frames, onStep })
  } catch (error) {
    if (!(error instanceof CameraError)) throw error
  }
  return { ...result, frameMs, captured, ...(captured ? { framesToCapture: result.frames } : {}) }
}

/**
 * Frames of one picture that trembles by whole pixels and has noise of its own; then the source ends. How long each was
 * looked at until the next was asked for goes to `frameMs`.
 */
function holdStill(image: RgbaImage, seed: string, shown: Map<RgbaImage, Point>, frameMs: number[]): FrameSource {
  const random = createSeededRandom(seed)
  let count = 0
  let givenAt: number | undefined
  return {
    nextFrame: async (): Promise<Frame> => {
      if (givenAt !== undefined) frameMs.push(performance.now() - givenAt)
      if (count === FRAMES) throw new CameraError('PALM_CAMERA_UNPLUGGED')
      const moved = { x: random.whole(-1, 1), y: random.whole(-1, 1) }
      const frame = { image: tremble(image, moved, random.whole(0, 0xffff)), atMs: (count++ * 1000) / 30 }
      shown.clear()
      shown.set(frame.image, moved)
      givenAt = performance.now()
      return frame
    },
    close: () => {},
  }
}

/** `image` moved by whole pixels, with noise of about one grey level. */
function tremble({ width, height, data }: RgbaImage, moved: Point, seed: number): RgbaImage {
  const out = new Uint8ClampedArray(data.length)
  let state = seed | 1
  for (let y = 0, at = 0; y < height; y++) {
    const from = Math.min(height - 1, Math.max(0, y - moved.y)) * width
    for (let x = 0; x < width; x++, at += 4) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
      const grain = ((state >>> 20) & 3) - 1.5
      const there = (from + Math.min(width - 1, Math.max(0, x - moved.x))) * 4
      out[at] = data[there]! + grain
      out[at + 1] = data[there + 1]! + grain
      out[at + 2] = data[there + 2]! + grain
      out[at + 3] = 255
    }
  }
  return { width, height, data: out }
}

function errorsOf(found: RoiFrame, truth: RoiFrame, moved: Point): { centre: number; turn: number } {
  const [dx, dy] = [found.centre.x - truth.centre.x - moved.x, found.centre.y - truth.centre.y - moved.y]
  const across = found.right.x * truth.right.y - found.right.y * truth.right.x
  const along = found.right.x * truth.right.x + found.right.y * truth.right.y
  return {
    centre: (Math.sqrt(dx * dx + dy * dy) * 128) / truth.sidePx,
    turn: Math.abs((Math.atan2(across, along) * 180) / Math.PI),
  }
}

/** What landmarks by MediaPipe come to. */
export type TrackingResult = {
  readonly frames: number
  readonly seen: number
  readonly rightSide: number
  /** Distance of wrist and outer knuckles to the drawn ones, over the palm's square. */
  readonly apart: readonly number[]
  readonly ms: readonly number[]
  /** Frames whose palm lies on the tracked hand, and that would count. */
  readonly counted: number
}

/** Finds the landmarks of `hands` drawn hands in one frame each, after a first one that warms up. */
export async function runTracking(baseUrl: string, seed: string, hands: number): Promise<TrackingResult> {
  const tracker = await createMediapipeTracker({ baseUrl })
  const result = { frames: 0, seen: 0, rightSide: 0, apart: [] as number[], ms: [] as number[], counted: 0 }
  for (let number = 0; number <= hands; number++) {
    const palm = createSyntheticPalm(`${seed}/${number}`)
    const random = createSeededRandom(`track ${seed} ${number}`)
    const scene = renderHandScene(palm, {
      ...SIZE,
      session: 1,
      index: 1,
      pixelsPerMm: random.between(5.6, 6.6),
      turnDegrees: random.between(-15, 15),
    })
    const started = performance.now()
    // Twice: a stream tracks from its second frame on.
    await tracker.track(scene.image)
    const again = performance.now()
    const found = await tracker.track(scene.image)
    const ended = performance.now()
    if (number === 0) continue
    result.frames++
    result.ms.push(again - started, ended - again)
    const [hand] = found
    if (!hand) continue
    result.seen++
    if (hand.side === palm.side) result.rightSide++
    result.apart.push(apart(hand, scene))
    const seen = observeFrame(scene.image, 0, found)
    if (seen.facesCamera && seen.open && typeof seen.palm !== 'string') result.counted++
  }
  await tracker.close()
  return result
}

function apart({ landmarks }: TrackedHand, { truth }: HandScene): number {
  const places = [0, 5, 17]
  const sum = places.reduce((total, place) => {
    const [one, other] = [landmarks[place]!, truth.landmarks[place]!]
    return total + Math.sqrt((one.x - other.x) ** 2 + (one.y - other.y) ** 2)
  }, 0)
  return sum / places.length / truth.roi.sidePx
}
