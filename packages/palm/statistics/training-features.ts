/**
 * The pictures that the pooled code's statistics are made of: synthetic palms of both hands, one picture on each of two
 * days. What part of the hand a region of interest shows, at which scale and turn, is for whoever cuts it out, so each
 * palm has a cut of its own; and which way its fingers point, and whether right hands are mirrored, so that half of the
 * pictures count in all eight positions of the square (see covariance.ts).
 */

import { createHash } from 'node:crypto'
import { POOLED_FEATURES, pooledFeatures } from '../src/pooled-features.ts'
import { denseResponses } from '../src/responses.ts'
import { renderRoi } from '../src/synthetic/render-roi.ts'
import { createSeededRandom } from '../src/synthetic/seeded-random.ts'
import { createSyntheticPalm } from '../src/synthetic/synthetic-palm.ts'

/** Everything that decides the statistics beside the code itself. */
export const TRAINING = {
  seed: 'pooled statistics',
  palms: 1000,
  sessions: 2,
  /** Deviations of the cuts: pixels, radians, part of the scale. */
  cutMovePx: 9,
  cutTurn: 0.09,
  cutScale: 0.1,
  /** Part of the pictures that count only as they are. */
  uprightPart: 0.5,
  /** Added to each eigenvalue, in units of the mean one. */
  eigenvalueFloor: 3,
} as const

/** Palms whose features stand for all in {@link trainingDigest}. */
const SAMPLED_PALMS = 4

/** The features of `count` palms from `first` on, one picture after the other. */
export function trainingFeatures(first: number, count: number): Int16Array {
  const features = new Int16Array(count * TRAINING.sessions * POOLED_FEATURES)
  let at = 0
  for (let number = first; number < first + count; number++) {
    const palm = createSyntheticPalm(`${TRAINING.seed}/${number}`)
    const random = createSeededRandom(`cut:${palm.seed}`)
    const cut = {
      dx: random.bell(TRAINING.cutMovePx),
      dy: random.bell(TRAINING.cutMovePx),
      turn: random.bell(TRAINING.cutTurn),
      scale: 1 + random.bell(TRAINING.cutScale),
    }
    for (let session = 1; session <= TRAINING.sessions; session++) {
      features.set(pooledFeatures(denseResponses(renderRoi(palm, { session, index: 1 }, cut))), at)
      at += POOLED_FEATURES
    }
  }
  return features
}

/**
 * A digest of the settings and of the first palms' features: it changes with the generator, the filters and the pooling,
 * which a full rebuild of minutes need not be run to find out.
 */
export function trainingDigest(): string {
  const features = trainingFeatures(0, SAMPLED_PALMS)
  return createHash('sha256')
    .update(JSON.stringify(TRAINING))
    .update(new Uint8Array(features.buffer, features.byteOffset, features.byteLength))
    .digest('hex')
}
