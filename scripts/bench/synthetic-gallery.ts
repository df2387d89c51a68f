/**
 * The gallery of a benchmark: rows that repeat a few hundred random palms, and three planted ones, so that a million rows
 * are dealt in seconds and the right answer is known from codes. Every process makes the same one from the same seed.
 *
 * What is timed does not depend on the contents: every row has the same arithmetic.
 */

import { createCipheriv } from 'node:crypto'
import type { RandomBytes } from '@palmhold/base'
import { plaintextEngine, prepareProbe, type Role, shareProbe, shareRow } from '@palmhold/matching'
import { CODE_BYTES, type PalmCode, palmCode } from '@palmhold/palm'

/** Bits of the short code that the first pass of a cascade compares. */
export const SHORT_BITS = 1024
export const SHORT_ROW_BYTES = 2 * SHORT_BITS
/** Palms that the rows repeat. */
const PALMS = 509
const PARAMS = { n: 3, t: 1 }
/** Distances of the planted rows from one of the probe's codes, full and short. */
const PLANTED = [
  { full: 420, short: 200 },
  { full: 565, short: 200 },
  { full: 610, short: 250 },
]

export type GalleryOptions = {
  readonly rows: number
  readonly shifts: number
  /** The share of rows that pass the first pass of a cascade; without it short codes are not dealt. */
  readonly passRate?: number
}

/** How a query is answered: all rows at all shifts, or in two passes. */
export type QueryKind = 'full' | 'cascade'

export type SyntheticGallery = {
  readonly options: GalleryOptions
  /** Full codes of the palms, the planted ones last. */
  readonly codes: readonly PalmCode[]
  readonly shortCodes: readonly Uint8Array[]
  readonly probe: readonly PalmCode[]
  readonly shortProbe: Uint8Array
  /** Which palm stands in a row. */
  readonly palmOf: (row: number) => number
  /** Distances at which a query compares; a cascade does so on the sum of both distances. */
  readonly thresholds: Readonly<Record<QueryKind, readonly number[]>>
  /** The distance of its first pass. */
  readonly shortThreshold: number
}

/** Draws the palms and the probe. */
export function createSyntheticGallery(options: GalleryOptions): SyntheticGallery {
  const { rows, shifts, passRate } = options
  const random = seededRandom(1)
  const probe = Array.from({ length: shifts }, () => palmCode(random(CODE_BYTES)))
  const shortProbe = random(SHORT_BITS / 8)
  const strangers = Array.from({ length: PALMS }, () => palmCode(random(CODE_BYTES)))
  const shortStrangers = Array.from({ length: PALMS }, () => random(SHORT_BITS / 8))
  const codes = [...strangers, ...PLANTED.map(({ full }, k) => palmCode(flipBits(probe[(7 * k) % shifts]!, full)))]
  const shortCodes = [...shortStrangers, ...PLANTED.map(({ short }) => flipBits(shortProbe, short))]
  const distances = shortStrangers.map((code) => differingBits(code, shortProbe)).sort((a, b) => a - b)
  const planted = new Map(PLANTED.map((_, k) => [Math.floor(((k + 1) * rows) / (PLANTED.length + 1)), PALMS + k]))
  return {
    options,
    codes,
    shortCodes,
    probe,
    shortProbe,
    palmOf: (row) => planted.get(row) ?? (Math.imul(row, 0x9e3779b1) >>> 0) % PALMS,
    thresholds: { full: [550, 580], cascade: [700, 800] },
    shortThreshold: distances[Math.floor((passRate ?? 0) * PALMS)]!,
  }
}

/** What a query must answer: for each threshold bit `row & 7` of byte `row >> 3`; computed in the clear, by palm. */
export function expectedBitmaps(gallery: SyntheticGallery, kind: QueryKind): Uint8Array[] {
  const { codes, shortCodes, probe, shortProbe, thresholds, options } = gallery
  const active = new Uint8Array(Math.ceil(codes.length / 8)).fill(0xff)
  const query = { rows: codes, probe, thresholds: thresholds[kind], active }
  const first = { rows: shortCodes, probe: shortProbe, threshold: gallery.shortThreshold }
  const { bitmaps } =
    kind === 'full' ? plaintextEngine.match(query) : plaintextEngine.cascade({ ...query, first, isFused: true })
  return bitmaps.map((byPalm) => {
    const byRow = new Uint8Array(Math.ceil(options.rows / 8))
    for (let row = 0; row < options.rows; row++) {
      const palm = gallery.palmOf(row)
      if ((byPalm[palm >> 3]! >> (palm & 7)) & 1) byRow[row >> 3]! |= 1 << (row & 7)
    }
    return byRow
  })
}

/** How many bits of a bitmap are set. */
export function countSet(bitmap: Uint8Array): number {
  let count = 0
  for (const byte of bitmap) for (let bits = byte; bits !== 0; bits &= bits - 1) count++
  return count
}

/** What one party holds: its shares of the palms, and its prepared probe. */
export type PartyShares = {
  readonly rows: readonly Uint8Array[]
  readonly shortRows: readonly Uint8Array[]
  readonly probe: Uint16Array
  readonly shortProbe: Uint16Array
}

/** Deals the gallery to the party `role`, as every dealer of the same seed would. */
export function dealTo(gallery: SyntheticGallery, role: Role): PartyShares {
  const random = seededRandom(2)
  // Blocks of four coefficients are shared independently, so the first 1,024 of a share are a share of the first 1,024.
  const padded = (code: Uint8Array) => palmCode(Uint8Array.from({ length: CODE_BYTES }, (_, at) => code[at] ?? 0))
  const rowsOf = (codes: readonly PalmCode[]) => codes.map((code) => shareRow(code, PARAMS, random)[role]!)
  const probeOf = (codes: readonly PalmCode[]) =>
    prepareProbe(shareProbe(codes, PARAMS, random)[role]!, role + 1, [1, 2, 3])
  return {
    rows: rowsOf(gallery.codes),
    shortRows: rowsOf(gallery.shortCodes.map(padded)).map((share) => share.subarray(0, SHORT_ROW_BYTES)),
    probe: probeOf(gallery.probe),
    shortProbe: probeOf([padded(gallery.shortProbe)]).subarray(0, SHORT_BITS),
  }
}

/** Bytes of a stream that depends on `seed` alone. */
export function seededRandom(seed: number): RandomBytes {
  const stream = createCipheriv('aes-128-ctr', Buffer.alloc(16, seed), Buffer.alloc(16))
  return (length) => Uint8Array.from(stream.update(Buffer.alloc(length)))
}

function flipBits(code: Uint8Array, count: number): Uint8Array {
  const flipped = Uint8Array.from(code)
  for (let bit = 0; bit < count; bit++) flipped[bit >> 3]! ^= 1 << (bit & 7)
  return flipped
}

function differingBits(a: Uint8Array, b: Uint8Array): number {
  return countSet(a.map((byte, at) => byte ^ b[at]!))
}
