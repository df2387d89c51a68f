/**
 * Hand or ground where the ground is not plain: two histograms of colours, one of the hand and one of the rest, that
 * teach each other. They begin with a guess (the hand is near the middle, skin is reddish), colour the picture by what
 * the guess says of each colour, and learn from the result; four rounds settle it (expectation and maximisation, as in
 * Jones and Rehg, "Statistical color models with application to skin detection", 1999, but learnt from this picture
 * alone, so no skin tone or lamp is assumed to be the usual one).
 *
 * Only the four basic operations are used, so that every engine gives the same mask.
 */

import { boxMean, type Mask, type Planes } from './planes.ts'

/** What the first guess is made of, and whether lightness is a part of a colour. */
export type ColourGuess = { readonly place: boolean; readonly redness: boolean; readonly light: boolean }

/** The guesses that are tried, in order: shadows on the ground have its colour, but not its light. */
export const COLOUR_GUESSES: readonly ColourGuess[] = [
  { place: true, redness: true, light: true },
  { place: true, redness: true, light: false },
  { place: true, redness: false, light: true },
  { place: false, redness: true, light: true },
]

const ROUNDS = 4
/** Levels of each of the three colour axes; luma is cut as finely as the differences, though it spans more. */
const BINS = 16
const DIFFERENCE_STEP = 5
/** Without luma the two differences are cut finer. */
const FINE_BINS = 64
const FINE_STEP = 1.5
const BIN_COUNT = 4096
/** Colours that were hardly seen say nothing: this many pixels of either class are added to each. */
const UNSEEN_PX = 2
/** A pixel's neighbours count with it. */
const SMOOTHING_REACH = 1
/** How much a guess sways the first round, and the place each round after it. */
const LEAST_PART = 0.05
/**
 * Skin of every tone lies along one line of the differences, the darker the farther out, and lamps move it along that line
 * too: the line's direction, where on it skin is, and how far from there along and across.
 */
const SKIN = { red: 0.8, blue: -0.6, middle: 26, along: 22, across: 12 }

/** The mask to which `guess` leads. */
export function handByColours(planes: Planes, guess: ColourGuess): Mask {
  const { width, height } = planes
  const bins = guess.light ? colourBins(planes) : differenceBins(planes)
  const prior = firstGuess(planes, guess)
  // A guess by place alone is too rough to hold on to.
  const place = guess.place && guess.redness ? prior : undefined
  let part = prior
  for (let round = 0; round < ROUNDS; round++)
    part = boxMean(relabel(bins, part, place), width, height, SMOOTHING_REACH)
  const data = new Uint8Array(part.length)
  for (let i = 0; i < data.length; i++) if (part[i]! > 0.5) data[i] = 1
  return { width, height, data }
}

/** The colour of each pixel as the number of its bin. */
function colourBins({ luma, blue, red }: Planes): Uint16Array {
  const bins = new Uint16Array(luma.length)
  const level = (difference: number): number => {
    const bin = Math.floor(difference / DIFFERENCE_STEP) + BINS / 2
    return Math.min(BINS - 1, Math.max(0, bin))
  }
  for (let i = 0; i < bins.length; i++) {
    const light = Math.min(BINS - 1, Math.floor(luma[i]! / (256 / BINS)))
    bins[i] = (light * BINS + level(blue[i]!)) * BINS + level(red[i]!)
  }
  return bins
}

/** The colour of each pixel, whatever its light, as the number of its bin. */
function differenceBins({ blue, red }: Planes): Uint16Array {
  const bins = new Uint16Array(blue.length)
  const level = (difference: number): number =>
    Math.min(FINE_BINS - 1, Math.max(0, Math.floor(difference / FINE_STEP) + FINE_BINS / 2))
  for (let i = 0; i < bins.length; i++) bins[i] = level(blue[i]!) * FINE_BINS + level(red[i]!)
  return bins
}

/** How likely each pixel is hand before its colour is known, 0..1. */
function firstGuess({ width, height, blue, red }: Planes, guess: ColourGuess): Float32Array {
  const part = new Float32Array(width * height)
  for (let y = 0, at = 0; y < height; y++)
    for (let x = 0; x < width; x++, at++) {
      let value = 0.5
      if (guess.place) {
        const [dx, dy] = [(2 * x) / width - 1, (2 * y) / height - 1]
        value += 0.35 - 0.65 * (dx * dx + dy * dy)
      }
      if (guess.redness) {
        const along = (SKIN.red * red[at]! + SKIN.blue * blue[at]! - SKIN.middle) / SKIN.along
        const across = (SKIN.red * blue[at]! - SKIN.blue * red[at]!) / SKIN.across
        value += 0.35 - 0.5 * (along * along + across * across)
      }
      part[at] = Math.min(1 - LEAST_PART, Math.max(LEAST_PART, value))
    }
  return part
}

/** How likely each pixel is hand by its colour (and by its place), after `part` is taken as the truth. */
function relabel(bins: Uint16Array, part: Float32Array, place: Float32Array | undefined): Float32Array {
  const hand = new Float64Array(BIN_COUNT)
  const ground = new Float64Array(BIN_COUNT)
  let handTotal = 0
  for (let i = 0; i < bins.length; i++) {
    const value = part[i]!
    hand[bins[i]!]! += value
    ground[bins[i]!]! += 1 - value
    handTotal += value
  }
  const groundTotal = bins.length - handTotal
  // A colour's odds are worked out once; a place then only weighs them.
  for (let bin = 0; bin < BIN_COUNT; bin++) {
    hand[bin] = (hand[bin]! + UNSEEN_PX) / (handTotal + 1)
    ground[bin] = (ground[bin]! + UNSEEN_PX) / (groundTotal + 1)
  }
  const out = new Float32Array(bins.length)
  for (let i = 0; i < bins.length; i++) {
    const odds = place ? place[i]! : 0.5
    const byHand = hand[bins[i]!]! * odds
    out[i] = byHand / (byHand + ground[bins[i]!]! * (1 - odds))
  }
  return out
}
