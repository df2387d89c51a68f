/**
 * Finger valleys to a part of a pixel. The search works on a small picture; here a window around each valley is sampled
 * from the source, skin and gap are told apart by the colours of just this place, and the bottom of the gap is read
 * between samples. The small picture's mask is the teacher of the first round; then each round learns from the last one,
 * so that a slit too narrow for the small picture is followed to its end. Where skin and gap differ in colour their
 * colours decide, whatever their light: shadows lie in slits. Else it is Fisher's linear discriminant with equal axes.
 *
 * Only basic operations and the square root are used, so that every engine gives the same result.
 */

import { type GreyImage, isGrey, type RgbaImage } from '../image.ts'
import type { Point } from '../point.ts'
import { deepestPoint, towardsPalm, type ValleyLine } from './finger-valleys.ts'
import { boxMean, type Mask, type Planes, setColour } from './planes.ts'

/** The window in lengths of AB: half its width, and from where to where it goes along the way to the wrist. */
const HALF_WIDTH = 0.2
const TO_FINGERS = 0.26
const TO_WRIST = 0.36
/** Samples along AB. */
const SAMPLES_PER_AB = 110
/**
 * A valley that would move further was lost, in lengths of AB: to the wrist, where a slit may go on that the small picture
 * does not show; to the fingers; and to the side.
 */
const MOST_MOVE = { toWrist: 0.18, toFingers: 0.1, aside: 0.12 }
/** The bottom is the mean of what is this near to the deepest place, in lengths of AB. */
const BOTTOM_DEPTH = 0.018
/** Fewer samples of a class than this teach nothing. */
const LEAST_SAMPLES = 40
const ROUNDS = 4
/** How many joint deviations the classes' means lie apart at least, squared and summed over the axes. */
const LEAST_SEPARATION = 2
/** The part that the classes' colours have in common, 0..1, above which they do not decide. */
const MOST_COMMON = 0.2
/** Bins of the colours' histograms on each axis, and their width. */
const BINS = 32
const BIN_STEP = 4
/** Variance that every class has at least, grey levels squared. */
const LEAST_VARIANCE = 4
const TANGENT_ROUNDS = 3

/** `valleys` of `planes` (found in `mask`) in pixels of `image`, moved to where the full picture shows them. */
export function refineValleys(
  image: GreyImage | RgbaImage,
  planes: Planes,
  mask: Mask,
  valleys: ValleyLine,
): ValleyLine {
  const { step } = planes
  // Pixel centres: source = (working + 1/2) * step - 1/2.
  const toSource = ({ x, y }: Point): Point => ({ x: (x + 0.5) * step - 0.5, y: (y + 0.5) * step - 0.5 })
  const coarse = { a: toSource(valleys.a), b: toSource(valleys.b), toWrist: valleys.toWrist }
  const [dx, dy] = [coarse.b.x - coarse.a.x, coarse.b.y - coarse.a.y]
  const length = Math.sqrt(dx * dx + dy * dy)
  const edges = [coarse.a, coarse.b].map((valley) => gapEdge(image, { step, mask, valley, coarse, length }))
  let { a, b, toWrist } = coarse
  for (let round = 0; round < TANGENT_ROUNDS; round++) {
    a = bottomOf(edges[0]!, coarse.a, toWrist, length)
    b = bottomOf(edges[1]!, coarse.b, toWrist, length)
    toWrist = towardsPalm(a, b, toWrist)
  }
  return { a, b, toWrist }
}

/** The deepest place of an edge, or where the valley was if there is none near. */
function bottomOf(edge: readonly Point[], valley: Point, toWrist: Point, length: number): Point {
  if (edge.length === 0) return valley
  const bottom = deepestPoint(edge, toWrist, BOTTOM_DEPTH * length)
  const [dx, dy] = [bottom.x - valley.x, bottom.y - valley.y]
  const down = (dx * toWrist.x + dy * toWrist.y) / length
  const aside = Math.abs(dx * toWrist.y - dy * toWrist.x) / length
  return down > MOST_MOVE.toWrist || down < -MOST_MOVE.toFingers || aside > MOST_MOVE.aside ? valley : bottom
}

type Place = {
  readonly step: number
  readonly mask: Mask
  readonly valley: Point
  readonly coarse: ValleyLine
  readonly length: number
}

/** For each column of the window, where the palm's skin ends towards the fingers and a gap begins; source pixels. */
function gapEdge(image: GreyImage | RgbaImage, { step, mask, valley, coarse, length }: Place): Point[] {
  const down = coarse.toWrist
  const right = { x: down.y, y: -down.x }
  const pitch = length / SAMPLES_PER_AB
  const columns = 2 * Math.round(HALF_WIDTH * SAMPLES_PER_AB) + 1
  const above = Math.round(TO_FINGERS * SAMPLES_PER_AB)
  const rows = above + Math.round(TO_WRIST * SAMPLES_PER_AB) + 1
  const at = (column: number, row: number): Point => {
    const [u, v] = [(column - (columns - 1) / 2) * pitch, (row - above) * pitch]
    return { x: valley.x + u * right.x + v * down.x, y: valley.y + u * right.y + v * down.y }
  }
  const count = columns * rows
  const window = {
    width: columns,
    height: rows,
    step: pitch,
    luma: new Float32Array(count),
    blue: new Float32Array(count),
    red: new Float32Array(count),
  }
  const isSkin = new Uint8Array(count)
  for (let row = 0, i = 0; row < rows; row++)
    for (let column = 0; column < columns; column++, i++) {
      const { x, y } = at(column, row)
      readColour(image, x, y, window, i)
      isSkin[i] = maskAt(mask, (x + 0.5) / step - 0.5, (y + 0.5) / step - 0.5)
    }
  let skin: Float32Array | undefined
  for (let round = 0; round < ROUNDS; round++) {
    const next = byColour(window, isSkin) ?? byDiscriminant(window, isSkin)
    if (!next) break
    skin = next
    for (let i = 0; i < count; i++) isSkin[i] = skin[i]! > 0 ? 1 : 0
  }
  return skin ? crossings(skin, columns, rows).map(({ x, y }) => at(x, y)) : []
}

/**
 * Positive for skin and negative for gap, -1..1, by how often each colour was seen in either class; nothing where the
 * classes have too many colours in common.
 */
function byColour(window: Planes, isSkin: Uint8Array): Float32Array | undefined {
  const counts = [new Float32Array(BINS * BINS), new Float32Array(BINS * BINS)]
  const totals = [0, 0]
  const level = (difference: number): number =>
    Math.min(BINS - 1, Math.max(0, Math.floor(difference / BIN_STEP) + BINS / 2))
  const bins = Uint16Array.from(isSkin, (_, i) => level(window.blue[i]!) * BINS + level(window.red[i]!))
  for (let i = 0; i < bins.length; i++) {
    counts[isSkin[i]!]![bins[i]!]!++
    totals[isSkin[i]!]!++
  }
  if (totals[0]! < LEAST_SAMPLES || totals[1]! < LEAST_SAMPLES) return undefined
  const [gap, skin] = counts.map((count) => boxMean(count, BINS, BINS, 1))
  const ratios = new Float32Array(BINS * BINS)
  let common = 0
  for (let bin = 0; bin < ratios.length; bin++) {
    const [inGap, inSkin] = [gap![bin]! / totals[0]!, skin![bin]! / totals[1]!]
    common += Math.min(inGap, inSkin)
    if (inGap + inSkin > 0) ratios[bin] = (inSkin - inGap) / (inSkin + inGap)
  }
  if (common > MOST_COMMON) return undefined
  const out = Float32Array.from(bins, (bin) => ratios[bin]!)
  return boxMean(out, window.width, window.height, 1)
}

/** Positive for skin and negative for gap, as the samples that are called so now teach; nothing where they are alike. */
function byDiscriminant(window: Planes, isSkin: Uint8Array): Float32Array | undefined {
  let skinCount = 0
  for (const one of isSkin) skinCount += one
  const gapCount = isSkin.length - skinCount
  if (skinCount < LEAST_SAMPLES || gapCount < LEAST_SAMPLES) return undefined
  const out = new Float32Array(isSkin.length)
  let separation = 0
  for (const plane of [window.blue, window.red, window.luma]) {
    const sums = [0, 0]
    const squares = [0, 0]
    for (let i = 0; i < plane.length; i++) {
      const kind = isSkin[i]! as 0 | 1
      sums[kind]! += plane[i]!
      squares[kind]! += plane[i]! * plane[i]!
    }
    const [gap, skin] = [sums[0]! / gapCount, sums[1]! / skinCount]
    const within = squares[0]! / gapCount - gap * gap + squares[1]! / skinCount - skin * skin
    const variance = within / 2 + LEAST_VARIANCE
    const weight = (skin - gap) / variance
    for (let i = 0; i < plane.length; i++) out[i]! += weight * (plane[i]! - (skin + gap) / 2)
    separation += (skin - gap) * weight
  }
  return separation < LEAST_SEPARATION ? undefined : boxMean(out, window.width, window.height, 1)
}

/** From the wrist's side up, the first place in each column where three samples in a row are gap, between samples. */
function crossings(skin: Float32Array, columns: number, rows: number): Point[] {
  const points: Point[] = []
  for (let x = 0; x < columns; x++)
    for (let y = rows - 2; y >= 2; y--) {
      const here = skin[y * columns + x]!
      if (here >= 0 || skin[(y - 1) * columns + x]! >= 0 || skin[(y - 2) * columns + x]! >= 0) continue
      const below = skin[(y + 1) * columns + x]!
      // A column that is no skin at its foot has its edge outside the window.
      if (below >= 0) points.push({ x, y: y - here / (below - here) })
      break
    }
  return points
}

function maskAt({ width, height, data }: Mask, x: number, y: number): 0 | 1 {
  const column = Math.min(width - 1, Math.max(0, Math.round(x)))
  const row = Math.min(height - 1, Math.max(0, Math.round(y)))
  return data[row * width + column] ? 1 : 0
}

/** The colour between pixels, bilinear, into place `to` of `window`; beyond the picture that of its edge. */
function readColour(image: GreyImage | RgbaImage, x: number, y: number, window: Planes, to: number): void {
  const { width, height, data } = image
  const channels = isGrey(image) ? 1 : 4
  const cx = Math.min(width - 1.001, Math.max(0, x))
  const cy = Math.min(height - 1.001, Math.max(0, y))
  const [left, top] = [Math.floor(cx), Math.floor(cy)]
  const [fx, fy] = [cx - left, cy - top]
  const at = (top * width + left) * channels
  const below = at + width * channels
  const [topLeft, topRight, lowLeft, lowRight] = [(1 - fx) * (1 - fy), fx * (1 - fy), (1 - fx) * fy, fx * fy]
  const red =
    data[at]! * topLeft + data[at + channels]! * topRight + data[below]! * lowLeft + data[below + channels]! * lowRight
  if (channels === 1) {
    setColour(window, to, red, red, red)
    return
  }
  const green =
    data[at + 1]! * topLeft + data[at + 5]! * topRight + data[below + 1]! * lowLeft + data[below + 5]! * lowRight
  const blue =
    data[at + 2]! * topLeft + data[at + 6]! * topRight + data[below + 2]! * lowLeft + data[below + 6]! * lowRight
  setColour(window, to, red, green, blue)
}
