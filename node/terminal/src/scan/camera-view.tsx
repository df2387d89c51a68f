/** The camera's picture with an outline to hold the palm in, a ring that fills, and one hint at a time. */

import type { GreyImage } from '@palmhold/palm'
import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Icon } from '../parts/icon.tsx'
import { type CameraFault, openPalmCamera, type ScanNews } from './palm-camera.ts'

export type CameraProps = {
  /** What the picture is, for those who do not see it. */
  readonly label: string
  /** How many pictures a scan takes. */
  readonly frames: number
  /** Which hand is wanted; either unless given. */
  readonly hand?: 'left' | 'right'
  /** Whether pictures may be taken now; until then the camera only helps to find the place. */
  readonly isTaking: boolean
  readonly onTaken: (rois: readonly GreyImage[]) => void
}

/** Circumference of the ring, in units of the drawing. */
const RING_RADIUS = 46
const RING_LENGTH = 2 * Math.PI * RING_RADIUS

export function CameraView({ label, frames, isTaking, onTaken }: CameraProps) {
  const { t } = useTranslation()
  const video = useRef<HTMLVideoElement>(null)
  const [news, setNews] = useState<ScanNews>({ hint: 'starting', progress: 0 })
  const [fault, setFault] = useState<CameraFault>()
  const [tries, setTries] = useState(0)
  const latest = useRef({ isTaking, onTaken })
  latest.current = { isTaking, onTaken }

  // biome-ignore lint/correctness/useExhaustiveDependencies: another try is another camera
  useEffect(() => {
    const end = new AbortController()
    void openPalmCamera({
      video: video.current!,
      frames,
      isTaking: () => latest.current.isTaking,
      onNews: setNews,
      onTaken: (rois) => {
        setNews({ hint: 'taken', progress: 1 })
        latest.current.onTaken(rois)
      },
      onFault: setFault,
      signal: end.signal,
    })
    return () => end.abort()
  }, [frames, tries])

  if (fault)
    return (
      <div className="camera failed" role="alert">
        <Icon name="camera" />
        <h2>{t(`camera.${fault}.title`)}</h2>
        <p>{t(`camera.${fault}.text`)}</p>
        <button
          type="button"
          className="primary"
          onClick={() => {
            setFault(undefined)
            setNews({ hint: 'starting', progress: 0 })
            setTries(tries + 1)
          }}
        >
          {t('camera.retry')}
        </button>
      </div>
    )
  return (
    <div className="camera">
      <video ref={video} muted playsInline aria-label={label} />
      <svg className="outline" viewBox="-66.7 -50 133.4 100" aria-hidden="true">
        <circle className="ring-track" r={RING_RADIUS} fill="none" strokeWidth="2.5" />
        <circle
          className="ring"
          r={RING_RADIUS}
          fill="none"
          strokeWidth="3.5"
          strokeLinecap="round"
          strokeDasharray={RING_LENGTH}
          strokeDashoffset={RING_LENGTH * (1 - news.progress)}
          transform="rotate(-90)"
        />
      </svg>
      <p className="hint" role="status" aria-live="polite">
        {t(`hints.${news.hint}`)}
      </p>
    </div>
  )
}
