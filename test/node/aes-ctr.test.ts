import { createCipheriv } from 'node:crypto'
import { expect } from 'chai'
import { aesCtr } from '../../node/src/operator/aes-ctr.ts'

const KEY = Uint8Array.from({ length: 16 }, (_, i) => i)

describe('aesCtr', () => {
  it('is one keystream from counter zero, however many pieces it is taken in', () => {
    for (const length of [0, 1, 16, 65_535, 65_536, 65_537, 200_000]) {
      const whole = createCipheriv('aes-128-ctr', KEY, new Uint8Array(16)).update(new Uint8Array(length))
      expect(Buffer.compare(aesCtr(KEY, length), whole), `${length} bytes`).to.equal(0)
    }
  })

  it('is an array of its own each time', () => {
    const one = aesCtr(KEY, 40)
    expect(one.buffer.byteLength).to.equal(40)
    expect(aesCtr(KEY, 40).buffer).to.not.equal(one.buffer)
  })
})
