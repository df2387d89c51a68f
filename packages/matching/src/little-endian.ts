/**
 * Byte strings read as little-endian 16- and 32-bit words, without a copy where the alignment allows one.
 * WebAssembly memory is little-endian everywhere; typed arrays follow the machine, so a big-endian machine is refused.
 */

import { PalmError } from '@palmhold/base'

const IS_LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1

/** `bytes` (an even number) as 16-bit words: a view, or a copy where the bytes lie at an odd address. */
export function asUint16(bytes: Uint8Array): Uint16Array {
  assertLittleEndian()
  const aligned = bytes.byteOffset % 2 === 0 ? bytes : bytes.slice()
  return new Uint16Array(aligned.buffer, aligned.byteOffset, aligned.length / 2)
}

/** `bytes` (a multiple of 4) as 32-bit words: a view, or a copy where the bytes are not aligned. */
export function asUint32(bytes: Uint8Array): Uint32Array {
  assertLittleEndian()
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : Uint8Array.from(bytes)
  return new Uint32Array(aligned.buffer, aligned.byteOffset, aligned.length / 4)
}

/** The bytes of `words`, little-endian: a view. */
export function asBytes(words: Uint16Array | Uint32Array): Uint8Array {
  assertLittleEndian()
  return new Uint8Array(words.buffer, words.byteOffset, words.byteLength)
}

function assertLittleEndian(): void {
  if (!IS_LITTLE_ENDIAN) throw new BigEndianError()
}

/** This machine stores the most significant byte first. */
export class BigEndianError extends PalmError {
  constructor() {
    super('PALM_BIG_ENDIAN', 'matching needs a little-endian machine', {
      hints: ['Run the node on x86-64, ARM64 or RISC-V.'],
    })
  }
}
