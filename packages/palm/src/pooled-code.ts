/**
 * The pooled code: 1,024 bits that need no shifts, for the first pass of a search and as a second opinion in the
 * decision. It is made of the same filter responses as the palm code, averaged over some 8 pixels, so that it forgives
 * small displacements and knows less about each place.
 *
 * Canonical encoding: 128 bytes; bit i stands in byte i >> 3 at position i & 7.
 */

import { PalmError } from '@palmhold/base'
import { FramesError } from './build-template.ts'
import { codeAt, encodeProbe } from './encode-palm.ts'
import type { GreyImage } from './image.ts'
import type { PalmCode } from './palm-code.ts'
import { POOLED_FEATURES, pooledFeatures } from './pooled-features.ts'
import { POOLED_BYTES, projectFeatures } from './pooled-projection.ts'
import { denseResponses } from './responses.ts'
import { PROBE_SHIFTS_25, type Shift } from './shifts.ts'

declare const brand: unique symbol

/** 128 bytes, see the head of this file. A secret, as a palm code is. */
export type PooledCode = Uint8Array & { readonly [brand]: 'PooledCode' }

/** Pictures whose sums of features stay exact. */
const MOST_FRAMES = 8

/**
 * Takes 128 bytes as a pooled code; every such string is one. The bytes are copied.
 * @throws {PooledCodeError} another length
 */
export function pooledCode(bytes: Uint8Array): PooledCode {
  if (bytes.length !== POOLED_BYTES) throw new PooledCodeError(bytes.length)
  return Uint8Array.from(bytes) as PooledCode
}

/**
 * The pooled code of one picture.
 * @param roi 128 x 128 grey
 * @throws {RoiSizeError} another size
 */
export function encodePooled(roi: GreyImage): PooledCode {
  return buildPooledTemplate([roi])
}

/**
 * The pooled code of the mean features of `frames` (128 x 128 grey, one palm), which needs no alignment; with one
 * frame it is that frame's {@link encodePooled}. Whether they show one palm is for buildTemplate to say.
 * @throws {FramesError} no frame
 * @throws {RoiSizeError} a frame of another size
 */
export function buildPooledTemplate(frames: readonly GreyImage[]): PooledCode {
  if (frames.length === 0) throw new FramesError('PALM_FRAMES_MISSING', 'a template needs one picture at least')
  const sums = new Int32Array(POOLED_FEATURES)
  const used = frames.slice(0, MOST_FRAMES)
  for (const frame of used) {
    const features = pooledFeatures(denseResponses(frame))
    for (let i = 0; i < sums.length; i++) sums[i]! += features[i]!
  }
  return projectFeatures(sums, used.length) as PooledCode
}

/** Everything that is compared of one picture: its codes at some shifts, and its pooled code. */
export type ProbeCodes = { readonly codes: PalmCode[]; readonly pooled: PooledCode }

/**
 * Both kinds of code in one pass over the picture.
 * @param roi 128 x 128 grey
 * @throws {RoiSizeError} another size
 * @throws {ShiftError} a shift that cannot be sampled
 */
export function encodeProbeCodes(roi: GreyImage, shifts: readonly Shift[] = PROBE_SHIFTS_25): ProbeCodes {
  const found = denseResponses(roi)
  const even = shifts.every(({ dx, dy }) => dx % 2 === 0 && dy % 2 === 0)
  return {
    // Odd shifts lie between the places of the dense grid.
    codes: even ? shifts.map((shift) => codeAt(found, shift)) : encodeProbe(roi, shifts),
    pooled: projectFeatures(Int32Array.from(pooledFeatures(found)), 1) as PooledCode,
  }
}

/** Bytes that are no pooled code. */
export class PooledCodeError extends PalmError {
  constructor(length: number) {
    super('PALM_POOLED_CODE_INVALID', `a pooled code has ${POOLED_BYTES} bytes, got ${length}`, {
      hints: ['The file or message holds something else, or was cut short: encode the picture again.'],
    })
  }
}
