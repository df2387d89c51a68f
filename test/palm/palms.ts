/** Pictures that several tests need, drawn once. */

import { createSyntheticPalm, type GreyImage, renderRoi } from '@palmhold/palm'

/** The captures `from`..`to` of a session of synthetic palm `seed`. */
export function captures(seed: string, session: number, from: number, to: number): GreyImage[] {
  const palm = createSyntheticPalm(seed)
  return Array.from({ length: to - from + 1 }, (_, i) => renderRoi(palm, { session, index: from + i }))
}

/** `image` with every pixel changed; values are clipped to bytes. */
export function mapPixels(image: GreyImage, change: (value: number, at: number) => number): GreyImage {
  return {
    ...image,
    data: Uint8Array.from(image.data, (value, at) => Math.min(255, Math.max(0, Math.round(change(value, at))))),
  }
}
