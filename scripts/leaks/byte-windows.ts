/**
 * The windows of a byte string (the grey values of a picture, a picture file, a share): 32 bytes in a row.
 *
 * Every third place of a secret gives a fingerprint, and a haystack is read once every eight bytes: as 3 and 8 have no
 * common divisor, 24 places in a row meet once, and 32 bytes have 25 of them. Long random secrets may do with fewer: every
 * 25th place finds what goes on for 207 bytes. What a read finds is followed byte by byte to both sides, and counts from
 * 32 equal bytes on.
 *
 * Left out, since plain data has the like by chance: 32 bytes with fewer than 8 different values, or that turn from rising
 * to falling and back fewer than 4 times, or with 8 equal ones in a row (an even part of a picture, a shade, a table).
 */

/** Bytes in a row that make a finding. */
export const LEAST_BYTES = 32

/** Steps between fingerprints that find every 32 bytes, and every 207; odd, so that they meet steps of eight. */
export const FINE_STEP = 3
export const COARSE_STEP = 25

const FINGERPRINT_BYTES = 8
const LEAST_VALUES = 8
const LEAST_TURNS = 4

/** Calls back for each fingerprint of `secret`. */
export function forEachByteFingerprint(
  secret: Uint8Array,
  step: number,
  visit: (low: number, high: number, position: number) => void,
): void {
  const view = new DataView(secret.buffer, secret.byteOffset, secret.byteLength)
  for (let position = 0; position + FINGERPRINT_BYTES <= secret.length; position += step)
    if (!isEven(secret, position)) visit(view.getInt32(position, true), view.getInt32(position + 4, true), position)
}

/**
 * Follows a fingerprint that was met at `at` of `bytes` and is at `position` of `secret` to both ends. Returns how many
 * bytes match, or 0 where they are fewer than 32 or too plain. An inverted fingerprint matches nothing.
 */
export function matchedBytes(bytes: Uint8Array, at: number, secret: Uint8Array, position: number): number {
  let from = 0
  while (at + from > 0 && position + from > 0 && bytes[at + from - 1] === secret[position + from - 1]) from--
  let to = 0
  while (at + to < bytes.length && position + to < secret.length && bytes[at + to] === secret[position + to]) to++
  return hasTexture(secret, position + from, position + to) ? to - from : 0
}

/** Whether 32 bytes in a row between `from` and `to` are textured. */
export function hasTexture(bytes: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at + LEAST_BYTES <= to; at++) {
    const window = bytes.subarray(at, at + LEAST_BYTES)
    if (new Set(window).size >= LEAST_VALUES && turnsIn(window) >= LEAST_TURNS && !hasEvenPart(window)) return true
  }
  return false
}

function hasEvenPart(window: Uint8Array): boolean {
  for (let at = 0; at + FINGERPRINT_BYTES <= window.length; at++) if (isEven(window, at)) return true
  return false
}

/** Whether the eight bytes from `at` on are equal. */
function isEven(bytes: Uint8Array, at: number): boolean {
  for (let i = at + 1; i < at + FINGERPRINT_BYTES; i++) if (bytes[i] !== bytes[at]) return false
  return true
}

/** How often the values turn from rising to falling or back. */
function turnsIn(window: Uint8Array): number {
  let turns = 0
  let direction = 0
  for (let i = 1; i < window.length; i++) {
    const now = Math.sign(window[i]! - window[i - 1]!)
    if (now !== 0 && direction !== 0 && now !== direction) turns++
    if (now !== 0) direction = now
  }
  return turns
}
