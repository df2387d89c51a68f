/**
 * Whether a region of interest is good enough to count: sharpness, clipping and mean luminance, measured on the grey
 * values alone. The limits are set on synthetic palms and are wide: they keep out pictures that cannot match, they do
 * not grade those that can.
 */

import { PalmError } from '@palmhold/base'
import type { GreyImage } from './image.ts'
import { ROI_SIZE, RoiSizeError } from './responses.ts'

/** Why a picture is not good enough. */
export type QualityReason = 'PALM_TOO_BLURRED' | 'PALM_TOO_DARK' | 'PALM_TOO_BRIGHT' | 'PALM_CLIPPED'

/** What was measured on a region of interest. */
export type RoiMeasures = {
  /** Variance of the Laplacian over the squared mean luminance, on 2 x 2 means, times 10^4: free of units. */
  readonly sharpness: number
  /** Mean grey value, 0..255. */
  readonly meanLuminance: number
  /** Part of the pixels at either end of the scale, 0..1. */
  readonly clipped: number
}

/** The verdict on a region of interest. */
export type RoiQuality =
  | ({ readonly ok: true } & RoiMeasures)
  | ({ readonly ok: false; readonly reason: QualityReason } & RoiMeasures)

const LEAST_LUMINANCE = 45
const MOST_LUMINANCE = 230
const MOST_CLIPPED = 0.1
const LEAST_SHARPNESS = 1.2
const BLACK = 3
const WHITE = 252

/**
 * Measures and judges `roi` (128 x 128 grey).
 * @throws {RoiSizeError} another size
 */
export function assessRoi(roi: GreyImage): RoiQuality {
  const measures = measureRoi(roi)
  const reason = reasonOf(measures)
  return reason ? { ok: false, reason, ...measures } : { ok: true, ...measures }
}

/**
 * Passes a region of interest that is good enough.
 * @throws {QualityError} it is not
 * @throws {RoiSizeError} it is not 128 x 128
 */
export function requireQuality(roi: GreyImage): RoiMeasures {
  const quality = assessRoi(roi)
  if (!quality.ok) throw new QualityError(quality.reason)
  return quality
}

function reasonOf({ sharpness, meanLuminance, clipped }: RoiMeasures): QualityReason | undefined {
  if (meanLuminance < LEAST_LUMINANCE) return 'PALM_TOO_DARK'
  if (meanLuminance > MOST_LUMINANCE) return 'PALM_TOO_BRIGHT'
  if (clipped > MOST_CLIPPED) return 'PALM_CLIPPED'
  return sharpness < LEAST_SHARPNESS ? 'PALM_TOO_BLURRED' : undefined
}

function measureRoi(roi: GreyImage): RoiMeasures {
  if (roi.width !== ROI_SIZE || roi.height !== ROI_SIZE) throw new RoiSizeError(roi.width, roi.height)
  let sum = 0
  let clipped = 0
  for (const value of roi.data) {
    sum += value
    if (value <= BLACK || value >= WHITE) clipped++
  }
  const meanLuminance = sum / roi.data.length
  return {
    sharpness: (1e4 * laplacianVariance(roi)) / Math.max(1, meanLuminance) ** 2,
    meanLuminance,
    clipped: clipped / roi.data.length,
  }
}

/** Means of 2 x 2 pixels first: they halve the noise, which would pass for sharpness. */
function laplacianVariance(roi: GreyImage): number {
  const side = ROI_SIZE / 2
  const half = new Float64Array(side * side)
  for (let y = 0; y < side; y++)
    for (let x = 0; x < side; x++) {
      const at = 2 * y * ROI_SIZE + 2 * x
      half[y * side + x] =
        (roi.data[at]! + roi.data[at + 1]! + roi.data[at + ROI_SIZE]! + roi.data[at + ROI_SIZE + 1]!) / 4
    }
  let sum = 0
  let squares = 0
  for (let y = 1; y < side - 1; y++)
    for (let x = 1; x < side - 1; x++) {
      const at = y * side + x
      const value = half[at - 1]! + half[at + 1]! + half[at - side]! + half[at + side]! - 4 * half[at]!
      sum += value
      squares += value * value
    }
  const count = (side - 2) ** 2
  return squares / count - (sum / count) ** 2
}

const ADVICE: Record<QualityReason, { message: string; hint: string }> = {
  PALM_TOO_BLURRED: {
    message: 'the palm is too blurred',
    hint: 'Hold the hand still until the camera is in focus, and wipe the lens.',
  },
  PALM_TOO_DARK: { message: 'the picture is too dark', hint: 'Turn a light on, or turn the palm to the light.' },
  PALM_TOO_BRIGHT: { message: 'the picture is too bright', hint: 'Move away from the lamp or lower the exposure.' },
  PALM_CLIPPED: {
    message: 'parts of the palm are pure black or pure white',
    hint: 'Avoid hard shadows and lamps that shine straight at the palm.',
  },
}

/** A picture that is not good enough. */
export class QualityError extends PalmError {
  constructor(reason: QualityReason) {
    super(reason, ADVICE[reason].message, { hints: [ADVICE[reason].hint] })
  }
}
