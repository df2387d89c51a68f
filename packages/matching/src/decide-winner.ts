/**
 * One clear winner, from match bits alone: exactly one active row passes every threshold, and no other active row passes
 * even the widest one (T + margin). So a runner-up closer than the margin makes the answer ambiguous, and no score is
 * needed to see it.
 */

import { PalmError } from '@palmhold/base'

export type Decision =
  | { readonly kind: 'match'; readonly row: number }
  | { readonly kind: 'none' }
  | { readonly kind: 'ambiguous' }

export type DecisionInput = {
  /** For each threshold, bit `row & 7` of byte `row >> 3`. */
  readonly bitmaps: readonly Uint8Array[]
  /** The rows that count, in the same form; others are erased or frozen. */
  readonly active: Uint8Array
}

/**
 * Decides a query.
 * @throws {BitmapLengthError} bitmaps of different lengths, or none
 */
export function decideWinner({ bitmaps, active }: DecisionInput): Decision {
  if (bitmaps.length === 0 || bitmaps.some((bitmap) => bitmap.length !== active.length)) throw new BitmapLengthError()
  const winners = setRows(active.map((byte, k) => bitmaps.reduce((all, bitmap) => all & bitmap[k]!, byte)))
  if (winners.length === 0) return { kind: 'none' }
  const near = setRows(active.map((byte, k) => byte & bitmaps.reduce((any, bitmap) => any | bitmap[k]!, 0)))
  // Who passes all passes one, so a single row near is the winner.
  return near.length === 1 ? { kind: 'match', row: winners[0]! } : { kind: 'ambiguous' }
}

/** The first two rows whose bit is set: no question here needs more. */
function setRows(bitmap: Uint8Array): number[] {
  const rows: number[] = []
  for (let at = 0; at < bitmap.length && rows.length < 2; at++)
    for (let bit = 0; bit < 8; bit++) if ((bitmap[at]! >> bit) & 1) rows.push(8 * at + bit)
  return rows
}

/** Bitmaps that do not speak of the same rows. */
export class BitmapLengthError extends PalmError {
  constructor() {
    super('PALM_BITMAP_LENGTH', 'match bits and active rows have different lengths', {
      hints: ['Take all of them for the same number of rows.'],
    })
  }
}
