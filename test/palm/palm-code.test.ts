import { CODE_BITS, CODE_BYTES, PalmCodeError, palmCode } from '@palmhold/palm'
import { expect } from 'chai'

describe('palmCode', () => {
  it('takes 192 bytes, which are 1,536 bits', () => {
    expect(CODE_BITS).to.equal(1536)
    expect(palmCode(new Uint8Array(192)).length).to.equal(CODE_BYTES)
  })

  it('copies, so that later changes of the bytes do not change the code', () => {
    const bytes = new Uint8Array(CODE_BYTES)
    const code = palmCode(bytes)
    bytes[0] = 255
    expect(code[0]).to.equal(0)
  })

  for (const length of [0, 191, 193, 4800])
    it(`refuses ${length} bytes`, () => {
      expect(() => palmCode(new Uint8Array(length)))
        .to.throw(PalmCodeError)
        .with.property('code', 'PALM_CODE_INVALID')
    })
})
