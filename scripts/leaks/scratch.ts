/**
 * Memory for what is decoded and soon forgotten: one block, given out from its start and taken back in reverse order. Text
 * has thousands of short runs, and an array of its own for each would cost more than the search.
 */

/** Given-out parts begin at multiples of this, so that they can be read as words. */
const ALIGNMENT_BYTES = 8

export class Scratch {
  readonly #bytes: Uint8Array
  #used = 0
  #most = 0

  /** `size` bytes, a multiple of eight. */
  constructor(size: number) {
    this.#bytes = new Uint8Array(size)
  }

  /** `length` bytes with anything in them, from here until `work` ends; an array of its own where the block is full. */
  lend(length: number, work: (bytes: Uint8Array) => void): void {
    const from = this.#used
    const next = from + ALIGNMENT_BYTES * Math.ceil(length / ALIGNMENT_BYTES)
    if (next > this.#bytes.length) {
      work(new Uint8Array(length))
      return
    }
    this.#used = next
    this.#most = Math.max(this.#most, next)
    try {
      work(this.#bytes.subarray(from, from + length))
    } finally {
      this.#used = from
    }
  }

  /** Overwrites everything that was ever written. */
  wipe(): void {
    this.#bytes.fill(0, 0, this.#most)
    this.#most = 0
  }
}
