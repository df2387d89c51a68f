/** After the scan: what is being done with it, step by step. */

import { LANE } from '@palmhold/protocol'
import { useTranslation } from 'react-i18next'
import type { PaymentView } from '../../../src/terminal/terminal-shapes.ts'
import { CHECKING_STEPS, type CheckingStep } from '../flow.ts'
import { euros } from '../i18n/i18n.ts'
import { Icon } from '../parts/icon.tsx'
import { Title } from '../parts/title.tsx'
import { useElapsed } from '../parts/use-elapsed.ts'

/** A comparison that takes longer waits for an operator, a payment that is recognised for the chain. */
const LONG_MS = 6_000

export function CheckingScreen({ step, payment }: { readonly step: CheckingStep; readonly payment: PaymentView }) {
  const { t, i18n } = useTranslation()
  const isPhone = payment.request.lane === LANE.phone
  const at = CHECKING_STEPS.indexOf(step)
  const isLong = useElapsed(step, LONG_MS)
  // A phone takes its time to prove.
  const delay = step === 'settling' ? 'recognised' : step === 'comparing' && !isPhone ? 'slow' : undefined
  return (
    <section className="screen checking">
      <Title>{t('checking.title')}</Title>
      <p className="sum">{euros(payment.request.amountMinor, i18n.language)}</p>
      <ol className="steps" aria-live="polite">
        {CHECKING_STEPS.map((name, i) => {
          const how = i < at ? 'done' : i === at ? 'current' : 'waiting'
          return (
            <li key={name} className={how} aria-current={how === 'current' ? 'step' : undefined}>
              <Icon name={how === 'done' ? 'check' : 'wait'} />
              <span>{t(name === 'comparing' && isPhone ? 'checking.phone' : `checking.${name}`)}</span>
              <span className="how">{t(`checking.${how}`)}</span>
            </li>
          )
        })}
      </ol>
      {isLong && delay && (
        <p className="notice" role="alert">
          <Icon name="warn" />
          {t(`checking.${delay}`)}
        </p>
      )}
    </section>
  )
}
