/** What the terminal shows follows from what the verifier says and what the page did, and from nothing else. */

import { readFileSync } from 'node:fs'
import type { Hex } from '@palmhold/base'
import { expect } from 'chai'
import { LIFETIME_S } from '../../node/src/terminal/enrolment-desk.ts'
import type { DeskView, PaymentView } from '../../node/src/terminal/terminal-shapes.ts'
import { ENROL_STAGES, enrolStayMs } from '../../node/terminal/src/enrol/enrol-stay.ts'
import { FAULTS, FORESEEN_CODES, faultOf } from '../../node/terminal/src/faults.ts'
import { type PageState, screenOf, stayMs } from '../../node/terminal/src/flow.ts'
import { de } from '../../node/terminal/src/i18n/de.ts'
import { en } from '../../node/terminal/src/i18n/en.ts'
import { addressOf, DOMAIN, hashOf, MERCHANT_DID, makeRequest, NOW } from '../protocol/signed.ts'

const A = hashOf('request A')
const B = hashOf('request B')

function payment(requestHash: Hex, change: Partial<PaymentView> = {}): PaymentView {
  return {
    requestHash,
    request: makeRequest(),
    signature: '0x',
    policy: { thresholdBits: 1, marginBits: 1, maxProbeCodes: 25, firstPassBits: 0 },
    state: 'issued',
    refusal: null,
    receipt: null,
    pairing: null,
    isPaired: false,
    canRepeat: false,
    repeatedAs: null,
    ...change,
  }
}

function desk(current: PaymentView | null, followed: PaymentView | null = null): DeskView {
  return {
    version: '1',
    now: NOW,
    terminal: addressOf('terminal'),
    merchant: { did: MERCHANT_DID, name: 'Corner shop' },
    domain: DOMAIN,
    isStaff: false,
    hasPhoneLane: true,
    askAboveMinor: 25_00,
    lightsPalms: false,
    operators: 3,
    current,
    followed,
  }
}

function page(change: Partial<PageState>): PageState {
  return {
    desk: desk(null),
    isConnected: true,
    following: undefined,
    dismissed: new Set(),
    sending: undefined,
    failure: undefined,
    now: NOW + 1,
    ...change,
  }
}

/** Kind of the screen, the payment on it, and its step or code. */
function shown(change: Partial<PageState>): string {
  const screen = screenOf(page(change))
  const which = 'payment' in screen ? (screen.payment.requestHash === A ? ' A' : ' B') : ''
  const more = 'step' in screen ? ` ${screen.step}` : 'code' in screen ? ` ${screen.code}` : ''
  return `${screen.kind}${which}${more}`
}

describe('the flow of a terminal', () => {
  const settled = payment(A, { state: 'settled' })
  const refused = payment(A, { state: 'refused', refusal: 'PALM_NOT_RECOGNISED', canRepeat: true })
  const TABLE: readonly (readonly [string, Partial<PageState>, string])[] = [
    ['waits for its verifier', { desk: undefined }, 'loading'],
    ['is idle without a request', {}, 'idle'],
    ['asks while a request is open', { desk: desk(payment(A)) }, 'asking A'],
    ['says that time is up', { desk: desk(payment(A)), now: NOW + 121 }, 'refused A PALM_REQUEST_EXPIRED'],
    ['checks while it sends', { desk: desk(payment(A)), sending: A }, 'checking A sending'],
    ['checks on while time runs out', { desk: desk(payment(A)), sending: A, now: NOW + 121 }, 'checking A sending'],
    ['checks while operators compare', { desk: desk(payment(A, { state: 'scanned' })) }, 'checking A comparing'],
    ['checks while the chain settles', { desk: desk(payment(A, { state: 'attested' })) }, 'checking A settling'],
    ['says paid of what it followed', { desk: desk(settled), following: A }, 'paid A'],
    ['says refused of what it followed', { desk: desk(refused), following: A }, 'refused A PALM_NOT_RECOGNISED'],
    ['keeps an end that it did not see begin to itself', { desk: desk(settled) }, 'idle'],
    ['puts away what was dismissed', { desk: desk(settled), following: A, dismissed: new Set([A]) }, 'idle'],
    [
      'tells the end after a restart, whatever came since',
      { desk: desk(payment(B), payment(A, { state: 'refused', refusal: 'PALM_SCAN_LOST' })), following: A },
      'refused A PALM_SCAN_LOST',
    ],
    [
      'goes on to the next request after that',
      { desk: desk(payment(B), refused), following: A, dismissed: new Set([A]) },
      'asking B',
    ],
    [
      'lets a newer request replace one that nobody scanned',
      { desk: desk(payment(B), payment(A)), following: A },
      'asking B',
    ],
    [
      'keeps one whose end is open, whatever comes',
      { desk: desk(payment(B), payment(A, { state: 'scanned' })), following: A },
      'checking A comparing',
    ],
    [
      'does not guess without a line',
      { desk: desk(payment(A, { state: 'scanned' })), isConnected: false },
      'unknown A',
    ],
    ['does not guess what became of a scan', { desk: desk(payment(A)), sending: A, isConnected: false }, 'unknown A'],
    ['keeps asking without a line while nothing is sent', { desk: desk(payment(A)), isConnected: false }, 'asking A'],
    [
      'says why a scan was not sent',
      { desk: desk(payment(A)), failure: { requestHash: A, code: 'PALM_PEER_IDENTITY' } },
      'refused A PALM_PEER_IDENTITY',
    ],
    [
      'goes by the verifier where both know something',
      { desk: desk(settled), following: A, failure: { requestHash: A, code: 'PALM_INTERNAL' } },
      'paid A',
    ],
  ]
  for (const [title, change, expected] of TABLE) it(title, () => expect(shown(change)).to.equal(expected))

  it('clears what has ended by itself, and nothing that has not', () => {
    const stays = (change: Partial<PageState>) => stayMs(screenOf(page(change))) !== undefined
    expect(stays({ desk: desk(settled), following: A })).to.equal(true)
    expect(stays({ desk: desk(refused), following: A })).to.equal(true)
    expect(stays({ desk: desk(payment(A)) })).to.equal(false)
    expect(stays({ desk: desk(payment(A, { state: 'attested' })) })).to.equal(false)
    expect(stays({ desk: desk(payment(A)), sending: A, isConnected: false })).to.equal(false)
  })
})

describe('an enrolment that somebody walks away from', () => {
  it('ends by itself wherever it waits for somebody, and never while it works', () => {
    const waiting = ENROL_STAGES.filter((stage) => enrolStayMs(stage) !== undefined)
    expect(waiting).to.deep.equal(['consent', 'hand', 'handover', 'done', 'failed'])
    for (const stage of waiting) expect(enrolStayMs(stage)! / 1000, stage).to.be.within(10, LIFETIME_S - 1)
  })
})

describe('texts of the terminal', () => {
  it('say the same things in both languages, none of them empty', () => {
    const keys = (texts: object, path = ''): string[] =>
      Object.entries(texts).flatMap(([key, value]) =>
        typeof value === 'string' ? [`${path}${key} ${placeholders(value)}`] : keys(value, `${path}${key}.`),
      )
    const placeholders = (text: string) => (text === '' ? 'EMPTY' : (text.match(/{{\w+}}/g) ?? []).sort().join())
    expect(keys(de).sort()).to.deep.equal(keys(en).sort())
    expect(keys(en).join()).not.to.include('EMPTY')
  })

  it('have words for every kind of refusal', () => {
    expect(Object.keys(en.faults).sort()).to.deep.equal([...FAULTS].sort())
    const listed = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8')
    const unlisted = FORESEEN_CODES.filter((code) => !listed.includes(`\`${code}\``))
    expect(unlisted).to.deep.equal([])
    expect(faultOf('PALM_OPERATORS_MISSING')).to.equal('nodesMissing')
    expect(faultOf('PALM_SHARES_DEGREE')).to.equal('nodesDisagree')
    expect(faultOf('PALM_NOBODY_FORESAW_THIS')).to.equal('internal')
  })
})
