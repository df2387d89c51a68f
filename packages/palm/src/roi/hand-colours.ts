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

/** What the first guess is made of. */
export type ColourGuess = { readonly place: boolean; readonly redness: boolean }

/** The guesses that are tried, in order. */
export const COLOUR_GUESSES: readonly ColourGuess[] = [
  { place: true, redness: true },
  { place: true, redness: false },
  { place: false, redness: true },
]

const ROUNDS = 4
/** Levels of each of the three colour axes; luma is cut as finely as the differences, though it spans more. */
const BINS = 16
const BIN_COUNT = BINS * BINS * BINS
const DIFFERENCE_STEP = 5
/** Colours that were hardly seen say nothing: this many pixels of either class are added to each. */
const UNSEEN_PX = 2
/** A pixel's neighbours count with it. */
const SMOOTHING_REACH = 1
/** How much a guess sways the first round, and the place each round after it. */
const LEAST_PART = 0.05
/** Typical differences of skin under white light, and how far from them skin still is. */
const SKIN = { red: 14, blue: -11, spread: 14 }

/** The mask to which `guess` leads. */
export function handByColours(planes: Planes, guess: ColourGuess): Mask {
  const { width, height } = planes
  const bins = colourBins(planes)
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
        const [dr, db] = [(red[at]! - SKIN.red) / SKIN.spread, (blue[at]! - SKIN.blue) / SKIN.spread]
        value += 0.35 - 0.5 * (dr * dr + db * db)
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
