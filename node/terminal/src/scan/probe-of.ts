/** A probe from the pictures of one scan: the codes of the sharpest, since the codes of a probe are of one picture. */

import type { CapturedPalm } from '@palmhold/capture'
import { encodeProbeCodes, type ProbeCodes } from '@palmhold/palm'

/** Encodes the first of the pictures, which is the sharpest, and overwrites them all. */
export function probeOf(captured: CapturedPalm): ProbeCodes {
  try {
    return encodeProbeCodes(captured.rois[0]!)
  } finally {
    captured.wipe()
  }
}
