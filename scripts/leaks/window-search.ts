/**
 * Finds windows of secrets (bit-windows.ts, byte-windows.ts) in bytes as they are. All secrets share one table, so that a
 * haystack costs one read of eight bytes and one look-up, however many secrets there are.
 */

import { type BitOrder, type BitString, forEachBitFingerprint, matchedBits } from './bit-windows.ts'
import { FINE_STEP, forEachByteFingerprint, matchedBytes } from './byte-windows.ts'
import { FingerprintIndex } from './fingerprint-index.ts'

/** A stretch of a secret: which, how many bits of it, and the byte of the haystack at which it was noticed. */
export type Hit = { readonly label: string; readonly bits: number; readonly offset: number }

export type WindowSearch = {
  /** A string of bits of which no 128 in a row may be found. */
  addBits(label: string, secret: BitString): void
  /** A string of bytes of which no 32 in a row may be found, or what `step` gives up (byte-windows.ts). */
  addBytes(label: string, secret: Uint8Array, step?: number): void
  /** Calls back for each stretch found in `bytes`. */
  search(bytes: Uint8Array, onHit: (hit: Hit) => void): void
}

/** A secret as it looks in bytes, and how far it matches from a fingerprint on, in bits. */
type Form = {
  readonly label: string
  readonly matched: (bytes: Uint8Array, at: number, position: number) => number
}

export function createWindowSearch(): WindowSearch {
  const forms: Form[] = []
  const index = new FingerprintIndex()

  const add = (form: Form) => forms.push(form) - 1

  return {
    addBits(label, secret) {
      const formOf = (order: BitOrder) =>
        add({ label, matched: (bytes, at, position) => matchedBits(bytes, at, secret, position, order) })
      const numbers = { 'low-first': formOf('low-first'), 'high-first': formOf('high-first') }
      forEachBitFingerprint(secret, (low, high, position, order) => index.add(low, high, numbers[order], position))
    },

    addBytes(label, secret, step = FINE_STEP) {
      const number = add({ label, matched: (bytes, at, position) => 8 * matchedBytes(bytes, at, secret, position) })
      forEachByteFingerprint(secret, step, (low, high, position) => index.add(low, high, number, position))
    },

    search(bytes, onHit) {
      const words = wordsOf(bytes)
      index.scan(words.of, words.from, words.to, (low, high, i) =>
        index.forEach(low, high, (number, position) => {
          const { label, matched } = forms[number]!
          const bits = matched(bytes, 4 * (i - words.from), position)
          if (bits > 0) onHit({ label, bits, offset: 4 * (i - words.from) })
        }),
      )
    },
  }
}

/** Views of whole buffers: short runs are searched by the thousand, and a view for each would cost more. */
const viewOf = new WeakMap<ArrayBufferLike, Int32Array>()

/** `bytes` as whole 32-bit words of a view (of their buffer, or of a copy where they are not aligned). */
function wordsOf(bytes: Uint8Array): { of: Int32Array; from: number; to: number } {
  if (bytes.byteOffset % 4 !== 0) return wordsOf(bytes.slice())
  let view = viewOf.get(bytes.buffer)
  if (view === undefined) {
    view = new Int32Array(bytes.buffer, 0, bytes.buffer.byteLength >> 2)
    viewOf.set(bytes.buffer, view)
  }
  const from = bytes.byteOffset >> 2
  return { of: view, from, to: from + (bytes.length >> 2) }
}
