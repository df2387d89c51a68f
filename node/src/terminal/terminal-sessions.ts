/**
 * Who may use the terminal page. Whoever runs the verifier gets a link with a code that works once; the page exchanges it
 * for a session of two halves, of which neither is enough: a cookie that no script reads, and a key that the page keeps
 * for its own origin. Cookies do not tell ports apart, so another program's page on this machine may be sent the cookie;
 * the key it never sees, and a header that carries it cannot be sent from another origin.
 *
 * Hashes of both halves are kept on disk, so that a restart of the verifier does not end a session. What gives money back
 * needs the staff PIN besides, for some minutes at a time.
 */

import { randomBytes, randomInt, timingSafeEqual } from 'node:crypto'
import { sha256 } from '@noble/hashes/sha2.js'
import { type Clock, PalmError, toHex, utf8 } from '@palmhold/base'
import { hashSchema, parseJson } from '@palmhold/protocol'
import { z } from 'zod'
import { readFileIfThere, writeFileAtomically } from '../storage/disk.ts'

const LINK_LIFETIME_S = 3_600
const SESSION_LIFETIME_S = 30 * 24 * 3_600
const STAFF_LIFETIME_S = 300
/** The oldest gives way. */
const MOST_SESSIONS = 8
const MOST_LINKS = 8
const PIN_TRIES = 5
const PIN_LOCK_S = 300
const SECRET_BYTES = 24

const sessionSchema = z.strictObject({ cookieHash: hashSchema, keyHash: hashSchema, expiresAt: z.int() })
const fileSchema = z.strictObject({
  format: z.literal('palmhold/terminal-sessions/1'),
  sessions: z.array(sessionSchema),
})

type Session = z.infer<typeof sessionSchema>

/** Both halves of a session as its page holds them. */
export type SessionSecrets = { readonly cookie: string; readonly key: string }

export type TerminalSessions = {
  /** A code for one page, good for an hour. */
  readonly createLink: () => string
  /** Takes a code. @throws {LinkSpentError} it was used, has run out, or never was */
  readonly open: (code: string) => SessionSecrets
  /** @throws {TerminalUnlinkedError} either half is missing or wrong */
  readonly require: (secrets: Partial<SessionSecrets>) => void
  readonly close: (secrets: SessionSecrets) => void
  /** Lets staff use a session for five minutes. @throws {PinWrongError} @throws {PinLockedError} */
  readonly unlock: (secrets: SessionSecrets, pin: string) => void
  readonly lock: (secrets: SessionSecrets) => void
  /** Whether staff unlocked the session. */
  readonly isUnlocked: (secrets: SessionSecrets) => boolean
}

/** Sessions kept in `file`. */
export function createTerminalSessions(options: { file: string; pin: string; clock: Clock }): TerminalSessions {
  const { file, clock } = options
  /** Hash of a code, and when it runs out. */
  const links = new Map<string, number>()
  /** Hash of a session's key, and until when staff may use it. */
  const unlocked = new Map<string, number>()
  let sessions = readSessions(file)
  let wrongPins = 0
  let pinLockedUntil = 0

  const keep = (kept: Session[]) => {
    sessions = kept.slice(-MOST_SESSIONS)
    writeFileAtomically(
      file,
      `${JSON.stringify({ format: 'palmhold/terminal-sessions/1', sessions } satisfies z.infer<typeof fileSchema>)}\n`,
    )
  }
  const find = ({ cookie = '', key = '' }: Partial<SessionSecrets>): Session | undefined => {
    const [cookieHash, keyHash] = [hashOf(cookie), hashOf(key)]
    return sessions.find((known) => known.cookieHash === cookieHash && known.keyHash === keyHash)
  }

  return {
    createLink() {
      const code = secret()
      for (const hash of [...links.keys()].slice(0, Math.max(0, links.size - MOST_LINKS + 1))) links.delete(hash)
      links.set(hashOf(code), clock() + LINK_LIFETIME_S)
      return code
    },
    open(code) {
      const hash = hashOf(code)
      const until = links.get(hash)
      links.delete(hash)
      if (until === undefined || until < clock()) throw new LinkSpentError()
      const secrets = { cookie: secret(), key: secret() }
      const now = clock()
      keep([
        ...sessions.filter(({ expiresAt }) => expiresAt > now),
        { cookieHash: hashOf(secrets.cookie), keyHash: hashOf(secrets.key), expiresAt: now + SESSION_LIFETIME_S },
      ])
      return secrets
    },
    require(secrets) {
      const session = find(secrets)
      if (session === undefined || session.expiresAt <= clock()) throw new TerminalUnlinkedError()
    },
    close(secrets) {
      const session = find(secrets)
      unlocked.delete(hashOf(secrets.key))
      if (session) keep(sessions.filter((other) => other !== session))
    },
    unlock(secrets, pin) {
      if (clock() < pinLockedUntil) throw new PinLockedError(pinLockedUntil - clock())
      if (!isSame(pin, options.pin)) {
        wrongPins++
        if (wrongPins < PIN_TRIES) throw new PinWrongError()
        wrongPins = 0
        pinLockedUntil = clock() + PIN_LOCK_S
        throw new PinLockedError(PIN_LOCK_S)
      }
      wrongPins = 0
      unlocked.set(hashOf(secrets.key), clock() + STAFF_LIFETIME_S)
    },
    lock(secrets) {
      unlocked.delete(hashOf(secrets.key))
    },
    isUnlocked: ({ key }) => (unlocked.get(hashOf(key)) ?? 0) > clock(),
  }
}

/** The staff PIN in `path`, six digits; made on first use. */
export function loadOrCreatePin(path: string): string {
  const kept = readFileIfThere(path)
  if (kept) return kept.toString('utf8').trim()
  const pin = String(randomInt(1_000_000)).padStart(6, '0')
  writeFileAtomically(path, `${pin}\n`)
  return pin
}

function readSessions(file: string): Session[] {
  const text = readFileIfThere(file)?.toString('utf8')
  return text === undefined ? [] : parseJson(fileSchema, text, 'file of sessions', 'PALM_CONFIG_INVALID').sessions
}

function secret(): string {
  return randomBytes(SECRET_BYTES).toString('base64url')
}

function hashOf(text: string) {
  return toHex(sha256(utf8(text)))
}

function isSame(given: string, wanted: string): boolean {
  return timingSafeEqual(sha256(utf8(given)), sha256(utf8(wanted)))
}

/** A link that works no more. */
export class LinkSpentError extends PalmError {
  constructor() {
    super('PALM_LINK_SPENT', 'this link was used already or has run out', {
      hints: ['Each link opens one terminal, within an hour. `npx palmhold terminal` prints a new one.'],
    })
  }
}

/** A page without a session of this verifier. */
export class TerminalUnlinkedError extends PalmError {
  constructor() {
    super('PALM_TERMINAL_UNLINKED', 'this page is not linked to the verifier', {
      hints: ['Open the link that `npx palmhold terminal` prints.'],
    })
  }
}

/** Something that needs the staff PIN. */
export class StaffOnlyError extends PalmError {
  constructor() {
    super('PALM_STAFF_ONLY', 'this is for staff', {
      hints: ['Unlock the staff strip with the PIN that `npx palmhold terminal` prints.'],
    })
  }
}

/** A wrong PIN. */
export class PinWrongError extends PalmError {
  constructor() {
    super('PALM_PIN_WRONG', 'this is not the staff PIN', { hints: ['`npx palmhold terminal` prints it.'] })
  }
}

/** Too many wrong PINs. */
export class PinLockedError extends PalmError {
  constructor(seconds: number) {
    super('PALM_PIN_LOCKED', `too many wrong PINs; none is taken for ${seconds} s`, {
      hints: ['Wait, then use the PIN that `npx palmhold terminal` prints.'],
    })
  }
}
