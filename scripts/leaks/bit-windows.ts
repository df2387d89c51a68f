/**
 * The windows of a palm code: 128 bits in a row, packed at any of the eight alignments, with the first bit of a byte at
 * its low or its high end, as they are or all inverted.
 *
 * Such a stretch covers 15 whole bytes at least, and these hold eight bytes that begin at a multiple of eight. So the 64
 * bits that begin at every bit of a code are its fingerprints, and a haystack is read once every eight bytes. What a
 * read finds is followed bit by bit to both sides, and counts from 128 equal bits on.
 *
 * Left out, since plain data has the like by chance: 128 bits with fewer than 12 changes from one bit to the next, and
 * those of which 64 in a row repeat themselves after 16 bits or fewer (an even run, a pattern).
 */

/** Bits in a row that make a finding. */
export const LEAST_BITS = 128

const FINGERPRINT_BITS = 64
const LEAST_CHANGES = 12
const LONGEST_PERIOD_BITS = 16

/** A secret string of bits; bit i stands in byte i >> 3 at position i & 7, as in a palm code. */
export type BitString = { readonly bytes: Uint8Array; readonly bits: number }

/** Which end of a byte its first bit is at. */
export type BitOrder = 'low-first' | 'high-first'

/** Calls back for each fingerprint of `secret` as it looks in bytes of either order. */
export function forEachBitFingerprint(
  secret: BitString,
  visit: (low: number, high: number, position: number, order: BitOrder) => void,
): void {
  for (let position = 0; position + FINGERPRINT_BITS <= secret.bits; position++) {
    if (isPeriodic(secret, position)) continue
    const low = wordAt(secret.bytes, position)
    const high = wordAt(secret.bytes, position + 32)
    visit(low, high, position, 'low-first')
    visit(mirrorBytes(low), mirrorBytes(high), position, 'high-first')
  }
}

/**
 * Follows a fingerprint that was met at the byte `at` of `bytes` and is at the bit `position` of `secret` to both ends.
 * Returns how many bits match, or 0 where they are fewer than 128 or too plain.
 */
export function matchedBits(
  bytes: Uint8Array,
  at: number,
  secret: BitString,
  position: number,
  order: BitOrder,
): number {
  const start = 8 * at
  const flip = bitOf(bytes, start, order) ^ bitOf(secret.bytes, position, 'low-first')
  const isEqual = (step: number) =>
    (bitOf(bytes, start + step, order) ^ bitOf(secret.bytes, position + step, 'low-first')) === flip
  let from = 0
  while (position + from > 0 && start + from > 0 && isEqual(from - 1)) from--
  let to = 0
  while (position + to < secret.bits && start + to < 8 * bytes.length && isEqual(to)) to++
  return hasTellingBits(secret, position + from, position + to) ? to - from : 0
}

/** Whether 128 bits in a row between `from` and `to` are such as plain data would not have by chance. */
export function hasTellingBits(secret: BitString, from: number, to: number): boolean {
  for (let at = from; at + LEAST_BITS <= to; at++) {
    if (changesIn(secret, at) < LEAST_CHANGES) continue
    let part = at
    while (part + FINGERPRINT_BITS <= at + LEAST_BITS && !isPeriodic(secret, part)) part++
    if (part + FINGERPRINT_BITS > at + LEAST_BITS) return true
  }
  return false
}

function changesIn({ bytes }: BitString, from: number): number {
  let changes = 0
  for (let i = from + 1; i < from + LEAST_BITS; i++)
    changes += bitOf(bytes, i, 'low-first') ^ bitOf(bytes, i - 1, 'low-first')
  return changes
}

/** Whether the 64 bits from `from` on repeat themselves. */
function isPeriodic({ bytes }: BitString, from: number): boolean {
  for (let period = 1; period <= LONGEST_PERIOD_BITS; period++) {
    let i = period
    while (i < FINGERPRINT_BITS && bitOf(bytes, from + i, 'low-first') === bitOf(bytes, from + i - period, 'low-first'))
      i++
    if (i === FINGERPRINT_BITS) return true
  }
  return false
}

function bitOf(bytes: Uint8Array, at: number, order: BitOrder): number {
  return (bytes[at >> 3]! >> (order === 'low-first' ? at & 7 : 7 - (at & 7))) & 1
}

/** The 32 bits from `bit` on, the first one lowest. */
function wordAt(bytes: Uint8Array, bit: number): number {
  let word = 0
  for (let i = 0; i < 32; i++) word |= bitOf(bytes, bit + i, 'low-first') << i
  return word
}

/** The bits of each byte in reverse. */
function mirrorBytes(word: number): number {
  let w = ((word >>> 1) & 0x55555555) | ((word & 0x55555555) << 1)
  w = ((w >>> 2) & 0x33333333) | ((w & 0x33333333) << 2)
  return ((w >>> 4) & 0x0f0f0f0f) | ((w & 0x0f0f0f0f) << 4)
}
