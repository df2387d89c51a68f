import { equalBytes, utf8 } from '@palmhold/base'
import { CODE_BYTES, POOLED_BYTES, palmCode, pooledCode } from '@palmhold/palm'
import { SUBGROUP_ORDER } from '@palmhold/protocol'
import {
  createVaultIdentity,
  decodeVault,
  encodeVault,
  lockOf,
  openVault,
  sealVault,
  type Vault,
  type VaultKey,
  wipeVault,
} from '@palmhold/wallet/vault'
import { expect } from 'chai'
import fc from 'fast-check'
import { addressOf, keyOf } from '../../protocol/signed.ts'

/** Of scrypt, in place of a second's work for each vault. */
const QUICK = 6

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
const hand = fc.record({
  template: fc.record({ code: bytes(CODE_BYTES).map(palmCode), pooled: bytes(POOLED_BYTES).map(pooledCode) }),
  salt: fc.bigInt({ min: 0n, max: 2n ** 248n - 1n }),
})
const vaults: fc.Arbitrary<Vault> = fc.record({
  key: fc.nat(1000).map((i) => keyOf(`vault ${i}`)),
  identitySecret: fc.bigInt({ min: 1n, max: SUBGROUP_ORDER - 1n }),
  templates: fc.record({ left: hand, right: hand }, { requiredKeys: [] }),
  enrolment: fc.option(
    fc.record({
      index: fc.nat(2 ** 31),
      chainId: fc.integer({ min: 1, max: 2 ** 31 }),
      registry: fc.nat(9).map((i) => addressOf(`registry ${i}`)),
    }),
  ),
})
const one = fc.sample(vaults, { numRuns: 1, seed: 7 })[0]!
const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'opened',
    (error) => error.code,
  )

describe('a vault', () => {
  it('says the same again after encoding', () => {
    fc.assert(
      fc.property(vaults, (vault) => {
        const encoded = encodeVault(vault)
        expect(decodeVault(encoded)).to.deep.equal(vault)
        expect(equalBytes(encodeVault(decodeVault(encoded)), encoded)).to.equal(true)
      }),
      { numRuns: 60 },
    )
  })

  it('is wiped: key and codes, and nothing else that could be', () => {
    const vault = decodeVault(
      encodeVault({ ...one, templates: fc.sample(fc.record({ left: hand, right: hand }), 1)[0]! }),
    )
    wipeVault(vault)
    const all = [
      vault.key,
      ...Object.values(vault.templates).flatMap(({ template }) => [template.code, template.pooled]),
    ]
    expect(all.length).to.equal(5)
    for (const part of all) expect(part.every((byte) => byte === 0)).to.equal(true)
  })

  const bent: [name: string, change: (vault: Record<string, unknown>) => unknown][] = [
    ['another format', (vault) => ({ ...vault, format: 'palmhold/vault/2' })],
    ['a key of zeros', (vault) => ({ ...vault, key: `0x${'00'.repeat(32)}` })],
    ['a key above the order of its group', (vault) => ({ ...vault, key: `0x${'ff'.repeat(32)}` })],
    ['an identity secret of 0', (vault) => ({ ...vault, identitySecret: `0x${'00'.repeat(32)}` })],
    [
      'an identity secret that is the order',
      (vault) => ({ ...vault, identitySecret: `0x${SUBGROUP_ORDER.toString(16).padStart(64, '0')}` }),
    ],
    ['a short code', (vault) => ({ ...vault, templates: { left: { code: '0x00', pooled: '0x00', salt: '0x00' } } })],
    ['a third hand', (vault) => ({ ...vault, templates: { middle: {} } })],
    ['something more', (vault) => ({ ...vault, more: 1 })],
    ['no enrolment where null stands for none', ({ enrolment: _, ...vault }) => vault],
  ]
  for (const [name, change] of bent)
    it(`is not read with ${name}: PALM_VAULT_DAMAGED`, () => {
      const value = JSON.parse(new TextDecoder().decode(encodeVault(one)))
      expect(() => decodeVault(utf8(JSON.stringify(change(value)))))
        .to.throw()
        .with.property('code', 'PALM_VAULT_DAMAGED')
    })
})

describe('a vault file', () => {
  it('opens with its identity, and with no other', async () => {
    const [mine, other] = await Promise.all([createVaultIdentity(), createVaultIdentity()])
    const file = await sealVault(one, { recipient: mine.recipient })
    expect(await openVault(file, { identity: mine.identity })).to.deep.equal(one)
    expect(await lockOf({ identity: mine.identity })).to.deep.equal({ recipient: mine.recipient })
    expect(await codeOf(openVault(file, { identity: other.identity }))).to.equal('PALM_VAULT_LOCKED')
    expect(await codeOf(openVault(file, { passphrase: 'correct horse' }))).to.equal('PALM_VAULT_LOCKED')
  })

  it('opens with its passphrase, to the letter', async () => {
    const file = await sealVault(one, { passphrase: 'correct horse' }, QUICK)
    expect(await openVault(file, { passphrase: 'correct horse' })).to.deep.equal(one)
    for (const passphrase of ['correct Horse', 'correct horse ', ''])
      expect(await codeOf(openVault(file, { passphrase })), passphrase).to.equal('PALM_VAULT_LOCKED')
  })

  it('hides what it holds: nothing of it stands in the file', async () => {
    const { recipient } = await createVaultIdentity()
    const text = Buffer.from(await sealVault(one, { recipient })).toString('latin1')
    const plain = Buffer.from(encodeVault(one)).toString('latin1')
    for (let at = 0; at + 12 <= plain.length; at += 4) expect(text).not.to.include(plain.slice(at, at + 12))
  })

  it('never opens with a bit turned over, and says that it is damaged or locked', async () => {
    const { identity, recipient } = await createVaultIdentity()
    const file = await sealVault({ ...one, templates: {} }, { recipient })
    const codes = new Map<string, number>()
    for (let i = 0; i < file.length; i += 3) {
      const damaged = Uint8Array.from(file)
      damaged[i]! ^= 1 << (i % 8)
      const code = await codeOf(openVault(damaged, { identity }))
      codes.set(code, (codes.get(code) ?? 0) + 1)
    }
    expect([...codes.keys()].sort()).to.deep.equal(['PALM_VAULT_DAMAGED', 'PALM_VAULT_LOCKED'])
    // All but the slot of the key, which cannot be told from another key's.
    expect(codes.get('PALM_VAULT_DAMAGED')).to.be.above(codes.get('PALM_VAULT_LOCKED')!)
  })

  const whole = createVaultIdentity().then(async ({ identity, recipient }) => ({
    key: { identity } as VaultKey,
    file: await sealVault(one, { recipient }),
  }))
  const cuts: [name: string, cut: (file: Uint8Array) => Uint8Array][] = [
    ['nothing', () => new Uint8Array()],
    ['half of it', (file) => file.subarray(0, file.length >> 1)],
    ['all but its last byte', (file) => file.subarray(0, -1)],
    ['more behind it', (file) => Uint8Array.from([...file, 0])],
    ['a text', () => utf8('age-encryption.org/v1')],
    ['far too much', () => new Uint8Array(1 << 20)],
  ]
  for (const [name, cut] of cuts)
    it(`is damaged when it is ${name}`, async () => {
      const { key, file } = await whole
      expect(await codeOf(openVault(cut(file), key))).to.equal('PALM_VAULT_DAMAGED')
    })

  it('holds a vault or nothing: another content is damaged too', async () => {
    const { Encrypter } = await import('age-encryption')
    const encrypter = new Encrypter()
    encrypter.setPassphrase('correct horse')
    encrypter.setScryptWorkFactor(QUICK)
    const file = await encrypter.encrypt('{"format":"palmhold/vault/1"}')
    expect(await codeOf(openVault(file, { passphrase: 'correct horse' }))).to.equal('PALM_VAULT_DAMAGED')
  })

  it('is not made under a short passphrase, for somebody unknown, or opened by what is no identity', async () => {
    expect(await codeOf(sealVault(one, { passphrase: 'short' }, QUICK))).to.equal('PALM_PASSPHRASE_WEAK')
    expect(await codeOf(sealVault(one, { recipient: 'age1nobody' }))).to.equal('PALM_VAULT_LOCKED')
    expect(await codeOf(lockOf({ identity: 'AGE-SECRET-KEY-1NONE' }))).to.equal('PALM_VAULT_LOCKED')
    expect(await codeOf(openVault(new Uint8Array(10), { identity: 'none' }))).to.equal('PALM_VAULT_LOCKED')
  })
})
