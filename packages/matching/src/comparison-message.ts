/**
 * What the three computing nodes send each other while they compare: a fixed header, then the payload.
 *
 *   sid (32) | round (2) | from (1) | to (1) | chunk (4) | payload length (4) | payload        big-endian numbers
 *
 * The payload is masked words, little-endian. 44 header bytes keep it aligned to 4 where the message is.
 */

import { concatBytes, EncodingError, toBigEndian } from '@palmhold/base'
import { SID_BYTES } from './session-id.ts'

/** The three computing nodes: P0, P1, P2 in the order of the batch manifest. */
export type Role = 0 | 1 | 2

export type Message = {
  /** 32 bytes, see `deriveSid`. */
  readonly sid: Uint8Array
  readonly round: number
  readonly from: Role
  readonly to: Role
  /** Which range of rows. */
  readonly chunk: number
  readonly payload: Uint8Array
}

/** Bytes before the payload. */
export const MESSAGE_HEADER_BYTES = SID_BYTES + 12

export function encodeMessage(message: Message): Uint8Array {
  return concatBytes(encodeMessageHeader(message), message.payload)
}

/** What comes before the payload. @throws {EncodingError} another session id, or a number that does not fit */
export function encodeMessageHeader({ sid, round, from, to, chunk, payload }: Message): Uint8Array {
  if (sid.length !== SID_BYTES) throw new EncodingError('palmhold/comparison-message/1')
  return concatBytes(
    sid,
    toBigEndian(round, 2),
    Uint8Array.of(from, to),
    toBigEndian(chunk, 4),
    toBigEndian(payload.length, 4),
  )
}

/**
 * Reads a message; `sid` and `payload` are views of `bytes`.
 * @throws {EncodingError} cut short, bytes left over, or a role that does not exist
 */
export function decodeMessage(bytes: Uint8Array): Message {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length < MESSAGE_HEADER_BYTES || view.getUint32(SID_BYTES + 8) !== bytes.length - MESSAGE_HEADER_BYTES)
    throw new EncodingError('palmhold/comparison-message/1')
  return {
    sid: bytes.subarray(0, SID_BYTES),
    round: view.getUint16(SID_BYTES),
    from: roleOf(bytes[SID_BYTES + 2]!),
    to: roleOf(bytes[SID_BYTES + 3]!),
    chunk: view.getUint32(SID_BYTES + 4),
    payload: bytes.subarray(MESSAGE_HEADER_BYTES),
  }
}

function roleOf(byte: number): Role {
  if (byte !== 0 && byte !== 1 && byte !== 2) throw new EncodingError('palmhold/comparison-message/1')
  return byte
}
