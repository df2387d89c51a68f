/**
 * A folder of palm pictures as a list: DIR/<palm>/<session>/<picture>, or DIR/<palm>/<picture> where there is one session
 * only. Names sort as people count (2 before 10); what is no PNG, JPEG or BMP by its name is passed over.
 */

import type { Dirent } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { PalmError } from '@palmhold/base'
import { FileUnreadableError } from '../../pictures/read-picture.ts'

/** One picture; palms are numbered from 0 in the order of their names. */
export type DatasetPicture = { readonly palm: number; readonly session: string; readonly path: string }

export type Dataset = {
  readonly palms: number
  /** Names of the sessions, first to last. */
  readonly sessions: readonly string[]
  /** By palm, session and name. */
  readonly pictures: readonly DatasetPicture[]
}

const PICTURE = /\.(png|jpe?g|bmp)$/i
const ONLY_SESSION = ''

/**
 * The pictures under `directory`.
 * @param maxPalms only the first so many palms
 * @throws {FileUnreadableError} no such folder
 * @throws {DatasetEmptyError} no picture in it
 */
export async function listDataset(directory: string, maxPalms = Number.POSITIVE_INFINITY): Promise<Dataset> {
  const pictures: DatasetPicture[] = []
  let palms = 0
  for (const palm of folders(await entries(directory))) {
    if (palms >= maxPalms) break
    const palmDirectory = join(directory, palm)
    const inside = await entries(palmDirectory)
    const sessions = new Map([[ONLY_SESSION, inside]])
    for (const name of folders(inside)) sessions.set(name, await entries(join(palmDirectory, name)))
    const before = pictures.length
    for (const [session, files] of sessions)
      for (const file of files.filter((entry) => entry.isFile() && PICTURE.test(entry.name)))
        pictures.push({ palm: palms, session, path: join(palmDirectory, session, file.name) })
    if (pictures.length > before) palms++
  }
  if (pictures.length === 0) throw new DatasetEmptyError(directory)
  return { palms, sessions: [...new Set(pictures.map((picture) => picture.session))].sort(natural), pictures }
}

async function entries(directory: string): Promise<Dirent[]> {
  try {
    const found = await readdir(directory, { withFileTypes: true })
    return found.sort((one, other) => natural(one.name, other.name))
  } catch (cause) {
    throw new FileUnreadableError(directory, cause)
  }
}

function folders(found: readonly Dirent[]): string[] {
  return found.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.')).map((entry) => entry.name)
}

function natural(one: string, other: string): number {
  return one.localeCompare(other, 'en', { numeric: true })
}

/** A folder without palm pictures. */
export class DatasetEmptyError extends PalmError {
  constructor(directory: string) {
    super('PALM_DATASET_EMPTY', `there are no palm pictures in ${directory}`, {
      hints: [
        'Pictures lie as DIR/<palm>/<session>/<picture>.png (or .jpg, .bmp), one folder for each palm.',
        'npx palmhold palm render --count 20 --captures 5 --out DIR draws synthetic ones.',
      ],
    })
  }
}
