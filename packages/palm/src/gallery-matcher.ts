/**
 * One probe against many codes in the clear: for evaluation and for a person's own device, where a WebAssembly loop
 * over all rows is some ten times faster than {@link nearestShift}. The nodes never see codes; they match on shares.
 */

import { EmptyProbeError } from './distance.ts'
import { CODE_BYTES, type PalmCode, PalmCodeError } from './palm-code.ts'
import { createPalmKernel, type PalmKernel } from './palm-kernel.ts'
import { PooledCodeError } from './pooled-code.ts'
import { POOLED_BYTES } from './pooled-projection.ts'
import { SOFT_CODE_BYTES, SoftCodeError } from './soft-code.ts'

const GALLERY_AT = 1024

/** A fixed gallery with its own copy in WebAssembly memory. */
export type GalleryMatcher = {
  readonly rows: number
  /**
   * For each row the smallest distance in bits to the codes of `probe`, which lie one behind the other (192 bytes each).
   * The result is valid until the next call.
   * @throws {EmptyProbeError} no code in `probe`
   * @throws {PalmCodeError} `probe` is no whole number of codes
   */
  readonly distances: (probe: Uint8Array) => Uint16Array
}

/** The inner products of one gallery of soft codes. */
export type SoftGalleryMatcher = {
  readonly rows: number
  /**
   * For each row the largest inner product with the soft codes of `probe`, -13,824..13,824. The result is valid until the
   * next call.
   * @throws {EmptyProbeError} no code in `probe`
   * @throws {SoftCodeError} `probe` is no whole number of codes
   */
  readonly products: (probe: Uint8Array) => Int16Array
}

/**
 * @param gallery codes one behind the other, 192 bytes each; at most about 20 million
 * @throws {PalmCodeError} no whole number of codes
 */
export function createGalleryMatcher(gallery: Uint8Array): GalleryMatcher {
  const kind = { bytes: CODE_BYTES, loop: 'nearest', refuse: (length: number) => new PalmCodeError(length) } as const
  const { rows, search } = createSearch(gallery, kind)
  return { rows, distances: (probe) => new Uint16Array(...search(probe)) }
}

/**
 * The same for pooled codes, 128 bytes each; a probe is one code as a rule.
 * @throws {PooledCodeError} no whole number of codes, of the gallery or of a probe
 */
export function createPooledMatcher(gallery: Uint8Array): GalleryMatcher {
  const refuse = (length: number): PooledCodeError => new PooledCodeError(length)
  const { rows, search } = createSearch(gallery, { bytes: POOLED_BYTES, loop: 'nearestPooled', refuse })
  return { rows, distances: (probe) => new Uint16Array(...search(probe)) }
}

/**
 * The same for soft codes, 1,536 bytes each.
 * @throws {SoftCodeError} no whole number of codes
 */
export function createSoftMatcher(gallery: Uint8Array): SoftGalleryMatcher {
  const refuse = (length: number): SoftCodeError => new SoftCodeError(length)
  const { rows, search } = createSearch(gallery, { bytes: SOFT_CODE_BYTES, loop: 'nearestSoft', refuse })
  return { rows, products: (probe) => new Int16Array(...search(probe)) }
}

type CodeKind = {
  readonly bytes: number
  readonly loop: 'nearest' | 'nearestPooled' | 'nearestSoft'
  readonly refuse: (length: number) => Error
}

/** The search of one gallery, whose result is the place of `rows` 16-bit numbers in memory. */
function createSearch(
  gallery: Uint8Array,
  { bytes, loop, refuse }: CodeKind,
): { rows: number; search: (probe: Uint8Array) => [ArrayBuffer, number, number] } {
  if (gallery.length % bytes !== 0) throw refuse(gallery.length)
  const rows = gallery.length / bytes
  const kernel: PalmKernel = createPalmKernel()
  const outAt = GALLERY_AT + gallery.length
  const probeAt = outAt + 2 * rows + ((-2 * rows) & 7)
  kernel.reserve(probeAt)
  new Uint8Array(kernel.memory.buffer).set(gallery, GALLERY_AT)
  const search = (probe: Uint8Array): [ArrayBuffer, number, number] => {
    if (probe.length === 0) throw new EmptyProbeError()
    if (probe.length % bytes !== 0) throw refuse(probe.length)
    kernel.reserve(probeAt + probe.length)
    new Uint8Array(kernel.memory.buffer).set(probe, probeAt)
    kernel[loop](GALLERY_AT, rows, probeAt, probe.length / bytes, outAt)
    return [kernel.memory.buffer, outAt, rows]
  }
  return { rows, search }
}

/** `codes` one behind the other. */
export function packCodes(codes: readonly PalmCode[]): Uint8Array {
  const packed = new Uint8Array(codes.length * CODE_BYTES)
  for (const [i, code] of codes.entries()) packed.set(code, i * CODE_BYTES)
  return packed
}
