import { secp256k1 } from '@noble/curves/secp256k1.js'
import { fromBigEndian, fromHex, type Hex, toBigEndian, toHex } from '@palmhold/base'
import {
  addressOfKey,
  addressOfPublicKey,
  isSignedBy,
  publicKeyXY,
  recoverSigner,
  SignatureError,
  signDigest,
} from '@palmhold/protocol'
import { expect } from 'chai'
import { recoverAddress, SigningKey, Wallet } from 'ethers'
import { hashOf, keyOf } from './signed.ts'

const ORDER = secp256k1.Point.Fn.ORDER
const NAMES = ['terminal', 'operator 1', 'operator 2', 'payer']

describe('signatures', () => {
  const key = keyOf('terminal')
  const digest = hashOf('message')
  const signature = signDigest(digest, key)
  const signer = addressOfKey(key)

  it('name a key by the address that ethers gives it, in lower case, from either encoding', () => {
    for (const name of NAMES) {
      const wallet = new Wallet(toHex(keyOf(name)))
      const address = wallet.address.toLowerCase()
      expect(addressOfKey(keyOf(name))).to.equal(address)
      expect(addressOfPublicKey(fromHex(wallet.signingKey.publicKey))).to.equal(address)
      expect(addressOfPublicKey(fromHex(wallet.signingKey.compressedPublicKey))).to.equal(address)
      expect(publicKeyXY(keyOf(name))).to.equal(`0x${wallet.signingKey.publicKey.slice(4)}`)
    }
  })

  it('are those that ethers makes, byte for byte, and ethers recovers ours', () => {
    for (let i = 0; i < 24; i++) {
      const [name, message] = [NAMES[i % NAMES.length]!, hashOf(`message ${i}`)]
      const ours = signDigest(message, keyOf(name))
      expect(ours).to.equal(new SigningKey(keyOf(name)).sign(message).serialized)
      expect(recoverAddress(message, ours).toLowerCase()).to.equal(addressOfKey(keyOf(name)))
      expect(recoverSigner(message, ours)).to.equal(addressOfKey(keyOf(name)))
    }
  })

  it('hold for their signer and digest, and for no other', () => {
    expect(isSignedBy(signer, digest, signature)).to.equal(true)
    expect(isSignedBy(addressOfKey(keyOf('payer')), digest, signature)).to.equal(false)
    expect(isSignedBy(signer, hashOf('another message'), signature)).to.equal(false)
    expect(isSignedBy(signer.toUpperCase() as Hex, digest, signature)).to.equal(false)
  })

  const bytes = fromHex(signature)
  const withV = (v: number) => toHex(bytes.map((byte, i) => (i === 64 ? v : byte)))
  const withScalar = (at: 0 | 32, value: bigint) => {
    const copy = Uint8Array.from(bytes)
    copy.set(toBigEndian(value, 32), at)
    return copy
  }
  /** The other signature of the same message: s' = n - s and the other recovery bit. */
  const malleated = withScalar(32, ORDER - fromBigEndian(bytes.subarray(32, 64)))
  malleated[64] = 55 - malleated[64]!

  it('malleated would pass where s may be high: the table below is not empty', () => {
    const recovered = secp256k1.Signature.fromBytes(malleated.subarray(0, 64), 'compact')
      .addRecoveryBit(malleated[64]! - 27)
      .recoverPublicKey(fromHex(digest))
    expect(addressOfPublicKey(recovered.toBytes(false))).to.equal(signer)
  })

  const refused: [name: string, signature: string][] = [
    ['s in the upper half', toHex(malleated)],
    ['v = 0, the bare recovery bit', withV(bytes[64]! - 27)],
    ['v = 26', withV(26)],
    ['v = 29', withV(29)],
    ['v = 35 of EIP-155', withV(35)],
    ['r = 0', toHex(withScalar(0, 0n))],
    ['r = n', toHex(withScalar(0, ORDER))],
    ['s = 0', toHex(withScalar(32, 0n))],
    ['s = n', toHex(withScalar(32, ORDER))],
    ['an r that is no x of a point', toHex(withScalar(0, 5n))],
    ['64 bytes (EIP-2098)', toHex(bytes.subarray(0, 64))],
    ['66 bytes', `${signature}00`],
    ['upper-case digits', `0x${signature.slice(2).toUpperCase()}`],
    ['no prefix', signature.slice(2)],
    ['nothing', '0x'],
  ]
  for (const [name, bad] of refused)
    it(`refuse ${name}`, () => {
      expect(() => recoverSigner(digest, bad as Hex))
        .to.throw(SignatureError)
        .with.property('code', 'PALM_SIGNATURE_INVALID')
      expect(isSignedBy(signer, digest, bad as Hex)).to.equal(false)
    })

  it('refuse a digest that is not 32 bytes', () => {
    expect(() => recoverSigner('0x00', signature)).to.throw(SignatureError)
    expect(() => signDigest('0x00', key))
      .to.throw()
      .with.property('code', 'PALM_HEX_INVALID')
  })

  it('do not hold after any single byte is flipped', () => {
    for (let at = 0; at < bytes.length; at++) {
      const flipped = toHex(bytes.map((byte, i) => (i === at ? byte ^ 1 : byte)))
      expect(isSignedBy(signer, digest, flipped), `byte ${at}`).to.equal(false)
    }
  })
})
