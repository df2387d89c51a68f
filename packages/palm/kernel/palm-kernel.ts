/**
 * AssemblyScript source of the inner loops of palm codes: the filter bank, the Hamming distance, and the inner product.
 * `node packages/palm/kernel/build.ts` compiles it into src/generated/palm-kernel.ts. Memory belongs to the caller:
 * nothing is allocated here, and every pointer is a byte offset.
 */

/** Bytes between two rows of one filter: 35 taps of 16 bits, padded with zeros to five vectors. */
const KERNEL_ROW_BYTES: usize = 80
const KERNEL_ROWS: i32 = 35
/** Bytes between two filters. */
const KERNEL_BYTES: usize = 2800

/**
 * Six correlations at `count` places. `places` holds, as u32, the byte offset into `image` (i16, rows of `stride` bytes)
 * of each window's first pixel; `out` receives i32 by orientation, then place.
 */
export function correlate(image: usize, stride: usize, places: usize, count: i32, kernels: usize, out: usize): void {
  for (let n: i32 = 0; n < count; n++) {
    let pixels = image + <usize>load<u32>(places + ((<usize>n) << 2))
    let taps = kernels
    let a0 = i32x4.splat(0)
    let a1 = i32x4.splat(0)
    let a2 = i32x4.splat(0)
    let a3 = i32x4.splat(0)
    let a4 = i32x4.splat(0)
    let a5 = i32x4.splat(0)
    for (let row: i32 = 0; row < KERNEL_ROWS; row++) {
      for (let x: usize = 0; x < KERNEL_ROW_BYTES; x += 16) {
        const p = v128.load(pixels + x)
        const k = taps + x
        a0 = i32x4.add(a0, i32x4.dot_i16x8_s(p, v128.load(k)))
        a1 = i32x4.add(a1, i32x4.dot_i16x8_s(p, v128.load(k, KERNEL_BYTES)))
        a2 = i32x4.add(a2, i32x4.dot_i16x8_s(p, v128.load(k, 2 * KERNEL_BYTES)))
        a3 = i32x4.add(a3, i32x4.dot_i16x8_s(p, v128.load(k, 3 * KERNEL_BYTES)))
        a4 = i32x4.add(a4, i32x4.dot_i16x8_s(p, v128.load(k, 4 * KERNEL_BYTES)))
        a5 = i32x4.add(a5, i32x4.dot_i16x8_s(p, v128.load(k, 5 * KERNEL_BYTES)))
      }
      pixels += stride
      taps += KERNEL_ROW_BYTES
    }
    const plane = (<usize>count) << 2
    let to = out + ((<usize>n) << 2)
    store<i32>(to, sum(a0))
    to += plane
    store<i32>(to, sum(a1))
    to += plane
    store<i32>(to, sum(a2))
    to += plane
    store<i32>(to, sum(a3))
    to += plane
    store<i32>(to, sum(a4))
    to += plane
    store<i32>(to, sum(a5))
  }
}

/**
 * For each of `rows` codes at `gallery` (192 bytes each) the smallest Hamming distance to the `shifts` codes at
 * `probes`, as u16 to `out`.
 */
export function nearest(gallery: usize, rows: i32, probes: usize, shifts: i32, out: usize): void {
  nearestOf(gallery, rows, probes, shifts, out, 192)
}

/** The same for codes of 128 bytes. */
export function nearestPooled(gallery: usize, rows: i32, probes: usize, shifts: i32, out: usize): void {
  nearestOf(gallery, rows, probes, shifts, out, 128)
}

/** The loop of both: codes of `bytes`, a multiple of 64. */
function nearestOf(gallery: usize, rows: i32, probes: usize, shifts: i32, out: usize, bytes: usize): void {
  for (let row: i32 = 0; row < rows; row++) {
    let best: i64 = 65535
    let probe = probes
    for (let shift: i32 = 0; shift < shifts; shift++) {
      let distance: i64 = 0
      for (let word: usize = 0; word < bytes; word += 64) {
        // One popcnt instruction a word is as fast as a vector count, which x86 lacks before AVX-512.
        distance +=
          popcnt<i64>(load<i64>(gallery + word, 0) ^ load<i64>(probe + word, 0)) +
          popcnt<i64>(load<i64>(gallery + word, 8) ^ load<i64>(probe + word, 8)) +
          popcnt<i64>(load<i64>(gallery + word, 16) ^ load<i64>(probe + word, 16)) +
          popcnt<i64>(load<i64>(gallery + word, 24) ^ load<i64>(probe + word, 24)) +
          popcnt<i64>(load<i64>(gallery + word, 32) ^ load<i64>(probe + word, 32)) +
          popcnt<i64>(load<i64>(gallery + word, 40) ^ load<i64>(probe + word, 40)) +
          popcnt<i64>(load<i64>(gallery + word, 48) ^ load<i64>(probe + word, 48)) +
          popcnt<i64>(load<i64>(gallery + word, 56) ^ load<i64>(probe + word, 56))
      }
      best = distance < best ? distance : best
      probe += bytes
    }
    store<u16>(out, <u16>best)
    out += 2
    gallery += bytes
  }
}

/**
 * For each of `rows` soft codes at `gallery` (1,536 i8 each) the largest inner product with the `shifts` soft codes at
 * `probes`, as i16 to `out`: at most 9 * 1,536.
 */
export function nearestSoft(gallery: usize, rows: i32, probes: usize, shifts: i32, out: usize): void {
  for (let row: i32 = 0; row < rows; row++) {
    let best: i32 = -32768
    let probe = probes
    for (let shift: i32 = 0; shift < shifts; shift++) {
      let total = i16x8.splat(0)
      // A lane adds 2 * 96 products of at most 9: 16 bits hold them.
      for (let at: usize = 0; at < 1536; at += 16) {
        const a = v128.load(gallery + at)
        const b = v128.load(probe + at)
        total = i16x8.add(total, i16x8.add(i16x8.extmul_low_i8x16_s(a, b), i16x8.extmul_high_i8x16_s(a, b)))
      }
      const product = sum(i32x4.extadd_pairwise_i16x8_s(total))
      best = product > best ? product : best
      probe += 1536
    }
    store<i16>(out, <i16>best)
    out += 2
    gallery += 1536
  }
}

function sum(a: v128): i32 {
  return i32x4.extract_lane(a, 0) + i32x4.extract_lane(a, 1) + i32x4.extract_lane(a, 2) + i32x4.extract_lane(a, 3)
}
