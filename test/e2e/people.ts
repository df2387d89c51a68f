/** People for the network tests: palms drawn from a name, as templates, as later probes and as picture files. */

import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import {
  buildPalmTemplate,
  createSyntheticPalm,
  encodeProbeCodes,
  type PalmTemplate,
  type ProbeCodes,
  renderHand,
  renderRoi,
} from '@palmhold/palm'
import type { Templates } from '@palmhold/wallet'
import { encodePng } from '../../node/src/pictures/decode-picture.ts'

export type Side = 'left' | 'right'

const FRAMES = 3
const ENROLMENT = 1
const LATER = 2
const HAND_PIXELS = { width: 720, height: 960 }

/** The template of both palms of `person`, from three pictures each. */
export function templatesOf(person: string): Templates {
  return { left: templateOf(person, 'left'), right: templateOf(person, 'right') }
}

function templateOf(person: string, side: Side): PalmTemplate {
  const palm = createSyntheticPalm(`${person}/${side}`)
  return buildPalmTemplate(
    Array.from({ length: FRAMES }, (_, i) => renderRoi(palm, { session: ENROLMENT, index: i + 1 })),
  )
}

/** The probe that a terminal makes of the palm on a later day: 25 codes and the pooled one. */
export function probeOf(person: string, side: Side = 'left', index = 1): ProbeCodes {
  return encodeProbeCodes(renderRoi(createSyntheticPalm(`${person}/${side}`), { session: LATER, index }))
}

/** Writes a picture of the palm: an ROI of the enrolment day or a later one, or a whole hand. Returns its path. */
export async function writePicture(
  path: string,
  person: string,
  picture: { side: Side; day: 'enrolment' | 'later'; index: number; whole?: boolean },
): Promise<string> {
  const palm = createSyntheticPalm(`${person}/${picture.side}`)
  const capture = { session: picture.day === 'enrolment' ? ENROLMENT : LATER, index: picture.index }
  const image = picture.whole ? renderHand(palm, { ...capture, ...HAND_PIXELS }) : renderRoi(palm, capture)
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, await encodePng(image))
  return path
}
