/** One key, three names: against the vectors of the libp2p specs and the well-known first account of anvil. */

import { fromHex } from '@palmhold/base'
import { addressOf, addressOfPeer, PeerKeyError, peerIdOf, publicKeyOf } from '@palmhold/net'
import { expect } from 'chai'

const SPEC_PUBLIC_KEY = fromHex('0x0206dc6968726765b820f050263ececf7f71e4955892776c0970542efd689d2382')
const SPEC_PEER_ID = '16Uiu2HAkutTMoTzDw1tCvSRtu6YoixJwS46S1ZFxW8hSx9fWHiPs'
const ANVIL_KEY = fromHex('0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80')
const ANVIL_ADDRESS = '0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266'
const ED25519_PEER_ID = '12D3KooWM6CgA9iBFZmcYAHA6A2qvbAxqfkmrYiRQuz3XEsk4Ksv'

describe('peer identity', () => {
  it('gives the PeerId of the libp2p specs', () => {
    expect(peerIdOf(SPEC_PUBLIC_KEY)).to.equal(SPEC_PEER_ID)
  })

  it('gives the address that Ethereum gives, from the key and from the PeerId', () => {
    const publicKey = publicKeyOf(ANVIL_KEY)
    expect(addressOf(publicKey)).to.equal(ANVIL_ADDRESS)
    expect(addressOfPeer(peerIdOf(publicKey))).to.equal(ANVIL_ADDRESS)
  })

  it('finds the same address from the compressed and the uncompressed key', () => {
    const uncompressed = fromHex(
      '0x0479be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798' +
        '483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8',
    )
    const key = new Uint8Array(32)
    key[31] = 1
    expect(addressOf(uncompressed)).to.equal('0x7e5f4552091a69125d5dfcb7b8c2659029395bdf')
    expect(addressOf(publicKeyOf(key))).to.equal(addressOf(uncompressed))
  })

  const refused: Record<string, () => unknown> = {
    'a private key of zero': () => publicKeyOf(new Uint8Array(32)),
    'a private key of 31 bytes': () => publicKeyOf(ANVIL_KEY.subarray(1)),
    'a public key off the curve': () => peerIdOf(Uint8Array.from([2, ...new Uint8Array(32)])),
    'an uncompressed key as a PeerId': () => peerIdOf(new Uint8Array(65)),
    'an Ed25519 PeerId': () => addressOfPeer(ED25519_PEER_ID),
    'a PeerId with a letter that base58 does not have': () =>
      addressOfPeer(peerIdOf(publicKeyOf(ANVIL_KEY)).replace(/.$/, '\ufffd')),
    'a PeerId in another spelling': () => addressOfPeer(` ${peerIdOf(publicKeyOf(ANVIL_KEY))}`),
    'text that is no PeerId': () => addressOfPeer('16Uiu2nonsense'),
  }
  for (const [name, attempt] of Object.entries(refused)) {
    it(`refuses ${name}`, () => {
      expect(attempt).to.throw(PeerKeyError).with.property('code', 'PALM_PEER_KEY_INVALID')
    })
  }
})
