/** What a command prints: one JSON document with --json, else words; and failures without a stack. */

import { isPalmError } from '@palmhold/base'

/** Cents as euros: 1250 is "12.50 EUR". */
export function euros(amountMinor: number): string {
  return `${(amountMinor / 100).toFixed(2)} EUR`
}

/** Prints `value` as JSON, or `text` for a person. */
export function printResult(json: boolean | undefined, value: unknown, text: string): void {
  process.stdout.write(json ? `${JSON.stringify(value, null, 2)}\n` : `${text}\n`)
}

/**
 * Prints why a command failed, and returns its exit code. PALMHOLD_DEBUG=1 adds the stack.
 */
export function printFailure(error: unknown, json: boolean): number {
  const known = isPalmError(error)
    ? { code: error.code, message: error.message, hints: error.hints }
    : {
        code: 'PALM_INTERNAL',
        message: 'something in this program went wrong',
        hints: ['Run again with PALMHOLD_DEBUG=1 to see where, and report it.'],
      }
  if (json) process.stdout.write(`${JSON.stringify({ ok: false, error: known }, null, 2)}\n`)
  else process.stderr.write(`${known.code}: ${known.message}\n${known.hints.map((hint) => `  ${hint}\n`).join('')}`)
  if (process.env.PALMHOLD_DEBUG) process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`)
  return 1
}
