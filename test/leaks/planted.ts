/** Secrets and the forms in which a leak may have them, for the tests of the search. */

import { createSyntheticPalm, encodePalm, type PalmCode, renderRoi } from '@palmhold/palm'

/** A picture of a synthetic palm and its code. */
export function palmOf(name: string): { pixels: Uint8Array; code: PalmCode } {
  const roi = renderRoi(createSyntheticPalm(name), { session: 1, index: 1 })
  return { pixels: roi.data, code: encodePalm(roi) }
}

/** `count` bits of a code from bit `from` on, as zeros and ones. */
export function bitsOf(code: Uint8Array, from = 0, count = 8 * code.length - from): number[] {
  return Array.from({ length: count }, (_, i) => (code[(from + i) >> 3]! >> ((from + i) & 7)) & 1)
}

/** Bits packed behind `lead` zero bits, the first of a byte at its low or high end. */
export function packed(bits: readonly number[], lead = 0, highFirst = false): Uint8Array {
  const out = new Uint8Array(Math.ceil((lead + bits.length) / 8))
  bits.forEach((bit, i) => {
    const at = lead + i
    out[at >> 3]! |= bit << (highFirst ? 7 - (at & 7) : at & 7)
  })
  return out
}

const ascii = (text: string) => new Uint8Array(Buffer.from(text, 'latin1'))
const words = (array: { buffer: ArrayBufferLike }) => new Uint8Array(array.buffer)
const swapped = (bytes: Uint8Array, width: number) =>
  bytes.map((_, i) => bytes[i - (i % width) + width - 1 - (i % width)]!)
const signs = (bits: readonly number[]) => bits.map((bit) => 1 - 2 * bit)

/** Everything that code of ours or a logger may make of bits. */
export const BIT_FORMS: Readonly<Record<string, (bits: readonly number[]) => Uint8Array>> = {
  'packed bits': (bits) => packed(bits),
  'packed bits, shifted by three': (bits) => packed(bits, 3),
  'packed bits, first bit highest': (bits) => packed(bits, 0, true),
  'packed bits, inverted': (bits) => packed(bits.map((bit) => 1 - bit)),
  'a byte a bit': (bits) => Uint8Array.from(bits),
  '+-1 as bytes': (bits) => words(Int8Array.from(signs(bits))),
  '+-1 as 16-bit words': (bits) => words(Int16Array.from(signs(bits))),
  '+-1 as 16-bit words, big-endian': (bits) => swapped(words(Int16Array.from(signs(bits))), 2),
  '0 and 1 as 16-bit words': (bits) => words(Uint16Array.from(bits)),
  '+-1 as 32-bit words': (bits) => words(Int32Array.from(signs(bits))),
  '+-1 as 32-bit floats': (bits) => words(Float32Array.from(signs(bits))),
  '+-1 as 32-bit floats, big-endian': (bits) => swapped(words(Float32Array.from(signs(bits))), 4),
  '+-1 as 64-bit floats': (bits) => words(Float64Array.from(signs(bits))),
  'ring elements': (bits) => words(Uint16Array.from(bits.flatMap((bit) => [bit, 0, 0, 0]))),
  'characters 0 and 1': (bits) => ascii(bits.join('')),
  'JSON of bits': (bits) => ascii(JSON.stringify(bits)),
  'JSON of +-1': (bits) => ascii(JSON.stringify(signs(bits))),
  'JSON of +-1 with spaces': (bits) => ascii(JSON.stringify(signs(bits), null, 2)),
  'JSON of +-1 as floats': (bits) => ascii(`[${signs(bits).map((sign) => sign.toFixed(1))}]`),
  'base64 of +-1 words': (bits) => ascii(Buffer.from(words(Int16Array.from(signs(bits)))).toString('base64')),
  ...overBytes((bits) => packed(bits)),
}

/** What may be made of the grey values of a picture. */
export const PIXEL_FORMS: Readonly<Record<string, (bytes: Uint8Array) => Uint8Array>> = {
  'raw bytes': (bytes) => bytes.slice(),
  ...overBytes((bytes: Uint8Array) => bytes),
}

function overBytes<T>(bytesOf: (secret: T) => Uint8Array): Record<string, (secret: T) => Uint8Array> {
  const text = (encode: (bytes: Buffer) => string) => (secret: T) => ascii(encode(Buffer.from(bytesOf(secret))))
  return {
    hexadecimal: text((bytes) => bytes.toString('hex')),
    'upper-case hexadecimal': text((bytes) => bytes.toString('hex').toUpperCase()),
    '0x and an odd digit': text((bytes) => `0x5${bytes.toString('hex')}`),
    'hexadecimal byte by byte': text((bytes) => `<Buffer ${bytes.toString('hex').replace(/..(?!$)/g, '$& ')}>`),
    base64: text((bytes) => bytes.toString('base64')),
    'base64 behind one byte': text((bytes) => Buffer.concat([Buffer.of(77), bytes]).toString('base64')),
    'base64 behind two bytes': text((bytes) => Buffer.concat([Buffer.of(7, 70), bytes]).toString('base64')),
    base64url: text((bytes) => bytes.toString('base64url')),
    'JSON of bytes': text((bytes) => JSON.stringify([...bytes])),
    'JSON of a typed array': text((bytes) => JSON.stringify(Uint8Array.from(bytes))),
    'JSON of a Buffer': text((bytes) => JSON.stringify(bytes)),
    'hexadecimal in base64': text((bytes) => Buffer.from(bytes.toString('hex')).toString('base64')),
  }
}
