import { createHmac } from 'node:crypto'
import { encodeFields, fromHex, toBigEndian } from '@palmhold/base'
import { pseudonymOf } from '@palmhold/protocol'
import { expect } from 'chai'
import { hashOf, keyOf } from './signed.ts'

describe('pseudonyms', () => {
  const key = keyOf('a person')
  const scope = { chainId: 31_337, merchantId: hashOf('a merchant') }

  it('are HMAC-SHA-256 over chain, merchant and counter, as node:crypto computes it', () => {
    const fields = [toBigEndian(31_337, 8), fromHex(scope.merchantId), toBigEndian(3, 4)]
    const mac = createHmac('sha256', key).update(encodeFields('palmhold/pseudonym/1', fields)).digest('hex')
    expect(pseudonymOf(key, { ...scope, counter: 3 })).to.equal(`0x${mac}`)
  })

  it('are the same for one person at one merchant, each time', () => {
    expect(pseudonymOf(key, scope)).to.equal(pseudonymOf(Uint8Array.from(key), { ...scope, counter: 0 }))
  })

  it('differ between merchants, chains, counters and people', () => {
    const all = [
      pseudonymOf(key, scope),
      pseudonymOf(key, { ...scope, merchantId: hashOf('another merchant') }),
      pseudonymOf(key, { ...scope, chainId: 1 }),
      pseudonymOf(key, { ...scope, counter: 1 }),
      pseudonymOf(keyOf('another person'), scope),
    ]
    expect(new Set(all).size).to.equal(all.length)
  })

  it('are not made for half a merchant', () => {
    expect(() => pseudonymOf(key, { ...scope, merchantId: '0x00' }))
      .to.throw()
      .with.property('code', 'PALM_HEX_INVALID')
  })
})
