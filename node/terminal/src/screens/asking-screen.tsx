/**
 * A request is open: who asks for how much, what is proven to whom, and the camera. Holding a palm to it is the consent, so
 * nothing is looked at before the sum has been on show for a moment, and the camera goes off with this screen.
 */

import { errorCode } from '@palmhold/base'
import { type CapturedPalm, createRepeatGuard, PROBE_FRAMES } from '@palmhold/capture'
import { encodeOffer, LANE } from '@palmhold/protocol'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { PaymentView } from '../../../src/terminal/terminal-shapes.ts'
import { euros } from '../i18n/i18n.ts'
import { Icon } from '../parts/icon.tsx'
import { QrCode } from '../parts/qr-code.tsx'
import { Title } from '../parts/title.tsx'
import { useElapsed } from '../parts/use-elapsed.ts'
import { CameraView } from '../scan/camera-view.tsx'
import { probeOf } from '../scan/probe-of.ts'
import { createScanWatch } from '../scan/scan-watch.ts'
import type { TerminalState, TerminalStore } from '../terminal-store.ts'

/** How long a sum is on show before a palm counts as a yes to it. */
const READ_MS = 1_500

const repeats = createRepeatGuard((length) => crypto.getRandomValues(new Uint8Array(length)))

export type AskingProps = {
  readonly payment: PaymentView
  readonly state: TerminalState
  readonly store: TerminalStore
}

export function AskingScreen({ payment, state, store }: AskingProps) {
  const { t, i18n } = useTranslation()
  const { request, requestHash } = payment
  const isPhone = request.lane === LANE.phone
  const merchant = state.desk?.merchant.name ?? t('shop.unnamed')
  const amount = euros(request.amountMinor, i18n.language)
  const isRead = useElapsed(requestHash, READ_MS)
  const isAssessed = request.amountMinor > (state.desk?.askAboveMinor ?? 0)
  const [watch] = useState(() => createScanWatch({ repeats, isAssessed }))
  const take = (captured: CapturedPalm) => {
    try {
      watch.judge(captured)
    } catch (error) {
      captured.wipe()
      return store.doubt(payment, errorCode(error))
    }
    void store.sendScan(payment, probeOf(captured))
  }
  const consent = !isPhone ? 'asking.consent' : payment.isPaired ? 'phone.confirm' : 'phone.scan'
  return (
    <section className="screen asking">
      <div className="said">
        <Title className="asks">
          {merchant} <span>{t('asking.asks')}</span> <strong className="sum">{amount}</strong>
        </Title>
        <p className="consent" aria-live="polite">
          {isPhone && payment.isPaired && `${t('phone.paired')} `}
          {t(consent)}
        </p>
        <ul className="proven">
          <li>{t(isPhone ? 'phone.proves' : 'asking.learns')}</li>
          <li>{t(isPhone ? 'phone.noOperators' : 'asking.never')}</li>
        </ul>
        <p className="small">{t('asking.left', { seconds: Math.max(0, request.expiry - state.now) })}</p>
        <div className="row">
          <button type="button" className="secondary" onClick={() => void store.cancel(payment)}>
            {t('asking.cancel')}
          </button>
          {state.desk?.hasPhoneLane && (
            <button
              type="button"
              className="secondary"
              disabled={state.isAsking}
              onClick={() => void store.repeat(payment, isPhone ? 'palm' : 'phone')}
            >
              <Icon name={isPhone ? 'palm' : 'phone'} />
              {t(isPhone ? 'phone.palm' : 'asking.phone')}
            </button>
          )}
        </div>
      </div>
      {isPhone && !payment.isPaired ? (
        payment.pairing && (
          <figure className="receipt">
            <QrCode
              text={encodeOffer({ url: location.origin, requestHash, pairing: payment.pairing })}
              label={t('phone.qr')}
            />
          </figure>
        )
      ) : (
        <CameraView
          label={t('asking.camera')}
          frames={PROBE_FRAMES}
          isTaking={isRead && state.isConnected}
          watch={watch}
          isLit={isAssessed && state.desk?.lightsPalms === true}
          onTaken={take}
        />
      )}
    </section>
  )
}
