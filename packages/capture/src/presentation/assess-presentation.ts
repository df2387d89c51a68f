/**
 * All presentation checks over the frames of one capture. They are ADVISORY: what they say is a reason to ask for another
 * factor above the sum that the merchant sets, not a proof; docs/presentation-attacks.md has their measured error rates
 * (in the manner of ISO/IEC 30107-3) and what they cannot see. Only an exact repeat is refused outright.
 */

import { carriedGroundScore } from './carried-ground.ts'
import { flashScore } from './flash-response.ts'
import { frameNoiseScore } from './frame-noise.ts'
import { moireScore } from './moire.ts'
import type { CheckScore, PresentationFrame } from './presentation-frame.ts'
import { seamScore } from './roi-seam.ts'

/** From which score on a check calls a presentation suspicious. Set on bona fide presentations of other seeds. */
export const PRESENTATION_LIMITS = { moire: 2.2, flash: 0.5, carriedGround: 0.05, frameNoise: 0.3, seam: 3 } as const
export type PresentationCheck = keyof typeof PRESENTATION_LIMITS

const CHECKS: Record<PresentationCheck, (frames: readonly PresentationFrame[]) => CheckScore> = {
  moire: moireScore,
  flash: flashScore,
  carriedGround: carriedGroundScore,
  frameNoise: frameNoiseScore,
  seam: seamScore,
}

export type PresentationReport = {
  /** The checks that call it suspicious; none is a bona fide presentation as far as they see. */
  readonly suspicious: readonly PresentationCheck[]
  /** The checks that could not tell. */
  readonly silent: readonly PresentationCheck[]
  readonly scores: Readonly<Record<PresentationCheck, CheckScore>>
}

/** What the checks say of the frames of one capture. */
export function assessPresentation(frames: readonly PresentationFrame[]): PresentationReport {
  const names = Object.keys(CHECKS) as PresentationCheck[]
  const scores = Object.fromEntries(names.map((name) => [name, CHECKS[name](frames)])) as PresentationReport['scores']
  return {
    suspicious: names.filter((name) => (scores[name] ?? Number.NEGATIVE_INFINITY) >= PRESENTATION_LIMITS[name]),
    silent: names.filter((name) => scores[name] === undefined),
    scores,
  }
}
