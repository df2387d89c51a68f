/**
 * What a scan has to stand before it is sent. An exact repeat of an earlier one is never sent. Above the sum that the
 * merchant set, one that looks like no living hand asks for another factor; what it looks like is advice and no proof
 * (docs/presentation-attacks.md), so below that sum nobody is bothered with it.
 */

import { PalmError } from '@palmhold/base'
import {
  assessPresentation,
  type CapturedPalm,
  type Frame,
  type GuidanceStep,
  type Observation,
  type PresentationFrame,
  type RepeatGuard,
} from '@palmhold/capture'

/** Frames that are looked at, of the last good ones: more tell little more and take time. */
const MOST_FRAMES = 6

/** Watches one scan. */
export type ScanWatch = {
  /** Whether it looks at what steps show, which then has to be exact. */
  readonly isAssessed: boolean
  /** Is told each step of the capture; copies what it keeps. */
  readonly see: (step: GuidanceStep, seen: Observation, frame: Frame, screen?: PresentationFrame['screen']) => void
  /**
   * Says yes to the palm that was taken, or throws; it keeps nothing either way.
   * @throws {ScanDoubtError}
   */
  readonly judge: (captured: CapturedPalm) => void
  /** Overwrites what was kept of a scan that came to nothing. */
  readonly forget: () => void
}

export type ScanWatchOptions = {
  /** One for the page's life. */
  readonly repeats: RepeatGuard
  /** Whether so much is asked for that it has to look like a living hand. */
  readonly isAssessed: boolean
}

export function createScanWatch({ repeats, isAssessed }: ScanWatchOptions): ScanWatch {
  let frames: PresentationFrame[] = []
  const drop = ({ image, roi }: PresentationFrame) => {
    image.data.fill(0)
    roi.data.fill(0)
  }
  const forget = () => {
    frames.forEach(drop)
    frames = []
  }
  return {
    isAssessed,
    see(step, { palm }, { image }, screen) {
      if (!isAssessed) return
      if (!step.good || typeof palm === 'string') return forget()
      frames.push({
        image: { ...sizeOf(image), data: Uint8ClampedArray.from(image.data) },
        frame: palm.frame,
        roi: { ...sizeOf(palm.roi), data: Uint8Array.from(palm.roi.data) },
        ...(screen ? { screen } : {}),
      })
      if (frames.length > MOST_FRAMES) drop(frames.splice(leastMissed(frames), 1)[0]!)
    },
    judge({ rois }) {
      try {
        if (repeats.sawBefore(rois)) throw new ScanDoubtError('PALM_SCAN_REPEATED')
        if (isAssessed && assessPresentation(frames).suspicious.length > 0)
          throw new ScanDoubtError('PALM_SCAN_SUSPICIOUS')
      } finally {
        forget()
      }
    },
    forget,
  }
}

/** The oldest frame of those that most are like: with the screen dark, bright, or neither. */
function leastMissed(frames: readonly PresentationFrame[]): number {
  const like = ({ screen }: PresentationFrame) => frames.filter((frame) => frame.screen === screen).length
  const most = Math.max(...frames.map(like))
  return frames.findIndex((frame) => like(frame) === most)
}

const sizeOf = ({ width, height }: { readonly width: number; readonly height: number }) => ({ width, height })

const ADVICE = {
  PALM_SCAN_REPEATED: {
    message: 'this scan was seen before, to the last bit',
    hints: ['Hold the palm to the camera itself. A program that plays a recording is not let through.'],
  },
  PALM_SCAN_SUSPICIOUS: {
    message: 'for a sum like this the scan does not look enough like a living hand',
    hints: ['Pay with the phone or by another means, or try again in better light.'],
  },
} as const

/** A scan that is not sent. */
export class ScanDoubtError extends PalmError {
  constructor(code: keyof typeof ADVICE) {
    super(code, ADVICE[code].message, { hints: [...ADVICE[code].hints] })
  }
}
