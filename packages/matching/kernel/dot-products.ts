/**
 * The kernel: u16 dot products modulo 2^16 of every row with every probe, in AssemblyScript for WebAssembly SIMD.
 *
 *   out[probe][row] = sum_j rows[row][j] * probes[probe][j] mod 2^16
 *
 * `i32x4.dot_i16x8_s` multiplies eight signed 16-bit numbers and adds neighbours into four 32-bit lanes. Read as signed
 * or unsigned, a 16-bit number is the same modulo 2^16, and 32-bit sums that wrap stay right modulo 2^16, so the low half
 * of the sum is exact for every input.
 *
 * Five probes x two rows keep ten sums, two rows and one probe in the sixteen vector registers of x86-64, and a probe of
 * 25 shifts is five such groups without a remainder. Left-over probes are taken 1 x 4 rows, left-over rows 1 x 1. Rows
 * are walked in tiles that fit the second-level cache, so that each is read from memory once for all probes.
 *
 * Rows lie behind each other, or where a list says: the second pass of a cascade takes the few rows that passed the first,
 * which costs nothing in place of a copy, because a row is long.
 *
 * Vectors are `bytes` long (2 D, a multiple of 32) and little-endian. Nothing is allocated; the caller lays out memory.
 * Loops count down, for a row may end where 32-bit addresses do.
 */

/** Rows in one tile: 64 x 3,072 bytes = 192 KiB. */
const TILE_ROWS: i32 = 64

/** Where row `r` begins: behind the others, or at the slot that `list` (32-bit numbers) gives where it is not 0. */
function rowAt(gallery: usize, list: usize, r: i32, bytes: usize): usize {
  return gallery + (list ? <usize>load<u32>(list + 4 * r) : <usize>r) * bytes
}

/**
 * `rows` rows of `gallery`, the first ones or those in `list`, with `count` probes; `stride` is the distance in bytes
 * between two probes' results.
 */
export function dotProducts(
  gallery: usize,
  list: usize,
  rows: i32,
  probes: usize,
  count: i32,
  bytes: usize,
  out: usize,
  stride: usize,
): void {
  const grouped = count - (count % 5)
  for (let first = 0; first < rows; first += TILE_ROWS) {
    const end = min(first + TILE_ROWS, rows)
    for (let p = 0; p < grouped; p += 5) {
      const probe = probes + p * bytes
      const to = out + p * stride
      let r = first
      for (; r + 2 <= end; r += 2)
        fiveByTwo(rowAt(gallery, list, r, bytes), rowAt(gallery, list, r + 1, bytes), probe, bytes, to + 2 * r, stride)
      if (r < end)
        for (let k = 0; k < 5; k++)
          oneByOne(rowAt(gallery, list, r, bytes), probe + k * bytes, bytes, to + k * stride + 2 * r)
    }
    for (let p = grouped; p < count; p++) {
      const probe = probes + p * bytes
      const to = out + p * stride
      let r = first
      for (; r + 4 <= end; r += 4)
        oneByFour(
          rowAt(gallery, list, r, bytes),
          rowAt(gallery, list, r + 1, bytes),
          rowAt(gallery, list, r + 2, bytes),
          rowAt(gallery, list, r + 3, bytes),
          probe,
          bytes,
          to + 2 * r,
        )
      for (; r < end; r++) oneByOne(rowAt(gallery, list, r, bytes), probe, bytes, to + 2 * r)
    }
  }
}

function mac(sum: v128, a: v128, b: v128): v128 {
  return i32x4.add(sum, i32x4.dot_i16x8_s(a, b))
}

/** Stores the sum of the four lanes modulo 2^16. */
function put(at: usize, lanes: v128): void {
  const pairs = i32x4.add(lanes, i32x4.shuffle(lanes, lanes, 2, 3, 0, 1))
  store<u16>(at, <u16>(i32x4.extract_lane(pairs, 0) + i32x4.extract_lane(pairs, 1)))
}

function fiveByTwo(row: usize, next: usize, probe: usize, bytes: usize, out: usize, stride: usize): void {
  let a0 = i32x4.splat(0)
  let a1 = i32x4.splat(0)
  let b0 = i32x4.splat(0)
  let b1 = i32x4.splat(0)
  let c0 = i32x4.splat(0)
  let c1 = i32x4.splat(0)
  let d0 = i32x4.splat(0)
  let d1 = i32x4.splat(0)
  let e0 = i32x4.splat(0)
  let e1 = i32x4.splat(0)
  let pb = probe + bytes
  let pc = pb + bytes
  let pd = pc + bytes
  let pe = pd + bytes
  for (let left = bytes; left; left -= 32) {
    let x = v128.load(row)
    let y = v128.load(next)
    let w = v128.load(probe)
    a0 = mac(a0, w, x)
    a1 = mac(a1, w, y)
    w = v128.load(pb)
    b0 = mac(b0, w, x)
    b1 = mac(b1, w, y)
    w = v128.load(pc)
    c0 = mac(c0, w, x)
    c1 = mac(c1, w, y)
    w = v128.load(pd)
    d0 = mac(d0, w, x)
    d1 = mac(d1, w, y)
    w = v128.load(pe)
    e0 = mac(e0, w, x)
    e1 = mac(e1, w, y)
    // A second step by immediate offsets halves the loop's own cost.
    x = v128.load(row, 16)
    y = v128.load(next, 16)
    w = v128.load(probe, 16)
    a0 = mac(a0, w, x)
    a1 = mac(a1, w, y)
    w = v128.load(pb, 16)
    b0 = mac(b0, w, x)
    b1 = mac(b1, w, y)
    w = v128.load(pc, 16)
    c0 = mac(c0, w, x)
    c1 = mac(c1, w, y)
    w = v128.load(pd, 16)
    d0 = mac(d0, w, x)
    d1 = mac(d1, w, y)
    w = v128.load(pe, 16)
    e0 = mac(e0, w, x)
    e1 = mac(e1, w, y)
    row += 32
    next += 32
    probe += 32
    pb += 32
    pc += 32
    pd += 32
    pe += 32
  }
  put(out, a0)
  put(out + 2, a1)
  out += stride
  put(out, b0)
  put(out + 2, b1)
  out += stride
  put(out, c0)
  put(out + 2, c1)
  out += stride
  put(out, d0)
  put(out + 2, d1)
  out += stride
  put(out, e0)
  put(out + 2, e1)
}

function oneByFour(row: usize, rb: usize, rc: usize, rd: usize, probe: usize, bytes: usize, out: usize): void {
  let a = i32x4.splat(0)
  let b = i32x4.splat(0)
  let c = i32x4.splat(0)
  let d = i32x4.splat(0)
  for (let left = bytes; left; left -= 32) {
    let w = v128.load(probe)
    a = mac(a, w, v128.load(row))
    b = mac(b, w, v128.load(rb))
    c = mac(c, w, v128.load(rc))
    d = mac(d, w, v128.load(rd))
    w = v128.load(probe, 16)
    a = mac(a, w, v128.load(row, 16))
    b = mac(b, w, v128.load(rb, 16))
    c = mac(c, w, v128.load(rc, 16))
    d = mac(d, w, v128.load(rd, 16))
    row += 32
    rb += 32
    rc += 32
    rd += 32
    probe += 32
  }
  put(out, a)
  put(out + 2, b)
  put(out + 4, c)
  put(out + 6, d)
}

function oneByOne(row: usize, probe: usize, bytes: usize, out: usize): void {
  let a = i32x4.splat(0)
  let b = i32x4.splat(0)
  for (let left = bytes; left; left -= 32) {
    a = mac(a, v128.load(probe), v128.load(row))
    b = mac(b, v128.load(probe, 16), v128.load(row, 16))
    row += 32
    probe += 32
  }
  put(out, i32x4.add(a, b))
}
