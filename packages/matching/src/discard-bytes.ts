/**
 * Gives memory back at once. A comparison goes through a hundred megabytes of masks and messages that live for a moment;
 * left to the garbage collector they make it walk the whole heap again and again, which costs more than the comparison.
 */

/** Frees an array that nobody needs any more, and every view of it. One that is part of a larger buffer is left alone. */
export function discardBytes(bytes: Uint8Array): void {
  if (bytes.byteLength === bytes.buffer.byteLength) discardBuffer(bytes)
}

/** Frees the whole buffer of which `bytes` is a part. */
export function discardBuffer({ buffer }: Uint8Array): void {
  // Transferring detaches the old buffer, whose memory goes back with it.
  if (buffer instanceof ArrayBuffer && buffer.byteLength > 0) buffer.transfer(0)
}
