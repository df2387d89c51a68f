/**
 * Loads the WebAssembly kernel (source in kernel/dot-products.ts) over a memory that the caller lays out. The memory is
 * shared, so several workers run the same gallery, each with an instance of its own.
 *
 *   out[probe * stride + row] = <rows[row], probes[probe]> mod 2^16        D coefficients each, D a multiple of 16
 */

import { PalmError } from '@palmhold/base'
import { CODE_BITS } from '@palmhold/palm'
import { KERNEL_WASM } from './generated/kernel-wasm.ts'
import { ROW_SHARE_BYTES, ShareLengthError } from './sharing.ts'

const PAGE_BYTES = 65_536
/** Coefficients that one turn of the kernel's loop takes. */
const DIMENSION_STEP = 16

/** Offsets are in bytes from the start of the memory; row and probe vectors must start at even ones. */
export type KernelJob = {
  readonly galleryAt: number
  /**
   * Where `rows` 32-bit numbers say which rows of the gallery to take; the first ones where it is left out. The numbers
   * are the caller's to check: the module reads wherever in the memory they point.
   */
  readonly listAt?: number
  readonly rows: number
  readonly probesAt: number
  readonly probes: number
  readonly outAt: number
  /** Results of 16 bits between two probes. */
  readonly outStride: number
}

export type Kernel = {
  /** Computes all dot products of a job. @throws {KernelRangeError} it reaches beyond the memory */
  run(job: KernelJob): void
}

let compiled: WebAssembly.Module | undefined

/**
 * An instance of the kernel on `memory`.
 * @param memory shared, at least one page, at most 65,536
 * @param dimension coefficients of a row and of a probe, a multiple of 16
 * @throws {KernelRangeError} another dimension
 */
export function createKernel(memory: WebAssembly.Memory, dimension = CODE_BITS): Kernel {
  if (dimension < DIMENSION_STEP || dimension % DIMENSION_STEP !== 0) throw new KernelRangeError()
  compiled ??= new WebAssembly.Module(Uint8Array.from(atob(KERNEL_WASM), (character) => character.charCodeAt(0)))
  const { exports } = new WebAssembly.Instance(compiled, { env: { memory } })
  const dotProducts = exports.dotProducts as (...args: number[]) => void
  const vectorBytes = 2 * dimension
  return {
    run({ galleryAt, listAt = 0, rows, probesAt, probes, outAt, outStride }) {
      const ends = [
        galleryAt + (listAt ? 0 : rows * vectorBytes),
        listAt ? listAt + 4 * rows : 0,
        probesAt + probes * vectorBytes,
        outAt + 2 * ((probes - 1) * outStride + rows),
      ]
      // The module itself checks nothing but the end of the memory.
      if (
        Math.min(galleryAt, listAt, probesAt, outAt, rows, probes) < 0 ||
        Math.max(...ends) > memory.buffer.byteLength
      )
        throw new KernelRangeError()
      dotProducts(galleryAt, listAt, rows, probesAt, probes, vectorBytes, outAt, 2 * outStride)
    },
  }
}

/**
 * All dot products of `rows` row shares with the prepared probes, in a memory of its own: for small galleries and tests.
 * @param gallery rows * 3,072 bytes
 * @param probes 1,536 coefficients for each probe, as `prepareProbe` returns them
 * @returns out[probe * rows + row], modulo 2^16
 * @throws {ShareLengthError} lengths that are not whole vectors
 */
export function dotProducts(gallery: Uint8Array, probes: Uint16Array): Uint16Array {
  if (gallery.length % ROW_SHARE_BYTES !== 0 || probes.length % CODE_BITS !== 0) throw new ShareLengthError()
  const rows = gallery.length / ROW_SHARE_BYTES
  const count = probes.length / CODE_BITS
  const outAt = probes.byteLength + gallery.length
  const pages = Math.max(1, Math.ceil((outAt + 2 * rows * count) / PAGE_BYTES))
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true })
  new Uint16Array(memory.buffer, 0, probes.length).set(probes)
  new Uint8Array(memory.buffer, probes.byteLength, gallery.length).set(gallery)
  const job = { galleryAt: probes.byteLength, rows, probesAt: 0, probes: count, outAt, outStride: rows }
  createKernel(memory).run(job)
  return new Uint16Array(memory.buffer, outAt, rows * count).slice()
}

/** A job that reaches beyond the kernel's memory. */
export class KernelRangeError extends PalmError {
  constructor() {
    super('PALM_KERNEL_RANGE', 'a kernel job reaches beyond its memory, or its vectors have a length it cannot take', {
      hints: ['Reserve room for the rows first; a vector has a multiple of 16 coefficients.'],
    })
  }
}
