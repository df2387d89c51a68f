/** The camera's picture with an outline to hold the palm in, a ring that fills, and one hint at a time below it. */

import type { CapturedPalm, Frame } from '@palmhold/capture'
import type { HandSide } from '@palmhold/palm'
import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Icon } from '../parts/icon.tsx'
import { type CameraFault, cameraFaultOf, type ScanNews, scanPalm } from './palm-camera.ts'
import type { ScanWatch } from './scan-watch.ts'
import { createScreenLight, type Light } from './screen-light.ts'

export type CameraProps = {
  /** What the picture is, for those who do not see it. */
  readonly label: string
  /** How many pictures a scan hands over. */
  readonly frames: number
  /** Which hand is wanted; either unless given. */
  readonly hand?: HandSide
  /** Whether a palm counts now; until then the camera's picture is only shown. */
  readonly isTaking: boolean
  readonly watch?: ScanWatch
  /** Whether the page lights the palm for the watch. */
  readonly isLit?: boolean
  /** Has to overwrite what it is given. */
  readonly onTaken: (captured: CapturedPalm) => void
}

/** In units of the drawing. */
const RING_RADIUS = 45
const RING_LENGTH = 2 * Math.PI * RING_RADIUS
/** Wide enough for a terminal, and a ninth of the pixels of the camera. */
const SHOWN_WIDTH_PX = 640

export function CameraView({ label, frames, hand, isTaking, watch, isLit = false, onTaken }: CameraProps) {
  const { t } = useTranslation()
  const canvas = useRef<HTMLCanvasElement>(null)
  const [news, setNews] = useState<ScanNews>({ hint: 'starting', progress: 0 })
  const [fault, setFault] = useState<CameraFault>()
  const [tries, setTries] = useState(0)
  const latest = useRef({ isTaking, onTaken })
  latest.current = { isTaking, onTaken }

  // biome-ignore lint/correctness/useExhaustiveDependencies: another try is another camera
  useEffect(() => {
    const end = new AbortController()
    const shown = canvas.current!
    const light = isLit ? createScreenLight(setLight) : undefined
    scanPalm({
      frames,
      side: hand,
      watch,
      light,
      isTaking: () => latest.current.isTaking,
      onNews: (next) => setNews((last) => (last.hint === next.hint && last.progress === next.progress ? last : next)),
      onFrame: (frame) => draw(shown, frame),
      signal: end.signal,
    })
      .then(
        (captured) => {
          if (!captured) return
          setNews({ hint: 'taken', progress: 1 })
          latest.current.onTaken(captured)
        },
        (error: unknown) => setFault(cameraFaultOf(error)),
      )
      // A picture that nobody looks at any more stays nowhere.
      .finally(() => clear(shown))
    return () => {
      end.abort()
      light?.off()
      clear(shown)
    }
  }, [frames, hand, watch, isLit, tries])

  const retry = () => {
    setFault(undefined)
    setNews({ hint: 'starting', progress: 0 })
    setTries((made) => made + 1)
  }
  // A camera that is plugged in again goes on by itself.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the retry of every draw does the same
  useEffect(() => {
    if (fault === undefined) return
    const devices = navigator.mediaDevices
    devices?.addEventListener('devicechange', retry)
    return () => devices?.removeEventListener('devicechange', retry)
  }, [fault])
  return (
    <div className="scan">
      <div className="camera" hidden={fault !== undefined}>
        <canvas ref={canvas} role="img" aria-label={label} />
        <svg className="outline" viewBox="-66.7 -50 133.4 100" aria-hidden="true">
          <circle className="ring-track" r={RING_RADIUS} fill="none" />
          <circle
            className="ring"
            r={RING_RADIUS}
            fill="none"
            strokeLinecap="round"
            strokeDasharray={RING_LENGTH}
            strokeDashoffset={RING_LENGTH * (1 - news.progress)}
            transform="rotate(-90)"
          />
        </svg>
      </div>
      {fault === undefined ? (
        <p className="hint" role="status" aria-live="polite">
          {t(`hints.${news.hint}`)}
        </p>
      ) : (
        <div className="fault" role="alert">
          <Icon name="camera" />
          <h2>{t(`camera.${fault}.title`)}</h2>
          <p>{t(`camera.${fault}.text`)}</p>
          <button type="button" className="primary" onClick={retry}>
            {t('camera.retry')}
          </button>
        </div>
      )}
    </div>
  )
}

function setLight(light: Light): void {
  document.documentElement.dataset.light = light
}

/** Draws a frame as in a mirror: a hand that moves left goes left. */
function draw(canvas: HTMLCanvasElement, { image }: Frame): void {
  const height = Math.round((SHOWN_WIDTH_PX * image.height) / image.width)
  if (canvas.width !== SHOWN_WIDTH_PX || canvas.height !== height)
    Object.assign(canvas, { width: SHOWN_WIDTH_PX, height })
  const context = canvas.getContext('2d', IN_MEMORY)
  if (!context || !(image instanceof ImageData)) return
  full ??= new OffscreenCanvas(image.width, image.height)
  if (full.width !== image.width || full.height !== image.height) full = new OffscreenCanvas(image.width, image.height)
  full.getContext('2d', IN_MEMORY)!.putImageData(image, 0, 0)
  context.setTransform(-1, 0, 0, 1, SHOWN_WIDTH_PX, 0)
  context.drawImage(full, 0, 0, SHOWN_WIDTH_PX, height)
}

/** Pictures come from memory: to carry each to a graphics card and back takes longer than to draw it. */
const IN_MEMORY: CanvasRenderingContext2DSettings = { willReadFrequently: true }

let full: OffscreenCanvas | undefined

function clear(canvas: HTMLCanvasElement): void {
  Object.assign(canvas, { width: 0, height: 0 })
  full = undefined
}
