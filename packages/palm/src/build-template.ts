/**
 * One enrolled code from several pictures of the same palm: the sign of the mean of tanh(response / mean |response|)
 * over the aligned frames. The mean magnitude is taken per frame and orientation, so that no bright frame rules.
 */

import { PalmError } from '@palmhold/base'
import { nearestShift } from './distance.ts'
import { codeAt, sampleAt } from './encode-palm.ts'
import type { GreyImage } from './image.ts'
import { CODE_BITS, CODE_BYTES, GRID, ORIENTATIONS, type PalmCode, palmCode } from './palm-code.ts'
import { responses } from './responses.ts'
import { NO_SHIFT, PROBE_SHIFTS_81 } from './shifts.ts'

/**
 * Frames must lie this near to the first one, or they show another palm: the 81-shift threshold at a false-accept rate
 * of 1e-5.
 */
const SAME_PALM_BITS = 543

/**
 * The template of `frames` (128 x 128 grey, one palm); each frame is aligned to the first by its best of 81 shifts.
 * With one frame it is that frame's {@link encodePalm}.
 * @throws {FramesError} no frame, or a frame that does not show the first one's palm
 * @throws {RoiSizeError} a frame of another size
 */
export function buildTemplate(frames: readonly GreyImage[]): PalmCode {
  const first = frames[0]
  if (!first) throw new FramesError('PALM_FRAMES_MISSING', 'a template needs one picture at least')
  const anchor = codeAt(responses(first, NO_SHIFT), NO_SHIFT[0]!)
  const sums = new Float64Array(CODE_BITS)
  for (const [index, frame] of frames.entries()) {
    const found = responses(frame, index === 0 ? NO_SHIFT : PROBE_SHIFTS_81)
    const shifts = index === 0 ? NO_SHIFT : PROBE_SHIFTS_81
    const nearest = nearestShift(
      anchor,
      shifts.map((shift) => codeAt(found, shift)),
    )
    if (nearest.distanceBits >= SAME_PALM_BITS)
      throw new FramesError('PALM_FRAMES_DISAGREE', `picture ${index + 1} does not show the same palm as the first`)
    addSoftened(sums, sampleAt(found, shifts[nearest.shift]!))
  }
  const bytes = new Uint8Array(CODE_BYTES)
  for (let i = 0; i < CODE_BITS; i++) if (sums[i]! < 0) bytes[i >> 3]! |= 1 << (i & 7)
  return palmCode(bytes)
}

/** Adds tanh(response / mean |response|) of one frame, by orientation: strong creases count, but none outvotes all. */
function addSoftened(sums: Float64Array, samples: Int32Array): void {
  const plane = GRID * GRID
  for (let k = 0; k < ORIENTATIONS; k++) {
    let magnitude = 0
    for (let i = k * plane; i < (k + 1) * plane; i++) magnitude += Math.abs(samples[i]!)
    // An even picture answers nowhere: it adds nothing rather than 0 / 0.
    if (magnitude === 0) continue
    const mean = magnitude / plane
    for (let i = k * plane; i < (k + 1) * plane; i++) sums[i]! += Math.tanh(samples[i]! / mean)
  }
}

/** Pictures that cannot make one template. */
export class FramesError extends PalmError {
  constructor(code: 'PALM_FRAMES_MISSING' | 'PALM_FRAMES_DISAGREE', message: string) {
    super(code, message, {
      hints: ['Take the pictures of one hand, in one light, with the fingers spread and the palm flat to the camera.'],
    })
  }
}
