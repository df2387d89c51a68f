/**
 * The page's state under lines that break at bad moments. The verifier is a double that answers when it is told to, since
 * what is tested is what the page makes of an answer that comes late, twice, or never.
 */

import type { Hex } from '@palmhold/base'
import { encodeProbeCodes } from '@palmhold/palm'
import { createSealingKeys, sealingKeyHash, signDigest } from '@palmhold/protocol'
import { AssertionError, expect } from 'chai'
import type { DeskView, PaymentView } from '../../node/src/terminal/terminal-shapes.ts'
import { screenOf } from '../../node/terminal/src/flow.ts'
import { createTerminalStore, type TerminalStore } from '../../node/terminal/src/terminal-store.ts'
import { VerifierAwayError, type VerifierClient, VerifierSaysNoError } from '../../node/terminal/src/verifier-client.ts'
import { vectorRoi } from '../palm/vector-roi.ts'
import { addressOf, DOMAIN, hashOf, keyOf, MERCHANT_DID, makeRequest, NOW } from '../protocol/signed.ts'

const A = hashOf('request A')
const WAIT_MS = 5_000
const FOLLOWING = 'palmhold.terminal.following'

type Answer<T> = PromiseWithResolvers<T>

function payment(state: PaymentView['state'], change: Partial<PaymentView> = {}): PaymentView {
  return {
    requestHash: A,
    request: makeRequest(),
    signature: '0x',
    policy: { thresholdBits: 1, marginBits: 1, maxProbeCodes: 25, firstPassBits: 0 },
    state,
    refusal: null,
    receipt: null,
    pairing: null,
    isPaired: false,
    canRepeat: false,
    repeatedAs: null,
    ...change,
  }
}

describe('the state of a terminal page', () => {
  let store: TerminalStore
  /** For news, that nobody has answered or taken back. */
  let questions: { answer: Answer<DeskView> }[]
  let scans: { sealed: Uint8Array; answer: Answer<PaymentView> }[]
  let repeated: Answer<PaymentView>
  let kept: Map<string, string>
  let end: AbortController
  let running: Promise<void>

  async function start(): Promise<void> {
    const sealing = await createSealingKeys((length) => new Uint8Array(length).fill(7))
    const notice = { operator: addressOf('terminal'), sealingKey: sealing.publicKey, issuedAt: NOW }
    const client = {
      desk(_after: string, _follow: Hex | undefined, signal: AbortSignal) {
        const answer = Promise.withResolvers<DeskView>()
        const question = { answer }
        signal.addEventListener('abort', () => {
          questions = questions.filter((other) => other !== question)
          answer.reject(new VerifierAwayError(signal.reason))
        })
        questions.push(question)
        return answer.promise
      },
      sealing: async () => ({ notice, signature: signDigest(sealingKeyHash(DOMAIN, notice), keyOf('terminal')) }),
      scan(_hash: Hex, sealed: Uint8Array) {
        const answer = Promise.withResolvers<PaymentView>()
        scans.push({ sealed, answer })
        return answer.promise
      },
      repeat: () => repeated.promise,
    } as Partial<VerifierClient> as VerifierClient
    const storage = {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => void kept.set(key, value),
      removeItem: (key: string) => void kept.delete(key),
    } as Storage
    store = createTerminalStore(client, {
      nowMs: () => 1000 * (NOW + 1),
      kept: storage,
      random: (length) => crypto.getRandomValues(new Uint8Array(length)),
      retryMs: 0,
    })
    end = new AbortController()
    running = store.run(end.signal)
  }

  beforeEach(async () => {
    questions = []
    scans = []
    repeated = Promise.withResolvers()
    kept = new Map()
    await start()
  })
  afterEach(async () => {
    end.abort()
    await running
  })

  const until = async (check: () => boolean) => {
    const deadline = performance.now() + WAIT_MS
    while (!check()) {
      if (performance.now() > deadline) throw new AssertionError('it does not come')
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  const question = async () => {
    await until(() => questions.length === 1)
    return questions.shift()!.answer
  }
  let versions = 0
  /** The verifier answers a question for news. */
  const tell = async (current: PaymentView | null, followed: PaymentView | null = null) => {
    const answer = await question()
    answer.resolve({
      version: String(++versions),
      now: NOW + 1,
      terminal: addressOf('terminal'),
      merchant: { did: MERCHANT_DID, name: 'Corner shop' },
      domain: DOMAIN,
      isStaff: false,
      hasPhoneLane: false,
      askAboveMinor: 25_00,
      lightsPalms: false,
      operators: 3,
      current,
      followed,
    })
    await until(() => questions.length === 1)
  }
  const cut = async () => {
    const answer = await question()
    answer.reject(new VerifierAwayError(undefined))
    await until(() => questions.length === 1)
  }
  const shown = () => screenOf(store.get()).kind
  const scan = () => {
    const probe = encodeProbeCodes(vectorRoi())
    return { probe, sent: store.sendScan(payment('issued'), probe) }
  }

  /** A scan is sent, and its answer and the line are lost. */
  const loseScan = async () => {
    await tell(payment('issued'))
    const { sent } = scan()
    await until(() => scans.length === 1)
    scans[0]!.answer.reject(new VerifierAwayError(undefined))
    await sent
    await cut()
  }

  it('sends one scan, overwrites its codes, and follows the verifier to the end', async () => {
    await tell(payment('issued'))
    expect(shown()).to.equal('asking')
    const { probe, sent } = scan()
    const second = encodeProbeCodes(vectorRoi())
    const again = store.sendScan(payment('issued'), second)
    await until(() => scans.length === 1)
    await again
    expect(scans).to.have.length(1)
    for (const code of [probe, second].flatMap(({ codes, pooled }) => [...codes, pooled]))
      expect(code.every((byte) => byte === 0)).to.equal(true)
    await tell(payment('scanned'))
    expect(shown()).to.equal('checking')
    scans[0]!.answer.resolve(payment('settled'))
    await sent
    await tell(payment('settled'))
    expect(shown()).to.equal('paid')
    expect(kept.get(FOLLOWING)).to.equal(A)
    store.dismiss(A)
    expect([shown(), kept.size]).to.deep.equal(['idle', 0])
  })

  it('does not know how a scan ended until the verifier says so after the line is back', async () => {
    await loseScan()
    expect(shown()).to.equal('unknown')
    await tell(payment('settled'))
    expect(shown()).to.equal('paid')
  })

  it('asks for the palm again where the scan never arrived', async () => {
    await loseScan()
    await tell(payment('issued'))
    expect(shown()).to.equal('asking')
    expect(store.get().sending).to.equal(undefined)
  })

  it('takes no news from before the answer for the end', async () => {
    await tell(payment('issued'))
    scan()
    await until(() => scans.length === 1)
    // Asked before the scan, answered after it was sent.
    await tell(payment('issued'))
    expect(shown()).to.equal('checking')
    scans[0]!.answer.reject(new VerifierSaysNoError({ code: 'PALM_NOT_RECOGNISED', message: '', hints: [] }))
    await until(() => store.get().failure !== undefined)
    await tell(payment('refused', { refusal: 'PALM_NOT_RECOGNISED' }))
    const screen = screenOf(store.get())
    expect(screen).to.deep.include({ kind: 'refused', code: 'PALM_NOT_RECOGNISED' })
  })

  it('finds the request on show again after a reload', async () => {
    await tell(payment('scanned'))
    expect(kept.get(FOLLOWING)).to.equal(A)
    end.abort()
    await running
    questions = []
    await start()
    await tell(payment('refused', { refusal: 'PALM_SCAN_LOST' }))
    expect(screenOf(store.get())).to.deep.include({ kind: 'refused', code: 'PALM_SCAN_LOST' })
  })

  it('follows the request that took the place of another, also where the news of it comes before the answer', async () => {
    const B = hashOf('request B')
    await tell(payment('issued'))
    await tell(payment('refused', { refusal: 'PALM_NOT_RECOGNISED', canRepeat: true }))
    const next = payment('issued', { requestHash: B })
    const repeating = store.repeat(payment('refused'), 'palm')
    await tell(next, payment('refused', { refusal: 'PALM_NOT_RECOGNISED', repeatedAs: B }))
    repeated.resolve(next)
    await repeating
    expect(screenOf(store.get())).to.deep.include({ kind: 'asking' })
    expect(kept.get(FOLLOWING)).to.equal(B)
  })

  it('stops asking when the verifier does not know it any more', async () => {
    const answer = await question()
    answer.reject(new VerifierSaysNoError({ code: 'PALM_TERMINAL_UNLINKED', message: '', hints: [] }))
    await running
    expect(store.get().isLinked).to.equal(false)
  })
})
