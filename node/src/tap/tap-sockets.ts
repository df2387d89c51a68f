/**
 * What this process gives to its TCP and TLS sockets, before anything is encrypted: HTTP requests and answers, JSON-RPC,
 * and whatever somebody may add that no other hook knows of. It stands in for the method that all of them write with.
 */

import { Socket } from 'node:net'

/** Calls back for all that is written from here on; `to` is HOST:PORT of the other end. Returns a function that ends it. */
export function tapSockets(onWrite: (to: string, bytes: Uint8Array, socket: Socket) => void): () => void {
  const own = Object.getOwnPropertyDescriptor(Socket.prototype, 'write')
  const write = Socket.prototype.write as (...args: unknown[]) => boolean
  function tapped(this: Socket, ...args: unknown[]): boolean {
    const bytes = bytesOf(args)
    if (bytes !== undefined) onWrite(`${this.remoteAddress ?? ''}:${this.remotePort ?? ''}`, bytes, this)
    return write.apply(this, args)
  }
  Object.defineProperty(Socket.prototype, 'write', { value: tapped, configurable: true, writable: true })
  return () => {
    if (own) Object.defineProperty(Socket.prototype, 'write', own)
    else Reflect.deleteProperty(Socket.prototype, 'write')
  }
}

/** The bytes that write() was given: a string with its encoding, or an array. */
function bytesOf([chunk, encoding]: readonly unknown[]): Uint8Array | undefined {
  if (typeof chunk === 'string')
    return Buffer.from(chunk, typeof encoding === 'string' ? (encoding as BufferEncoding) : 'utf8')
  return chunk instanceof Uint8Array ? chunk : undefined
}
