/** A probe from the pictures of one scan: the codes of the sharpest, since the codes of a probe are of one picture. */

import { assessRoi, encodeProbeCodes, type GreyImage, type ProbeCodes } from '@palmhold/palm'

/** Encodes the best of `rois` (128 x 128 grey, one or more) and overwrites them all. */
export function probeOf(rois: readonly GreyImage[]): ProbeCodes {
  const [best] = [...rois].sort((a, b) => assessRoi(b).sharpness - assessRoi(a).sharpness)
  const probe = encodeProbeCodes(best!)
  for (const { data } of rois) data.fill(0)
  return probe
}
