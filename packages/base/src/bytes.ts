/**
 * Byte strings: strict hexadecimal, big-endian integers, constant-time equality, concatenation.
 * Decoders are strict: one value has one encoding, and everything else is refused.
 */

import { bytesToHex as toBareHex } from '@noble/hashes/utils.js'
import { PalmError } from './palm-error.ts'

/** A 0x-prefixed lower-case hexadecimal string of whole bytes. */
export type Hex = `0x${string}`

/** `bytes` as a 0x-prefixed lower-case string. */
export function toHex(bytes: Uint8Array): Hex {
  return `0x${toBareHex(bytes)}`
}

/**
 * Reads a 0x-prefixed hexadecimal string; upper-case digits are accepted only where `lenient` is set (addresses with a
 * checksum). `length` fixes the number of bytes.
 * @throws {HexError} not canonical, or of another length
 */
export function fromHex(hex: string, options: { length?: number; lenient?: boolean } = {}): Uint8Array {
  // Without a group that repeats: its stack would overflow on a string of 10 MB.
  const pattern = options.lenient ? /^0x[0-9a-fA-F]*$/ : /^0x[0-9a-f]*$/
  if (hex.length % 2 !== 0 || !pattern.test(hex))
    throw new HexError('not a 0x-prefixed lower-case hexadecimal string of whole bytes')
  const length = (hex.length - 2) / 2
  if (options.length !== undefined && length !== options.length)
    throw new HexError(`expected ${options.length} bytes, got ${length}`)
  const out = new Uint8Array(length)
  for (let i = 0; i < length; i++) out[i] = Number.parseInt(hex.slice(2 + 2 * i, 4 + 2 * i), 16)
  return out
}

/** The concatenation of `parts`. */
export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}

/** Whether `a` and `b` hold the same bytes; its time depends on the lengths alone. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  let difference = 0
  for (let i = 0; i < a.length; i++) difference |= a[i]! ^ b[i]!
  return difference === 0
}

/**
 * `value` as `length` big-endian bytes.
 * @throws {IntegerRangeError} negative, no integer, or too large for `length` bytes
 */
export function toBigEndian(value: bigint | number, length: number): Uint8Array {
  if (typeof value === 'number' && !Number.isInteger(value)) throw new IntegerRangeError(length)
  let rest = BigInt(value)
  if (rest < 0n || rest >> BigInt(8 * length) !== 0n) throw new IntegerRangeError(length)
  const out = new Uint8Array(length)
  for (let i = length - 1; i >= 0; i--) {
    out[i] = Number(rest & 0xffn)
    rest >>= 8n
  }
  return out
}

/** The unsigned integer that `bytes` write big-endian. */
export function fromBigEndian(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : BigInt(toHex(bytes))
}

/** The UTF-8 encoding of `text`. */
export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

/** A hexadecimal string that is not canonical or has another length than asked for. */
export class HexError extends PalmError {
  constructor(message: string) {
    super('PALM_HEX_INVALID', message, { hints: ['Give lower-case hexadecimal digits after 0x, two for each byte.'] })
  }
}

/** A number that does not fit the field it is written to. */
export class IntegerRangeError extends PalmError {
  constructor(length: number) {
    super('PALM_INTEGER_RANGE', `the number does not fit into ${length} unsigned bytes`)
  }
}
