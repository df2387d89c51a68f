/** The line at the foot for staff: operators, chain, last error; behind a PIN the last payments, to give one back. */

import { useCallback, useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { StripView } from '../../../src/terminal/terminal-shapes.ts'
import { Icon } from '../parts/icon.tsx'
import type { TerminalState, TerminalStore } from '../terminal-store.ts'
import type { VerifierClient } from '../verifier-client.ts'
import { StaffPanel } from './staff-panel.tsx'

const EVERY_MS = 5_000

export type StaffProps = {
  readonly client: VerifierClient
  readonly state: TerminalState
  readonly store: TerminalStore
}

export function StaffStrip({ client, state, store }: StaffProps) {
  const { t, i18n } = useTranslation()
  const [strip, setStrip] = useState<StripView>()
  const dialog = useRef<HTMLDialogElement>(null)
  const [isOpen, setOpen] = useState(false)

  useEffect(() => {
    let isAsking = false
    const ask = async () => {
      if (isAsking || document.hidden) return
      isAsking = true
      await client.strip().then(setStrip, () => setStrip(undefined))
      isAsking = false
    }
    void ask()
    const timer = setInterval(ask, EVERY_MS)
    return () => clearInterval(timer)
  }, [client])

  const open = () => {
    setOpen(true)
    dialog.current?.showModal()
  }
  const close = useCallback(() => {
    setOpen(false)
    dialog.current?.close()
    void client.lock().catch(() => undefined)
  }, [client])

  const up = strip?.operators.filter((operator) => operator.up).length ?? 0
  const all = strip?.operators.length ?? 0
  const time = (at: number) => new Date(at * 1000).toLocaleTimeString(i18n.language, { timeStyle: 'short' })
  return (
    <footer className="strip">
      <h2 className="unseen">{t('staff.strip')}</h2>
      <State ok={state.isConnected} text={t(state.isConnected ? 'staff.verifier.ok' : 'staff.verifier.away')} />
      {strip && (
        <>
          <State ok={up === all} text={t('staff.operators', { up, all })} />
          <State ok={strip.chain.ok} text={t(strip.chain.ok ? 'staff.chain.ok' : 'staff.chain.away')} />
          <span className="last">
            {strip.lastError
              ? t('staff.lastError', { code: strip.lastError.code, time: time(strip.lastError.at) })
              : t('staff.noError')}
          </span>
        </>
      )}
      <button type="button" className="quiet" onClick={open}>
        <Icon name="staff" />
        {t('staff.open')}
      </button>
      <dialog ref={dialog} className="panel" aria-label={t('staff.title')} onCancel={close}>
        {isOpen && (
          <StaffPanel client={client} isUnlockedNow={state.desk?.isStaff ?? false} store={store} onClose={close} />
        )}
      </dialog>
    </footer>
  )
}

function State({ ok, text }: { readonly ok: boolean; readonly text: string }) {
  return (
    <span className={ok ? 'state ok' : 'state away'}>
      <Icon name={ok ? 'check' : 'warn'} />
      {text}
    </span>
  )
}
