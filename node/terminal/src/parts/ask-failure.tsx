/** Why no request could be made: what is the matter, what to do, and the code for staff. */

import { useTranslation } from 'react-i18next'
import { faultOf } from '../faults.ts'

export function AskFailure({ code }: { readonly code: string | undefined }) {
  const { t } = useTranslation()
  if (code === undefined) return null
  const fault = faultOf(code)
  return (
    <p className="problem" role="alert">
      {t('idle.failed')} {t(`faults.${fault}.title`)}. {t(`faults.${fault}.text`)}{' '}
      <small>{t('refused.code', { code })}</small>
    </p>
  )
}
