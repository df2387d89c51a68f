/**
 * What a watched process tells its launcher of all it sends, over a pipe of its own: records one after the other, each
 * the lengths of two fields (4 bytes each, big-endian), then the fields: a JSON head, and the bytes that were sent.
 */

/** The file descriptor of the pipe in a watched process. */
export const TAP_FD = 4

export type TapRecord = {
  /** `socket`: bytes given to a TCP or TLS socket. `mark`: the answer to a question whether all has been told. */
  readonly plane: 'data' | 'control' | 'gossip' | 'socket' | 'mark'
  /** The receiver: an address, a PeerId, a topic, or HOST:PORT of a socket's other end. */
  readonly to: string
  readonly bytes: Uint8Array
}

const HEAD_LENGTH_AT = 0
const BODY_LENGTH_AT = 4
const FIELDS_AT = 8

export function encodeTapRecord({ plane, to, bytes }: TapRecord): Uint8Array {
  const head = Buffer.from(JSON.stringify({ plane, to }))
  const record = Buffer.alloc(FIELDS_AT + head.length + bytes.length)
  record.writeUInt32BE(head.length, HEAD_LENGTH_AT)
  record.writeUInt32BE(bytes.length, BODY_LENGTH_AT)
  head.copy(record, FIELDS_AT)
  record.set(bytes, FIELDS_AT + head.length)
  return record
}

/** A reader that calls back for each record in the chunks it is given; the end of the last one is awaited. */
export function createTapReader(onRecord: (record: TapRecord) => void): (chunk: Uint8Array) => void {
  let waiting: Buffer[] = []
  let waitingBytes = 0
  let wantedBytes = FIELDS_AT
  return (chunk) => {
    waiting.push(Buffer.from(chunk))
    waitingBytes += chunk.length
    if (waitingBytes < wantedBytes) return
    let rest = Buffer.concat(waiting)
    for (;;) {
      const length = lengthOf(rest)
      wantedBytes = length
      if (rest.length < length) break
      const bodyAt = FIELDS_AT + rest.readUInt32BE(HEAD_LENGTH_AT)
      const head = JSON.parse(rest.toString('utf8', FIELDS_AT, bodyAt)) as Omit<TapRecord, 'bytes'>
      onRecord({ ...head, bytes: Uint8Array.from(rest.subarray(bodyAt, length)) })
      rest = rest.subarray(length)
    }
    waiting = [rest]
    waitingBytes = rest.length
  }
}

/** Bytes of the record that `bytes` begins with, as far as its lengths are there. */
function lengthOf(bytes: Buffer): number {
  if (bytes.length < FIELDS_AT) return FIELDS_AT
  return FIELDS_AT + bytes.readUInt32BE(HEAD_LENGTH_AT) + bytes.readUInt32BE(BODY_LENGTH_AT)
}
