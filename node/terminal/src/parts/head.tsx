/** Above every screen: who the shop is, the other language, the sound. */

import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { switchLanguage } from '../i18n/i18n.ts'
import { Icon } from './icon.tsx'
import { isMuted, setMuted } from './sounds.ts'

export type Merchant = { readonly did: string; readonly name: string | null }

export function Head({ merchant }: { readonly merchant: Merchant | undefined }) {
  const { t } = useTranslation()
  const [isQuiet, setQuiet] = useState(isMuted)
  const toggleSound = () => {
    setMuted(!isQuiet)
    setQuiet(!isQuiet)
  }
  return (
    <header className="head">
      <div className="shop">
        <Icon name="palm" />
        <div>
          <strong>{merchant?.name ?? (merchant ? t('shop.unnamed') : 'Palmhold')}</strong>
          {merchant && (
            <span className="did">{merchant.name === null ? t('shop.unverified') : shortDid(merchant.did)}</span>
          )}
        </div>
      </div>
      <div className="tools">
        <button type="button" className="quiet" aria-pressed={!isQuiet} onClick={toggleSound}>
          <Icon name={isQuiet ? 'mute' : 'sound'} />
          <span>{t(isQuiet ? 'sound.off' : 'sound.on')}</span>
        </button>
        <button type="button" className="quiet" aria-label={t('languageLabel')} onClick={switchLanguage}>
          {t('language')}
        </button>
      </div>
    </header>
  )
}

/** `did:ethr:0x7a69:0x1234…cdef`: enough to compare the ends. */
export function shortDid(did: string): string {
  return did.length > 40 ? `${did.slice(0, 22)}…${did.slice(-6)}` : did
}
