/** The thread behind palm-pool.ts: pictures to codes, probes to histograms of distances, seeds to pictures. */

import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parentPort } from 'node:worker_threads'
import { isPalmError } from '@palmhold/base'
import {
  CODE_BYTES,
  createSeededRandom,
  createSyntheticPalm,
  encodePooled,
  encodeProbe,
  encodeProbeCodes,
  encodeSoft,
  findRoi,
  type GreyImage,
  NO_SHIFT,
  POOLED_BYTES,
  PROBE_SHIFTS_25,
  PROBE_SHIFTS_81,
  packCodes,
  type RoiCut,
  renderHand,
  renderRoi,
  SOFT_CODE_BYTES,
  toGrey,
} from '@palmhold/palm'
import { encodePng } from '../pictures/decode-picture.ts'
import { readPicture } from '../pictures/read-picture.ts'
import { type CodedDistances, type CoderSettings, type CodeSet, createCoder, largestDistance } from './palm-coder.ts'
import type {
  EncodeResult,
  EncodeTask,
  GalleryTask,
  MatchResult,
  MatchTask,
  PalmAnswer,
  PalmTask,
  PalmTaskResult,
  PersonsResult,
  PersonsTask,
  PictureKind,
  RenderResult,
  RenderTask,
  WantedCodes,
} from './palm-tasks.ts'

const SHIFTS = { 1: NO_SHIFT, 25: PROBE_SHIFTS_25, 81: PROBE_SHIFTS_81 }

let gallery: { compare: (probe: CodeSet) => CodedDistances; settings: CoderSettings; labels: Int32Array } | undefined

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

async function perform(task: PalmTask): Promise<PalmTaskResult<PalmTask>> {
  switch (task.kind) {
    case 'encode':
      return encode(task)
    case 'gallery':
      return keepGallery(task)
    case 'match':
      return match(task)
    case 'persons':
      return drawPersons(task)
    case 'render':
      return render(task)
  }
}

async function encode(task: EncodeTask): Promise<EncodeResult> {
  const { files, shifts, wanted } = task
  const set = emptySet(files.length, shifts, wanted)
  const failures: (string | null)[] = []
  for (const [i, file] of files.entries()) {
    try {
      store(set, i, await readRoi(file, task.pictureKind), shifts, wanted)
      failures.push(null)
    } catch (error) {
      if (!isPalmError(error)) throw error
      failures.push(error.code)
    }
  }
  return { ...set, failures }
}

/** Room for the codes of `count` pictures. */
function emptySet(count: number, shifts: number, wanted: WantedCodes): CodeSet {
  return {
    codes: new Uint8Array(wanted.codes ? count * shifts * CODE_BYTES : 0),
    pooled: new Uint8Array(wanted.pooled ? count * POOLED_BYTES : 0),
    soft: new Uint8Array(wanted.soft ? count * shifts * SOFT_CODE_BYTES : 0),
  }
}

/** Encodes picture `i` into its place. */
function store(set: CodeSet, i: number, roi: GreyImage, shifts: 1 | 25 | 81, wanted: WantedCodes): void {
  const offsets = SHIFTS[shifts]
  if (wanted.soft) {
    const soft = encodeSoft(roi, offsets)
    set.soft.set(new Uint8Array(soft.buffer, soft.byteOffset, soft.length), i * shifts * SOFT_CODE_BYTES)
  }
  if (wanted.pooled && wanted.codes) {
    const { codes, pooled } = encodeProbeCodes(roi, offsets)
    set.codes.set(packCodes(codes), i * shifts * CODE_BYTES)
    set.pooled.set(pooled, i * POOLED_BYTES)
  } else if (wanted.pooled) set.pooled.set(encodePooled(roi), i * POOLED_BYTES)
  else if (wanted.codes) set.codes.set(packCodes(encodeProbe(roi, offsets)), i * shifts * CODE_BYTES)
}

/** Both hands of some persons, as {@link PersonsTask} says. */
function drawPersons({ seed, persons, session, shifts }: PersonsTask): PersonsResult {
  const wanted = { codes: true, pooled: true, soft: false }
  const set = emptySet(2 * persons.length, shifts, wanted)
  for (const [i, person] of persons.entries())
    for (const [hand, side] of (['left', 'right'] as const).entries()) {
      const palm = createSyntheticPalm(`${seed}/${person}/${side}`, { side })
      store(set, 2 * i + hand, renderRoi(palm, { session, index: 1 }), shifts, wanted)
    }
  return set
}

async function readRoi(file: string, kind: PictureKind): Promise<GreyImage> {
  const picture = await readPicture(file)
  // A benchmark of regions of interest takes every picture as it is: no gate drops the hard ones.
  return kind === 'roi' ? toGrey(picture) : findRoi(picture)
}

function keepGallery(task: GalleryTask): null {
  const { settings, labels } = task
  gallery = { compare: createCoder(settings, task.gallery), settings, labels }
  return null
}

function match(task: MatchTask): MatchResult {
  const bins = gallery ? largestDistance(gallery.settings) + 1 : 0
  const genuine = new Uint32Array(bins)
  const impostor = new Uint32Array(bins)
  let [passedGenuine, passedImpostor] = [0, 0]
  if (!gallery) return { genuine, impostor, passedGenuine, passedImpostor }
  const { compare, settings, labels } = gallery
  const part = (bytes: Uint8Array, each: number, i: number): Uint8Array => bytes.subarray(i * each, (i + 1) * each)
  for (const [i, label] of task.labels.entries()) {
    const { distances, first } = compare({
      codes: part(task.probes.codes, task.shifts * CODE_BYTES, i),
      pooled: part(task.probes.pooled, POOLED_BYTES, i),
      soft: part(task.probes.soft, task.shifts * SOFT_CODE_BYTES, i),
    })
    for (let row = task.firstRows[i]!; row < distances.length; row++) {
      const same = labels[row] === label
      const counts = same ? genuine : impostor
      counts[distances[row]!]!++
      if (first === undefined || first[row]! >= settings.passBelow) continue
      if (same) passedGenuine++
      else passedImpostor++
    }
  }
  return { genuine, impostor, passedGenuine, passedImpostor }
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
        const cut = drawCut(`${palm.seed}:${session}:${index}`, task.unsteadiness)
        const picture = task.pictureKind === 'roi' ? renderRoi(palm, capture, cut) : renderHand(palm, capture)
        await writeFile(join(folder, `${index}.png`), encodePng(picture))
        pictures++
      }
    }
  }
  return { pictures }
}

/** How one picture's region of interest was cut out by somebody whose landmarks are `unsteadiness` times as unsteady as usual. */
function drawCut(name: string, unsteadiness: number): RoiCut | undefined {
  if (unsteadiness === 0) return undefined
  const random = createSeededRandom(`cut:${name}`)
  return {
    dx: random.bell(3 * unsteadiness),
    dy: random.bell(3 * unsteadiness),
    turn: random.bell(0.045 * unsteadiness),
    scale: 1 + random.bell(0.035 * unsteadiness),
  }
}
