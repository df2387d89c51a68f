/**
 * What real hands have and plain ones lack: skin that is redder here than there, a sleeve, a ring, and the colour of the
 * lamp above. None of it is a part of a code, all of it is in the way of telling hand from ground.
 */

import type { Rgb } from './ground.ts'
import { alongLimb, type HandShape, limbDistance } from './hand-shape.ts'
import type { SeededRandom } from './seeded-random.ts'

/** What is drawn beyond plain skin; nothing unless given. */
export type HandDetails = {
  /** How much redder the reddest places of the skin are than the mean one, parts of red; about 0..0.2. */
  readonly blush?: number
  /** Colour of a sleeve that ends at the wrist. */
  readonly sleeve?: Rgb
  /** Colour of a ring on the ring finger. */
  readonly ring?: Rgb
  /** Factors on the red, green and blue of all light; about 0.85..1.15. */
  readonly lamp?: Rgb
}

/** Writes the colour of the hand at a place (mm) into `out`; tells whether it is skin. */
export type HandPaint = (x: number, y: number, out: Float64Array) => boolean

const WAVES = 4
/** Blotches of the skin, mm. */
const BLOTCH = { least: 18, most: 70 }
/** Fingertips are redder by this part of the blush, from here along a finger. */
const TIP = { from: 0.7, blush: 0.8 }
/** Where a sleeve begins, mm below the origin, and where a ring sits along the finger. */
const SLEEVE_MM = 118
const RING = { finger: 2, from: 0.14, to: 0.2 }

/** Paint for a hand of `shape` whose plain skin is `skin`. */
export function createHandPaint(skin: Rgb, shape: HandShape, details: HandDetails, random: SeededRandom): HandPaint {
  const { blush = 0, sleeve, ring } = details
  if (blush === 0 && !sleeve && !ring)
    return (_x, _y, out) => {
      for (let c = 0; c < 3; c++) out[c] = skin[c]!
      return true
    }
  const waves = Array.from({ length: WAVES }, () => {
    const angle = random.between(0, 2 * Math.PI)
    const frequency = (2 * Math.PI) / random.between(BLOTCH.least, BLOTCH.most)
    return { x: Math.cos(angle) * frequency, y: Math.sin(angle) * frequency, phase: random.between(0, 2 * Math.PI) }
  })
  const ringFinger = shape.fingers[RING.finger]!
  return (x, y, out) => {
    const worn = y > SLEEVE_MM ? sleeve : ring && isAt(x, y) ? ring : undefined
    if (worn) {
      for (let c = 0; c < 3; c++) out[c] = worn[c]!
      return false
    }
    let part = 0
    for (const wave of waves) part += Math.sin(wave.x * x + wave.y * y + wave.phase) / WAVES
    for (const finger of shape.fingers)
      if (limbDistance(finger, x, y) < 0 && alongLimb(finger, x, y) > TIP.from) part += TIP.blush
    out[0] = skin[0] * (1 + blush * part)
    out[1] = skin[1] * (1 - 0.3 * blush * part)
    out[2] = skin[2] * (1 - 0.2 * blush * part)
    return true
  }

  function isAt(x: number, y: number): boolean {
    if (limbDistance(ringFinger, x, y) > 0) return false
    const along = alongLimb(ringFinger, x, y)
    return along > RING.from && along < RING.to
  }
}
