/** DIDs in their one spelling. */

import { DidError, didOf, isCanonicalDid, parseDid } from '@palmhold/identity'
import { expect } from 'chai'

const ADDRESS = '0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266'
const CHECKSUM_ADDRESS = '0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266'
const DID = `did:ethr:0x7a69:${ADDRESS}`

describe('did', () => {
  it('is written in one way, whatever the case of the address', () => {
    expect(didOf(31_337, ADDRESS)).to.equal(DID)
    expect(didOf(31_337n, CHECKSUM_ADDRESS)).to.equal(DID)
    expect(didOf(2n ** 64n - 1n, ADDRESS)).to.equal(`did:ethr:0xffffffffffffffff:${ADDRESS}`)
  })

  it('is read back', () => {
    expect(parseDid(DID)).to.deep.equal({ chainId: 31_337n, address: ADDRESS })
  })

  const otherSpellings: Record<string, string> = {
    'a checksum address': `did:ethr:0x7a69:${CHECKSUM_ADDRESS}`,
    'a chain id with a leading zero': `did:ethr:0x07a69:${ADDRESS}`,
    'a chain id in upper case': `did:ethr:0x7A69:${ADDRESS}`,
    'a chain id of zero': `did:ethr:0x0:${ADDRESS}`,
    'no chain id': `did:ethr:${ADDRESS}`,
    'a network name': `did:ethr:sepolia:${ADDRESS}`,
    'a public key': `did:ethr:0x7a69:0x02${'11'.repeat(32)}`,
    'a fragment': `${DID}#controller`,
    'a query': `${DID}?versionId=1`,
    'another method': DID.replace('ethr', 'pkh'),
    'a line end': `${DID}\n`,
    nothing: '',
  }
  for (const [name, did] of Object.entries(otherSpellings)) {
    it(`is not spelt with ${name}`, () => {
      expect(isCanonicalDid(did)).to.equal(false)
      expect(() => parseDid(did))
        .to.throw(DidError)
        .with.property('code', 'PALM_DID_INVALID')
    })
  }

  it('is not made of anything else than a chain id and an address', () => {
    for (const chainId of [0, -1, 1.5, 2n ** 64n]) expect(() => didOf(chainId, ADDRESS)).to.throw(DidError)
    for (const address of ['', ADDRESS.slice(2), `${ADDRESS}00`]) expect(() => didOf(1, address)).to.throw(DidError)
  })
})
