/**
 * Hand or ground. For a plain ground three features are offered: the colour distance to the ground as the picture's
 * border shows it, the redness (skin of every tone is redder than cloth or paper), and the lightness. Each is cut by
 * Otsu's method ("A threshold selection method from gray-level histograms", 1979). For any other ground there are masks by
 * colours learnt from the picture. Which of them shows a hand is for the caller to find out.
 */

import { largestPart } from './components.ts'
import { COLOUR_GUESSES, handByColours } from './hand-colours.ts'
import { boxMean, type Mask, type Planes } from './planes.ts'

const LEVELS = 256
/** Reach of the smoothing in parts of the picture's longest side. */
const SMOOTHING = 1 / 400
/** Light falls off over the ground, colour does not: luma counts less. */
const LUMA_WEIGHT = 0.5
const COLOUR_WEIGHT = 1.6
/** How much lightness and colour change at an edge, in grey levels over two pixels on both axes. */
const EDGE_CHANGE = 40

/**
 * The masks to try, in order, the more trustworthy first: of the plain ways each holds the class that is rarer along the
 * picture's border. Each is made when it is asked for.
 */
export function* handMasks(planes: Planes): Generator<Mask> {
  const byGround = maskByGround(planes)
  if (byGround) yield byGround
  yield handByColours(planes, COLOUR_GUESSES[0]!)
  for (const feature of [planes.red, planes.luma]) {
    const mask = cutSmoothed(feature, planes)
    if (mask) yield mask
  }
  for (const guess of COLOUR_GUESSES.slice(1)) yield handByColours(planes, guess)
}

/**
 * Masks for a hand that things of its own colour touch: they have at least an edge against it. Only the largest part is
 * kept, so that a second hand would be overlooked.
 */
export function* cutMasks(planes: Planes): Generator<Mask> {
  const edges = strongEdges(planes)
  const byGround = maskByGround(planes)
  if (byGround) yield cutAlong(edges, byGround)
  for (const guess of COLOUR_GUESSES) yield cutAlong(edges, handByColours(planes, guess))
}

/** Where lightness and colour change by more than creases do. */
function strongEdges({ width, height, luma, blue, red }: Planes): Uint8Array {
  const edges = new Uint8Array(width * height)
  for (let y = 1; y < height - 1; y++)
    for (let x = 1, at = y * width + 1; x < width - 1; x++, at++) {
      const [across, down] = [change(luma, at, 1), change(luma, at, width)]
      const colour = change(blue, at, 1) + change(red, at, 1) + change(blue, at, width) + change(red, at, width)
      if (across + down + COLOUR_WEIGHT * colour > EDGE_CHANGE) edges[at] = 1
    }
  return edges
}

/** How far the neighbours on both sides of a place are apart. */
function change(plane: Float32Array, at: number, step: number): number {
  return Math.abs(plane[at + step]! - plane[at - step]!)
}

/** The part of `mask` around its middle that no strong edge cuts off, grown back by the edge's own width. */
function cutAlong(edges: Uint8Array, mask: Mask): Mask {
  const { width, height } = mask
  const data = mask.data.map((value, at) => (edges[at] ? 0 : value))
  const core = largestPart({ width, height, data })?.mask.data ?? data
  const grown = new Uint8Array(core.length)
  for (let y = 1; y < height - 1; y++)
    for (let x = 1, at = y * width + 1; x < width - 1; x++, at++)
      if (mask.data[at] && (core[at] || core[at - 1] || core[at + 1] || core[at - width] || core[at + width]))
        grown[at] = 1
  return { width, height, data: grown }
}

function maskByGround(planes: Planes): Mask | undefined {
  return cutSmoothed(groundDistance(planes), planes)
}

/** Two classes of `feature`, each pixel with its neighbours. */
function cutSmoothed(feature: Float32Array, planes: Planes): Mask | undefined {
  const reach = Math.max(1, Math.round(SMOOTHING * Math.max(planes.width, planes.height)))
  return cut(boxMean(feature, planes.width, planes.height, reach), planes)
}

/** How far each pixel's colour is from the ground's, the median along the picture's border. */
function groundDistance(planes: Planes): Float32Array {
  const border = borderIndices(planes.width, planes.height)
  const middleOf = (plane: Float32Array): number => median(Float32Array.from(border, (at) => plane[at]!))
  const { luma, blue, red } = planes
  const [groundLuma, groundBlue, groundRed] = [middleOf(luma), middleOf(blue), middleOf(red)]
  const out = new Float32Array(luma.length)
  for (let at = 0; at < out.length; at++) {
    const byLight = LUMA_WEIGHT * (luma[at]! - groundLuma)
    const byBlue = COLOUR_WEIGHT * (blue[at]! - groundBlue)
    const byRed = COLOUR_WEIGHT * (red[at]! - groundRed)
    out[at] = Math.sqrt(byLight * byLight + byBlue * byBlue + byRed * byRed)
  }
  return out
}

/** Two classes of `feature`; nothing where it is the same everywhere. */
function cut(feature: Float32Array, { width, height }: Planes): Mask | undefined {
  let low = Number.POSITIVE_INFINITY
  let high = Number.NEGATIVE_INFINITY
  for (const value of feature) {
    if (value < low) low = value
    if (value > high) high = value
  }
  if (!(high > low)) return undefined
  const perUnit = LEVELS / (high - low)
  const histogram = new Float64Array(LEVELS)
  const levels = new Uint8Array(feature.length)
  for (let i = 0; i < feature.length; i++) {
    const level = Math.min(LEVELS - 1, Math.floor((feature[i]! - low) * perUnit))
    levels[i] = level
    histogram[level]!++
  }
  const threshold = otsu(histogram)
  const data = levels
  for (let i = 0; i < data.length; i++) data[i] = levels[i]! > threshold ? 1 : 0
  const border = borderIndices(width, height)
  let marked = 0
  for (const at of border) marked += data[at]!
  if (2 * marked > border.length) for (let i = 0; i < data.length; i++) data[i] = 1 - data[i]!
  return { width, height, data }
}

/** The level above which the second class begins: the one with the largest variance between the classes. */
export function otsu(histogram: Float64Array): number {
  let total = 0
  let moment = 0
  for (const [level, count] of histogram.entries()) {
    total += count
    moment += level * count
  }
  let [best, threshold, below, belowMoment] = [-1, 0, 0, 0]
  for (let level = 0; level < histogram.length - 1; level++) {
    below += histogram[level]!
    belowMoment += level * histogram[level]!
    const above = total - below
    if (below === 0 || above === 0) continue
    const between = below * above * (belowMoment / below - (moment - belowMoment) / above) ** 2
    if (between > best) [best, threshold] = [between, level]
  }
  return threshold
}

/** The pixels of a thin frame along the picture's border, where the ground is seen. */
function borderIndices(width: number, height: number): number[] {
  const thickness = Math.max(1, Math.round(0.015 * Math.min(width, height)))
  const indices: number[] = []
  for (let y = 0; y < height; y++) {
    const whole = y < thickness || y >= height - thickness
    for (let x = 0; x < width; x++) {
      if (!whole && x === thickness) x = Math.max(x, width - thickness)
      indices.push(y * width + x)
    }
  }
  return indices
}

function median(values: Float32Array): number {
  return values.sort()[values.length >> 1]!
}
