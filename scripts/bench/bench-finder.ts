/**
 * Measures the finder of the palm on drawn hands of known geometry: how often it finds none or another square, how near the
 * others come, what one frame costs, and what follows for recognition. Drawn hands are no evidence of accuracy on real ones.
 * The seeds are this benchmark's own; nothing was tuned on them.
 */

import {
  createGalleryMatcher,
  createSeededRandom,
  createSyntheticPalm,
  detStatistics,
  encodePalm,
  encodeProbe,
  GROUND_KINDS,
  type HandCapture,
  type HandDetails,
  locateRoi,
  type PalmCode,
  packCodes,
  type RgbaImage,
  ROI_SIZE,
  RoiError,
  type RoiFrame,
  renderHandScene,
  type SeededRandom,
  warpRoi,
} from '@palmhold/palm'
import { type BenchOptions, type Figure, quantile } from './figure.ts'

type PictureSet = {
  readonly name: string
  readonly pictures: number
  readonly captureOf: (
    random: SeededRandom,
    which: { palm: number; index: number },
  ) => Omit<HandCapture, 'session' | 'index'>
}
type Found = { readonly centrePx: number; readonly turnDegrees: number; readonly sizePercent: number }

const DEFAULT_HANDS = 20
/** Squares that are off by more are another place of the hand, and counted apart. */
const WRONG = { centrePx: 16, turnDegrees: 8, sizePercent: 15 }
const THRESHOLD_BITS = 550
const DISTANCES = 1537
const GROUNDS = GROUND_KINDS.filter((kind) => kind !== 'wood')
const GOLD = [205, 170, 90] as const
const SILVER = [190, 192, 196] as const
const FRAME = { width: 1280, height: 720 }

const SETS: readonly PictureSet[] = [
  { name: 'plain ground, 960 x 1280', pictures: 5, captureOf: () => ({}) },
  {
    name: 'camera frames, six grounds, turned to 20 and tilted to 6 degrees',
    pictures: 6,
    captureOf: (random, { palm, index }) => ({ ...cameraPose(random), groundKind: groundOf(palm + index) }),
  },
  {
    name: 'the same on a wooden table',
    pictures: 3,
    captureOf: (random) => ({ ...cameraPose(random), groundKind: 'wood' }),
  },
  {
    name: 'camera frames, grounds of any colour but red, shadows, dim light',
    pictures: 6,
    captureOf: (random, { palm, index }) => ({
      ...FRAME,
      groundKind: groundOf(palm + index),
      ground: groundColour(random),
      turnDegrees: random.between(-20, 20),
      pixelsPerMm: random.between(5.5, 6.4),
      shift: { x: random.between(-0.1, 0.1), y: random.between(-0.03, 0.05) },
      tiltDegrees: { x: random.bell(3), y: random.bell(3) },
      light: random.between(0.7, 1.15),
      unevenness: random.between(1, 4),
      shadow: random.between(0, 0.45),
    }),
  },
  {
    name: 'camera frames, blotched skin, sleeves, rings, warm and cold lamps, all seven grounds',
    pictures: 5,
    captureOf: (random, { palm, index }) => ({
      ...cameraPose(random),
      groundKind: GROUND_KINDS[(palm + index) % GROUND_KINDS.length]!,
      ...handDetails(random),
    }),
  },
]

function handDetails(random: SeededRandom): HandDetails {
  const warmth = random.between(-0.12, 0.12)
  return {
    blush: random.between(0.04, 0.18),
    lamp: [1 + warmth, 1, 1 - warmth],
    ...(random.unit() < 0.5 ? { sleeve: [random.whole(15, 240), random.whole(15, 240), random.whole(15, 240)] } : {}),
    ...(random.unit() < 0.3 ? { ring: random.unit() < 0.5 ? GOLD : SILVER } : {}),
  }
}

function cameraPose(random: SeededRandom) {
  return {
    ...FRAME,
    turnDegrees: random.between(-20, 20),
    pixelsPerMm: random.between(5.6, 6.8),
    shift: { x: random.between(-0.12, 0.12), y: random.between(-0.03, 0.04) },
    tiltDegrees: { x: random.between(-6, 6), y: random.between(-6, 6) },
    light: random.between(0.75, 1.1),
    unevenness: random.between(0.5, 3),
    blurPx: random.unit() < 0.15 ? random.between(0.5, 1) : 0,
    shadow: random.between(0, 0.35),
  }
}

/** The figures as they come, `hands` palms in each set. */
export function* benchFinder({ hands = DEFAULT_HANDS }: BenchOptions): Generator<Figure> {
  for (const set of SETS) {
    const found: Found[] = []
    const codes: { palm: number; code: PalmCode; probe: Uint8Array }[] = []
    const [wholeMs, quickMs]: [number[], number[]] = [[], []]
    let [pictures, missed, wrong, quickMissed] = [0, 0, 0, 0]
    for (let palm = 0; palm < hands; palm++)
      for (let index = 1; index <= set.pictures; index++) {
        const { image, truth } = draw(set, palm, index)
        pictures++
        const frame = timed(wholeMs, () => locate(image, false))
        if (!timed(quickMs, () => locate(image, true))) quickMissed++
        if (!frame) {
          missed++
          continue
        }
        const error = errorOf(frame, truth)
        if (isWrong(error)) wrong++
        else found.push(error)
        const roi = warpRoi(image, frame)
        codes.push({ palm, code: encodePalm(roi), probe: packCodes(encodeProbe(roi)) })
      }
    yield { name: `${set.name}: not found`, value: missed, unit: `of ${pictures}` }
    yield { name: '  not found by the search of a live frame', value: quickMissed, unit: `of ${pictures}` }
    yield { name: '  another square', value: wrong, unit: `of ${pictures}` }
    yield {
      name: '  centre, 95 % within',
      value: quantile(
        found.map(({ centrePx }) => centrePx),
        0.95,
      ),
      unit: 'px of 128',
    }
    const turns = found.map(({ turnDegrees }) => turnDegrees)
    yield { name: '  turn, 95 % within', value: quantile(turns, 0.95), unit: 'degrees' }
    yield* recognition(codes)
    yield { name: '  one picture, whole search, processor time, median', value: quantile(wholeMs, 0.5), unit: 'ms' }
    yield { name: '  one picture, as a live frame', value: quantile(quickMs, 0.5), unit: 'ms' }
  }
}

function* recognition(codes: readonly { palm: number; code: PalmCode; probe: Uint8Array }[]): Generator<Figure> {
  const gallery = createGalleryMatcher(Buffer.concat(codes.map(({ code }) => code)))
  const counts = { genuine: new Uint32Array(DISTANCES), impostor: new Uint32Array(DISTANCES) }
  let [refused, accepted] = [0, 0]
  for (const [i, { palm, probe }] of codes.entries())
    for (const [j, distance] of gallery.distances(probe).entries()) {
      if (i === j) continue
      const isGenuine = codes[j]!.palm === palm
      ;(isGenuine ? counts.genuine : counts.impostor)[distance]!++
      if (isGenuine && distance >= THRESHOLD_BITS) refused++
      if (!isGenuine && distance < THRESHOLD_BITS) accepted++
    }
  const { eer, genuine, impostor } = detStatistics(counts.genuine, counts.impostor)
  yield { name: '  EER', value: 100 * eer, unit: `% (${genuine} genuine pairs)` }
  yield { name: `  false rejects at ${THRESHOLD_BITS} bits`, value: refused, unit: `of ${genuine}` }
  yield { name: `  false accepts at ${THRESHOLD_BITS} bits`, value: accepted, unit: `of ${impostor}` }
}

function draw(set: PictureSet, palm: number, index: number): { image: RgbaImage; truth: RoiFrame } {
  const random = createSeededRandom(`finder benchmark/${set.name}/${palm}/${index}`)
  const person = createSyntheticPalm(`finder benchmark/${set.name}/${palm}`)
  const scene = renderHandScene(person, { session: 1, index, ...set.captureOf(random, { palm, index }) })
  return { image: scene.image, truth: scene.truth.roi }
}

function locate(image: RgbaImage, quick: boolean): RoiFrame | undefined {
  try {
    return locateRoi(image, { quick })
  } catch (error) {
    if (error instanceof RoiError) return undefined
    throw error
  }
}

/** Processor time, as the clock on the wall would measure what else runs. */
function timed<T>(into: number[], work: () => T): T {
  const before = process.cpuUsage()
  const result = work()
  const { user, system } = process.cpuUsage(before)
  into.push((user + system) / 1000)
  return result
}

function errorOf(frame: RoiFrame, truth: RoiFrame): Found {
  const [dx, dy] = [frame.centre.x - truth.centre.x, frame.centre.y - truth.centre.y]
  const [a, b] = [truth.right, frame.right]
  return {
    centrePx: (Math.hypot(dx, dy) * ROI_SIZE) / truth.sidePx,
    turnDegrees: (Math.abs(Math.atan2(a.x * b.y - a.y * b.x, a.x * b.x + a.y * b.y)) * 180) / Math.PI,
    sizePercent: 100 * Math.abs(frame.sidePx / truth.sidePx - 1),
  }
}

function isWrong({ centrePx, turnDegrees, sizePercent }: Found): boolean {
  return centrePx > WRONG.centrePx || turnDegrees > WRONG.turnDegrees || sizePercent > WRONG.sizePercent
}

function groundOf(index: number) {
  return GROUNDS[index % GROUNDS.length]!
}

function groundColour(random: SeededRandom): [number, number, number] {
  const colour: [number, number, number] = [random.whole(20, 235), random.whole(20, 235), random.whole(20, 235)]
  return colour[0] - Math.max(colour[1], colour[2]) > 5 ? [colour[2], colour[1], colour[0]] : colour
}
