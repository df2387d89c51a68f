/**
 * The people of a campaign: synthetic palms drawn from a name, each drawn once, since kills are what takes time here. Their
 * probes are clear matches: one palm picture in a few hundred is not recognised, which is no loss of an enrolment.
 */

import { concatBytes } from '@palmhold/base'
import {
  buildPalmTemplate,
  createGalleryMatcher,
  createSyntheticPalm,
  encodeProbeCodes,
  type PalmCode,
  type PooledCode,
  type ProbeCodes,
  renderRoi,
  thresholdFor,
} from '@palmhold/palm'
import type { Templates } from '@palmhold/wallet'

const FRAMES = 3
const ENROLMENT_SESSION = 1
const LATER_SESSION = 2
/** Below every threshold of a gallery as small as a campaign's, by the margin to the next person. */
const { thresholdBits, marginBits } = thresholdFor({ rows: 1000, targetFpir: 0.01, shifts: 25 })
const CLEAR_BITS = thresholdBits - marginBits

export type Person = {
  readonly name: string
  readonly templates: Templates
  /** A probe of the left palm on another day; a fresh copy each time, since whoever sends it overwrites it. */
  readonly probe: () => ProbeCodes
}

export function drawPerson(name: string): Person {
  const palms = { left: createSyntheticPalm(`${name}/left`), right: createSyntheticPalm(`${name}/right`) }
  const templateOf = (side: 'left' | 'right') =>
    buildPalmTemplate(
      Array.from({ length: FRAMES }, (_, i) => renderRoi(palms[side], { session: ENROLMENT_SESSION, index: i + 1 })),
    )
  const templates = { left: templateOf('left'), right: templateOf('right') }
  const enrolled = createGalleryMatcher(templates.left.code)
  const capture = (index: number): ProbeCodes => {
    const probe = encodeProbeCodes(renderRoi(palms.left, { session: LATER_SESSION, index }))
    const [bits] = enrolled.distances(concatBytes(...probe.codes))
    return bits! <= CLEAR_BITS ? probe : capture(index + 1)
  }
  const { codes, pooled } = capture(1)
  return {
    name,
    templates,
    probe: () => ({
      codes: codes.map((code) => code.slice() as PalmCode),
      pooled: pooled.slice() as PooledCode,
    }),
  }
}
