/** Not paid: why, that nothing was charged, and three ways on, none of them greater than the others. */

import { LANE } from '@palmhold/protocol'
import { useTranslation } from 'react-i18next'
import type { PaymentView } from '../../../src/terminal/terminal-shapes.ts'
import { faultOf } from '../faults.ts'
import { euros } from '../i18n/i18n.ts'
import { AskFailure } from '../parts/ask-failure.tsx'
import { Icon } from '../parts/icon.tsx'
import { Title } from '../parts/title.tsx'
import type { TerminalState, TerminalStore } from '../terminal-store.ts'

export type RefusedProps = {
  readonly payment: PaymentView
  readonly code: string
  readonly state: TerminalState
  readonly store: TerminalStore
}

export function RefusedScreen({ payment, code, state, store }: RefusedProps) {
  const { t, i18n } = useTranslation()
  const fault = faultOf(code)
  const lane = payment.request.lane === LANE.phone ? 'phone' : 'palm'
  const isOpen = payment.state === 'issued' && !payment.canRepeat
  const again = () => (isOpen ? store.retry() : void store.repeat(payment, lane))
  const other = () => {
    if (isOpen) void store.cancel(payment)
    store.dismiss(payment.requestHash)
  }
  return (
    <section className="screen refused">
      <div className="badge bad">
        <Icon name="cross" />
      </div>
      <Title>{t(`faults.${fault}.title`)}</Title>
      <p className="sum">{euros(payment.request.amountMinor, i18n.language)}</p>
      <p>{t(`faults.${fault}.text`)}</p>
      <p>
        <strong>{t('refused.nothing')}</strong>
      </p>
      <nav className="ways" aria-label={t('refused.ways')}>
        <button type="button" disabled={state.isAsking || !(isOpen || payment.canRepeat)} onClick={again}>
          <Icon name="again" />
          {t('refused.again')}
        </button>
        {state.desk?.hasPhoneLane && (
          <button
            type="button"
            disabled={state.isAsking || !(isOpen || payment.canRepeat)}
            onClick={() => void store.repeat(payment, 'phone')}
          >
            <Icon name="phone" />
            {t('refused.phone')}
          </button>
        )}
        <button type="button" onClick={other}>
          <Icon name="card" />
          {t('refused.other')}
        </button>
      </nav>
      <AskFailure code={state.askFailure} />
      <p className="small">{t('refused.code', { code })}</p>
    </section>
  )
}
