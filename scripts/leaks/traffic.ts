/**
 * All that was sent while a network ran, as its tap told it: kept in memory, never on disk, since shares are in it, until
 * it has been searched and overwritten. What does not fit is counted, so that nobody takes it for searched.
 */

import type { TapRecord } from '../../node/src/tap/tap-record.ts'

const DEFAULT_MAX_BYTES = 1 << 29

/** One thing that was sent: by whom, to whom, and on which plane. */
export type Sent = TapRecord & { readonly from: string }

export type Traffic = {
  /** Takes one record of the node `from`; does nothing once the traffic is wiped. */
  readonly note: (from: string, record: TapRecord) => void
  readonly sent: () => readonly Sent[]
  /** Bytes that there was no room for. */
  readonly missedBytes: () => number
  /** Overwrites everything and takes nothing more. */
  readonly wipe: () => void
}

export function createTraffic(maxBytes = DEFAULT_MAX_BYTES): Traffic {
  const kept: Sent[] = []
  let keptBytes = 0
  let missedBytes = 0
  let isOpen = true

  return {
    note(from, { plane, to, bytes }) {
      if (!isOpen) return
      if (keptBytes + bytes.length > maxBytes) {
        missedBytes += bytes.length
        return
      }
      keptBytes += bytes.length
      kept.push({ from, plane, to, bytes: Uint8Array.from(bytes) })
    },
    sent: () => kept,
    missedBytes: () => missedBytes,
    wipe() {
      isOpen = false
      for (const { bytes } of kept) bytes.fill(0)
      kept.length = 0
    },
  }
}
