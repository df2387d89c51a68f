/**
 * One probe against many codes in the clear: for evaluation and for a person's own device, where a WebAssembly loop
 * over all rows is some ten times faster than {@link nearestShift}. The nodes never see codes; they match on shares.
 */

import { EmptyProbeError } from './distance.ts'
import { CODE_BYTES, type PalmCode, PalmCodeError } from './palm-code.ts'
import { createPalmKernel } from './palm-kernel.ts'

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

/**
 * @param gallery codes one behind the other, 192 bytes each; at most about 20 million
 * @throws {PalmCodeError} no whole number of codes
 */
export function createGalleryMatcher(gallery: Uint8Array): GalleryMatcher {
  if (gallery.length % CODE_BYTES !== 0) throw new PalmCodeError(gallery.length)
  const rows = gallery.length / CODE_BYTES
  const kernel = createPalmKernel()
  const outAt = GALLERY_AT + gallery.length
  const probeAt = outAt + 2 * rows + ((-2 * rows) & 7)
  kernel.reserve(probeAt)
  new Uint8Array(kernel.memory.buffer).set(gallery, GALLERY_AT)
  const distances = (probe: Uint8Array): Uint16Array => {
    if (probe.length === 0) throw new EmptyProbeError()
    if (probe.length % CODE_BYTES !== 0) throw new PalmCodeError(probe.length)
    kernel.reserve(probeAt + probe.length)
    new Uint8Array(kernel.memory.buffer).set(probe, probeAt)
    kernel.nearest(GALLERY_AT, rows, probeAt, probe.length / CODE_BYTES, outAt)
    return new Uint16Array(kernel.memory.buffer, outAt, rows)
  }
  return { rows, distances }
}

/** `codes` one behind the other. */
export function packCodes(codes: readonly PalmCode[]): Uint8Array {
  const packed = new Uint8Array(codes.length * CODE_BYTES)
  for (const [i, code] of codes.entries()) packed.set(code, i * CODE_BYTES)
  return packed
}
