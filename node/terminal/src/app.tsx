/** The whole page: a head with the shop's name, one screen, and the strip for staff. */

import { useEffect, useState, useSyncExternalStore } from 'react'
import { useTranslation } from 'react-i18next'
import { screenOf, stayMs } from './flow.ts'
import { Head } from './parts/head.tsx'
import { Notices } from './parts/notices.tsx'
import { useSounds } from './parts/sounds.ts'
import { useStay } from './parts/use-stay.ts'
import { loadTracker } from './scan/palm-camera.ts'
import { AskingScreen } from './screens/asking-screen.tsx'
import { CheckingScreen } from './screens/checking-screen.tsx'
import { EnrolScreen } from './screens/enrol-screen.tsx'
import { IdleScreen } from './screens/idle-screen.tsx'
import { MessageScreen } from './screens/message-screen.tsx'
import { PaidScreen } from './screens/paid-screen.tsx'
import { RefusedScreen } from './screens/refused-screen.tsx'
import { StaffStrip } from './screens/staff-strip.tsx'
import type { TerminalStore } from './terminal-store.ts'
import type { VerifierClient } from './verifier-client.ts'

export type AppProps = {
  readonly client: VerifierClient
  readonly store: TerminalStore
  readonly isLinkSpent: boolean
}

export function App({ client, store, isLinkSpent }: AppProps) {
  const { t } = useTranslation()
  const state = useSyncExternalStore(store.subscribe, store.get)
  const [isEnrolling, setEnrolling] = useState(false)
  const screen = screenOf(state)
  const payment = 'payment' in screen ? screen.payment : undefined
  const secondsLeft = useStay(
    payment && {
      of: `${payment.requestHash} ${screen.kind}`,
      ms: stayMs(screen),
      onEnd: () => store.dismiss(payment.requestHash),
    },
  )
  // Some megabytes: here by the time that somebody pays.
  useEffect(() => {
    if (state.isLinked) loadTracker().catch(() => undefined)
  }, [state.isLinked])
  useSounds(state.isLinked ? screen.kind : 'idle')

  if (state.isLinked === false)
    return (
      <main className="page">
        <Head merchant={undefined} />
        <MessageScreen
          icon="link"
          title={t('unlinked.title')}
          lines={[...(isLinkSpent ? [t('unlinked.spent')] : []), t('unlinked.text'), t('unlinked.command')]}
        />
      </main>
    )

  const show = () => {
    switch (screen.kind) {
      case 'loading':
        return <MessageScreen icon="wait" title={t('loading.title')} lines={[t('loading.text')]} />
      case 'idle':
        return <IdleScreen state={state} onAsk={store.ask} onEnrol={() => setEnrolling(true)} />
      case 'asking':
        return <AskingScreen key={screen.payment.requestHash} payment={screen.payment} state={state} store={store} />
      case 'checking':
        return <CheckingScreen step={screen.step} payment={screen.payment} />
      case 'unknown':
        return <MessageScreen icon="wait" title={t('unknown.title')} lines={[t('unknown.text'), t('unknown.wait')]} />
      case 'paid':
        return (
          <PaidScreen
            payment={screen.payment}
            domain={state.desk!.domain}
            secondsLeft={secondsLeft}
            onDone={() => store.dismiss(screen.payment.requestHash)}
          />
        )
      case 'refused':
        return <RefusedScreen payment={screen.payment} code={screen.code} state={state} store={store} />
    }
  }

  return (
    <main className="page">
      <Head merchant={state.desk?.merchant} />
      <Notices state={state} />
      {isEnrolling ? (
        <EnrolScreen
          client={client}
          operators={state.desk?.operators ?? 0}
          isPaymentWaiting={screen.kind === 'asking'}
          onEnd={() => setEnrolling(false)}
        />
      ) : (
        show()
      )}
      <StaffStrip client={client} state={state} store={store} />
    </main>
  )
}
