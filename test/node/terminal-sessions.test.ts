/** Sessions of the terminal page: a link opens one page, both halves of a session are needed, and staff need the PIN. */

import { readFileSync, statSync } from 'node:fs'
import { errorCode } from '@palmhold/base'
import { expect } from 'chai'
import {
  createTerminalSessions,
  loadOrCreatePin,
  type SessionSecrets,
  type TerminalSessions,
} from '../../node/src/terminal/terminal-sessions.ts'
import { temporaryFolder } from './temporary-folder.ts'

const PIN = '123456'
const HOUR_S = 3_600
const DAY_S = 24 * HOUR_S

describe('sessions of a terminal', () => {
  const at = temporaryFolder()
  let files = 0
  let file: string
  let now: number
  let sessions: TerminalSessions

  const start = () => createTerminalSessions({ file, pin: PIN, clock: () => now })
  const linked = () => sessions.open(sessions.createLink())
  const codeOf = (work: () => void) => {
    try {
      work()
      return 'fine'
    } catch (error) {
      return errorCode(error)
    }
  }

  beforeEach(() => {
    file = at(`sessions-${++files}.json`)
    now = 1_790_000_000
    sessions = start()
  })

  it('opens a link once', () => {
    const code = sessions.createLink()
    const secrets = sessions.open(code)
    expect(codeOf(() => sessions.require(secrets))).to.equal('fine')
    expect(codeOf(() => sessions.open(code))).to.equal('PALM_LINK_SPENT')
  })

  it('opens no link that has run out, was made up, or belongs to an earlier start', () => {
    const code = sessions.createLink()
    const early = start()
    expect(codeOf(() => early.open(code))).to.equal('PALM_LINK_SPENT')
    expect(codeOf(() => sessions.open(''))).to.equal('PALM_LINK_SPENT')
    now += HOUR_S + 1
    expect(codeOf(() => sessions.open(code))).to.equal('PALM_LINK_SPENT')
  })

  it('takes no half of a session, nor halves of two', () => {
    const one = linked()
    const other = linked()
    const wrong: Partial<SessionSecrets>[] = [
      {},
      { cookie: one.cookie },
      { key: one.key },
      { cookie: one.cookie, key: other.key },
      { cookie: one.key, key: one.cookie },
      { cookie: `${one.cookie}A`, key: one.key },
    ]
    for (const secrets of wrong) expect(codeOf(() => sessions.require(secrets))).to.equal('PALM_TERMINAL_UNLINKED')
  })

  it('keeps hashes alone, over a restart, in a file of its owner', () => {
    const secrets = linked()
    const text = readFileSync(file, 'utf8')
    expect(text).not.to.include(secrets.cookie).and.not.to.include(secrets.key)
    expect(statSync(file).mode & 0o077).to.equal(0)
    sessions = start()
    expect(codeOf(() => sessions.require(secrets))).to.equal('fine')
  })

  it('ends a session after a month, when it is closed, and when eight newer ones are open', () => {
    const old = linked()
    const closed = linked()
    sessions.close(closed)
    expect(codeOf(() => sessions.require(closed))).to.equal('PALM_TERMINAL_UNLINKED')
    for (let i = 0; i < 8; i++) linked()
    expect(codeOf(() => sessions.require(old))).to.equal('PALM_TERMINAL_UNLINKED')
    const month = linked()
    now += 30 * DAY_S
    expect(codeOf(() => sessions.require(month))).to.equal('PALM_TERMINAL_UNLINKED')
  })

  it('lets staff in with the PIN, that session alone, for five minutes', () => {
    const secrets = linked()
    const other = linked()
    expect(codeOf(() => sessions.unlock(secrets, '000000'))).to.equal('PALM_PIN_WRONG')
    expect(sessions.isUnlocked(secrets)).to.equal(false)
    sessions.unlock(secrets, PIN)
    expect([sessions.isUnlocked(secrets), sessions.isUnlocked(other)]).to.deep.equal([true, false])
    now += 301
    expect(sessions.isUnlocked(secrets)).to.equal(false)
    sessions.unlock(secrets, PIN)
    sessions.lock(secrets)
    expect(sessions.isUnlocked(secrets)).to.equal(false)
  })

  it('takes no PIN for five minutes after five wrong ones, whichever page tried', () => {
    const pages = [linked(), linked()]
    const tries = Array.from({ length: 5 }, (_, i) => codeOf(() => sessions.unlock(pages[i % 2]!, `00000${i}`)))
    expect(tries).to.deep.equal([...Array(4).fill('PALM_PIN_WRONG'), 'PALM_PIN_LOCKED'])
    expect(codeOf(() => sessions.unlock(pages[0]!, PIN))).to.equal('PALM_PIN_LOCKED')
    now += 300
    expect(codeOf(() => sessions.unlock(pages[0]!, PIN))).to.equal('fine')
  })

  it('makes a PIN of six digits once', () => {
    const pin = loadOrCreatePin(at('pin'))
    expect(pin).to.match(/^[0-9]{6}$/)
    expect(loadOrCreatePin(at('pin'))).to.equal(pin)
  })
})
