/** Enrolling here: consent first, then both palms, then the claim code, once, and only then the enrolment itself. */

import { errorCode, type PalmErrorCode } from '@palmhold/base'
import { type CapturedPalm, ENROLMENT_FRAMES } from '@palmhold/capture'
import { buildPalmTemplate, type PalmTemplate } from '@palmhold/palm'
import type { Templates } from '@palmhold/wallet'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ACCOUNT, ENROL_STEPS, type EnrolStep, type PreparedWallet, prepareWallet } from '../enrol/enrol-here.ts'
import { enrolStayMs } from '../enrol/enrol-stay.ts'
import { euros } from '../i18n/i18n.ts'
import { Icon } from '../parts/icon.tsx'
import { QrCode } from '../parts/qr-code.tsx'
import { Title } from '../parts/title.tsx'
import { useStay } from '../parts/use-stay.ts'
import { CameraView } from '../scan/camera-view.tsx'
import type { VerifierClient } from '../verifier-client.ts'
import { MessageScreen } from './message-screen.tsx'

type Hand = 'left' | 'right'
type Stage =
  | { readonly kind: 'consent' }
  | {
      readonly kind: 'hand'
      readonly hand: Hand
      readonly taken: Templates
      readonly tries: number
      readonly problem?: string
    }
  | { readonly kind: 'preparing' }
  | { readonly kind: 'handover'; readonly wallet: PreparedWallet }
  | { readonly kind: 'working'; readonly step: EnrolStep }
  | { readonly kind: 'done' }
  | { readonly kind: 'failed'; readonly code: PalmErrorCode; readonly step: EnrolStep | 'keys' }

export type EnrolProps = {
  readonly client: VerifierClient
  readonly operators: number
  readonly isPaymentWaiting: boolean
  readonly onEnd: () => void
}

export function EnrolScreen({ client, operators, isPaymentWaiting, onEnd }: EnrolProps) {
  const { t } = useTranslation()
  const [stage, setStage] = useState<Stage>({ kind: 'consent' })

  const prepare = async (templates: Templates) => {
    setStage({ kind: 'preparing' })
    try {
      setStage({ kind: 'handover', wallet: await prepareWallet(client, templates) })
    } catch (error) {
      setStage({ kind: 'failed', code: errorCode(error), step: 'keys' })
    }
  }
  const enrol = async (wallet: PreparedWallet) => {
    let step: EnrolStep = 'money'
    setStage({ kind: 'working', step })
    try {
      await wallet.enrol((next) => {
        step = next
        setStage({ kind: 'working', step })
      })
      setStage({ kind: 'done' })
    } catch (error) {
      setStage({ kind: 'failed', code: errorCode(error), step })
    }
  }
  const goOn = (hand: Hand, taken: Templates) => {
    if (hand === 'left') setStage({ kind: 'hand', hand: 'right', taken, tries: 0 })
    else void prepare(taken)
  }
  const take = (hand: Hand, taken: Templates, tries: number) => (captured: CapturedPalm) => {
    let template: PalmTemplate
    try {
      template = buildPalmTemplate([...captured.rois])
    } catch (error) {
      const problem = errorCode(error) === 'PALM_FRAMES_DISAGREE' ? 'PALM_FRAMES_DISAGREE' : 'other'
      return setStage({ kind: 'hand', hand, taken, tries: tries + 1, problem })
    } finally {
      captured.wipe()
    }
    goOn(hand, { ...taken, [hand]: template })
  }

  /** Nothing stays of whoever calls it off, or walks away. */
  const leave = () => {
    if (stage.kind === 'handover') void stage.wallet.discard().catch(() => undefined)
    if (stage.kind === 'hand')
      for (const bytes of Object.values(stage.taken).flatMap(({ code, pooled }) => [code, pooled])) bytes.fill(0)
    onEnd()
  }
  useStay({
    of: stage.kind === 'hand' ? `${stage.hand} ${stage.tries}` : stage.kind,
    ms: enrolStayMs(stage.kind),
    onEnd: leave,
  })

  const show = () => {
    switch (stage.kind) {
      case 'consent':
        return (
          <Consent
            operators={operators}
            onAgree={() => setStage({ kind: 'hand', hand: 'left', taken: {}, tries: 0 })}
            onBack={onEnd}
          />
        )
      case 'hand': {
        const { hand, taken, tries } = stage
        const canSkip = hand === 'left' || taken.left !== undefined
        return (
          <section className="screen enrol capturing" key={hand}>
            <div className="said">
              <Title>{t(`enrol.${hand}`)}</Title>
              <p>{t('enrol.frames')}</p>
              {stage.problem !== undefined && (
                <p className="problem" role="alert">
                  {t(`enrol.again.${stage.problem}`)}
                </p>
              )}
              <div className="row">
                <button type="button" className="secondary" onClick={leave}>
                  {t('asking.cancel')}
                </button>
                {canSkip && (
                  <button type="button" className="secondary" onClick={() => goOn(hand, taken)}>
                    {t('enrol.skip')}
                  </button>
                )}
              </div>
            </div>
            <CameraView
              key={`${hand} ${tries}`}
              label={t('asking.camera')}
              frames={ENROLMENT_FRAMES}
              hand={hand}
              isTaking
              onTaken={take(hand, taken, tries)}
            />
          </section>
        )
      }
      case 'working':
        return <Working step={stage.step} />
      case 'preparing':
        return <MessageScreen icon="wait" title={t('loading.title')} lines={[t('enrol.preparing')]} />
      case 'handover': {
        const { wallet } = stage
        return <Handover wallet={wallet} onKept={() => void enrol(wallet)} onCancel={leave} />
      }
      case 'done':
        return (
          <section className="screen message enrolled">
            <div className="badge good">
              <Icon name="check" />
            </div>
            <Title>{t('enrol.done')}</Title>
            <p>{t('enrol.doneText')}</p>
            <button type="button" className="primary" onClick={onEnd}>
              {t('paid.next')}
            </button>
          </section>
        )
      case 'failed':
        return (
          <section className="screen refused">
            <div className="badge bad">
              <Icon name="cross" />
            </div>
            <Title>{t('enrol.failed')}</Title>
            <p>{t('enrol.failedText')}</p>
            <button type="button" className="primary" onClick={onEnd}>
              {t('enrol.back')}
            </button>
            <p className="small">{t('refused.code', { code: `${stage.code} (${stage.step})` })}</p>
          </section>
        )
    }
  }
  return (
    <>
      {isPaymentWaiting && (
        <p className="notice" role="status">
          <Icon name="wait" />
          {t('enrol.waiting')}
        </p>
      )}
      {show()}
    </>
  )
}

type ConsentProps = { readonly operators: number; readonly onAgree: () => void; readonly onBack: () => void }

function Consent({ operators, onAgree, onBack }: ConsentProps) {
  const { t, i18n } = useTranslation()
  const sums = {
    operators,
    payment: euros(ACCOUNT.perPaymentMinor, i18n.language),
    day: euros(ACCOUNT.perDayMinor, i18n.language),
    deposit: euros(ACCOUNT.depositMinor, i18n.language),
  }
  return (
    <section className="screen enrol consenting">
      <Title>{t('enrol.title')}</Title>
      <dl>
        {(['what', 'where', 'long', 'money'] as const).map((part) => (
          <div key={part}>
            <dt>{t(`enrol.consent.${part}`)}</dt>
            <dd>{t(`enrol.consent.${part}Text`, sums)}</dd>
          </div>
        ))}
      </dl>
      <p>
        <strong>{t('enrol.consent.honest')}</strong>
      </p>
      <div className="row">
        <button type="button" className="secondary" onClick={onBack}>
          {t('enrol.back')}
        </button>
        <button type="button" className="primary" onClick={onAgree}>
          {t('enrol.agree')}
        </button>
      </div>
    </section>
  )
}

function Working({ step }: { readonly step: EnrolStep }) {
  const { t } = useTranslation()
  const at = ENROL_STEPS.indexOf(step)
  return (
    <section className="screen checking">
      <Title>{t('enrol.working')}</Title>
      <ol className="steps" aria-live="polite">
        {ENROL_STEPS.map((name, i) => {
          const how = i < at ? 'done' : i === at ? 'current' : 'waiting'
          return (
            <li key={name} className={how} aria-current={how === 'current' ? 'step' : undefined}>
              <Icon name={how === 'done' ? 'check' : 'wait'} />
              <span>{t(`enrol.steps.${name}`)}</span>
              <span className="how">{t(`checking.${how}`)}</span>
            </li>
          )
        })}
      </ol>
    </section>
  )
}

type HandoverProps = {
  readonly wallet: PreparedWallet
  readonly onKept: () => void
  readonly onCancel: () => void
}

function Handover({ wallet, onKept, onCancel }: HandoverProps) {
  const { t } = useTranslation()
  return (
    <section className="screen paid handover">
      <div className="said">
        <Title>{t('enrol.handover')}</Title>
        <p>{t('enrol.handoverText')}</p>
        <p>
          <strong>{t('enrol.warning')}</strong>
        </p>
        <div className="row">
          <button type="button" className="secondary" onClick={onCancel}>
            {t('asking.cancel')}
          </button>
          <button type="button" className="primary" onClick={onKept}>
            {t('enrol.kept')}
          </button>
        </div>
      </div>
      <figure className="receipt">
        <QrCode text={wallet.link} label={t('enrol.handoverQr')} />
        <figcaption>
          <span className="label">{t('enrol.code')}</span>
          <code className="claim">{wallet.writtenCode}</code>
        </figcaption>
      </figure>
    </section>
  )
}
