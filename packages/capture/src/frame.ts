/** Frames and where they come from: a camera, or a test that knows what is in them. */

import type { RgbaImage } from '@palmhold/palm'

/** One picture of the stream, never mirrored: a right palm has its thumb on the picture's right. */
export type Frame = {
  /** Whoever gave it does not write into it again. */
  readonly image: RgbaImage
  /** When it was taken, milliseconds of a clock that never goes back. */
  readonly atMs: number
}

/** Gives one frame after the other. */
export type FrameSource = {
  /**
   * The next frame that was not given yet.
   * @throws {CameraError} there will be none
   */
  readonly nextFrame: () => Promise<Frame>
  /** Lets go of the camera. */
  readonly close: () => void
}
