/**
 * What text carries: runs of hexadecimal (plain, or byte by byte with a space or colon between, as Node prints buffers),
 * of base64 and base64url, and lists of numbers as JSON or Node print arrays, also with their indexes ({"0":18,"1":255}).
 *
 * Each run comes back as bytes, once for every place it may begin at: two for hexadecimal, four for base64. A list comes
 * back as bytes where its numbers are bytes, and as 64-bit floats, by which a list of only two numbers is known.
 */

import { createCharacterTable } from './character-table.ts'
import { decodeList } from './number-list.ts'
import type { Scratch } from './scratch.ts'

/** Runs are looked for at every 16th byte: each is longer. */
const PROBE_STEP = 16
/** 15 bytes, the whole ones in 128 bits of a code at any alignment. */
const LEAST_DECODED = 15
const LEAST_HEX = 2 * LEAST_DECODED
const LEAST_BASE64 = 20

const HEX_DIGITS = createCharacterTable(['0123456789abcdef', '0123456789ABCDEF'])
const SEXTETS = createCharacterTable([
  'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/',
  'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_',
])
const LIST_CHARACTERS = createCharacterTable(['0123456789 \t\r\n,.:+-"'])

export type TextForm = 'hex' | 'base64' | 'list'
type OnRun = (form: TextForm, bytes: Uint8Array, offset: number) => void

/** Calls back for what the runs in `text` (ASCII in any bytes) decode to, which stays in `scratch` for that call. */
export function forEachTextRun(text: Uint8Array, scratch: Scratch, onRun: OnRun): void {
  forEachRun(text, SEXTETS, LEAST_BASE64, (from, to) => {
    // Hexadecimal digits are base64 characters too, but 20 base64 characters in a row that are all digits are no accident.
    if (isAll(text, from, to, HEX_DIGITS)) return
    for (let phase = from; phase < from + 4; phase++)
      scratch.lend((3 * (to - phase)) >> 2, (out) => onRun('base64', decodeBase64(text, phase, out), from))
  })
  forEachRun(text, HEX_DIGITS, LEAST_HEX, (from, to) => {
    for (let phase = from; phase < from + 2; phase++)
      scratch.lend((to - phase) >> 1, (out) => onRun('hex', decodeHex(text, phase, 2, out), from))
  })
  forEachRun(text, LIST_CHARACTERS, 2 * LEAST_DECODED, (from, to) => {
    for (const bytes of decodeList(text, from, to, LEAST_DECODED)) onRun('list', bytes, from)
  })
  forEachSpacedHex(text, (from, count) =>
    scratch.lend(count, (out) => onRun('hex', decodeHex(text, from, 3, out), from)),
  )
}

/** Calls back for each run of at least `least` characters that `table` knows. */
function forEachRun(
  text: Uint8Array,
  table: Int8Array,
  least: number,
  onRun: (from: number, to: number) => void,
): void {
  let end = 0
  for (let at = 0; at < text.length; at += PROBE_STEP) {
    if (at < end || table[text[at]!]! < 0) continue
    let from = at
    while (from > end && table[text[from - 1]!]! >= 0) from--
    let to = at + 1
    while (to < text.length && table[text[to]!]! >= 0) to++
    if (to - from >= least) onRun(from, to)
    end = to
  }
}

function isAll(text: Uint8Array, from: number, to: number, table: Int8Array): boolean {
  for (let i = from; i < to; i++) if (table[text[i]!]! < 0) return false
  return true
}

/** Bytes of two digits each, `step` characters from one to the next. */
function decodeHex(text: Uint8Array, from: number, step: number, out: Uint8Array): Uint8Array {
  for (let i = 0, at = from; i < out.length; i++, at += step)
    out[i] = (HEX_DIGITS[text[at]!]! << 4) | HEX_DIGITS[text[at + 1]!]!
  return out
}

/** As many bytes as `out` takes; what is no base64 behind the last character touches none of them. */
function decodeBase64(text: Uint8Array, from: number, out: Uint8Array): Uint8Array {
  for (let i = 0, at = from; i < out.length; i += 3, at += 4) {
    const bits =
      (sextet(text, at) << 18) | (sextet(text, at + 1) << 12) | (sextet(text, at + 2) << 6) | sextet(text, at + 3)
    out[i] = bits >> 16
    out[i + 1] = bits >> 8
    out[i + 2] = bits
  }
  return out
}

/** Six bits, whatever the character. */
function sextet(text: Uint8Array, at: number): number {
  return SEXTETS[text[at]!]! & 63
}

/** Bytes that stand as two hexadecimal digits with one other character between each: `<12 34 ab>`, `12:34:ab`. */
function forEachSpacedHex(text: Uint8Array, onRun: (from: number, count: number) => void): void {
  const isPair = (at: number) =>
    HEX_DIGITS[text[at]!]! >= 0 && HEX_DIGITS[text[at + 1]!]! >= 0 && !(HEX_DIGITS[text[at + 2]!]! >= 0)
  let end = 0
  for (let at = 0; at + 5 < text.length; at += PROBE_STEP) {
    if (at < end) continue
    for (let first = at; first < at + 3; first++) {
      if (!isPair(first) || !isPair(first + 3)) continue
      let from = first
      while (from - 3 >= end && isPair(from - 3)) from -= 3
      let to = first
      while (to + 1 < text.length && isPair(to)) to += 3
      const count = (to - from) / 3
      if (count >= LEAST_DECODED) onRun(from, count)
      end = to
      break
    }
  }
}
