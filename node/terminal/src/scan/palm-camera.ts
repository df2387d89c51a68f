/** The camera of a scan: opened for it, looked at frame by frame in memory, and off again after it. */

import { errorCode } from '@palmhold/base'
import { assessRoi, findRoi, type GreyImage, LEAST_SIDE_PX } from '@palmhold/palm'

export type CameraFault = 'refused' | 'missing' | 'busy' | 'lost' | 'frozen' | 'tracker' | 'failed'

export type ScanNews = {
  /** Key of a hint's text. */
  readonly hint: string
  /** How far the scan is, 0..1. */
  readonly progress: number
}

export type PalmCamera = { readonly stop: () => void }

const HINT_OF: Record<string, string> = {
  PALM_NOT_FOUND: 'none',
  PALM_TWO_HANDS: 'oneHand',
  PALM_TOO_SMALL: 'closer',
  PALM_OUT_OF_PICTURE: 'centre',
  PALM_TOO_DARK: 'dark',
  PALM_TOO_BRIGHT: 'bright',
  PALM_CLIPPED: 'bright',
  PALM_TOO_BLURRED: 'still',
}

const STEADY = 3

export async function openPalmCamera(options: {
  video: HTMLVideoElement
  frames: number
  isTaking: () => boolean
  onNews: (news: ScanNews) => void
  onTaken: (rois: readonly GreyImage[]) => void
  onFault: (fault: CameraFault) => void
  signal: AbortSignal
}): Promise<void> {
  const { video, signal } = options
  let stream: MediaStream
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { width: { ideal: 1280 }, height: { ideal: 720 } } })
  } catch (error) {
    const name = error instanceof DOMException ? error.name : ''
    return options.onFault(
      name === 'NotAllowedError'
        ? 'refused'
        : name === 'NotFoundError'
          ? 'missing'
          : name === 'NotReadableError'
            ? 'busy'
            : 'failed',
    )
  }
  const stop = () => {
    for (const track of stream.getTracks()) track.stop()
    video.srcObject = null
  }
  if (signal.aborted) return stop()
  signal.addEventListener('abort', stop)
  stream.getVideoTracks()[0]?.addEventListener('ended', () => options.onFault('lost'))
  video.srcObject = stream
  await video.play()
  const canvas = new OffscreenCanvas(video.videoWidth, video.videoHeight)
  const context = canvas.getContext('2d', { willReadFrequently: true })!
  let good: GreyImage[] = []
  while (!signal.aborted) {
    await new Promise((resolve) => video.requestVideoFrameCallback(resolve))
    // The page has to stay alive on a slow device.
    await new Promise((resolve) => setTimeout(resolve, 50))
    if (signal.aborted) break
    context.drawImage(video, 0, 0)
    const image = context.getImageData(0, 0, canvas.width, canvas.height)
    context.clearRect(0, 0, canvas.width, canvas.height)
    try {
      const roi = findRoi(image)
      const quality = assessRoi(roi)
      if (!quality.ok) {
        good = []
        options.onNews({ hint: HINT_OF[quality.reason]!, progress: 0 })
      } else if (options.isTaking()) {
        good.push(roi)
        options.onNews({ hint: 'good', progress: good.length / (STEADY + options.frames) })
        if (good.length >= STEADY + options.frames) {
          stop()
          return options.onTaken(good.slice(-options.frames))
        }
      } else options.onNews({ hint: 'good', progress: 0 })
    } catch (error) {
      good = []
      options.onNews({ hint: HINT_OF[errorCode(error)] ?? 'none', progress: 0 })
    } finally {
      image.data.fill(0)
    }
  }
}
export const LEAST = LEAST_SIDE_PX
