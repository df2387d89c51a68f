/**
 * Credentials against a real chain: what verifies, and every change that must not. The issuer's signatures come from
 * did-jwt alone here, so that credentials can be made that no agent would issue.
 */

import { execFileSync } from 'node:child_process'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import {
  type CredentialRefusal,
  createDidResolver,
  type DidResolver,
  didOf,
  MERCHANT_CREDENTIAL_TYPE,
  verifyCredential,
  verifyMerchantCredential,
} from '@palmhold/identity'
import { expect } from 'chai'
import { createJWT, ES256KSigner, type JWTPayload } from 'did-jwt'
import { computeAddress } from 'ethers'
import { keyOf, type LocalChain, startLocalChain } from './local-chain.ts'

const NOW = 1_800_000_000
const TYPE = 'TestCredential'

/** Parts of a credential to replace; an undefined one is left out of the token. */
type Parts = {
  payload?: { [Name in keyof JWTPayload]?: unknown }
  vc?: Record<string, unknown>
  header?: Record<string, unknown>
}

describe('credential', () => {
  let chain: LocalChain
  let resolver: DidResolver

  before(async () => {
    chain = await startLocalChain()
    resolver = createDidResolver(chain)
  })
  after(() => chain?.stop())

  function didOfName(name: string): string {
    return didOf(chain.chainId, computeAddress(`0x${Buffer.from(publicKeyOf(name)).toString('hex')}`))
  }

  function publicKeyOf(name: string): Uint8Array {
    return secp256k1.getPublicKey(keyOf(name), true)
  }

  /** A credential for `subject`, with parts replaced. */
  async function credential(signer = 'issuer', { payload, vc, header }: Parts = {}): Promise<string> {
    const body = {
      sub: didOfName('subject'),
      nbf: NOW - 100,
      exp: NOW + 100,
      vc: {
        '@context': ['https://www.w3.org/2018/credentials/v1'],
        type: ['VerifiableCredential', TYPE],
        credentialSubject: { level: 3 },
        ...vc,
      },
      ...payload,
    }
    const issuer = (payload?.iss as string | undefined) ?? didOfName(signer)
    return createJWT(
      body as Partial<JWTPayload>,
      { issuer, signer: ES256KSigner(keyOf(signer)) },
      { alg: 'ES256K', ...header },
    )
  }

  async function reasonOf(jwt: string, change: Partial<Parameters<typeof verifyCredential>[1]> = {}) {
    const trustedIssuers = [didOfName('issuer')]
    const result = await verifyCredential(jwt, { resolver, trustedIssuers, type: TYPE, now: NOW, ...change })
    return result.ok ? 'ok' : result.reason
  }

  it('verifies, with its subject, claims and end', async () => {
    const policy = { resolver, trustedIssuers: [didOfName('issuer')], type: TYPE, now: NOW }
    expect(await verifyCredential(await credential(), policy)).to.deep.equal({
      ok: true,
      issuerDid: didOfName('issuer'),
      subjectDid: didOfName('subject'),
      claims: { level: 3 },
      expiresAt: NOW + 100,
    })
    const withId = await credential('issuer', { vc: { credentialSubject: { id: didOfName('subject') } } })
    expect(await verifyCredential(withId, policy)).to.have.deep.property('claims', {})
  })

  it('verifies with a recoverable signature too', async () => {
    const recoverable = await createJWT(
      JSON.parse(Buffer.from((await credential()).split('.')[1]!, 'base64url').toString()),
      { issuer: didOfName('issuer'), signer: ES256KSigner(keyOf('issuer'), true) },
      { alg: 'ES256K-R' },
    )
    expect(await reasonOf(recoverable)).to.equal('ok')
  })

  it('holds from its beginning to its end, both with the second', async () => {
    const jwt = await credential()
    expect(await reasonOf(jwt, { now: NOW + 99 })).to.equal('ok')
    expect(await reasonOf(jwt, { now: NOW + 100 })).to.equal('expired')
    expect(await reasonOf(jwt, { now: NOW - 130 })).to.equal('ok')
    expect(await reasonOf(jwt, { now: NOW - 131 })).to.equal('not_yet_valid')
    const issuedLater = await credential('issuer', { payload: { nbf: undefined, iat: NOW + 31 } })
    expect(await reasonOf(issuedLater)).to.equal('not_yet_valid')
  })

  const alter = (jwt: string, part: number, change: (json: Record<string, unknown>) => void) => {
    const parts = jwt.split('.')
    const json = JSON.parse(Buffer.from(parts[part]!, 'base64url').toString())
    change(json)
    parts[part] = Buffer.from(JSON.stringify(json)).toString('base64url')
    return parts.join('.')
  }
  const tampered: Record<string, [CredentialRefusal, () => Promise<string>]> = {
    'an altered claim': ['signature', async () => alter(await credential(), 1, (p) => (p.exp = NOW + 9_999))],
    'an altered header': ['signature', async () => alter(await credential(), 0, (h) => (h.kid = 'x'))],
    'a flipped signature': [
      'signature',
      async () => {
        const [header, payload, signature] = (await credential()).split('.')
        const bytes = Buffer.from(signature!, 'base64url')
        bytes[10]! ^= 1
        return `${header}.${payload}.${bytes.toString('base64url')}`
      },
    ],
    "a stranger's signature under the issuer's name": [
      'signature',
      () => credential('stranger', { payload: { iss: didOfName('issuer') } }),
    ],
    'an issuer nobody trusts': ['issuer_untrusted', () => credential('stranger')],
    "the trusted issuer's DID in another spelling": [
      'issuer_untrusted',
      () =>
        credential('issuer', {
          payload: { iss: didOfName('issuer').toUpperCase().replace('DID:ETHR:0X', 'did:ethr:0x') },
        }),
    ],
    'the algorithm none': ['algorithm', async () => alter(await credential(), 0, (header) => (header.alg = 'none'))],
    'the algorithm of another curve': [
      'algorithm',
      async () => alter(await credential(), 0, (header) => (header.alg = 'ES256')),
    ],
    'no signature at all': ['malformed', async () => (await credential()).replace(/[^.]*$/, '')],
    'a nested token': ['malformed', () => credential('issuer', { header: { cty: 'JWT' } })],
    'no expiry': ['malformed', () => credential('issuer', { payload: { exp: undefined } })],
    'an expiry in words': ['malformed', () => credential('issuer', { payload: { exp: 'never' } })],
    'no subject': ['malformed', () => credential('issuer', { payload: { sub: undefined } })],
    'no credential inside': ['malformed', () => credential('issuer', { payload: { vc: undefined } })],
    'another context': ['malformed', () => credential('issuer', { vc: { '@context': ['https://example.org'] } })],
    'another type': ['type', () => credential('issuer', { vc: { type: ['VerifiableCredential', 'Other'] } })],
    'a type that is no credential': ['type', () => credential('issuer', { vc: { type: [TYPE] } })],
    'two subjects': [
      'subject',
      () => credential('issuer', { vc: { credentialSubject: { id: didOfName('stranger') } } }),
    ],
    'a subject that is no DID': ['subject', () => credential('issuer', { payload: { sub: 'everybody' } })],
    'more than 16 KiB': ['malformed', () => credential('issuer', { vc: { padding: 'x'.repeat(16_384) } })],
    'no token': ['malformed', async () => 'not a token'],
    nothing: ['malformed', async () => ''],
  }
  for (const [name, [reason, make]] of Object.entries(tampered)) {
    it(`is refused with ${name}`, async () => {
      expect(await reasonOf(await make())).to.equal(reason)
    })
  }

  it('is refused for another subject than the one asked for', async () => {
    const jwt = await credential()
    expect(await reasonOf(jwt, { subjectDid: didOfName('subject') })).to.equal('ok')
    expect(await reasonOf(jwt, { subjectDid: didOfName('stranger') })).to.equal('subject')
  })

  it('follows the issuer to a new key, and no further than its DID lives', async () => {
    const iss = didOfName('mover')
    const trustedIssuers = [iss]
    const byOldKey = await credential('mover')
    const byNewKey = await credential('new owner', { payload: { iss } })
    expect(await reasonOf(byOldKey, { trustedIssuers })).to.equal('ok')
    expect(await reasonOf(byNewKey, { trustedIssuers })).to.equal('signature')
    await chain.changeOwner(keyOf('mover'), didOfName('new owner').slice(-42))
    expect(await reasonOf(byOldKey, { trustedIssuers })).to.equal('signature')
    expect(await reasonOf(byNewKey, { trustedIssuers })).to.equal('ok')
    const gone = await credential('leaver')
    await chain.changeOwner(keyOf('leaver'), `0x${'0'.repeat(40)}`)
    expect(await reasonOf(gone, { trustedIssuers: [didOfName('leaver')] })).to.equal('issuer_deactivated')
  })

  it('is refused where the issuer belongs to another chain or the chain does not answer', async () => {
    const elsewhere = didOf(1, didOfName('issuer').slice(-42))
    const foreign = await credential('issuer', { payload: { iss: elsewhere } })
    expect(await reasonOf(foreign, { trustedIssuers: [elsewhere] })).to.equal('issuer_unresolved')
    const cutOff = createDidResolver({ ...chain, rpcUrl: 'http://127.0.0.1:1' })
    expect(await reasonOf(await credential(), { resolver: cutOff })).to.equal('issuer_unresolved')
  })

  it('is verified without loading Veramo, and ethers only once a DID is asked for', () => {
    const script = `
      import { registerHooks } from 'node:module'
      const heavy = []
      registerHooks({ load(url, context, next) { if (/veramo|\\/ethers\\/|ethr-did/.test(url)) heavy.push(url); return next(url, context) } })
      const { verifyCredential, createDidResolver } = await import('@palmhold/identity')
      createDidResolver({ rpcUrl: 'http://127.0.0.1:1', chainId: 1, didRegistry: '0x00' })
      console.log(typeof verifyCredential, heavy.length)`
    const args = ['--conditions=@palmhold/source', '--input-type=module', '-e', script]
    expect(execFileSync(process.execPath, args, { encoding: 'utf8' }).trim()).to.equal('function 0')
  })

  describe("a merchant's name", () => {
    const merchant = (claims: Record<string, unknown>, type = MERCHANT_CREDENTIAL_TYPE) =>
      credential('issuer', { vc: { type: ['VerifiableCredential', type], credentialSubject: claims } })

    function verify(jwt: string, merchantName = 'subject') {
      const trustedIssuers = [didOfName('issuer')]
      return verifyMerchantCredential(jwt, { resolver, trustedIssuers, merchantDid: didOfName(merchantName), now: NOW })
    }

    it('is what the trusted issuer says', async () => {
      for (const name of ['Café Zwölf', '東京喫茶', 'A', 'x'.repeat(100)])
        expect(await verify(await merchant({ name }))).to.deep.equal({ ok: true, name })
    })

    it("is not another merchant's, nor from a credential of another type", async () => {
      const jwt = await merchant({ name: 'Café' })
      expect(await verify(jwt, 'stranger')).to.deep.equal({ ok: false, reason: 'subject' })
      expect(await verify(await merchant({ name: 'Café' }, TYPE))).to.deep.equal({ ok: false, reason: 'type' })
    })

    const badNames: Record<string, unknown> = {
      missing: undefined,
      empty: '',
      'a number': 7,
      'too long': 'x'.repeat(101),
      'padded with spaces': ' Café',
      'on two lines': 'Café\nPaid 0.00',
      'turned around by a bidirectional override': 'Café \u202e00.0',
      'hiding a zero-width space': 'Ca\u200bfé',
    }
    for (const [what, name] of Object.entries(badNames)) {
      it(`is refused where it is ${what}`, async () => {
        expect(await verify(await merchant({ name }))).to.deep.equal({ ok: false, reason: 'name' })
      })
    }
  })
})
