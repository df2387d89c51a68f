/**
 * The camera of a scan: opened for it, looked at frame by frame in memory, and off again after it. The hand finder is
 * loaded once, and shared by all scans of the page.
 */

import { errorCode } from '@palmhold/base'
import {
  type Camera,
  type CapturedPalm,
  capturePalm,
  createMediapipeTracker,
  createSparingTracker,
  type Frame,
  type HandTracker,
  type Hint,
  openCamera,
} from '@palmhold/capture'
import type { HandSide } from '@palmhold/palm'
import type { ScanWatch } from './scan-watch.ts'
import { LIT_FRAMES, type ScreenLight } from './screen-light.ts'

/** Where the verifier serves the hand finder. */
const TRACKER_URL = '/terminal/hands/'

export const CAMERA_FAULTS = [
  'refused',
  'missing',
  'taken',
  'unplugged',
  'frozen',
  'unsupported',
  'tracker',
  'failed',
] as const
export type CameraFault = (typeof CAMERA_FAULTS)[number]

const FAULT_OF: Record<string, CameraFault> = {
  PALM_CAMERA_REFUSED: 'refused',
  PALM_CAMERA_MISSING: 'missing',
  PALM_CAMERA_TAKEN: 'taken',
  PALM_CAMERA_UNPLUGGED: 'unplugged',
  PALM_CAMERA_FROZEN: 'frozen',
  PALM_CAMERA_UNSUPPORTED: 'unsupported',
  PALM_TRACKER_UNAVAILABLE: 'tracker',
}

export type ScanNews = {
  readonly hint: Hint | 'starting' | 'read' | 'taken'
  /** How far the scan is, 0..1. */
  readonly progress: number
}

export type PalmScanOptions = {
  readonly frames: number
  readonly side?: HandSide | undefined
  /** Whether frames count now; until then the customer is only shown the way. */
  readonly isTaking: () => boolean
  readonly onNews: (news: ScanNews) => void
  /** Sees each frame, to show it; it must not be kept. */
  readonly onFrame: (frame: Frame) => void
  /** Looks at the capture as well. */
  readonly watch?: ScanWatch | undefined
  /** Lights the palm for the watch. */
  readonly light?: ScreenLight | undefined
  readonly signal: AbortSignal
}

let loading: Promise<HandTracker> | undefined

/** Loads the hand finder, so that the first scan need not wait for it. */
export function loadTracker(): Promise<HandTracker> {
  loading ??= createMediapipeTracker({ baseUrl: TRACKER_URL }).catch((error) => {
    loading = undefined
    throw error
  })
  return loading
}

/** Scans one palm; undefined where `signal` ended it. @throws {PalmError} of camera or hand finder */
export async function scanPalm(options: PalmScanOptions): Promise<CapturedPalm | undefined> {
  const { signal, light } = options
  let camera: Camera | undefined
  try {
    const [opened, finder] = await Promise.all([openCamera(), loadTracker()])
    camera = opened
    const tracker = createSparingTracker(finder, { nowMs: () => performance.now() })
    signal.throwIfAborted()
    // Waiting for the next frame takes as long as the camera likes.
    signal.addEventListener('abort', opened.close, { once: true })
    for (;;) {
      while (!options.isTaking()) {
        options.onFrame(await opened.nextFrame())
        options.onNews({ hint: 'read', progress: 0 })
      }
      const end = new AbortController()
      const captured = await capturePalm({
        source: opened,
        tracker,
        frames: options.frames,
        ...(options.side ? { side: options.side } : {}),
        ...(light ? { goodFrames: LIT_FRAMES } : {}),
        findsInEveryFrame: options.watch?.isAssessed ?? false,
        signal: AbortSignal.any([signal, end.signal]),
        onStep(step, seen, frame) {
          const { hint, progress } = step
          const screen = light?.next(frame.atMs, { hasPalm: typeof seen.palm !== 'string', progress })
          options.watch?.see(step, seen, frame, screen)
          options.onFrame(frame)
          options.onNews({ hint, progress })
          if (!options.isTaking()) end.abort()
        },
      }).catch((error: unknown) => {
        if (end.signal.aborted && !signal.aborted) return undefined
        throw error
      })
      if (captured && options.isTaking()) return captured
      captured?.wipe()
    }
  } catch (error) {
    if (signal.aborted) return undefined
    throw error
  } finally {
    camera?.close()
    light?.off()
    if (signal.aborted) options.watch?.forget()
  }
}

/** Which of the camera's texts says what went wrong. */
export function cameraFaultOf(error: unknown): CameraFault {
  return FAULT_OF[errorCode(error)] ?? 'failed'
}
