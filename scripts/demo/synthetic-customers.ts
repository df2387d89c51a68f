/**
 * The customers of the demonstration: synthetic people whose palms are drawn from a seed. Their enrolment pictures lie on
 * disk as a real person's would; each later picture is a new capture of the same palm, on another day.
 */

import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { buildPalmTemplate, createSyntheticPalm, type GreyImage, renderRoi } from '@palmhold/palm'
import type { Templates } from '@palmhold/wallet'
import { encodePng } from '../../node/src/pictures/decode-picture.ts'
import { readPalm } from '../../node/src/pictures/read-palm.ts'
import { onDisk } from '../../node/src/storage/disk.ts'

const FRAMES = 3
const ENROLMENT_SESSION = 1
const LATER_SESSION = 2

const FIRST_NAMES = ['Ada', 'Emmy', 'Grace', 'Katherine', 'Sofja', 'Alan', 'Carl', 'Evariste', 'Leonhard', 'Srinivasa']
const LAST_NAMES = ['Abel', 'Bose', 'Chern', 'Dirac', 'Euler', 'Fermi', 'Gauss', 'Hopper', 'Ito', 'Jordan', 'Klein']

type Side = 'left' | 'right'

/** The name of customer `number`, 0 and up. */
export function customerName(number: number): string {
  const round = Math.floor(number / (FIRST_NAMES.length * LAST_NAMES.length))
  const name = `${FIRST_NAMES[number % FIRST_NAMES.length]} ${LAST_NAMES[number % LAST_NAMES.length]}`
  return round === 0 ? name : `${name} ${round + 1}`
}

/** Hears of each picture that is read, and where it lies. */
export type OnPicture = (path: string, roi: GreyImage) => void

/** The templates of a customer, from enrolment pictures that are drawn where they are not there yet. */
export async function enrolmentTemplates(pictures: string, name: string, onPicture: OnPicture): Promise<Templates> {
  return {
    left: await templateOf(pictures, name, 'left', onPicture),
    right: await templateOf(pictures, name, 'right', onPicture),
  }
}

async function templateOf(pictures: string, name: string, side: Side, onPicture: OnPicture) {
  const paths = await Promise.all(
    Array.from({ length: FRAMES }, (_, i) => capture(pictures, name, side, ENROLMENT_SESSION, i + 1)),
  )
  const readings = await Promise.all(paths.map((path) => readPalm(path)))
  for (const [i, { roi }] of readings.entries()) onPicture(paths[i]!, roi)
  return buildPalmTemplate(readings.map(({ roi }) => roi))
}

/** A new picture of a palm on a later day; `index` makes it another than every one before. Returns its path. */
export function laterPicture(pictures: string, name: string, side: Side, index: number): Promise<string> {
  return capture(pictures, name, side, LATER_SESSION, index)
}

async function capture(pictures: string, name: string, side: Side, session: number, index: number): Promise<string> {
  const path = join(pictures, name, side, String(session), `${index}.png`)
  if (existsSync(path)) return path
  const palm = createSyntheticPalm(`${name}/${side}`)
  const png = await encodePng(renderRoi(palm, { session, index }))
  onDisk(() => {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, png)
  })
  return path
}
