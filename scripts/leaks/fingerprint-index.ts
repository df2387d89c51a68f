/**
 * A hash table from 64-bit fingerprints (two 32-bit halves) to places in secrets, made for looking up far more often than
 * it is found: a bitmap of one hash answers nearly every miss with one read.
 *
 * Equal fingerprints keep all their places: two secrets that share eight bytes differ in how far a match goes on.
 */

const LEAST_SLOTS = 1 << 12
/** Bits of the bitmap for each slot of the table, which is at most half full. */
const BITMAP_BITS_PER_SLOT = 4
const EMPTY = -1

export class FingerprintIndex {
  #slots = LEAST_SLOTS
  #count = 0
  #low = new Int32Array(LEAST_SLOTS)
  #high = new Int32Array(LEAST_SLOTS)
  #secret = new Int32Array(LEAST_SLOTS).fill(EMPTY)
  #position = new Int32Array(LEAST_SLOTS)
  #bitmap = new Int32Array((LEAST_SLOTS * BITMAP_BITS_PER_SLOT) / 32)
  #bitmapMask = LEAST_SLOTS * BITMAP_BITS_PER_SLOT - 1

  /** Notes that `secret` (a number of the caller's, 0 and up) has this fingerprint, or its inverse, at `position`. */
  add(low: number, high: number, secret: number, position: number): void {
    if (2 * (this.#count + 1) > this.#slots) this.#grow()
    const mask = inversion(low)
    this.#insert(low ^ mask, high ^ mask, secret, position)
    this.#count++
  }

  /**
   * Calls back for each pair of `words` from `from` to `to` that may be a known fingerprint, inverted where its first bit
   * is one; it leaves none out that is known. `i` is the place of the first word.
   */
  scan(words: Int32Array, from: number, to: number, onCandidate: (low: number, high: number, i: number) => void): void {
    const bitmap = this.#bitmap
    const bitmapMask = this.#bitmapMask
    for (let i = from; i + 1 < to; i += 2) {
      const mask = inversion(words[i]!)
      const low = words[i]! ^ mask
      const high = words[i + 1]! ^ mask
      const bit = hash(low, high) & bitmapMask
      if (((bitmap[bit >>> 5]! >>> (bit & 31)) & 1) === 1) onCandidate(low, high, i)
    }
  }

  /** Calls back for each place that has this fingerprint. */
  forEach(low: number, high: number, visit: (secret: number, position: number) => void): void {
    const last = this.#slots - 1
    for (let slot = hash(low, high) & last; this.#secret[slot] !== EMPTY; slot = (slot + 1) & last)
      if (this.#low[slot] === low && this.#high[slot] === high) visit(this.#secret[slot]!, this.#position[slot]!)
  }

  #insert(low: number, high: number, secret: number, position: number): void {
    const hashed = hash(low, high)
    let slot = hashed & (this.#slots - 1)
    while (this.#secret[slot] !== EMPTY) slot = (slot + 1) & (this.#slots - 1)
    this.#low[slot] = low
    this.#high[slot] = high
    this.#secret[slot] = secret
    this.#position[slot] = position
    const bit = hashed & this.#bitmapMask
    this.#bitmap[bit >>> 5]! |= 1 << (bit & 31)
  }

  #grow(): void {
    const [low, high, secret, position] = [this.#low, this.#high, this.#secret, this.#position]
    this.#slots *= 4
    this.#low = new Int32Array(this.#slots)
    this.#high = new Int32Array(this.#slots)
    this.#secret = new Int32Array(this.#slots).fill(EMPTY)
    this.#position = new Int32Array(this.#slots)
    this.#bitmap = new Int32Array((this.#slots * BITMAP_BITS_PER_SLOT) / 32)
    this.#bitmapMask = this.#slots * BITMAP_BITS_PER_SLOT - 1
    for (let i = 0; i < secret.length; i++)
      if (secret[i] !== EMPTY) this.#insert(low[i]!, high[i]!, secret[i]!, position[i]!)
  }
}

/** All ones where a fingerprint's first bit is one: bits and their inverse are kept as one. */
function inversion(low: number): number {
  return -(low & 1)
}

/** Thirty-two well mixed bits (the finaliser of MurmurHash3 over both halves). */
function hash(low: number, high: number): number {
  let h = Math.imul(low, 0x9e3779b1) ^ Math.imul(high, 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}
