/** The frame reader against its definition, for every way of cutting a stream into chunks. */

import { concatBytes } from '@palmhold/base'
import { MessageTooLargeError } from '@palmhold/net'
import { expect } from 'chai'
import fc from 'fast-check'
import { createFrameReader, encodeFrame, FRAME_HEADER_BYTES, frameHeader } from '../../packages/net/src/frame.ts'

const MAX_BYTES = 10_000

function cut(stream: Uint8Array, at: readonly number[]): Uint8Array[] {
  const marks = [...new Set(at.map((mark) => mark % (stream.length + 1)))].sort((a, b) => a - b)
  return [...marks, stream.length].map((mark, i) => stream.slice(i === 0 ? 0 : marks[i - 1], mark))
}

describe('frames', () => {
  it('come out as they went in, however the stream is cut', () => {
    const frames = fc.array(fc.uint8Array({ maxLength: 6_000 }), { maxLength: 6 })
    fc.assert(
      fc.property(frames, fc.array(fc.nat(), { maxLength: 12 }), (sent, marks) => {
        const reader = createFrameReader(MAX_BYTES)
        const got = cut(concatBytes(...sent.map(encodeFrame)), marks).flatMap((chunk) => reader.push(chunk))
        expect(got).to.deep.equal(sent)
        expect(reader.insideFrame).to.equal(false)
        for (const frame of got) expect(frame.byteOffset).to.equal(0)
      }),
      { numRuns: 100, seed: 7 },
    )
  })

  it('come out of a stream of single bytes', () => {
    const reader = createFrameReader(MAX_BYTES)
    const sent = [new Uint8Array(), Uint8Array.of(1, 2, 3)]
    const stream = concatBytes(...sent.map(encodeFrame))
    expect([...stream].flatMap((byte) => reader.push(Uint8Array.of(byte)))).to.deep.equal(sent)
  })

  it('do not share memory with the chunks they came in', () => {
    const chunk = encodeFrame(Uint8Array.of(1, 2, 3))
    const [frame] = createFrameReader(MAX_BYTES).push(chunk)
    chunk.fill(0xff)
    expect(frame).to.deep.equal(Uint8Array.of(1, 2, 3))
  })

  it('may be as long as the limit and not a byte longer', () => {
    expect(createFrameReader(MAX_BYTES).push(encodeFrame(new Uint8Array(MAX_BYTES)))).to.have.length(1)
    expect(() => createFrameReader(MAX_BYTES).push(frameHeader(MAX_BYTES + 1)))
      .to.throw(MessageTooLargeError)
      .with.property('code', 'PALM_MESSAGE_TOO_LARGE')
    expect(() => createFrameReader(MAX_BYTES).push(frameHeader(0xffffffff))).to.throw(MessageTooLargeError)
  })

  it('show where the stream stands inside one', () => {
    const reader = createFrameReader(MAX_BYTES)
    const frame = encodeFrame(new Uint8Array(10))
    for (const end of [1, FRAME_HEADER_BYTES, frame.length - 1]) {
      const partial = createFrameReader(MAX_BYTES)
      partial.push(frame.subarray(0, end))
      expect(partial.insideFrame, `after ${end} bytes`).to.equal(true)
    }
    reader.push(frame)
    expect(reader.insideFrame).to.equal(false)
  })
})
