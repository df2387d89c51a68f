/**
 * The browser's camera as a source of frames (W3C Media Capture and Streams). Pictures stay in one canvas and in the frame
 * that is handed on.
 */

import type { Frame, FrameSource } from '../frame.ts'
import { CameraError, cameraErrorOf } from './camera-error.ts'
import { chooseCamera } from './choose-camera.ts'
import { type FreezeState, isFrozen, watchFreeze } from './freeze-watch.ts'

export type CameraOptions = {
  /** The camera that staff chose, by its deviceId. */
  readonly deviceId?: string
  /** Whether this camera delivers mirrored pictures; they are turned back. Default false. */
  readonly mirrored?: boolean
}

/** What is asked for; a camera with less gives what it has. */
const IDEAL = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30 } }
/** Without a new frame for as long as this the camera hangs. */
const SILENT_AFTER_MS = 5000

/** An open camera. */
export type Camera = FrameSource & {
  /** Size of its frames, pixels. */
  readonly width: number
  readonly height: number
  readonly label: string
}

/**
 * Opens the right camera, at 1280 x 720 or what comes nearest.
 * @throws {CameraError} refused, missing, taken by another program, or not to be had on this page
 */
export async function openCamera(options: CameraOptions = {}): Promise<Camera> {
  const devices = globalThis.navigator?.mediaDevices
  if (!devices?.getUserMedia) throw new CameraError('PALM_CAMERA_UNSUPPORTED')
  const first = await openStream(devices, options.deviceId)
  // Only now do browsers tell the names of the cameras.
  const all = (await devices.enumerateDevices()).filter(({ kind }) => kind === 'videoinput')
  const best = chooseCamera(all, options.deviceId)
  const opened = first.getVideoTracks()[0]?.getSettings().deviceId
  if (!best || !opened || best.deviceId === opened) return readStream(first, options)
  stopStream(first)
  return readStream(await openStream(devices, best.deviceId), options)
}

async function openStream(devices: MediaDevices, deviceId: string | undefined): Promise<MediaStream> {
  const which = deviceId === undefined ? { facingMode: { ideal: 'user' } } : { deviceId: { ideal: deviceId } }
  try {
    return await devices.getUserMedia({ audio: false, video: { ...IDEAL, ...which } })
  } catch (cause) {
    throw cameraErrorOf(cause)
  }
}

async function readStream(stream: MediaStream, { mirrored = false }: CameraOptions): Promise<Camera> {
  const track = stream.getVideoTracks()[0]
  if (!track) throw new CameraError('PALM_CAMERA_MISSING')
  const video = document.createElement('video')
  video.muted = true
  video.playsInline = true
  video.srcObject = stream
  try {
    await video.play()
  } catch (cause) {
    stopStream(stream)
    throw cameraErrorOf(cause)
  }
  const canvas = document.createElement('canvas')
  const context = canvas.getContext('2d', { willReadFrequently: true })
  if (!context) throw new CameraError('PALM_CAMERA_UNSUPPORTED')
  let freeze: FreezeState | undefined
  const nextFrame = async (): Promise<Frame> => {
    for (;;) {
      const atMs = await presented(video, track)
      const { videoWidth: width, videoHeight: height } = video
      if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height })
      context.setTransform(mirrored ? -1 : 1, 0, 0, 1, mirrored ? width : 0, 0)
      context.drawImage(video, 0, 0)
      const image = context.getImageData(0, 0, width, height)
      freeze = watchFreeze(freeze, image, atMs)
      if (isFrozen(freeze, atMs)) throw new CameraError('PALM_CAMERA_FROZEN')
      // A picture that stands still is no frame: a capture takes less time than it takes to call a camera frozen.
      if (freeze.repeats === 0) return { image, atMs }
    }
  }
  return {
    width: video.videoWidth,
    height: video.videoHeight,
    label: track.label,
    nextFrame,
    close: () => {
      stopStream(stream)
      video.srcObject = null
      // The last picture must not stay in memory that the page can reach.
      Object.assign(canvas, { width: 0, height: 0 })
    },
  }
}

/**
 * Waits until the video shows another frame; answers when that was.
 * @throws {CameraError} unplugged, taken away, or silent
 */
function presented(video: HTMLVideoElement, track: MediaStreamTrack): Promise<number> {
  return new Promise((resolve, reject) => {
    const fail = (fault: 'PALM_CAMERA_UNPLUGGED' | 'PALM_CAMERA_TAKEN' | 'PALM_CAMERA_FROZEN') => (): void =>
      settle(() => reject(new CameraError(fault)))
    const onEnded = fail('PALM_CAMERA_UNPLUGGED')
    const silence = setTimeout(
      () => (track.muted ? fail('PALM_CAMERA_TAKEN') : fail('PALM_CAMERA_FROZEN'))(),
      SILENT_AFTER_MS,
    )
    const request = video.requestVideoFrameCallback((now) => settle(() => resolve(now)))
    const settle = (done: () => void): void => {
      clearTimeout(silence)
      track.removeEventListener('ended', onEnded)
      video.cancelVideoFrameCallback(request)
      done()
    }
    if (track.readyState === 'ended') onEnded()
    else track.addEventListener('ended', onEnded)
  })
}

function stopStream(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop()
}
