/**
 * The loss of a JPEG picture's brightness (ITU-T T.81): 8 x 8 cosine transform, coefficients rounded to multiples of a
 * step that grows with frequency, and back. Nothing is coded; only the loss is of interest. Flat blocks, as in
 * T.81 figure K.1's quantiser, lose their fine texture and keep their creases.
 */

const BLOCK = 8
/** How much coarser the step is for each diagonal of frequencies: K.1's luminance table rises about eightfold. */
const STEP_RISE = 0.5

/** The orthonormal transform: `COSINES[u * 8 + x]`. */
const COSINES = Float64Array.from({ length: BLOCK * BLOCK }, (_, at) => {
  const [u, x] = [at >> 3, at & 7]
  return Math.sqrt((u === 0 ? 1 : 2) / BLOCK) * Math.cos(((2 * x + 1) * u * Math.PI) / (2 * BLOCK))
})

/** How a picture is cut into blocks and how roughly it is rounded. */
export type BlockCompression = {
  /** Step at the lowest frequency, grey levels. */
  readonly compressionStep: number
  /** Column and row at which the first whole block begins, 0..7. */
  readonly blockX: number
  readonly blockY: number
}

/** `values` after compression; pixels of blocks that the picture's edge cuts stay as they are. */
export function compressBlocks(
  values: Float64Array,
  width: number,
  height: number,
  { compressionStep, blockX, blockY }: BlockCompression,
): Float64Array {
  const out = values.slice()
  const block = new Float64Array(BLOCK * BLOCK)
  for (let top = blockY; top + BLOCK <= height; top += BLOCK)
    for (let left = blockX; left + BLOCK <= width; left += BLOCK) {
      for (let i = 0; i < block.length; i++) block[i] = values[(top + (i >> 3)) * width + left + (i & 7)]!
      const frequencies = transform(block, false)
      for (let i = 0; i < frequencies.length; i++) {
        const step = compressionStep * (1 + STEP_RISE * ((i >> 3) + (i & 7)))
        frequencies[i] = step * Math.round(frequencies[i]! / step)
      }
      const back = transform(frequencies, true)
      for (let i = 0; i < back.length; i++) out[(top + (i >> 3)) * width + left + (i & 7)] = back[i]!
    }
  return out
}

/** The two-dimensional cosine transform of one block, or its inverse. */
function transform(block: Float64Array, inverse: boolean): Float64Array {
  return transformRows(transformRows(block, inverse), inverse)
}

/** One dimension, along the rows; the result is transposed. */
function transformRows(block: Float64Array, inverse: boolean): Float64Array {
  const out = new Float64Array(BLOCK * BLOCK)
  for (let row = 0; row < BLOCK; row++)
    for (let to = 0; to < BLOCK; to++) {
      let sum = 0
      for (let from = 0; from < BLOCK; from++)
        sum += block[row * BLOCK + from]! * COSINES[inverse ? from * BLOCK + to : to * BLOCK + from]!
      out[to * BLOCK + row] = sum
    }
  return out
}
