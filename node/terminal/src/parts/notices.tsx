/** What may be wrong while a screen is on show: no connection, or a clock that is far off. */

import { useTranslation } from 'react-i18next'
import type { TerminalState } from '../terminal-store.ts'
import { Icon } from './icon.tsx'

/** As far as messages may be apart (CLOCK_SKEW_S of the protocol). */
const CLOCK_OFF_S = 30

export function Notices({ state }: { readonly state: TerminalState }) {
  const { t } = useTranslation()
  const minutes = Math.round(Math.abs(state.clockOffsetS) / 60)
  return (
    <div className="notices" role="status">
      {!state.isConnected && (
        <p className="notice">
          <Icon name="warn" />
          {t('connection.lost')}
        </p>
      )}
      {Math.abs(state.clockOffsetS) > CLOCK_OFF_S && (
        <p className="notice">
          <Icon name="warn" />
          {t('connection.clock', { minutes: Math.max(1, minutes) })}
        </p>
      )}
    </div>
  )
}
