/**
 * A stream of frames to one node whose identity has been proved, both ways, over an established TLS socket.
 *
 * Back-pressure holds at both ends: `send` waits while the socket is full, and the socket is left unread while frames
 * wait to be taken. An end at a frame's boundary is a close; an end anywhere else is a loss.
 */

import type { TLSSocket } from 'node:tls'
import { type Hex, PalmError } from '@palmhold/base'
import { createFrameReader, encodeFrame, frameHeader, MessageTooLargeError } from './frame.ts'
import { noteOutgoing } from './outgoing.ts'

/** Large frames are written in pieces, so that no more than one is encrypted ahead of the network. */
const PIECE_BYTES = 1024 * 1024

/** The socket is left unread while this much waits to be taken. */
const MAX_WAITING_BYTES = 16 * 1024 * 1024

/** What a frame takes beside its bytes: one without any must not be free. */
const FRAME_COST_BYTES = 256

const CLOSE_GRACE_MS = 2_000

export type ChannelLimits = {
  /** The greatest frame either way, in bytes. */
  readonly maxFrameBytes: number
  /** How long the other side may take no bytes, in ms, while some wait to be sent. */
  readonly sendTimeoutMs: number
}

export type NextOptions = { readonly timeoutMs?: number; readonly signal?: AbortSignal }

export type Channel = {
  /** The other node's lower-case address. */
  readonly peer: Hex
  /**
   * Sends one frame; frames arrive in the order of the calls. Resolves when there is room for more: from then on the
   * caller may change the array.
   * @throws {MessageTooLargeError} above `maxFrameBytes`
   * @throws {ChannelTimeoutError} the other side takes no bytes; the channel is closed
   * @throws {ChannelClosedError} closed by either side
   * @throws {ChannelBrokenError} the connection was lost
   */
  send(frame: Uint8Array): Promise<void>
  /**
   * The next frame, an array with a buffer of its own. Frames that arrived before the end are still given out after it.
   * @throws {ChannelTimeoutError} none within `timeoutMs` (no limit unless given); the channel stays open
   * @throws {ChannelClosedError} closed by either side, or the signal aborted
   * @throws {ChannelBrokenError} the connection was lost
   */
  next(options?: NextOptions): Promise<Uint8Array>
  /** All frames until the close; throws {@link ChannelBrokenError} where the connection is lost. */
  receive(): AsyncIterable<Uint8Array>
  /** Sends what is waiting, then closes; gives up after 2 s. */
  close(): Promise<void>
  /** Resolves at the end, with the error where it was not a close. Never rejects. */
  readonly closed: Promise<PalmError | undefined>
}

/** One call of `next` that no frame has answered yet. */
type Waiter = { resolve(frame: Uint8Array): void; reject(error: PalmError): void }

/** A channel over `socket`, from whose identity `peer` was derived and of which nothing has been read yet. */
export function createChannel(socket: TLSSocket, peer: Hex, limits: ChannelLimits): Channel {
  const reader = createFrameReader(limits.maxFrameBytes)
  const waiting: Uint8Array[] = []
  const waiters: Waiter[] = []
  const closed = Promise.withResolvers<PalmError | undefined>()
  let waitingBytes = 0
  let ended: PalmError | undefined
  let drained: PromiseWithResolvers<void> | undefined
  let lastSend: Promise<unknown> = Promise.resolve()
  let queuedSends = 0

  /** The first reason counts; whoever waits for a frame or for room gets it. */
  function end(error: PalmError): void {
    if (ended) return
    ended = error
    for (const waiter of waiters.splice(0)) waiter.reject(error)
    drained?.reject(error)
    closed.resolve(error instanceof ChannelClosedError ? undefined : error)
  }

  function fail(error: PalmError): void {
    end(error)
    socket.destroy()
  }

  function onData(chunk: Uint8Array): void {
    try {
      for (const frame of reader.push(chunk)) take(frame)
    } catch (error) {
      fail(error instanceof PalmError ? error : new ChannelBrokenError(peer, error))
    }
  }

  function take(frame: Uint8Array): void {
    const waiter = waiters.shift()
    if (waiter) {
      waiter.resolve(frame)
      return
    }
    waiting.push(frame)
    waitingBytes += frame.length + FRAME_COST_BYTES
    if (waitingBytes > MAX_WAITING_BYTES) socket.pause()
  }

  function next({ timeoutMs, signal }: NextOptions = {}): Promise<Uint8Array> {
    const frame = waiting.shift()
    if (frame) {
      waitingBytes -= frame.length + FRAME_COST_BYTES
      if (waitingBytes <= MAX_WAITING_BYTES) socket.resume()
      return Promise.resolve(frame)
    }
    if (ended) return Promise.reject(ended)
    if (signal?.aborted) return Promise.reject(new ChannelClosedError(peer))
    return new Promise((resolve, reject) => {
      const settle = () => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', onAbort)
        const at = waiters.indexOf(waiter)
        if (at >= 0) waiters.splice(at, 1)
      }
      const waiter: Waiter = {
        resolve(value) {
          settle()
          resolve(value)
        },
        reject(error) {
          settle()
          reject(error)
        },
      }
      const onAbort = () => waiter.reject(new ChannelClosedError(peer))
      const onTimeout = () => waiter.reject(new ChannelTimeoutError(peer, timeoutMs ?? 0))
      const timer = timeoutMs === undefined ? undefined : setTimeout(onTimeout, timeoutMs)
      signal?.addEventListener('abort', onAbort)
      waiters.push(waiter)
    })
  }

  async function* receive(): AsyncGenerator<Uint8Array> {
    for (;;) {
      try {
        yield await next()
      } catch (error) {
        if (error instanceof ChannelClosedError) return
        throw error
      }
    }
  }

  /** Resolves when the socket has taken what was written; one time limit for all who wait. */
  function room(): Promise<void> {
    if (drained) return drained.promise
    const waitingForRoom = Promise.withResolvers<void>()
    drained = waitingForRoom
    const onTimeout = () => fail(new ChannelTimeoutError(peer, limits.sendTimeoutMs))
    const timer = setTimeout(onTimeout, limits.sendTimeoutMs)
    const settle = () => {
      clearTimeout(timer)
      drained = undefined
    }
    waitingForRoom.promise.then(settle, settle)
    return waitingForRoom.promise
  }

  async function write(frame: Uint8Array): Promise<void> {
    if (ended) throw ended
    // At or above the socket's mark, write() always asks to wait, so that no frame is let go while it is still read.
    if (frame.length < socket.writableHighWaterMark) {
      if (!socket.write(encodeFrame(frame))) await room()
      return
    }
    socket.write(frameHeader(frame.length))
    for (let at = 0; at < frame.length; at += PIECE_BYTES) {
      if (!socket.write(frame.subarray(at, at + PIECE_BYTES))) await room()
    }
    if (socket.writableNeedDrain) await room()
  }

  /** Frames pass one another only where the whole of each goes out in a single write. */
  async function send(frame: Uint8Array): Promise<void> {
    if (frame.length > limits.maxFrameBytes) throw new MessageTooLargeError(frame.length, limits.maxFrameBytes)
    noteOutgoing('data', peer, frame)
    if (queuedSends === 0 && frame.length < socket.writableHighWaterMark && !drained) return write(frame)
    queuedSends++
    const sent = lastSend.then(() => write(frame)).finally(() => queuedSends--)
    lastSend = sent.catch(() => undefined)
    return sent
  }

  async function close(): Promise<void> {
    const giveUp = setTimeout(() => fail(new ChannelClosedError(peer)), CLOSE_GRACE_MS)
    await lastSend
    end(new ChannelClosedError(peer))
    if (!socket.destroyed) {
      const gone = new Promise((resolve) => socket.once('close', resolve))
      socket.end()
      await gone
    }
    clearTimeout(giveUp)
  }

  socket.setNoDelay(true)
  socket.on('data', onData)
  socket.on('drain', () => drained?.resolve())
  socket.on('error', (error) => end(new ChannelBrokenError(peer, error)))
  socket.on('end', () => end(reader.insideFrame ? new ChannelBrokenError(peer) : new ChannelClosedError(peer)))
  socket.on('close', () => end(new ChannelBrokenError(peer)))

  return { peer, send, next, receive, close, closed: closed.promise }
}

/** The channel was closed, by this side or the other. */
export class ChannelClosedError extends PalmError {
  constructor(peer: Hex) {
    super('PALM_CHANNEL_CLOSED', `the channel to ${peer} is closed`, {
      hints: ['Connect again if there is more to say.'],
    })
  }
}

/** The connection ended within a frame, or the system reported an error on it. */
export class ChannelBrokenError extends PalmError {
  constructor(peer: Hex, cause?: unknown) {
    super('PALM_CHANNEL_BROKEN', `the connection to ${peer} was lost`, {
      hints: ['The other node or the network failed: connect again and repeat what was under way.'],
      ...(cause === undefined ? {} : { cause }),
    })
  }
}

/** The other side sent nothing, or took nothing, for too long. */
export class ChannelTimeoutError extends PalmError {
  constructor(peer: Hex, timeoutMs: number) {
    super('PALM_CHANNEL_TIMEOUT', `${peer} neither sent nor took data for ${timeoutMs} ms`, {
      hints: ['The other node is overloaded or stopped: try again, or go on without it where a quorum allows.'],
    })
  }
}
