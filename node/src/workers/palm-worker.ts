/** The thread behind palm-pool.ts: pictures to codes, probes to histograms of distances, seeds to pictures. */

import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parentPort } from 'node:worker_threads'
import { isPalmError } from '@palmhold/base'
import {
  CODE_BITS,
  CODE_BYTES,
  createGalleryMatcher,
  createSyntheticPalm,
  encodeProbe,
  findRoi,
  type GalleryMatcher,
  type GreyImage,
  NO_SHIFT,
  PROBE_SHIFTS_25,
  PROBE_SHIFTS_81,
  packCodes,
  renderHand,
  renderRoi,
  toGrey,
} from '@palmhold/palm'
import { encodePng } from '../pictures/decode-picture.ts'
import { readPicture } from '../pictures/read-picture.ts'
import type {
  EncodeResult,
  EncodeTask,
  GalleryTask,
  MatchResult,
  MatchTask,
  PalmAnswer,
  PalmTask,
  PictureKind,
  RenderResult,
  RenderTask,
} from './palm-tasks.ts'

const SHIFTS = { 1: NO_SHIFT, 25: PROBE_SHIFTS_25, 81: PROBE_SHIFTS_81 }

let gallery: { matcher: GalleryMatcher; labels: Int32Array } | undefined

parentPort?.on('message', async (task: PalmTask) => {
  parentPort?.postMessage(await answer(task))
})

async function answer(task: PalmTask): Promise<PalmAnswer> {
  try {
    return { ok: true, result: await perform(task) }
  } catch (error) {
    const { code, hints } = isPalmError(error) ? error : { code: 'PALM_WORKER_FAILED', hints: [] }
    return { ok: false, code, message: error instanceof Error ? error.message : String(error), hints }
  }
}

async function perform(task: PalmTask): Promise<EncodeResult | MatchResult | RenderResult | null> {
  switch (task.kind) {
    case 'encode':
      return encode(task)
    case 'gallery':
      return keepGallery(task)
    case 'match':
      return match(task)
    case 'render':
      return render(task)
  }
}

async function encode(task: EncodeTask): Promise<EncodeResult> {
  const bytes = task.shifts * CODE_BYTES
  const codes = new Uint8Array(task.files.length * bytes)
  const failures: (string | null)[] = []
  for (const [i, file] of task.files.entries()) {
    try {
      codes.set(packCodes(encodeProbe(await readRoi(file, task.pictureKind), SHIFTS[task.shifts])), i * bytes)
      failures.push(null)
    } catch (error) {
      if (!isPalmError(error)) throw error
      failures.push(error.code)
    }
  }
  return { codes, failures }
}

async function readRoi(file: string, kind: PictureKind): Promise<GreyImage> {
  const picture = await readPicture(file)
  // A benchmark of regions of interest takes every picture as it is: no gate drops the hard ones.
  return kind === 'roi' ? toGrey(picture) : findRoi(picture)
}

function keepGallery(task: GalleryTask): null {
  gallery = { matcher: createGalleryMatcher(task.codes), labels: task.labels }
  return null
}

function match(task: MatchTask): MatchResult {
  const genuine = new Uint32Array(CODE_BITS + 1)
  const impostor = new Uint32Array(CODE_BITS + 1)
  if (!gallery) return { genuine, impostor }
  const { matcher, labels } = gallery
  const bytes = task.shifts * CODE_BYTES
  for (const [i, label] of task.labels.entries()) {
    const distances = matcher.distances(task.probes.subarray(i * bytes, (i + 1) * bytes))
    for (let row = task.firstRows[i]!; row < distances.length; row++)
      (labels[row] === label ? genuine : impostor)[distances[row]!]!++
  }
  return { genuine, impostor }
}

async function render(task: RenderTask): Promise<RenderResult> {
  let pictures = 0
  for (const number of task.palms) {
    const palm = createSyntheticPalm(`${task.seed}/${number}`)
    for (let session = 1; session <= task.sessions; session++) {
      const folder = join(task.directory, String(number), String(session))
      await mkdir(folder, { recursive: true })
      for (let index = 1; index <= task.captures; index++) {
        const capture = { session, index }
        const picture = task.pictureKind === 'roi' ? renderRoi(palm, capture) : renderHand(palm, capture)
        await writeFile(join(folder, `${index}.png`), encodePng(picture))
        pictures++
      }
    }
  }
  return { pictures }
}
