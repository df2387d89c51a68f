/**
 * A repeatable stream of numbers from a seed, for synthetic palms and tests. NOT for secrets: the generator is sfc32
 * (Chris Doty-Humphrey, PractRand), which is fast and well distributed, and easy to predict.
 */

/** Draws numbers; each call moves the stream on. */
export type SeededRandom = {
  /** Uniform in [0, 1), a multiple of 2^-32. */
  readonly unit: () => number
  /** Uniform in [low, high). */
  readonly between: (low: number, high: number) => number
  /** A whole number, uniform in low..high, both included. */
  readonly whole: (low: number, high: number) => number
  /**
   * Bell-shaped around 0 with the given standard deviation: the sum of six uniform numbers, so never beyond 4.3
   * deviations, and exact arithmetic on every engine where a logarithm would not be.
   */
  readonly bell: (deviation: number) => number
}

/** The stream that belongs to `seed`; seeds that differ in one character give unrelated streams. */
export function createSeededRandom(seed: string): SeededRandom {
  let [a, b, c, counter] = hash128(seed)
  const next = (): number => {
    const out = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = ((c << 21) | (c >>> 11)) + out
    c |= 0
    return out >>> 0
  }
  for (let i = 0; i < 16; i++) next()
  const unit = (): number => next() / 2 ** 32
  return {
    unit,
    between: (low, high) => low + (high - low) * unit(),
    whole: (low, high) => low + Math.floor((high - low + 1) * unit()),
    // Six uniforms have variance 1/2: the factor is sqrt(2).
    bell: (deviation) => (unit() + unit() + unit() + unit() + unit() + unit() - 3) * Math.SQRT2 * deviation,
  }
}

/** Four words that depend on every character of `text` (multiply and rotate, as MurmurHash3 mixes). */
function hash128(text: string): [number, number, number, number] {
  const words: [number, number, number, number] = [0x9e3779b9, 0x243f6a88, 0xb7e15162, 0x8aed2a6b]
  for (let i = 0; i < text.length; i++) {
    const char = text.charCodeAt(i)
    for (let w = 0; w < 4; w++) {
      const mixed = Math.imul(words[w]! ^ char, 0xcc9e2d51 + 2 * w)
      words[w] = Math.imul((mixed << 15) | (mixed >>> 17), 0x1b873593) ^ words[(w + 1) & 3]!
    }
  }
  for (let w = 0; w < 4; w++) {
    let h = words[w]! ^ text.length
    h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
    words[w] = h ^ (h >>> 16)
  }
  return words
}
