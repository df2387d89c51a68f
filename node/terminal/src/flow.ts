/**
 * What the terminal shows, from what the verifier says and what this page did: one function without side effects, so that
 * the same answers give the same screen after a reload or a restart.
 */

import type { Hex } from '@palmhold/base'
import type { DeskView, PaymentView } from '../../src/terminal/terminal-shapes.ts'

/** What the page knows by itself. */
export type PageState = {
  readonly desk: DeskView | undefined
  /** Whether the verifier answers now. */
  readonly isConnected: boolean
  /** The request on show; kept over a reload. */
  readonly following: Hex | undefined
  /** Requests that were put away. */
  readonly dismissed: ReadonlySet<Hex>
  /** The request whose scan this page has sent, or is about to, without an answer yet. */
  readonly sending: Hex | undefined
  /** What kept this page from sending a scan. */
  readonly failure: { readonly requestHash: Hex; readonly code: string } | undefined
  /** The verifier's time now, seconds since 1970. */
  readonly now: number
}

export type Screen =
  | { readonly kind: 'loading' }
  | { readonly kind: 'idle' }
  | { readonly kind: 'asking'; readonly payment: PaymentView }
  | { readonly kind: 'checking'; readonly payment: PaymentView; readonly step: CheckingStep }
  /** A scan is under way and the verifier does not answer: nobody here knows how it ends. */
  | { readonly kind: 'unknown'; readonly payment: PaymentView }
  | { readonly kind: 'paid'; readonly payment: PaymentView }
  | { readonly kind: 'refused'; readonly payment: PaymentView; readonly code: string }

export const CHECKING_STEPS = ['sending', 'comparing', 'settling'] as const
export type CheckingStep = (typeof CHECKING_STEPS)[number]

/** The payment to show: the one on show until it is put away, then the newest that is open. */
export function paymentOnShow({ desk, following, dismissed }: PageState): PaymentView | undefined {
  if (!desk) return undefined
  const { current, followed } = desk
  const shown = [followed, current].find((payment) => payment?.requestHash === following) ?? undefined
  const isReplaced = shown !== undefined && current !== null && current.requestHash !== shown.requestHash
  // A newer request takes the place of one that nobody has scanned, never of one whose end is not known yet.
  if (shown && !dismissed.has(shown.requestHash) && !(isReplaced && shown.state === 'issued')) return shown
  if (!current || dismissed.has(current.requestHash)) return undefined
  // What ended before this page saw it open is nobody's business here any more.
  return current.state === 'settled' || current.state === 'refused' ? undefined : current
}

export function screenOf(page: PageState): Screen {
  if (!page.desk) return { kind: 'loading' }
  const payment = paymentOnShow(page)
  if (!payment) return { kind: 'idle' }
  const { requestHash, state } = payment
  const isSending = page.sending === requestHash
  switch (state) {
    case 'settled':
      return { kind: 'paid', payment }
    case 'refused':
      return { kind: 'refused', payment, code: payment.refusal ?? 'PALM_INTERNAL' }
    case 'issued':
      if (isSending)
        return page.isConnected ? { kind: 'checking', payment, step: 'sending' } : { kind: 'unknown', payment }
      if (page.failure?.requestHash === requestHash) return { kind: 'refused', payment, code: page.failure.code }
      // Nobody scanned it in time. A request that others follow may be about to be scanned: only the page forgets it.
      if (page.now > payment.request.expiry) return { kind: 'refused', payment, code: 'PALM_REQUEST_EXPIRED' }
      return { kind: 'asking', payment }
    case 'scanned':
    case 'attested':
      if (!page.isConnected) return { kind: 'unknown', payment }
      return { kind: 'checking', payment, step: state === 'scanned' ? 'comparing' : 'settling' }
  }
}

/** How long a screen stays before the terminal clears itself, in ms; nothing where it waits for something. */
export function stayMs(screen: Screen): number | undefined {
  if (screen.kind === 'paid') return PAID_MS
  if (screen.kind !== 'refused') return undefined
  return QUIET_CODES.includes(screen.code) ? QUIET_MS : REFUSED_MS
}

const PAID_MS = 15_000
const REFUSED_MS = 45_000
const QUIET_MS = 6_000
/** Nobody stands there who has to decide something. */
const QUIET_CODES = ['PALM_CANCELLED', 'PALM_REQUEST_EXPIRED']
