import { decodeMessage, encodeMessage, MESSAGE_HEADER_BYTES, type Message } from '@palmhold/matching'
import { expect } from 'chai'
import fc from 'fast-check'
import { SID } from './in-memory.ts'

const message: Message = {
  sid: SID,
  round: 258,
  from: 2,
  to: 0,
  chunk: 0x01020304,
  payload: Uint8Array.of(7, 8, 9, 10),
}

describe('comparison message', () => {
  it('has one canonical encoding', () => {
    const bytes = encodeMessage(message)
    expect(Buffer.from(bytes).toString('hex')).to.equal(`${SID.toString('hex')}0102020001020304000000040708090a`)
    expect(decodeMessage(bytes)).to.deep.equal({ ...message, sid: Uint8Array.from(SID) })
  })

  it('survives encoding and decoding, from any offset', () => {
    const role = fc.constantFrom(0, 1, 2)
    const any = fc.record({
      sid: fc.uint8Array({ minLength: 32, maxLength: 32 }),
      round: fc.nat(0xffff),
      from: role,
      to: role,
      chunk: fc.nat(0xffffffff),
      payload: fc.uint8Array({ maxLength: 40 }),
    }) as fc.Arbitrary<Message>
    fc.assert(
      fc.property(any, fc.nat(5), (value, offset) => {
        const bytes = encodeMessage(value)
        const moved = new Uint8Array(bytes.length + offset)
        moved.set(bytes, offset)
        const decoded = decodeMessage(moved.subarray(offset))
        expect(decoded).to.deep.equal(value)
        expect(encodeMessage(decoded)).to.deep.equal(bytes)
      }),
    )
  })

  it('refuses bytes cut short anywhere, left over, and roles that do not exist', () => {
    const bytes = encodeMessage(message)
    for (let length = 0; length < bytes.length; length++)
      expect(() => decodeMessage(bytes.subarray(0, length)), `${length}`)
        .to.throw()
        .with.property('code', 'PALM_ENCODING_INVALID')
    expect(() => decodeMessage(Buffer.concat([bytes, SID])))
      .to.throw()
      .with.property('code', 'PALM_ENCODING_INVALID')
    for (const at of [34, 35]) {
      const wrong = bytes.slice()
      wrong[at] = 3
      expect(() => decodeMessage(wrong))
        .to.throw()
        .with.property('code', 'PALM_ENCODING_INVALID')
    }
    expect(MESSAGE_HEADER_BYTES).to.equal(bytes.length - 4)
  })

  it('refuses to encode what would not be read back', () => {
    expect(() => encodeMessage({ ...message, sid: SID.subarray(1) }))
      .to.throw()
      .with.property('code', 'PALM_ENCODING_INVALID')
    expect(() => encodeMessage({ ...message, round: 65_536 }))
      .to.throw()
      .with.property('code', 'PALM_INTEGER_RANGE')
  })
})
