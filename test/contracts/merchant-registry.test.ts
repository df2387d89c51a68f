/** MerchantRegistry: nobody registers under a foreign name, and only a merchant's owner moves its terminals. */

import { merchantIdOf } from '@palmhold/protocol'
import { expect } from 'chai'
import fc from 'fast-check'
import {
  type Actor,
  bytes32,
  GOVERNANCE,
  MERCHANT,
  MERCHANT_DID,
  MERCHANT_ID,
  OTHER_TERMINAL,
  openWorld,
  PAYOUT,
  refusalOf,
  STRANGER,
  TERMINAL,
  type World,
  ZERO_ADDRESS,
} from './world.ts'

describe('MerchantRegistry', () => {
  let fresh: () => Promise<World>
  let world: World

  before(async function () {
    this.timeout(60_000)
    fresh = await openWorld()
    await fresh()
  })

  beforeEach(async () => {
    world = await fresh()
  })

  const call = (by: Actor, name: string, ...args: unknown[]) =>
    world.as(world.merchantRegistry, by).getFunction(name)(...args)
  const read = (name: string, ...args: unknown[]) => world.merchantRegistry.getFunction(name)(...args)
  const refused = async (sent: Promise<unknown>, error: string) =>
    expect(sent).to.be.revertedWithCustomError(world.merchantRegistry, error)
  const compressed = STRANGER.wallet.signingKey.compressedPublicKey

  describe('registers a did:ethr of the sender', () => {
    const dids: readonly (readonly [did: string, publicKey: string])[] = [
      [`did:ethr:${STRANGER.address}`, '0x'],
      [`did:ethr:0x7a69:${STRANGER.address}`, '0x'],
      [`did:ethr:0xaa36a7:${STRANGER.wallet.address}`, '0x'],
      [`did:ethr:0x${'f'.repeat(16)}:${STRANGER.address}`, '0x'],
      [`did:ethr:${compressed}`, STRANGER.publicKey],
      [`did:ethr:0x7a69:${compressed}`, STRANGER.publicKey],
    ]
    for (const [did, publicKey] of dids)
      it(did, async () => {
        await call(STRANGER, 'register', did, publicKey, PAYOUT.address)
        const merchant = await read('merchantOf', merchantIdOf(did))
        expect(merchant.owner.toLowerCase()).to.equal(STRANGER.address)
        expect(merchant.payout.toLowerCase()).to.equal(PAYOUT.address)
        expect(merchant.active).to.equal(true)
      })
  })

  describe('refuses a foreign name', () => {
    const foreign = MERCHANT.wallet.signingKey.compressedPublicKey
    const dids: readonly (readonly [name: string, did: string, publicKey: string])[] = [
      ['of another address', `did:ethr:0x1:${MERCHANT.address}`, '0x'],
      ['of another public key', `did:ethr:0x1:${foreign}`, STRANGER.publicKey],
      ['of another public key, shown', `did:ethr:0x1:${foreign}`, MERCHANT.publicKey],
      ['of another method', `did:web:${STRANGER.address}`, '0x'],
      ['that only ends like its own', `did:ethr:0x1:ab${STRANGER.address}`, '0x'],
      ['with the key cut short', `did:ethr:0x1:${compressed}`, STRANGER.publicKey.slice(0, -2)],
      ['that a reader ends at "#"', `did:ethr:0x7a69:${MERCHANT.address}#x:${STRANGER.address}`, '0x'],
      ['that a reader ends at "?"', `did:ethr:0x7a69:${MERCHANT.address}?x:${STRANGER.address}`, '0x'],
      ['that a reader ends at "/"', `did:ethr:0x7a69:${MERCHANT.address}/x:${STRANGER.address}`, '0x'],
      ['that a reader ends at ";"', `did:ethr:0x7a69:${MERCHANT.address};x:${STRANGER.address}`, '0x'],
      ['with an escape', `did:ethr:0x7a69:${MERCHANT.address}%23:${STRANGER.address}`, '0x'],
      ['with an end of line', `did:ethr:0x7a69:${MERCHANT.address}\n:${STRANGER.address}`, '0x'],
      ['with a second network', `did:ethr:0x7a69:${MERCHANT.address}:${STRANGER.address}`, '0x'],
      ['that a reader ends at "#", before a key', `did:ethr:0x7a69:${foreign}#:${compressed}`, STRANGER.publicKey],
      ['with a foreign address for a network', `did:ethr:${MERCHANT.address}:${STRANGER.address}`, '0x'],
      ['with a network above 64 bits', `did:ethr:0x1${'0'.repeat(16)}:${STRANGER.address}`, '0x'],
      ['with a network that starts with 0', `did:ethr:0x07a69:${STRANGER.address}`, '0x'],
      ['with a network by name', `did:ethr:sepolia:${STRANGER.address}`, '0x'],
      ['with an upper-case network', `did:ethr:0x7A69:${STRANGER.address}`, '0x'],
      ['with a network of another base', `did:ethr:31337:${STRANGER.address}`, '0x'],
      ['with a network of no digits', `did:ethr:0x:${STRANGER.address}`, '0x'],
      ['with an empty network', `did:ethr::${STRANGER.address}`, '0x'],
      ['without a separator', `did:ethr:0x7a69${STRANGER.address}`, '0x'],
      ['with something after it', `did:ethr:0x7a69:${STRANGER.address}#x`, '0x'],
      ['that is too short', 'did:ethr:', '0x'],
      ['that is empty', '', '0x'],
    ]
    for (const [name, did, publicKey] of dids)
      it(name, () => refused(call(STRANGER, 'register', did, publicKey, PAYOUT.address), 'DidNotOwned'))
  })

  it('accepts, of all spellings around a foreign and its own identifier, those of its own alone', async () => {
    const piece = fc.constantFrom('0x', '7a69', ':', '#', '?', '/', ';', '%3A', 'x', '\u0000', 'F', MERCHANT.address)
    const own = /^did:ethr:(0x[1-9a-f][0-9a-f]{0,15}:)?$/
    let accepted = 0
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 5 }), async (pieces) => {
        const prefix = `did:ethr:${pieces.join('')}`
        const sent = world
          .as(world.merchantRegistry, STRANGER)
          .getFunction('register')
          .staticCall(`${prefix}${STRANGER.address}`, '0x', PAYOUT.address)
        const reason = await refusalOf(sent)
        expect(reason, prefix).to.equal(own.test(prefix) ? undefined : 'DidNotOwned')
        if (reason === undefined) accepted++
      }),
      { numRuns: 300, seed: 2026, examples: [[['0x', '7a69', ':']], [[MERCHANT.address, ':']], [['0x', ':']]] },
    )
    expect(accepted).to.be.above(10)
  })

  it('lets governance register any other DID', async () => {
    await call(GOVERNANCE, 'registerFor', 'did:web:shop.example', MERCHANT.address, PAYOUT.address)
    expect((await read('merchantOf', merchantIdOf('did:web:shop.example'))).owner.toLowerCase()).to.equal(
      MERCHANT.address,
    )
    await refused(
      call(STRANGER, 'registerFor', 'did:web:other.example', STRANGER.address, STRANGER.address),
      'OwnableUnauthorizedAccount',
    )
    await refused(call(GOVERNANCE, 'registerFor', 'did:web:a', ZERO_ADDRESS, PAYOUT.address), 'ZeroAddress')
    await refused(call(GOVERNANCE, 'registerFor', 'did:web:a', PAYOUT.address, ZERO_ADDRESS), 'ZeroAddress')
  })

  it('knows a merchant once', async () => {
    await refused(call(MERCHANT, 'register', MERCHANT_DID, '0x', PAYOUT.address), 'MerchantExists')
    await refused(call(GOVERNANCE, 'setMerchantActive', bytes32(9), true), 'MerchantUnknown')
  })

  it('obeys the owner alone', async () => {
    await refused(call(STRANGER, 'addTerminal', MERCHANT_ID, OTHER_TERMINAL.address), 'NotMerchantOwner')
    await refused(call(STRANGER, 'setTerminalActive', MERCHANT_ID, TERMINAL.address, false), 'NotMerchantOwner')
    await refused(call(STRANGER, 'setPayout', MERCHANT_ID, STRANGER.address), 'NotMerchantOwner')
    await refused(call(STRANGER, 'transferMerchant', MERCHANT_ID, STRANGER.address), 'NotMerchantOwner')
    await refused(call(MERCHANT, 'setMerchantActive', MERCHANT_ID, false), 'OwnableUnauthorizedAccount')
    await call(MERCHANT, 'transferMerchant', MERCHANT_ID, STRANGER.address)
    await refused(call(MERCHANT, 'setPayout', MERCHANT_ID, MERCHANT.address), 'NotMerchantOwner')
    await call(STRANGER, 'setPayout', MERCHANT_ID, STRANGER.address)
    expect((await read('merchantOf', MERCHANT_ID)).payout.toLowerCase()).to.equal(STRANGER.address)
    await refused(call(STRANGER, 'transferMerchant', MERCHANT_ID, ZERO_ADDRESS), 'ZeroAddress')
    await refused(call(STRANGER, 'setPayout', MERCHANT_ID, ZERO_ADDRESS), 'ZeroAddress')
  })

  it('adds, stops and starts terminals, each for its merchant only', async () => {
    const active = (terminal: Actor, id: string = MERCHANT_ID) => read('isActiveTerminal', id, terminal.address)
    expect(await active(OTHER_TERMINAL)).to.equal(false)
    await call(MERCHANT, 'addTerminal', MERCHANT_ID, OTHER_TERMINAL.address)
    expect(await active(OTHER_TERMINAL)).to.equal(true)
    expect(await active(OTHER_TERMINAL, bytes32(9))).to.equal(false)
    await call(MERCHANT, 'setTerminalActive', MERCHANT_ID, TERMINAL.address, false)
    expect([await active(TERMINAL), await active(OTHER_TERMINAL)]).to.deep.equal([false, true])
    await refused(call(MERCHANT, 'addTerminal', MERCHANT_ID, TERMINAL.address), 'TerminalExists')
    await refused(call(MERCHANT, 'addTerminal', MERCHANT_ID, ZERO_ADDRESS), 'ZeroAddress')
    await refused(call(MERCHANT, 'setTerminalActive', MERCHANT_ID, STRANGER.address, true), 'TerminalUnknown')
    await call(GOVERNANCE, 'setMerchantActive', MERCHANT_ID, false)
    expect(await active(OTHER_TERMINAL)).to.equal(false)
  })
})
