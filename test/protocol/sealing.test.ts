import { fromHex, type Hex, toHex, utf8 } from '@palmhold/base'
import { createSealingKeys, SealError, type SealingKeys, seal, unseal } from '@palmhold/protocol'
import { expect } from 'chai'
import { seededRandom } from '../matching/in-memory.ts'

describe('sealing', () => {
  const random = seededRandom('sealing')
  const purpose = 'palmhold/test/1'
  const bound = utf8('enrolment 7')
  const plaintext = utf8('a share of a row')
  let keys: SealingKeys
  let sealed: Uint8Array

  before(async () => {
    keys = await createSealingKeys(random)
    sealed = await seal({ publicKey: keys.publicKey, purpose, bound }, plaintext, random)
  })

  const open = (change: Partial<{ secretKey: Uint8Array; purpose: string; bound: Uint8Array }>, bytes = sealed) =>
    unseal({ secretKey: keys.secretKey, purpose, bound, ...change }, bytes)

  async function refused(promise: Promise<unknown>, what: string): Promise<void> {
    const error = await promise.then(
      () => undefined,
      (cause: unknown) => cause,
    )
    expect(error, what).to.be.instanceOf(SealError)
    expect(error, what).to.have.property('code', 'PALM_SEAL_INVALID')
  }

  it('opens with its key, purpose and bound data', async () => {
    expect(await open({})).to.deep.equal(plaintext)
    expect(sealed.length).to.equal(32 + plaintext.length + 16)
  })

  it('takes keys from the generator it is given: the same seed, the same keys and the same message', async () => {
    const again = seededRandom('sealing')
    expect(await createSealingKeys(again)).to.deep.equal(keys)
    expect(await seal({ publicKey: keys.publicKey, purpose, bound }, plaintext, again)).to.deep.equal(sealed)
  })

  it('never seals one message twice alike', async () => {
    const other = await seal({ publicKey: keys.publicKey, purpose, bound }, plaintext, random)
    expect(toHex(other.subarray(0, 32))).not.to.equal(toHex(sealed.subarray(0, 32)))
    expect(await open({}, other)).to.deep.equal(plaintext)
  })

  it('carries an empty message, and bytes that lie anywhere in a buffer', async () => {
    const empty = await seal({ publicKey: keys.publicKey, purpose, bound }, new Uint8Array(0), random)
    expect(await open({}, empty)).to.deep.equal(new Uint8Array(0))
    const moved = new Uint8Array(sealed.length + 3)
    moved.set(sealed, 3)
    expect(await open({}, moved.subarray(3))).to.deep.equal(plaintext)
  })

  it('is refused with another key, purpose or bound data', async () => {
    await refused(open({ secretKey: (await createSealingKeys(random)).secretKey }), 'key')
    await refused(open({ purpose: 'palmhold/test/2' }), 'purpose')
    await refused(open({ bound: utf8('enrolment 8') }), 'bound')
    await refused(open({ bound: new Uint8Array(0) }), 'nothing bound')
    // What stands at the end of one must not count as the beginning of the other.
    await refused(open({ purpose: `${purpose}e`, bound: bound.subarray(1) }), 'moved border')
  })

  it('is refused after any byte of it is flipped: encapsulated key, ciphertext, tag', async () => {
    for (let at = 0; at < sealed.length; at++)
      await refused(
        open(
          {},
          sealed.map((byte, i) => (i === at ? byte ^ 1 : byte)),
        ),
        `byte ${at}`,
      )
  })

  it('is refused when it is cut or longer', async () => {
    for (const length of [0, 1, 31, 32, 47, sealed.length - 1])
      await refused(open({}, sealed.subarray(0, length)), `${length} bytes`)
    await refused(open({}, Uint8Array.from([...sealed, 0])), 'one byte more')
  })

  it('is refused from a key of low order, which would agree with everybody', async () => {
    for (const point of [new Uint8Array(32), Uint8Array.of(1, ...new Uint8Array(31))]) {
      const forged = Uint8Array.from(sealed)
      forged.set(point)
      await refused(open({}, forged), toHex(point))
      await refused(seal({ publicKey: toHex(point), purpose, bound }, plaintext, random), 'to it')
    }
  })

  it('is not made to what is no public key', async () => {
    for (const publicKey of ['0x', keys.publicKey.slice(0, -2), keys.publicKey.toUpperCase(), 'a key'] as Hex[])
      await refused(seal({ publicKey, purpose, bound }, plaintext, random), publicKey)
    await refused(open({ secretKey: fromHex(keys.publicKey).subarray(1) }), 'short secret key')
  })
})
