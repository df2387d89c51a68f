/** Bundled into a page: the browser's own camera and landmark model, from the camera to codes. */

import { isPalmError, toHex } from '@palmhold/base'
import {
  type CameraOptions,
  capturePalm,
  createMediapipeTracker,
  type HandTracker,
  type Hint,
  openCamera,
} from '@palmhold/capture'
import { encodePalm, encodeProbe, type HandSide } from '@palmhold/palm'

export type FlowResult = {
  readonly size: { readonly width: number; readonly height: number }
  readonly side: HandSide | undefined
  readonly codes: readonly string[]
  readonly probe: readonly string[]
  readonly hints: readonly Hint[]
}

let tracker: HandTracker | undefined

/** One capture; the code of the error where there is none. */
export async function runCapture(
  options: CameraOptions & { readonly handFiles?: string; readonly side?: HandSide },
): Promise<FlowResult | string> {
  const { handFiles, side, ...camera } = options
  try {
    if (handFiles !== undefined) tracker ??= await createMediapipeTracker({ baseUrl: handFiles })
    const source = await openCamera(camera)
    const hints = new Set<Hint>()
    try {
      const taken = await capturePalm({
        source,
        ...(handFiles !== undefined && tracker ? { tracker } : {}),
        ...(side === undefined ? {} : { side }),
        onStep: ({ hint }) => hints.add(hint),
      })
      return {
        size: { width: source.width, height: source.height },
        side: taken.side,
        codes: taken.rois.map((roi) => toHex(encodePalm(roi))),
        probe: encodeProbe(taken.rois[0]!).map((code) => toHex(code)),
        hints: [...hints],
      }
    } finally {
      source.close()
    }
  } catch (error) {
    if (isPalmError(error)) return error.code
    throw error
  }
}
