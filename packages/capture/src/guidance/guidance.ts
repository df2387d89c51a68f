/**
 * From what frames show to what the customer is told: one hint at a time, steady enough to be read, and the moment at
 * which enough good frames have come in a row. A pure machine: the next state follows from the last one and one
 * observation.
 */

import type { HandSide } from '@palmhold/palm'
import type { Observation, ObservedPalm } from './observe-frame.ts'

/** What the customer can be told, the most urgent first. 'good' is: keep it so. */
export const HINTS = [
  'show-hand',
  'one-hand',
  'other-hand',
  'turn-palm',
  'brighter',
  'darker',
  'open-hand',
  'centre',
  'farther',
  'closer',
  'upright',
  'tilt',
  'hold-still',
  'good',
] as const
export type Hint = (typeof HINTS)[number]

export type GuidanceOptions = {
  /** The hand that is asked for; without it either will do, but the same one throughout. */
  readonly side?: HandSide
  /** Good frames in a row until the capture; default 8. */
  readonly goodFrames?: number
}

export type GuidanceState = {
  readonly hint: Hint
  /** Since when this hint is shown, ms. */
  readonly hintSinceMs: number
  /** What the last frames called for, and since when; it is shown once it has lasted. */
  readonly called: Hint
  readonly calledSinceMs: number
  /** Good frames in a row. */
  readonly good: number
  /** The hand of the good frames. */
  readonly side: HandSide | undefined
  readonly last: ObservedPalm | undefined
}

export type GuidanceStep = {
  readonly state: GuidanceState
  readonly hint: Hint
  /** How much of the ring is filled, 0..1. */
  readonly progress: number
  /** Whether this frame counts. */
  readonly good: boolean
  /** Whether this frame completes the capture. The state begins anew behind it. */
  readonly capture: boolean
}

/** A hint that lasts less is not shown, and one that is shown stays as long, ms. */
export const CALL_MS = 150
export const SHOWN_MS = 700
export const GOOD_FRAMES = 8

/** Size of the palm's square in parts of the picture's shorter side. */
const SIZE = { least: 0.2, most: 0.62 }
/** What a limit gives back before a hint about it goes away, in parts of the limit. */
const SLACK = 0.06
const MOST_TURN_DEGREES = 35
const MOST_TILT_DEGREES = 30
/** From one frame to the next, in sides of the square, degrees, and parts of the size. */
const STILL = { move: 0.05, turnDegrees: 3, size: 0.05 }

export const initialGuidance: GuidanceState = {
  hint: 'show-hand',
  hintSinceMs: Number.NEGATIVE_INFINITY,
  called: 'show-hand',
  calledSinceMs: Number.NEGATIVE_INFINITY,
  good: 0,
  side: undefined,
  last: undefined,
}

/** The next state, and what to show. */
export function stepGuidance(
  state: GuidanceState,
  seen: Observation,
  { side, goodFrames = GOOD_FRAMES }: GuidanceOptions = {},
): GuidanceStep {
  const called = hintFor(state, seen, side)
  const palm = typeof seen.palm === 'string' ? undefined : seen.palm
  const sameHand = state.side === undefined || seen.side === undefined || seen.side === state.side
  const isGood = called === 'good'
  const good = isGood ? (sameHand ? state.good + 1 : 1) : 0
  const capture = good >= goodFrames
  const calledSinceMs = called === state.called ? state.calledSinceMs : seen.atMs
  // A good frame is said at once; a complaint has to last, so that one bad frame does not make the words flicker.
  const settled = called !== state.hint && seen.atMs - calledSinceMs >= (isGood ? 0 : CALL_MS)
  const readable = isGood || seen.atMs - state.hintSinceMs >= SHOWN_MS || state.hint === 'good'
  const shown = settled && readable
  const next: GuidanceState = {
    hint: shown ? called : state.hint,
    hintSinceMs: shown ? seen.atMs : state.hintSinceMs,
    called,
    calledSinceMs,
    good: capture ? 0 : good,
    side: capture || good === 0 ? undefined : (seen.side ?? state.side),
    last: palm,
  }
  return { state: next, hint: next.hint, progress: Math.min(1, good / goodFrames), good: isGood, capture }
}

/** The first thing that is wrong with a frame. */
function hintFor(state: GuidanceState, seen: Observation, wanted: HandSide | undefined): Hint {
  if (seen.hands > 1) return 'one-hand'
  const { palm } = seen
  if (typeof palm === 'string') {
    if (palm === 'PALM_TWO_HANDS') return 'one-hand'
    if (palm === 'PALM_TOO_DARK') return 'brighter'
    if (seen.hands === 0)
      return palm === 'PALM_TOO_SMALL' ? 'closer' : palm === 'PALM_OUT_OF_PICTURE' ? 'centre' : 'show-hand'
  } else if (seen.hands === 0) return 'show-hand'
  if (wanted !== undefined && seen.side !== undefined && seen.side !== wanted) return 'other-hand'
  if (!seen.facesCamera) return 'turn-palm'
  if (typeof palm === 'string') {
    if (palm === 'PALM_TOO_SMALL') return 'closer'
    return palm === 'PALM_OUT_OF_PICTURE' ? 'centre' : 'open-hand'
  }
  if (palm.fault === 'PALM_TOO_DARK') return 'brighter'
  if (palm.fault === 'PALM_TOO_BRIGHT' || palm.fault === 'PALM_CLIPPED') return 'darker'
  if (!seen.open) return 'open-hand'
  /** A limit, moved by the slack while its hint is up. */
  const limit = (hint: Hint, value: number, sign: 1 | -1): number =>
    state.hint === hint ? value * (1 + sign * SLACK) : value
  if (palm.size > limit('farther', SIZE.most, -1)) return 'farther'
  if (palm.size < limit('closer', SIZE.least, 1)) return 'closer'
  if (Math.abs(palm.turnDegrees) > limit('upright', MOST_TURN_DEGREES, -1)) return 'upright'
  if (seen.tiltDegrees > limit('tilt', MOST_TILT_DEGREES, -1)) return 'tilt'
  return palm.fault === 'PALM_TOO_BLURRED' || !isStill(palm, state.last) ? 'hold-still' : 'good'
}

/** Whether the palm is where it was in the frame before; the first one after none has nothing to be compared with. */
function isStill(palm: ObservedPalm, last: ObservedPalm | undefined): boolean {
  if (!last) return true
  const [dx, dy] = [palm.frame.centre.x - last.frame.centre.x, palm.frame.centre.y - last.frame.centre.y]
  const turn = Math.abs(palm.turnDegrees - last.turnDegrees)
  return (
    Math.sqrt(dx * dx + dy * dy) <= STILL.move * palm.frame.sidePx &&
    Math.min(turn, 360 - turn) <= STILL.turnDegrees &&
    Math.abs(palm.size / last.size - 1) <= STILL.size
  )
}
