/** What staff do after the PIN: see the last payments, give one back, unlink the terminal. */

import { errorCode } from '@palmhold/base'
import { type FormEvent, useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { euros } from '../i18n/i18n.ts'
import { Title } from '../parts/title.tsx'
import type { TerminalStore } from '../terminal-store.ts'
import type { StaffReceipts, VerifierClient } from '../verifier-client.ts'

export type PanelProps = {
  readonly client: VerifierClient
  readonly isUnlockedNow: boolean
  readonly store: TerminalStore
  readonly onClose: () => void
}

export function StaffPanel({ client, isUnlockedNow, store, onClose }: PanelProps) {
  const { t } = useTranslation()
  const [isUnlocked, setUnlocked] = useState(isUnlockedNow)
  return (
    <div className="staff">
      <Title>{t('staff.title')}</Title>
      {isUnlocked ? <Receipts client={client} /> : <Pin client={client} onUnlocked={() => setUnlocked(true)} />}
      <div className="row">
        {isUnlocked && (
          <button type="button" className="secondary" onClick={() => void store.unlink().then(onClose)}>
            {t('staff.unlink')}
          </button>
        )}
        <button type="button" className="secondary" onClick={onClose}>
          {t('staff.close')}
        </button>
      </div>
    </div>
  )
}

function Pin({ client, onUnlocked }: { readonly client: VerifierClient; readonly onUnlocked: () => void }) {
  const { t } = useTranslation()
  const [pin, setPin] = useState('')
  const [problem, setProblem] = useState<string>()
  const onSubmit = async (event: FormEvent) => {
    event.preventDefault()
    try {
      await client.unlock(pin)
      onUnlocked()
    } catch (error) {
      setPin('')
      setProblem(errorCode(error))
    }
  }
  return (
    <form onSubmit={onSubmit}>
      <label>
        <span className="label">{t('staff.pin')}</span>
        <input
          type="password"
          inputMode="numeric"
          autoComplete="off"
          maxLength={6}
          value={pin}
          onChange={(event) => setPin(event.target.value)}
        />
      </label>
      <button type="submit" className="primary" disabled={pin === ''}>
        {t('staff.unlock')}
      </button>
      {problem !== undefined && (
        <p className="problem" role="alert">
          {problem === 'PALM_PIN_WRONG'
            ? t('staff.wrong')
            : problem === 'PALM_PIN_LOCKED'
              ? t('staff.locked')
              : t('faults.verifierAway.title')}
        </p>
      )}
    </form>
  )
}

const STATUSES = ['locked', 'released', 'refunded', 'disputed']

function Receipts({ client }: { readonly client: VerifierClient }) {
  const { t, i18n } = useTranslation()
  const [receipts, setReceipts] = useState<StaffReceipts>()
  const [refunding, setRefunding] = useState<string>()
  const [problem, setProblem] = useState<string>()

  useEffect(() => {
    client.receipts().then(setReceipts, (error) => setProblem(errorCode(error)))
  }, [client])

  const refund = async (requestHash: StaffReceipts[number]['receipt']['requestHash']) => {
    setRefunding(requestHash)
    setProblem(undefined)
    try {
      await client.refund(requestHash)
    } catch (error) {
      setProblem(errorCode(error))
    }
    await client.receipts().then(setReceipts, () => undefined)
    setRefunding(undefined)
  }

  return (
    <>
      <h2>{t('staff.receipts')}</h2>
      <p className="small">{t('staff.void')}</p>
      {receipts?.length === 0 && <p>{t('staff.none')}</p>}
      <ul className="receipts">
        {receipts?.map(({ receipt, status }) => {
          const amount = euros(receipt.amountMinor, i18n.language)
          const time = new Date(receipt.settledAt * 1000).toLocaleTimeString(i18n.language, { timeStyle: 'short' })
          return (
            <li key={receipt.requestHash}>
              <span>{time}</span>
              <strong>{amount}</strong>
              <span>{t(`staff.status.${STATUSES.includes(status) ? status : 'other'}`)}</span>
              {status === 'locked' && (
                <button
                  type="button"
                  className="secondary"
                  disabled={refunding !== undefined}
                  onClick={() => void refund(receipt.requestHash)}
                >
                  {refunding === receipt.requestHash ? t('staff.refunding') : t('staff.refund', { amount })}
                </button>
              )}
            </li>
          )
        })}
      </ul>
      {problem !== undefined && (
        <p className="problem" role="alert">
          {t('staff.failed', { code: problem })}
        </p>
      )}
    </>
  )
}
