/**
 * Notices a picture that stands still. A camera's noise changes some pixel of every frame; one that hangs, or a still
 * picture behind a program that plays a camera, repeats them all.
 */

import type { RgbaImage } from '@palmhold/palm'

/** Rows and columns of the grid of pixels that are compared. */
const GRID = 24

/** What a frame shows on the grid, since when, and how often that was seen again. */
export type FreezeState = { readonly seen: Uint8Array; readonly sinceMs: number; readonly repeats: number }

/** For how long no pixel may change, ms. */
export const FROZEN_AFTER_MS = 2000
/** A page that was kept from looking for as long has seen a picture twice, which says nothing of the camera. */
export const FROZEN_AFTER_REPEATS = 8

/** The state after `image`, taken at `atMs`. */
export function watchFreeze(state: FreezeState | undefined, image: RgbaImage, atMs: number): FreezeState {
  const seen = samplePixels(image)
  const isSame = state?.seen.every((value, i) => value === seen[i])
  if (!state || !isSame) return { seen, sinceMs: atMs, repeats: 0 }
  return { ...state, repeats: state.repeats + 1 }
}

/** Whether the picture has stood still for too long at `atMs`, and was looked at often enough to say so. */
export function isFrozen({ sinceMs, repeats }: FreezeState, atMs: number): boolean {
  return atMs - sinceMs >= FROZEN_AFTER_MS && repeats >= FROZEN_AFTER_REPEATS
}

function samplePixels({ width, height, data }: RgbaImage): Uint8Array {
  const seen = new Uint8Array(GRID * GRID * 3)
  for (let i = 0, to = 0; i < GRID * GRID; i++) {
    const x = Math.floor((((i % GRID) + 0.5) * width) / GRID)
    const y = Math.floor(((Math.floor(i / GRID) + 0.5) * height) / GRID)
    for (let c = 0; c < 3; c++) seen[to++] = data[(y * width + x) * 4 + c]!
  }
  return seen
}
