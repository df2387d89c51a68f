/**
 * Finds hands in a frame, as 21 landmarks each. Landmarks tell how many hands there are, which one, and how it is held;
 * the region of interest is found in the picture itself (`locateRoi` of the palm package), on a terminal as on Node, so
 * that no landmark model has a say in a code.
 */

import type { HandSide, Point, RgbaImage } from '@palmhold/palm'

/** A place of the picture in pixels, and how much nearer to the camera than the wrist it is (negative is nearer). */
export type Landmark = Point & { readonly z: number }

export type TrackedHand = {
  /** In the order of MediaPipe's hand: wrist, thumb, index, middle, ring and little finger, each from its root. */
  readonly landmarks: readonly Landmark[]
  /** Which hand it looks like, by shape alone. */
  readonly side: HandSide
  /** How sure of it the tracker is, 0..1. */
  readonly score: number
}

export type HandTracker = {
  /** All hands in `image`, at most two. */
  readonly track: (image: RgbaImage) => Promise<readonly TrackedHand[]>
  readonly close: () => Promise<void>
}

/** A tracker for tests and benchmarks that was told the truth: `handsOf` knows each picture by its object. */
export function createFixtureTracker(handsOf: (image: RgbaImage) => readonly TrackedHand[]): HandTracker {
  return { track: async (image) => handsOf(image), close: async () => {} }
}

/** What a fixture tracker says of a drawn hand, from its true landmarks. */
export function trackedHand(side: HandSide, landmarks: readonly Point[]): TrackedHand {
  return { side, score: 1, landmarks: landmarks.map(({ x, y }) => ({ x, y, z: 0 })) }
}
