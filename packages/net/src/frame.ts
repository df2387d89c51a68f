/**
 * Frames over a byte stream: 4 big-endian bytes with the length, then so many bytes. The control plane and the data
 * plane share this reader; each gives its own limit, and a length above it is refused before anything is allocated.
 */

import { PalmError } from '@palmhold/base'

export const FRAME_HEADER_BYTES = 4

/** Frames at or above this many bytes skip zero-filling: they are overwritten in full before anyone sees them. */
const UNZEROED_FROM_BYTES = 4096

/** The header of a frame of `length` bytes. */
export function frameHeader(length: number): Uint8Array {
  const header = new Uint8Array(FRAME_HEADER_BYTES)
  new DataView(header.buffer).setUint32(0, length)
  return header
}

/** `body` behind its header, in one array. */
export function encodeFrame(body: Uint8Array): Uint8Array {
  const frame = new Uint8Array(FRAME_HEADER_BYTES + body.length)
  new DataView(frame.buffer).setUint32(0, body.length)
  frame.set(body, FRAME_HEADER_BYTES)
  return frame
}

export type FrameReader = {
  /**
   * Takes the next bytes of the stream and returns the frames they complete. Each frame is an array of its own that
   * begins at offset 0 of its buffer, so that it may be viewed as wider integers; every byte is copied once.
   * @throws {MessageTooLargeError} a header says more than the limit; the stream is unusable from there on
   */
  push(chunk: Uint8Array): Uint8Array[]
  /** Whether the stream stands inside a frame: an end here is a loss. */
  readonly insideFrame: boolean
}

/** A reader of frames of up to `maxBytes` each. */
export function createFrameReader(maxBytes: number): FrameReader {
  const header = new Uint8Array(FRAME_HEADER_BYTES)
  const headerView = new DataView(header.buffer)
  let headerFilled = 0
  let body: Uint8Array | undefined
  let bodyFilled = 0

  function push(chunk: Uint8Array): Uint8Array[] {
    const frames: Uint8Array[] = []
    let at = 0
    while (at < chunk.length) {
      if (body === undefined) {
        const taken = Math.min(FRAME_HEADER_BYTES - headerFilled, chunk.length - at)
        header.set(chunk.subarray(at, at + taken), headerFilled)
        headerFilled += taken
        at += taken
        if (headerFilled < FRAME_HEADER_BYTES) break
        const length = headerView.getUint32(0)
        if (length > maxBytes) throw new MessageTooLargeError(length, maxBytes)
        body = allocate(length)
        bodyFilled = 0
      }
      const taken = Math.min(body.length - bodyFilled, chunk.length - at)
      body.set(chunk.subarray(at, at + taken), bodyFilled)
      bodyFilled += taken
      at += taken
      if (bodyFilled < body.length) break
      frames.push(body)
      body = undefined
      headerFilled = 0
    }
    return frames
  }

  return {
    push,
    get insideFrame() {
      return headerFilled > 0
    },
  }
}

function allocate(length: number): Uint8Array {
  if (length < UNZEROED_FROM_BYTES) return new Uint8Array(length)
  return new Uint8Array(Buffer.allocUnsafeSlow(length).buffer)
}

/** A message above the limit that the reader or the writer keeps to. */
export class MessageTooLargeError extends PalmError {
  constructor(bytes: number, maxBytes: number) {
    super('PALM_MESSAGE_TOO_LARGE', `a message of ${bytes} bytes is above the limit of ${maxBytes}`, {
      hints: ['Send it in parts, or raise the limit on both sides.'],
    })
  }
}
