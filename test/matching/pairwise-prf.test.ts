import { hkdfSync } from 'node:crypto'
import { toHex, utf8 } from '@palmhold/base'
import { createPairwisePrf } from '@palmhold/matching'
import { expect } from 'chai'
import { aesCtr, prfsOf, SID } from './in-memory.ts'

describe('pairwise masks', () => {
  it('are the same at both ends of a pair and differ between pairs', () => {
    const [p0, p1, p2] = prfsOf()
    const masks = [p0!(1, 'and', 2, 3, 64), p1!(2, 'and', 2, 3, 64), p2!(0, 'and', 2, 3, 64)]
    expect(p1!(0, 'and', 2, 3, 64)).to.deep.equal(masks[0])
    expect(p2!(1, 'and', 2, 3, 64)).to.deep.equal(masks[1])
    expect(p0!(2, 'and', 2, 3, 64)).to.deep.equal(masks[2])
    expect(new Set(masks.map((mask) => toHex(mask))).size).to.equal(3)
  })

  it('are AES-128-CTR under HKDF-SHA-256 of the pair key, salted with the session', () => {
    const key = new Uint8Array(32).fill(9)
    const field = (value: Uint8Array) => Buffer.concat([Buffer.from([0, 0, 0, value.length]), value])
    const info = Buffer.concat([
      field(utf8('palmhold/mask/1')),
      field(utf8('fold')),
      field(Uint8Array.of(0, 0, 0, 4)),
      field(Uint8Array.of(0, 0, 1, 0)),
    ])
    const expected = aesCtr(new Uint8Array(hkdfSync('sha256', key, SID, info, 16)), 100)
    expect(createPairwisePrf({ keys: { 1: key }, sid: SID, aesCtr })(1, 'fold', 4, 256, 100)).to.deep.equal(expected)
  })

  it('differ by session, purpose, round and chunk', () => {
    const prf = (sid: Uint8Array) => prfsOf(sid)[0]!
    const p0 = prf(SID)
    const masks = [
      p0(1, 'and', 2, 3, 32),
      p0(1, 'fold', 2, 3, 32),
      p0(1, 'and', 3, 3, 32),
      p0(1, 'and', 2, 4, 32),
      prf(SID.map((byte) => byte ^ 1))(1, 'and', 2, 3, 32),
    ]
    expect(new Set(masks.map((mask) => toHex(mask))).size).to.equal(masks.length)
  })

  it('are given once each, whatever the length', () => {
    const p0 = prfsOf()[0]!
    p0(1, 'and', 2, 3, 32)
    p0(2, 'and', 2, 3, 32)
    expect(() => p0(1, 'and', 2, 3, 16))
      .to.throw()
      .with.property('code', 'PALM_MASK_REUSED')
  })

  it('need 32-byte keys, a 32-byte session, and a key for the peer', () => {
    const key = new Uint8Array(32)
    for (const options of [
      { keys: { 1: key.subarray(1) }, sid: SID },
      { keys: { 1: key }, sid: SID.subarray(1) },
    ])
      expect(() => createPairwisePrf({ ...options, aesCtr }))
        .to.throw()
        .with.property('code', 'PALM_PAIR_KEY_INVALID')
    expect(() => createPairwisePrf({ keys: { 1: key }, sid: SID, aesCtr })(2, 'and', 0, 0, 4))
      .to.throw()
      .with.property('code', 'PALM_PAIR_KEY_INVALID')
  })
})
