/**
 * The page's state and what changes it: asks the verifier for news without end, remembers which request is on show, sends
 * the one scan of a request, and never guesses how a scan ended that it got no answer to.
 */

import { errorCode, type Hex } from '@palmhold/base'
import type { ProbeCodes } from '@palmhold/palm'
import { hashSchema } from '@palmhold/protocol'
import type { PaymentView } from '../../src/terminal/terminal-shapes.ts'
import { sealProbe } from '../../src/verifier/seal-probe.ts'
import { type PageState, paymentOnShow } from './flow.ts'
import type { Lane, VerifierClient } from './verifier-client.ts'

const FOLLOWING = 'palmhold.terminal.following'
const RETRY_MS = 1_000
const TICK_MS = 1_000

export type TerminalState = PageState & {
  /** Whether the verifier knows this page; undefined until it has said so. */
  readonly isLinked: boolean | undefined
  /** The code of what kept a request from being made. */
  readonly askFailure: string | undefined
  readonly isAsking: boolean
  /** The verifier's clock less this device's, in seconds. */
  readonly clockOffsetS: number
}

export type TerminalStore = {
  readonly get: () => TerminalState
  readonly subscribe: (listener: () => void) => () => void
  /** Asks for news until `signal` aborts. */
  readonly run: (signal: AbortSignal) => Promise<void>
  readonly ask: (amountMinor: number) => Promise<void>
  /** Seals and sends the probe, whose codes are overwritten. */
  readonly sendScan: (payment: PaymentView, probe: ProbeCodes) => Promise<void>
  /** Sends nothing of a scan, for the reason `code`. The request stays open. */
  readonly doubt: (payment: PaymentView, code: string) => void
  readonly cancel: (payment: PaymentView) => Promise<void>
  /** Asks once more for the same order, in either lane. */
  readonly repeat: (payment: PaymentView, lane: Lane) => Promise<void>
  /** Scans again for a request that is still open. */
  readonly retry: () => void
  /** Puts what is on show away. */
  readonly dismiss: (requestHash: Hex) => void
  readonly unlink: () => Promise<void>
}

export function createTerminalStore(
  client: VerifierClient,
  options: {
    nowMs: () => number
    /** Outlives a reload. */
    kept: Storage
    random: (length: number) => Uint8Array
    /** How long it waits after a question that failed; a second unless given. */
    retryMs?: number
  },
): TerminalStore {
  const { nowMs, kept, random, retryMs = RETRY_MS } = options
  const listeners = new Set<() => void>()
  let state: TerminalState = {
    desk: undefined,
    isConnected: true,
    isLinked: undefined,
    following: readHash(kept.getItem(FOLLOWING)),
    dismissed: new Set(),
    sending: undefined,
    failure: undefined,
    askFailure: undefined,
    isAsking: false,
    clockOffsetS: 0,
    now: Math.floor(nowMs() / 1000),
  }
  /** The request that outlives a reload. */
  let stored = state.following
  /** Whether the answer to a scan is in, or will not come, so that the next news decides. */
  let isAnswered = false
  let interrupt = new AbortController()

  const set = (change: Partial<TerminalState>) => {
    state = { ...state, ...change }
    if (state.desk) {
      state = { ...state, following: paymentOnShow(state)?.requestHash }
      // Not what it was in the state: a repeated request is followed before it is on show.
      if (state.following && state.following !== stored) kept.setItem(FOLLOWING, state.following)
      else if (!state.following && stored) kept.removeItem(FOLLOWING)
      stored = state.following
    }
    for (const listener of listeners) listener()
  }
  /** Ends the question under way: there is something new to ask. */
  const askAnew = () => interrupt.abort()

  const askOnce = async (after: string, signal: AbortSignal) => {
    interrupt = new AbortController()
    const wasAnswered = isAnswered
    const desk = await client.desk(after, state.following, AbortSignal.any([signal, interrupt.signal]))
    const clockOffsetS = desk.now - Math.floor(nowMs() / 1000)
    set({
      desk,
      isConnected: true,
      isLinked: true,
      clockOffsetS,
      now: desk.now,
      // What was asked before the answer was in may tell of the time before the scan.
      ...(wasAnswered ? { sending: undefined } : {}),
    })
    if (wasAnswered) isAnswered = false
  }

  return {
    get: () => state,
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    async run(signal) {
      const tick = setInterval(() => set({ now: Math.floor(nowMs() / 1000) + state.clockOffsetS }), TICK_MS)
      signal.addEventListener('abort', () => clearInterval(tick))
      while (!signal.aborted) {
        try {
          // After a question that failed, at once: the verifier may be another process by now.
          const after = state.isConnected && !isAnswered ? (state.desk?.version ?? '') : ''
          await askOnce(after, signal)
        } catch (error) {
          if (interrupt.signal.aborted || signal.aborted) continue
          if (errorCode(error) === 'PALM_TERMINAL_UNLINKED') return set({ isLinked: false })
          set({ isConnected: false })
          await new Promise((resolve) => setTimeout(resolve, retryMs))
        }
      }
    },
    async ask(amountMinor) {
      set({ askFailure: undefined, isAsking: true })
      try {
        await client.ask({ amountMinor })
        set({ isAsking: false })
      } catch (error) {
        set({ askFailure: errorCode(error), isAsking: false })
      }
    },
    async sendScan({ requestHash }, probe) {
      const wipe = () => {
        for (const bytes of [...probe.codes, probe.pooled]) bytes.fill(0)
      }
      const { desk } = state
      if (!desk || state.sending !== undefined) return wipe()
      isAnswered = false
      set({ sending: requestHash, failure: undefined })
      try {
        const sealing = await client.sealing()
        const { domain, terminal } = desk
        const sealed = await sealProbe({ domain, terminal, requestHash, sealing, probe, random })
        await client.scan(requestHash, sealed)
      } catch (error) {
        const code = errorCode(error)
        // Without an answer the news says how it is; a refusal of the scan is the payment's own, unless none was sent.
        if (code !== 'PALM_VERIFIER_UNREACHABLE') set({ failure: { requestHash, code } })
      } finally {
        wipe()
        isAnswered = true
        askAnew()
      }
    },
    doubt: ({ requestHash }, code) => set({ failure: { requestHash, code } }),
    async cancel({ requestHash }) {
      await client.cancel(requestHash).catch(() => undefined)
    },
    async repeat({ requestHash }, lane) {
      set({ askFailure: undefined, isAsking: true })
      try {
        const { requestHash: next } = await client.repeat(requestHash, lane)
        set({ isAsking: false, dismissed: new Set([...state.dismissed, requestHash]), following: next })
      } catch (error) {
        set({ askFailure: errorCode(error), isAsking: false })
      }
    },
    retry: () => set({ failure: undefined }),
    dismiss(requestHash) {
      set({ dismissed: new Set([...state.dismissed, requestHash]), failure: undefined, askFailure: undefined })
    },
    async unlink() {
      await client.unlink()
      set({ isLinked: false })
    },
  }
}

function readHash(text: string | null): Hex | undefined {
  const { success, data } = hashSchema.safeParse(text)
  return success ? data : undefined
}
