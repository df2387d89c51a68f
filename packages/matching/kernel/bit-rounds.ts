/**
 * Bit-sliced arithmetic of the comparison, in AssemblyScript for WebAssembly SIMD: 128 comparisons in a register.
 *
 * Plane b holds bit b of every lane, lane k in 32-bit word k >> 5 at position k & 31, little-endian. The planes of one
 * value lie `stride` bytes apart. Lengths are in bytes, multiples of 4; nothing needs to be aligned, for WebAssembly loads
 * from any address. Nothing is allocated and nothing is checked: the caller lays out memory.
 */

/** Planes [0, planes) of constant - lane modulo 2^16, for `words` * 32 lanes of 16 bits at `lanes`; planes <= 16. */
export function toPlanes(lanes: usize, words: i32, constant: i32, planes: i32, out: usize, stride: usize): void {
  const base = i16x8.splat(<i16>constant)
  // Sixteen lanes at a time: low bytes in one register, high bytes in another, then the top bit of every byte.
  for (let half = 0; half < 2 * words; half++) {
    const a = i16x8.sub(base, v128.load(lanes))
    const b = i16x8.sub(base, v128.load(lanes, 16))
    let bytes = i8x16.shuffle(a, b, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30)
    let at = out + 2 * half
    let plane = 0
    const low = min(planes, 8)
    for (; plane < low; plane++) {
      store<u16>(at, <u16>i8x16.bitmask(i16x8.shl(bytes, 7 - plane)))
      at += stride
    }
    bytes = i8x16.shuffle(a, b, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31)
    for (; plane < planes; plane++) {
      store<u16>(at, <u16>i8x16.bitmask(i16x8.shl(bytes, 15 - plane)))
      at += stride
    }
    lanes += 32
  }
}

/** out = a + b + carry, lane by lane, modulo 2^planes; `carry` is 0, or 1 for every lane. `out` may be `a` or `b`. */
export function addPlanes(a: usize, b: usize, planes: i32, stride: usize, carry: i32, out: usize): void {
  let at: usize = 0
  const first = i32x4.splat(-carry)
  for (; at + 16 <= stride; at += 16) {
    let c = first
    let k = at
    for (let plane = 0; plane < planes; plane++) {
      const x = v128.load(a + k)
      const y = v128.load(b + k)
      const half = v128.xor(x, y)
      v128.store(out + k, v128.xor(half, c))
      c = v128.or(v128.and(x, y), v128.and(c, half))
      k += stride
    }
  }
  for (; at < stride; at += 4) {
    let c = -carry
    let k = at
    for (let plane = 0; plane < planes; plane++) {
      const x = load<i32>(a + k)
      const y = load<i32>(b + k)
      const half = x ^ y
      store<i32>(out + k, half ^ c)
      c = (x & y) | (c & half)
      k += stride
    }
  }
}

/** out = a - b, lane by lane, modulo 2^planes; `out` may be `a` or `b`. */
export function subtractPlanes(a: usize, b: usize, planes: i32, stride: usize, out: usize): void {
  let at: usize = 0
  for (; at + 16 <= stride; at += 16) {
    let c = i32x4.splat(0)
    let k = at
    for (let plane = 0; plane < planes; plane++) {
      const x = v128.load(a + k)
      const y = v128.load(b + k)
      const half = v128.xor(x, y)
      v128.store(out + k, v128.xor(half, c))
      c = v128.or(v128.andnot(y, x), v128.andnot(c, half))
      k += stride
    }
  }
  for (; at < stride; at += 4) {
    let c = 0
    let k = at
    for (let plane = 0; plane < planes; plane++) {
      const x = load<i32>(a + k)
      const y = load<i32>(b + k)
      const half = x ^ y
      store<i32>(out + k, half ^ c)
      c = (~x & y) | (~half & c)
      k += stride
    }
  }
}

/** target ^= source. */
export function xorBits(target: usize, source: usize, length: usize): void {
  let at: usize = 0
  for (; at + 16 <= length; at += 16) v128.store(target + at, v128.xor(v128.load(target + at), v128.load(source + at)))
  for (; at < length; at += 4) store<i32>(target + at, load<i32>(target + at) ^ load<i32>(source + at))
}

/**
 * One node's masked component of x & y on replicated shares, with o for `own` and n for `next`:
 * out = o_x o_y ^ o_x n_y ^ n_x o_y ^ before ^ after.
 */
export function andBits(
  ownX: usize,
  nextX: usize,
  ownY: usize,
  nextY: usize,
  before: usize,
  after: usize,
  out: usize,
  length: usize,
): void {
  let at: usize = 0
  for (; at + 16 <= length; at += 16) {
    const y = v128.load(ownY + at)
    const both = v128.and(v128.load(ownX + at), v128.xor(y, v128.load(nextY + at)))
    const cross = v128.xor(both, v128.and(v128.load(nextX + at), y))
    v128.store(out + at, v128.xor(cross, v128.xor(v128.load(before + at), v128.load(after + at))))
  }
  for (; at < length; at += 4) {
    const y = load<i32>(ownY + at)
    const both = load<i32>(ownX + at) & (y ^ load<i32>(nextY + at))
    const cross = both ^ (load<i32>(nextX + at) & y)
    store<i32>(out + at, cross ^ load<i32>(before + at) ^ load<i32>(after + at))
  }
}
