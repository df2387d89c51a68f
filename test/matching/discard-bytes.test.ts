import { discardBytes } from '@palmhold/matching'
import { expect } from 'chai'
import { discardBuffer } from '../../packages/matching/src/discard-bytes.ts'

describe('discarding bytes', () => {
  it('frees a whole array and every view of it', () => {
    const bytes = new Uint8Array(64)
    const view = bytes.subarray(8)
    discardBytes(bytes)
    expect([bytes.length, view.length, bytes.buffer.detached]).to.deep.equal([0, 0, true])
    discardBytes(bytes)
  })

  it('leaves what is part of a larger buffer, unless the buffer is meant', () => {
    const bytes = new Uint8Array(64)
    discardBytes(bytes.subarray(8))
    expect(bytes.length).to.equal(64)
    discardBuffer(bytes.subarray(8))
    expect(bytes.length).to.equal(0)
  })

  it('leaves shared memory, which others see', () => {
    const bytes = new Uint8Array(new SharedArrayBuffer(64))
    discardBytes(bytes)
    expect(bytes.length).to.equal(64)
  })
})
