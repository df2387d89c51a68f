/** The cashier types an amount, as on a till: digits come in from the right, in cents. */

import { type FormEvent, type KeyboardEvent, useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { euros } from '../i18n/i18n.ts'
import { AskFailure } from '../parts/ask-failure.tsx'
import { Icon } from '../parts/icon.tsx'
import { Title } from '../parts/title.tsx'
import type { TerminalState } from '../terminal-store.ts'

/** 99,999.99 EUR. */
const MOST_DIGITS = 7
const KEYS = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '00', '0'] as const

export type IdleProps = {
  readonly state: TerminalState
  readonly onAsk: (amountMinor: number) => Promise<void>
  readonly onEnrol: () => void
}

export function IdleScreen({ state, onAsk, onEnrol }: IdleProps) {
  const { t, i18n } = useTranslation()
  const [digits, setDigits] = useState('')
  const amountMinor = Number(digits)
  const amount = euros(amountMinor, i18n.language)

  const type = (key: string) =>
    setDigits((typed) => (typed.length + key.length > MOST_DIGITS ? typed : `${typed}${key}`.replace(/^0+/, '')))
  const erase = () => setDigits((typed) => typed.slice(0, -1))
  const onKeyDown = (event: KeyboardEvent<HTMLFormElement>) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    if (/^[0-9]$/.test(event.key)) type(event.key)
    else if (event.key === 'Backspace') erase()
    // A till's keyboard: Enter asks, wherever the focus is but on another button.
    else if (event.key === 'Enter' && !(event.target instanceof HTMLButtonElement)) event.currentTarget.requestSubmit()
    else return
    event.preventDefault()
  }
  const form = useRef<HTMLFormElement>(null)
  const input = useRef<HTMLInputElement>(null)
  // An amount is typed wherever the focus was left, a staff button say, and goes on in its field.
  // biome-ignore lint/correctness/useExhaustiveDependencies: what types does the same at each draw
  useEffect(() => {
    const onStrayKey = ({ key, target, ctrlKey, metaKey, altKey }: globalThis.KeyboardEvent) => {
      if (ctrlKey || metaKey || altKey || !/^[0-9]$/.test(key)) return
      if (target instanceof HTMLInputElement || (target instanceof Node && form.current?.contains(target))) return
      type(key)
      input.current?.focus()
    }
    document.addEventListener('keydown', onStrayKey)
    return () => document.removeEventListener('keydown', onStrayKey)
  }, [])
  const onSubmit = (event: FormEvent) => {
    event.preventDefault()
    if (amountMinor > 0 && !state.isAsking) void onAsk(amountMinor)
  }

  return (
    <section className="screen idle">
      <form ref={form} onSubmit={onSubmit} onKeyDown={onKeyDown}>
        <Title>{t('idle.title')}</Title>
        <label className="amount">
          <span className="label">{t('idle.label')}</span>
          {/* The keys below are for hands, this is for keyboards and screen readers. */}
          <input ref={input} value={amount} inputMode="numeric" autoComplete="off" onChange={() => undefined} />
        </label>
        <div className="keys">
          {KEYS.map((key) => (
            <button key={key} type="button" className="key" onClick={() => type(key)}>
              {key}
            </button>
          ))}
          <button type="button" className="key" aria-label={t('idle.delete')} onClick={erase}>
            <Icon name="back" />
          </button>
        </div>
        <button type="submit" className="primary" disabled={amountMinor === 0 || state.isAsking}>
          {amountMinor === 0 ? t('idle.empty') : t('idle.ask', { amount })}
        </button>
        <AskFailure code={state.askFailure} />
      </form>
      <button type="button" className="secondary" onClick={onEnrol}>
        <Icon name="palm" />
        {t('idle.enrol')}
      </button>
    </section>
  )
}
