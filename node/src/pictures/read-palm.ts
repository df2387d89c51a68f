/** A picture file as a region of interest, with what was found on the way. */

import { isPalmError, PalmError } from '@palmhold/base'
import { findRoi, type GreyImage, locateRoi, ROI_SIZE, type RoiMeasures, requireQuality } from '@palmhold/palm'
import { readPicture } from './read-picture.ts'

export type PalmReading = {
  readonly roi: GreyImage
  readonly picture: { readonly width: number; readonly height: number }
  /** Where the region was found, or nothing for a picture that is one already. */
  readonly found: { readonly sidePx: number; readonly turnDegrees: number } | undefined
  readonly quality: RoiMeasures
}

/**
 * Reads, finds and judges the palm at `path`.
 * @throws {FileUnreadableError} {@link PictureError} {@link RoiError} {@link QualityError}
 */
export async function readPalm(path: string): Promise<PalmReading> {
  try {
    return await readUnnamed(path)
  } catch (error) {
    if (!isPalmError(error) || error.message.includes(path)) throw error
    throw new PalmReadingError(path, error)
  }
}

async function readUnnamed(path: string): Promise<PalmReading> {
  const picture = await readPicture(path)
  const whole = picture.width !== ROI_SIZE || picture.height !== ROI_SIZE
  const frame = whole ? locateRoi(picture) : undefined
  const roi = findRoi(picture)
  return {
    roi,
    picture: { width: picture.width, height: picture.height },
    found: frame && {
      sidePx: Math.round(frame.sidePx),
      turnDegrees: Math.round((Math.atan2(frame.right.y, frame.right.x) * 1800) / Math.PI) / 10,
    },
    quality: requireQuality(roi),
  }
}

/** What is wrong with a picture, under its name: one of many in a command line. */
export class PalmReadingError extends PalmError {
  constructor(path: string, error: PalmError) {
    super(error.code, `${path}: ${error.message}`, { hints: error.hints, cause: error })
  }
}
