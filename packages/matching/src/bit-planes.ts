/**
 * Bit-sliced integers: plane b holds bit b of every lane, 32 lanes in a word, lane k in word k >> 5 at position k & 31.
 * One AND of words then works on 32 comparisons. Planes of one value lie behind each other, `words` words each.
 */

/**
 * Transposes 16-bit lanes to bit planes.
 * @param lanes a multiple of 32
 * @param planes how many low bits to keep, 1..16
 * @param out planes * (lanes.length / 32) words
 */
export function toBitPlanes(lanes: Uint16Array, planes: number, out: Uint32Array): void {
  const words = lanes.length / 32
  const block = new Int32Array(16)
  for (let word = 0; word < words; word++) {
    const at = 32 * word
    // Lanes k and k + 16 share a word, so that 16 x 16 transpositions run in both halves at once.
    for (let k = 0; k < 16; k++) block[k] = lanes[at + k]! | (lanes[at + k + 16]! << 16)
    transposeHalves(block)
    for (let plane = 0; plane < planes; plane++) out[plane * words + word] = block[plane]!
  }
}

/** The 16-bit lane `lane` of bit planes with `words` words each. */
export function laneOf(planes: Uint32Array, words: number, lane: number): number {
  let value = 0
  for (let plane = 0; plane * words < planes.length; plane++)
    value |= ((planes[plane * words + (lane >> 5)]! >>> (lane & 31)) & 1) << plane
  return value
}

/**
 * a + b + carry, lane by lane, modulo 2^planes; `out` may be `a` or `b`.
 * @param carryIn 0, or 1 for every lane
 */
export function addPlanes(a: Uint32Array, b: Uint32Array, words: number, carryIn: 0 | 1, out: Uint32Array): void {
  for (let word = 0; word < words; word++) {
    let carry = -carryIn
    for (let at = word; at < a.length; at += words) {
      const x = a[at]!
      const y = b[at]!
      const half = x ^ y
      out[at] = half ^ carry
      carry = (x & y) | (carry & half)
    }
  }
}

/** a - b, lane by lane, modulo 2^planes; `out` may be `a` or `b`. */
export function subtractPlanes(a: Uint32Array, b: Uint32Array, words: number, out: Uint32Array): void {
  for (let word = 0; word < words; word++) {
    let borrow = 0
    for (let at = word; at < a.length; at += words) {
      const x = a[at]!
      const y = b[at]!
      const half = x ^ y
      out[at] = half ^ borrow
      borrow = (~x & y) | (~half & borrow)
    }
  }
}

/** Sixteen words as two 16 x 16 bit matrices, each transposed (Hacker's Delight, section 7-3). */
function transposeHalves(m: Int32Array): void {
  exchange(m, 8, 0x00ff00ff)
  exchange(m, 4, 0x0f0f0f0f)
  exchange(m, 2, 0x33333333)
  exchange(m, 1, 0x55555555)
}

/** Swaps the upper `distance` bits of word k with the lower ones of word k + distance. */
function exchange(m: Int32Array, distance: number, mask: number): void {
  for (let k = 0; k < 16; k = (k + distance + 1) & ~distance) {
    const swap = ((m[k]! >>> distance) ^ m[k + distance]!) & mask
    m[k]! ^= swap << distance
    m[k + distance]! ^= swap
  }
}
