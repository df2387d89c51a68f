/** What can be wrong with a camera, each with what to do about it. */

import { PalmError } from '@palmhold/base'

export type CameraFault =
  | 'PALM_CAMERA_REFUSED'
  | 'PALM_CAMERA_MISSING'
  | 'PALM_CAMERA_TAKEN'
  | 'PALM_CAMERA_UNPLUGGED'
  | 'PALM_CAMERA_FROZEN'
  | 'PALM_CAMERA_UNSUPPORTED'

const ADVICE: Record<CameraFault, { message: string; hints: string[] }> = {
  PALM_CAMERA_REFUSED: {
    message: 'this page may not use the camera',
    hints: ['Allow the camera for this page: the camera sign in the address bar, or the browser’s settings.'],
  },
  PALM_CAMERA_MISSING: {
    message: 'no camera is connected',
    hints: ['Plug a camera in, then try again.'],
  },
  PALM_CAMERA_TAKEN: {
    message: 'another program uses the camera',
    hints: ['Close the other program or page that shows a camera picture, then try again.'],
  },
  PALM_CAMERA_UNPLUGGED: {
    message: 'the camera was unplugged',
    hints: ['Plug the camera in again. The page goes on by itself.'],
  },
  PALM_CAMERA_FROZEN: {
    message: 'the camera’s picture does not move any more',
    hints: ['Unplug the camera and plug it in again, or restart the terminal.'],
  },
  PALM_CAMERA_UNSUPPORTED: {
    message: 'this browser gives no camera to this page',
    hints: ['Open the page by https or as localhost, in a browser of the last years.'],
  },
}

/** The names by which browsers say so (W3C Media Capture and Streams, section 10). */
const BY_NAME: Readonly<Record<string, CameraFault>> = {
  NotAllowedError: 'PALM_CAMERA_REFUSED',
  SecurityError: 'PALM_CAMERA_REFUSED',
  NotFoundError: 'PALM_CAMERA_MISSING',
  OverconstrainedError: 'PALM_CAMERA_MISSING',
  NotReadableError: 'PALM_CAMERA_TAKEN',
  AbortError: 'PALM_CAMERA_TAKEN',
}

/** A camera that gives no picture. */
export class CameraError extends PalmError {
  constructor(fault: CameraFault, cause?: unknown) {
    super(fault, ADVICE[fault].message, { hints: ADVICE[fault].hints, cause })
  }
}

/** What `getUserMedia` was refused with, in our words. */
export function cameraErrorOf(cause: unknown): CameraError {
  const name = typeof cause === 'object' && cause !== null && 'name' in cause ? String(cause.name) : ''
  return new CameraError(BY_NAME[name] ?? 'PALM_CAMERA_UNSUPPORTED', cause)
}
