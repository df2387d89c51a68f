/**
 * The one error class of Palmhold. Every failure a caller can meet carries a stable code that begins with `PALM_`
 * (listed in docs/errors.md), a sentence that says what happened, and hints that say what to do next.
 *
 * Only the code crosses the wire. No message may hold a template, a share, a key or a distance.
 */

const BRAND = Symbol.for('palmhold.PalmError')

export type PalmErrorCode = `PALM_${Uppercase<string>}`

export type PalmErrorOptions = {
  /** What the reader can do about it, one sentence each. */
  readonly hints?: readonly string[]
  readonly cause?: unknown
}

export class PalmError extends Error {
  readonly code: PalmErrorCode
  readonly hints: readonly string[]
  readonly [BRAND] = true

  constructor(code: PalmErrorCode, message: string, options: PalmErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = new.target.name
    this.code = code
    this.hints = options.hints ?? []
  }
}

/** Recognises a PalmError by brand, so that one thrown by another copy of this package counts too. */
export function isPalmError(value: unknown): value is PalmError {
  return typeof value === 'object' && value !== null && (value as { [BRAND]?: unknown })[BRAND] === true
}

/** The code of a PalmError, or `fallback` for anything else: what may cross the wire of a failure. */
export function errorCode(value: unknown, fallback: PalmErrorCode = 'PALM_INTERNAL'): PalmErrorCode {
  return isPalmError(value) ? value.code : fallback
}
