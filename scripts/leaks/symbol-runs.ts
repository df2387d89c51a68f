/**
 * Runs of symbols of which there are only two: how bits look when each has a word of its own, whatever the word. That
 * takes in bytes 0 and 1, +-1 as 8-, 16-, 32- or 64-bit integers of either byte order or as floats, the characters "0" and
 * "1", and "0," and "1," of a list without spaces. A run becomes packed bits, one for the symbol that is not its first.
 *
 * A run of 128 symbols covers three whole blocks of 32. Blocks of one symbol alone are passed over, so that empty pages
 * cost nothing: a run is found by any block of it that has both.
 */

import { LEAST_BITS } from './bit-windows.ts'

const BLOCK_SYMBOLS = 32

/** Widths of a symbol, in bytes. */
export const SYMBOL_WIDTHS = [1, 2, 4, 8] as const
export type SymbolWidth = (typeof SYMBOL_WIDTHS)[number]

/** Calls back for each run of at least 128 symbols `width` bytes wide, with its packed bits and its first byte. */
export function forEachSymbolRun(
  bytes: Uint8Array,
  width: SymbolWidth,
  onRun: (packed: Uint8Array, offset: number) => void,
): void {
  const blockBytes = BLOCK_SYMBOLS * width
  if (bytes.length < LEAST_BITS * width) return
  for (let phase = 0; phase < width; phase++)
    for (let at = phase; at + blockBytes <= bytes.length; at += blockBytes) {
      const second = secondSymbol(bytes, at, width)
      if (second < 0) continue
      const run = runAround(bytes, at, second, width)
      if (run.to - run.from >= LEAST_BITS * width) onRun(run.packed(), run.from)
      // What is left of a run by its end is less than a block.
      at += blockBytes * Math.floor((run.to - at) / blockBytes - 1)
    }
}

/** The run of symbols like those at `first` and `second` that the block at `first` is part of. */
function runAround(bytes: Uint8Array, first: number, second: number, width: SymbolWidth) {
  const belongs = (at: number) => isSame(bytes, at, second, width) || isSame(bytes, at, first, width)
  let from = first
  while (from >= width && belongs(from - width)) from -= width
  let to = first + BLOCK_SYMBOLS * width
  while (to + width <= bytes.length && belongs(to)) to += width
  const packed = () => pack((to - from) / width, (i) => isSame(bytes, from + i * width, second, width))
  return { from, to, packed }
}

/** Bits packed as in a palm code: bit i in byte i >> 3 at position i & 7. */
export function pack(count: number, bit: (i: number) => boolean): Uint8Array {
  const packed = new Uint8Array(Math.ceil(count / 8))
  for (let i = 0; i < count; i++) if (bit(i)) packed[i >> 3]! |= 1 << (i & 7)
  return packed
}

/** Where in the block at `at` its second symbol is first met, or -1 where the block has one symbol or more than two. */
function secondSymbol(bytes: Uint8Array, at: number, width: SymbolWidth): number {
  const end = at + BLOCK_SYMBOLS * width
  const head = bytes[at]!
  let second = -1
  for (let i = at + width; i < end; i += width) {
    if (bytes[i] === head && isSame(bytes, i, at, width)) continue
    if (second < 0) second = i
    else if (!isSame(bytes, i, second, width)) return -1
  }
  return second
}

/** Whether the symbols at `a` and `b` are the same. */
function isSame(bytes: Uint8Array, a: number, b: number, width: SymbolWidth): boolean {
  for (let i = 0; i < width; i++) if (bytes[a + i] !== bytes[b + i]) return false
  return true
}
