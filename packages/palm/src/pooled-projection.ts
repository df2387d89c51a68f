/**
 * From pooled features to the 1,024 bits of a pooled code: minus the mean palm, whitened by principal components, turned
 * at random, signs. The mean and the components come from synthetic palms (packages/palm/statistics); they are whole
 * numbers, so that a picture has one code on every engine.
 *
 * Whitening weighs each of 512 principal components by 1 / sqrt(eigenvalue + 3 times the mean one), so that what all
 * palms have in their anatomy counts little, and by the part of its variance that is between palms and not between two
 * pictures of one. The rotation is two rounds of random signs and a Walsh-Hadamard transform (Ailon and
 * Chazelle, "The fast Johnson-Lindenstrauss transform", 2009), twice with other signs: 2 x 512 directions. Signs of
 * random projections differ in proportion to the angle between two vectors (Goemans and Williamson, 1995).
 */

import { POOLED_STATISTICS_BASE64 } from './generated/pooled-statistics.ts'
import { POOLED_FEATURES } from './pooled-features.ts'
import { createSeededRandom } from './synthetic/seeded-random.ts'

/** Principal components that are kept; a power of two, for the transform. */
export const COMPONENTS = 512
/** Bits of a pooled code. */
export const POOLED_BITS = 1024
/** Bytes of a pooled code. */
export const POOLED_BYTES = POOLED_BITS / 8
/** Random signs that are applied before each transform; part of what a pooled code is. */
const ROTATION_SEED = 'pooled code rotation'
/** A component's weight in units of 2^-16 of the largest one's. */
export const WEIGHT_BITS = 16
/** So many products of at most 127 * 8 * 4,096 add up within 32 bits, in which engines are fastest. */
const STRIP = 300

/** The statistics behind all pooled codes. */
export type PooledStatistics = {
  /** Mean features, 2,700 of 0..4096. */
  readonly mean: Int16Array
  /** For each component what its row is multiplied by, in units of 2^-16. */
  readonly weights: Uint16Array
  /** 512 rows of 2,700, -127..127. */
  readonly rows: Int8Array
}

let shipped: PooledStatistics | undefined
let rotations: readonly Int8Array[] | undefined

/** The 1,024 bits, packed as in a palm code, of the sum of the features of `frames` pictures. */
export function projectFeatures(sums: Int32Array, frames: number): Uint8Array {
  shipped ??= readStatistics(Uint8Array.from(atob(POOLED_STATISTICS_BASE64), (char) => char.charCodeAt(0)))
  const components = whiten(sums, frames, shipped)
  const bytes = new Uint8Array(POOLED_BYTES)
  rotations ??= drawSigns()
  for (let half = 0; half < POOLED_BITS / COMPONENTS; half++) {
    const turned = Float64Array.from(components)
    for (let round = 0; round < 2; round++) {
      const signs = rotations[2 * half + round]!
      for (let i = 0; i < COMPONENTS; i++) turned[i]! *= signs[i]!
      hadamard(turned)
    }
    for (let i = 0; i < COMPONENTS; i++) if (turned[i]! < 0) bytes[(half * COMPONENTS + i) >> 3]! |= 1 << (i & 7)
  }
  return bytes
}

/** The statistics from their file: mean, weights, rows, all little-endian. */
export function readStatistics(bytes: Uint8Array): PooledStatistics {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const weightsAt = 2 * POOLED_FEATURES
  const rowsAt = weightsAt + 2 * COMPONENTS
  return {
    mean: Int16Array.from({ length: POOLED_FEATURES }, (_, i) => view.getInt16(2 * i, true)),
    weights: Uint16Array.from({ length: COMPONENTS }, (_, i) => view.getUint16(weightsAt + 2 * i, true)),
    rows: new Int8Array(bytes.buffer, bytes.byteOffset + rowsAt, COMPONENTS * POOLED_FEATURES),
  }
}

/**
 * The weighted components of the summed features of `frames` pictures, whole numbers below 2^32: a row's product is at
 * most 127 * 2,700 * 4,096 a picture, and the rotation's sums of 2^18 of them stay below 2^53 for eight pictures.
 */
function whiten(sums: Int32Array, frames: number, { mean, weights, rows }: PooledStatistics): Float64Array {
  const centred = Int32Array.from(sums, (sum, i) => sum - frames * mean[i]!)
  const components = new Float64Array(COMPONENTS)
  for (let k = 0; k < COMPONENTS; k++) {
    const row = k * POOLED_FEATURES
    let product = 0
    for (let from = 0; from < POOLED_FEATURES; from += STRIP) {
      let part = 0
      for (let i = from; i < from + STRIP; i++) part = (part + Math.imul(rows[row + i]!, centred[i]!)) | 0
      product += part
    }
    components[k] = Math.round((product * weights[k]!) / 2 ** WEIGHT_BITS)
  }
  return components
}

/** The fast Walsh-Hadamard transform in place, without its factor. */
function hadamard(values: Float64Array): void {
  for (let half = 1; half < values.length; half *= 2)
    for (let start = 0; start < values.length; start += 2 * half)
      for (let i = start; i < start + half; i++) {
        const [a, b] = [values[i]!, values[i + half]!]
        values[i] = a + b
        values[i + half] = a - b
      }
}

/** Four rows of 512 random signs. */
function drawSigns(): readonly Int8Array[] {
  const random = createSeededRandom(ROTATION_SEED)
  return Array.from({ length: 4 }, () => Int8Array.from({ length: COMPONENTS }, () => (random.unit() < 0.5 ? -1 : 1)))
}
