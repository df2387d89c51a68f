/** The page's languages: the browser's to begin with, then the one that was chosen last. */

import i18next from 'i18next'
import { initReactI18next } from 'react-i18next'
import { de } from './de.ts'
import { en } from './en.ts'

const KEPT = 'palmhold.terminal.language'

export type LanguageCode = 'en' | 'de'

export async function startLanguages(): Promise<void> {
  i18next.on('languageChanged', (code) => {
    document.documentElement.lang = code
  })
  await i18next.use(initReactI18next).init({
    resources: { en: { translation: en }, de: { translation: de } },
    lng: localStorage.getItem(KEPT) ?? (navigator.language.startsWith('de') ? 'de' : 'en'),
    fallbackLng: 'en',
    // React escapes what it shows.
    interpolation: { escapeValue: false },
  })
}

export function switchLanguage(): void {
  const code: LanguageCode = i18next.language === 'en' ? 'de' : 'en'
  localStorage.setItem(KEPT, code)
  void i18next.changeLanguage(code)
}

/** Cents as euros, in the way of the language: `€12.50`, `12,50 €`. */
export function euros(amountMinor: number, language: string): string {
  return new Intl.NumberFormat(language === 'de' ? 'de-DE' : 'en-IE', { style: 'currency', currency: 'EUR' }).format(
    amountMinor / 100,
  )
}
