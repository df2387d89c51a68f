/** Observations as a palm that is held well gives them, to be changed one thing at a time. */

import type { Observation, ObservedPalm } from '@palmhold/capture'
import { createSeededRandom } from '@palmhold/palm'

const roi = { width: 128, height: 128, data: new Uint8Array(128 * 128).fill(120) }

export function palmSeen(change: Partial<ObservedPalm> = {}): ObservedPalm {
  return {
    frame: { centre: { x: 640, y: 400 }, right: { x: 1, y: 0 }, sidePx: 230 },
    roi,
    isFollowed: false,
    fault: undefined,
    sharpness: 100,
    size: 0.32,
    turnDegrees: 0,
    ...change,
  }
}

export function seen(atMs: number, change: Partial<Observation> = {}): Observation {
  return {
    atMs,
    hands: 1,
    side: 'left',
    facesCamera: true,
    open: true,
    tiltDegrees: 0,
    palm: palmSeen(),
    ...change,
  }
}

/** Noise-like bytes that belong to `seed`. */
export function seededBytes(seed: string): (length: number) => Uint8Array {
  const random = createSeededRandom(seed)
  return (length) => Uint8Array.from({ length }, () => random.whole(0, 255))
}
