/**
 * One canonical binary encoding for what is hashed or sent between nodes: a tag, then the fields in order, each with
 * its length as 4 big-endian bytes. Two different lists of fields never encode to the same bytes.
 */

import { concatBytes, equalBytes, toBigEndian, utf8 } from './bytes.ts'
import { PalmError } from './palm-error.ts'

const LENGTH_BYTES = 4

/** `tag` (a domain separator, ASCII) and `fields`, each behind its length. */
export function encodeFields(tag: string, fields: readonly Uint8Array[]): Uint8Array {
  const parts: Uint8Array[] = []
  for (const field of [utf8(tag), ...fields]) parts.push(toBigEndian(field.length, LENGTH_BYTES), field)
  return concatBytes(...parts)
}

/**
 * The fields that {@link encodeFields} wrote under `tag`; the returned arrays are views of `bytes`.
 * @param count how many fields there must be
 * @throws {EncodingError} another tag, another number of fields, or bytes left over
 */
export function decodeFields(tag: string, count: number, bytes: Uint8Array): Uint8Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const fields: Uint8Array[] = []
  let at = 0
  while (at < bytes.length) {
    if (at + LENGTH_BYTES > bytes.length) throw new EncodingError(tag)
    const length = view.getUint32(at)
    at += LENGTH_BYTES
    if (length > bytes.length - at || fields.length > count) throw new EncodingError(tag)
    fields.push(bytes.subarray(at, at + length))
    at += length
  }
  const head = fields.shift()
  // Compared as bytes: decoded as text, a byte order mark before the tag would vanish.
  if (!head || fields.length !== count || !equalBytes(head, utf8(tag))) throw new EncodingError(tag)
  return fields
}

/** Bytes that are not the canonical encoding of the message they should be. */
export class EncodingError extends PalmError {
  constructor(tag: string) {
    super('PALM_ENCODING_INVALID', `the bytes are not a canonical ${tag}`, {
      hints: ['The sender runs another version, or the message was damaged on its way.'],
    })
  }
}
