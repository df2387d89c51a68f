/**
 * One question, one answer over a libp2p stream: one frame each way, and the answer is a reply (reply.ts), so that of a
 * failure only its code crosses the wire.
 */

import type { Stream } from '@libp2p/interface'
import { createFrameReader, encodeFrame, MessageTooLargeError } from './frame.ts'
import { noteOutgoing } from './outgoing.ts'
import { PeerRefusedError, PeerUnreachableError } from './peer-errors.ts'
import { acceptance, decodeReply, REPLY_STATUS_BYTES, refusal } from './reply.ts'

/** What goes to the transport in one piece, so that its back-pressure is felt within a large frame. */
const SEND_CHUNK_BYTES = 64 * 1024

export type ExchangeLimits = {
  /** The greatest body either way, in bytes. */
  readonly maxMessageBytes: number
  readonly signal: AbortSignal
}

/**
 * Asks on a freshly opened stream and returns the body of the answer.
 * @param peer how errors and listeners name the remote node
 * @throws {PeerRefusedError} the remote node answered with a code
 * @throws {PeerUnreachableError} the stream ended before an answer came
 * @throws {MessageTooLargeError} the question or the answer is above the limit
 */
export async function ask(stream: Stream, peer: string, body: Uint8Array, limits: ExchangeLimits): Promise<Uint8Array> {
  if (body.length > limits.maxMessageBytes) throw new MessageTooLargeError(body.length, limits.maxMessageBytes)
  noteOutgoing('control', peer, body)
  await sendBytes(stream, encodeFrame(body), limits.signal)
  const frame = await readFrame(stream, limits.maxMessageBytes + REPLY_STATUS_BYTES, limits.signal)
  if (frame === undefined) throw new PeerUnreachableError(peer)
  const reply = decodeReply(frame)
  if (!reply.ok) throw new PeerRefusedError(peer, reply.code)
  return reply.body
}

/**
 * Reads the question on an incoming stream, lets `handler` answer it and sends the answer, or the code of what it threw.
 * Throws only what the transport throws.
 * @param peer how listeners name the remote node
 */
export async function answer(
  stream: Stream,
  peer: string,
  limits: ExchangeLimits,
  handler: (body: Uint8Array) => Promise<Uint8Array>,
): Promise<void> {
  let reply: Uint8Array
  try {
    const body = await readFrame(stream, limits.maxMessageBytes, limits.signal)
    if (body === undefined) return
    const result = await handler(body)
    if (result.length > limits.maxMessageBytes) throw new MessageTooLargeError(result.length, limits.maxMessageBytes)
    reply = acceptance(result)
  } catch (error) {
    reply = refusal(error)
  }
  noteOutgoing('control', peer, reply)
  await sendBytes(stream, encodeFrame(reply), limits.signal)
  await stream.close({ signal: limits.signal })
}

/** The first frame of the stream, or undefined where the stream ends first. */
async function readFrame(stream: Stream, maxBytes: number, signal: AbortSignal): Promise<Uint8Array | undefined> {
  const reader = createFrameReader(maxBytes)
  signal.throwIfAborted()
  for await (const chunk of stream) {
    const [frame] = reader.push(chunk.subarray())
    if (frame) return frame
  }
  return undefined
}

async function sendBytes(stream: Stream, bytes: Uint8Array, signal: AbortSignal): Promise<void> {
  for (let at = 0; at < bytes.length; at += SEND_CHUNK_BYTES) {
    const room = stream.send(bytes.subarray(at, at + SEND_CHUNK_BYTES))
    if (!room) await stream.onDrain({ signal })
  }
}
