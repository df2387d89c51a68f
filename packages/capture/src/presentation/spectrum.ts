/** The power spectrum of a small square picture (Cooley and Tukey 1965, radix 2). */

/** Power at each pair of frequencies, `size` x `size` by rows, frequency 0 first; `size` is a power of two. */
export function powerSpectrum(values: Float64Array, size: number): Float64Array {
  const real = Float64Array.from(values)
  const imaginary = new Float64Array(values.length)
  const lineReal = new Float64Array(size)
  const lineImaginary = new Float64Array(size)
  const lines = (start: (line: number) => number, step: number): void => {
    for (let line = 0; line < size; line++) {
      const first = start(line)
      for (let i = 0; i < size; i++) {
        lineReal[i] = real[first + i * step]!
        lineImaginary[i] = imaginary[first + i * step]!
      }
      transform(lineReal, lineImaginary)
      for (let i = 0; i < size; i++) {
        real[first + i * step] = lineReal[i]!
        imaginary[first + i * step] = lineImaginary[i]!
      }
    }
  }
  lines((line) => line * size, 1)
  lines((line) => line, size)
  return real.map((value, at) => value * value + imaginary[at]! * imaginary[at]!)
}

/** The Fourier transform of one line, in place. */
function transform(real: Float64Array, imaginary: Float64Array): void {
  const count = real.length
  for (let i = 1, j = 0; i < count; i++) {
    let bit = count >> 1
    for (; j & bit; bit >>= 1) j ^= bit
    j ^= bit
    if (i >= j) continue
    const [r, m] = [real[i]!, imaginary[i]!]
    real[i] = real[j]!
    imaginary[i] = imaginary[j]!
    real[j] = r
    imaginary[j] = m
  }
  for (let length = 2; length <= count; length *= 2)
    for (let start = 0; start < count; start += length)
      for (let k = 0; k < length / 2; k++) {
        const angle = (-2 * Math.PI * k) / length
        const [cos, sin] = [Math.cos(angle), Math.sin(angle)]
        const [upper, lower] = [start + k, start + k + length / 2]
        const r = real[lower]! * cos - imaginary[lower]! * sin
        const m = real[lower]! * sin + imaginary[lower]! * cos
        real[lower] = real[upper]! - r
        imaginary[lower] = imaginary[upper]! - m
        real[upper]! += r
        imaginary[upper]! += m
      }
}
