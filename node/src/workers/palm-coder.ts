/**
 * Ways to compare two pictures, for evaluation: the palm code with shifts, the pooled code, both together, and one after
 * the other. Each gives a whole number for a pair; smaller is nearer. What is added up here is what nodes can add up on
 * shares: Hamming distances of one concatenated vector.
 */

import {
  CODE_BITS,
  createGalleryMatcher,
  createPooledMatcher,
  createSoftMatcher,
  LARGEST_SOFT_PRODUCT,
  POOLED_BYTES,
} from '@palmhold/palm'
import type { CoderName } from './coder-name.ts'

/** How pairs are compared. */
export type CoderSettings = {
  readonly coder: CoderName
  /** Compare responses of -3..3 in place of the palm code's bits. */
  readonly soft: boolean
  /** The first so many bits of the pooled code count. */
  readonly pooledBits: number
  /** What decides on rows that passed the first stage of a cascade. */
  readonly decision: 'bocv' | 'fused'
  /** Rows pass a cascade's first stage when their pooled distance is below this. */
  readonly passBelow: number
}

/** The codes of some pictures, each kind one behind the other; kinds that the coder does not use are empty. */
export type CodeSet = { readonly codes: Uint8Array; readonly pooled: Uint8Array; readonly soft: Uint8Array }

/** The distances of one probe to all rows, and the rows' pooled distances where there is a first stage. */
export type CodedDistances = { readonly distances: Uint16Array; readonly first: Uint16Array | undefined }

/**
 * What a differing pooled bit weighs against soft codes, whose product changes by twice the square of an entry where
 * its sign does: 4.5 on average.
 */
const SOFT_POOLED_WEIGHT = 9
/** Nothing is as far apart: the distance of rows that did not pass. */
const NOT_PASSED = 1

/** Whether a coder compares pooled codes, and whether it tries shifts. */
export function coderNeeds({ coder, soft }: CoderSettings): { pooled: boolean; codes: boolean; soft: boolean } {
  const shifted = coder !== 'pooled'
  return { pooled: coder !== 'bocv', codes: shifted && !soft, soft: shifted && soft }
}

/** The largest distance that a coder gives. */
export function largestDistance({ coder, soft, pooledBits, decision }: CoderSettings): number {
  if (coder === 'pooled') return pooledBits
  const shifted = soft ? 2 * LARGEST_SOFT_PRODUCT : CODE_BITS
  const pooled = pooledBits * (soft ? SOFT_POOLED_WEIGHT : 1)
  if (coder === 'fused') return shifted + pooled
  return coder === 'bocv' ? shifted : shifted + (decision === 'fused' ? pooled : 0) + NOT_PASSED
}

/** The comparison of probes with a fixed gallery. Results are valid until the next call. */
export function createCoder(settings: CoderSettings, gallery: CodeSet): (probe: CodeSet) => CodedDistances {
  const { coder, pooledBits, decision, passBelow } = settings
  const needs = coderNeeds(settings)
  const matcher = needs.codes ? createGalleryMatcher(gallery.codes) : undefined
  const softMatcher = needs.soft ? createSoftMatcher(gallery.soft) : undefined
  const pooledMatcher = needs.pooled ? createPooledMatcher(firstBits(gallery.pooled, pooledBits)) : undefined
  const weight = settings.soft ? SOFT_POOLED_WEIGHT : 1
  const fused = coder === 'fused' || (coder === 'cascade' && decision === 'fused')
  const refused = largestDistance(settings)
  return (probe) => {
    const first = pooledMatcher?.distances(firstBits(probe.pooled, pooledBits))
    if (coder === 'pooled') return { distances: first!, first: undefined }
    const distances =
      matcher?.distances(probe.codes) ??
      Uint16Array.from(softMatcher!.products(probe.soft), (product) => LARGEST_SOFT_PRODUCT - product)
    if (fused) for (let row = 0; row < distances.length; row++) distances[row]! += weight * first![row]!
    if (coder === 'cascade')
      for (let row = 0; row < distances.length; row++) if (first![row]! >= passBelow) distances[row] = refused
    return { distances, first: coder === 'cascade' ? first : undefined }
  }
}

/** Pooled codes with the bits from `bits` on cleared, so that they are equal in all. */
function firstBits(codes: Uint8Array, bits: number): Uint8Array {
  if (bits === 8 * POOLED_BYTES) return codes
  return codes.map((byte, i) => (8 * (i % POOLED_BYTES) < bits ? byte : 0))
}
