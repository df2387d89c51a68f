/** The people of a campaign: synthetic palms drawn from a name, each drawn once, since kills are what takes time here. */

import {
  buildPalmTemplate,
  createSyntheticPalm,
  encodeProbeCodes,
  type PalmCode,
  type PooledCode,
  type ProbeCodes,
  renderRoi,
} from '@palmhold/palm'
import type { Templates } from '@palmhold/wallet'

const FRAMES = 3
const ENROLMENT_SESSION = 1
const LATER_SESSION = 2

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
  const { codes, pooled } = encodeProbeCodes(renderRoi(palms.left, { session: LATER_SESSION, index: 1 }))
  return {
    name,
    templates: { left: templateOf('left'), right: templateOf('right') },
    probe: () => ({
      codes: codes.map((code) => code.slice() as PalmCode),
      pooled: pooled.slice() as PooledCode,
    }),
  }
}
