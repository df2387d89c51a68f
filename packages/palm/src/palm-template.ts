/**
 * What is enrolled of one hand: the palm code, which decides at shifts, and the pooled code, which needs none and serves
 * a first pass. Both come from the same pictures and belong together from here on.
 */

import { buildTemplate } from './build-template.ts'
import type { GreyImage } from './image.ts'
import type { PalmCode } from './palm-code.ts'
import { buildPooledTemplate, type PooledCode } from './pooled-code.ts'

/** Both codes of one enrolled hand. Secrets, as each of them is. */
export type PalmTemplate = { readonly code: PalmCode; readonly pooled: PooledCode }

/**
 * The template of `frames`, 128 x 128 grey, one palm.
 * @throws {FramesError} no frame, or a frame that does not show the first one's palm
 * @throws {RoiSizeError} a frame of another size
 */
export function buildPalmTemplate(frames: readonly GreyImage[]): PalmTemplate {
  return { code: buildTemplate(frames), pooled: buildPooledTemplate(frames) }
}
