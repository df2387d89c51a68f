/** How fast the kernel of dot products is by itself, on one thread, and how fast the loop that it replaces. */

import { createKernel, ROW_SHARE_BYTES } from '@palmhold/matching'
import { bestMs } from './figure.ts'
import type { KernelSpeed } from './party-messages.ts'

/** 16-bit products in a row. */
const ROW_TERMS = ROW_SHARE_BYTES / 2
/** Rows of 3 KB that stay in the caches, and rows that do not. */
const FEW_ROWS = 64
const MANY_ROWS = 38_000
const PAGES = 2048

/** Multiply-accumulates a second of the kernel: with all probe codes in cache and from memory, and with one from memory. */
export function measureKernel(shifts: number): KernelSpeed {
  const memory = new WebAssembly.Memory({ initial: PAGES, maximum: PAGES, shared: true })
  const kernel = createKernel(memory)
  const words = new Uint16Array(memory.buffer)
  for (let k = 0; k < words.length; k++) words[k] = Math.imul(k, 40_503) >> 3
  const galleryAt = 8 << 20
  const speed = (rows: number, probes: number) => {
    const job = { galleryAt, rows, probesAt: 0, probes, outAt: 1 << 20, outStride: rows }
    return gigaMacs(
      rows * probes,
      bestMs(() => kernel.run(job)),
    )
  }
  return { inCache: speed(FEW_ROWS, shifts), fromMemory: speed(MANY_ROWS, shifts), oneProbe: speed(MANY_ROWS, 1) }
}

/** The same products by a loop over typed arrays, in cache. */
export function measureTypedArrays(): number {
  const words = Uint16Array.from({ length: FEW_ROWS * ROW_TERMS }, (_, k) => Math.imul(k, 40_503) >> 3)
  const probe = words.slice(0, ROW_TERMS)
  const out = new Uint16Array(FEW_ROWS)
  const ms = bestMs(() => {
    for (let row = 0; row < FEW_ROWS; row++) {
      let sum = 0
      for (let j = 0; j < ROW_TERMS; j++) sum = (sum + Math.imul(probe[j]!, words[row * ROW_TERMS + j]!)) | 0
      out[row] = sum
    }
  })
  return gigaMacs(FEW_ROWS, ms)
}

function gigaMacs(products: number, ms: number): number {
  return (products * ROW_TERMS) / ms / 1e6
}
