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
  /**
   * Variance of the Laplacian on 3 x 3 means, less what the picture's noise adds to it, over the squared mean luminance,
   * times 10^4: about 100 and more for a sharp palm, 5 at a blur of 3 px.
   */
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

/** Mean grey values between which a palm can be seen. */
const LEAST_LUMINANCE = 45
const MOST_LUMINANCE = 230
/** Part of the pixels that may be clipped: fingers' shadows and highlights take a few per cent. */
const MOST_CLIPPED = 0.1
/** A blur of about 3 px, where synthetic palms begin to be refused. */
const LEAST_SHARPNESS = 4
/** Side of the cells whose means are judged. */
const CELL = 3
/** Grey values from which on a pixel counts as clipped. */
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

/** The first limit that is missed; light first, because it spoils the other measures. */
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

/** On means of 3 x 3 pixels, where creases still stand and noise does not; the rest of the noise is taken off. */
function laplacianVariance(roi: GreyImage): number {
  const side = Math.floor(ROI_SIZE / CELL)
  const means = new Float64Array(side * side)
  for (let y = 0; y < side; y++)
    for (let x = 0; x < side; x++) {
      let sum = 0
      for (let i = 0; i < CELL; i++)
        for (let j = 0; j < CELL; j++) sum += roi.data[(CELL * y + i) * ROI_SIZE + CELL * x + j]!
      means[y * side + x] = sum / CELL ** 2
    }
  let sum = 0
  let squares = 0
  for (let y = 1; y < side - 1; y++)
    for (let x = 1; x < side - 1; x++) {
      const at = y * side + x
      const value = means[at - 1]! + means[at + 1]! + means[at - side]! + means[at + side]! - 4 * means[at]!
      sum += value
      squares += value * value
    }
  const count = (side - 2) ** 2
  // The squares of the Laplacian's taps sum to 20; a mean of 9 pixels has a ninth of their noise.
  return squares / count - (sum / count) ** 2 - (20 / CELL ** 2) * noiseVariance(roi)
}

/** The noise of single pixels (Immerkaer, "Fast noise variance estimation", 1996): a mask that edges do not answer to. */
function noiseVariance({ data }: GreyImage): number {
  let sum = 0
  for (let y = 1; y < ROI_SIZE - 1; y++)
    for (let x = 1; x < ROI_SIZE - 1; x++) {
      const at = y * ROI_SIZE + x
      const [up, down] = [at - ROI_SIZE, at + ROI_SIZE]
      const corners = data[up - 1]! + data[up + 1]! + data[down - 1]! + data[down + 1]!
      const sides = data[up]! + data[down]! + data[at - 1]! + data[at + 1]!
      sum += Math.abs(corners - 2 * sides + 4 * data[at]!)
    }
  return (Math.PI / 2) * (sum / (6 * (ROI_SIZE - 2) ** 2)) ** 2
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
