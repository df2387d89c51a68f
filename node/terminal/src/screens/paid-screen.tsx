/** Paid: how much, to whom, and the receipt to take along. */

import { useTranslation } from 'react-i18next'
import type { DeskView, PaymentView } from '../../../src/terminal/terminal-shapes.ts'
import { euros } from '../i18n/i18n.ts'
import { Icon } from '../parts/icon.tsx'
import { QrCode } from '../parts/qr-code.tsx'
import { Title } from '../parts/title.tsx'
import { receiptLink } from '../receipt-link.ts'

export type PaidProps = {
  readonly payment: PaymentView
  readonly domain: DeskView['domain']
  readonly secondsLeft: number | undefined
  readonly onDone: () => void
}

export function PaidScreen({ payment, domain, secondsLeft, onDone }: PaidProps) {
  const { t, i18n } = useTranslation()
  const receipt = payment.receipt!
  return (
    <section className="screen paid">
      <div className="said">
        <div className="badge good">
          <Icon name="check" />
        </div>
        <Title>{t('paid.title')}</Title>
        <p className="sum">{euros(receipt.amountMinor, i18n.language)}</p>
        <p>{t('paid.to', { merchant: receipt.merchantName ?? t('shop.unnamed') })}</p>
        <button type="button" className="primary" onClick={onDone}>
          {t('paid.next')}
        </button>
        {secondsLeft !== undefined && <p className="small">{t('paid.clears', { seconds: secondsLeft })}</p>}
      </div>
      <figure className="receipt">
        <QrCode text={receiptLink(receipt, domain.chainId)} label={t('paid.qr')} />
        <figcaption>{t('paid.qrText')}</figcaption>
      </figure>
    </section>
  )
}
