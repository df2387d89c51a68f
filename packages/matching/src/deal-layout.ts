/**
 * What a dealer deals: the one place that says which bits a row and a probe consist of, and which of a probe's bits must
 * be equal. Everything else about dealing and checking takes its lengths from here.
 */

import { CODE_BITS, equalBits, POOLED_BITS, PROBE_SHIFTS_25 } from '@palmhold/palm'

/** Combinations of a check: each misses with probability 1/16, all of them with 2^-40. */
export const COMBINATIONS = 10
/** Bytes of a shared bit: a ring element of four 16-bit coefficients. */
export const ELEMENT_BYTES = 8
/** How often a probe can be checked: one set of masks for each attempt at a query. */
export const PROBE_CHECKS = 3

/** Bits of one hand's row, the palm code before the pooled code; a multiple of 4. */
const ROW_BITS = CODE_BITS + POOLED_BITS
/** Bytes of what a node keeps of one hand: its packed shares of both codes. */
export const GALLERY_ROW_BYTES = 2 * ROW_BITS
/** Bytes of a packed share of a pooled code. */
export const POOLED_SHARE_BYTES = 2 * POOLED_BITS

/** The content of a dealt package. */
export type DealLayout = {
  /** Dealt bits; a multiple of 4. */
  readonly bits: number
  /** Pairs of bits that must be equal, one after the other; may be empty. */
  readonly equal: Uint32Array
  /** Sets of masks: a set serves one check, since masks used twice would open combinations of bits. */
  readonly checks: number
}

/** The rows of `hands` hands, 1 or 2, in one package with one set of masks. */
export function rowLayout(hands: number): DealLayout {
  return { bits: hands * ROW_BITS, equal: NO_PAIRS, checks: 1 }
}

/**
 * A probe of `codes` codes, those of the first `codes` shifts of PROBE_SHIFTS_25, which is what a terminal encodes, and
 * behind them its pooled code, which no bits of the codes follow from.
 * @param codes 1..25
 */
export function probeLayout(codes: number): DealLayout {
  const known = probeLayouts.get(codes)
  if (known) return known
  const equal = equalBits(PROBE_SHIFTS_25.slice(0, codes))
  const layout = { bits: codes * CODE_BITS + POOLED_BITS, equal, checks: PROBE_CHECKS }
  probeLayouts.set(codes, layout)
  return layout
}

const NO_PAIRS = new Uint32Array(0)
/** Layouts by number of codes: finding the pairs takes longer than checking a probe. */
const probeLayouts = new Map<number, DealLayout>()

/** The kinds of masks in a set: for the degree, for the bits, and for pairs where there are some. */
export function masksOf({ equal }: DealLayout): number {
  return equal.length > 0 ? 3 : 2
}

/** Bytes of one node's share of a dealt package. */
export function dealtBytes(layout: DealLayout): number {
  return ELEMENT_BYTES * (layout.bits + layout.checks * masksOf(layout) * COMBINATIONS)
}

/** Bytes of the masked values that one node opens in a check. */
export function checkBytes(layout: DealLayout): number {
  return ELEMENT_BYTES * masksOf(layout) * COMBINATIONS
}
