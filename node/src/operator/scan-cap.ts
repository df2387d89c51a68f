/**
 * How many scans one terminal may ask for in a minute. A shop needs few; whoever wants to find out who a pile of pictures
 * belongs to needs many. Counted by the operator's clock, in whole minutes, and forgotten after each.
 */

import type { Clock, Hex } from '@palmhold/base'

const MINUTE_S = 60

export type ScanCap = {
  /** Counts one scan of `terminal`; false where it has had its number in this minute. */
  readonly take: (terminal: Hex) => boolean
}

/** A cap of `perMinute` scans for each terminal. */
export function createScanCap(perMinute: number, clock: Clock): ScanCap {
  let minute = 0
  const counts = new Map<Hex, number>()
  return {
    take(terminal) {
      const now = Math.floor(clock() / MINUTE_S)
      if (now !== minute) {
        minute = now
        counts.clear()
      }
      const count = counts.get(terminal) ?? 0
      if (count >= perMinute) return false
      counts.set(terminal, count + 1)
      return true
    },
  }
}
