import { type Hex, toHex } from '@palmhold/base'
import { deriveSid, type SessionFields } from '@palmhold/matching'
import { expect } from 'chai'

const bytes = (length: number, fill: number) => toHex(new Uint8Array(length).fill(fill))

const fields: SessionFields = {
  version: 1,
  chainId: 31337,
  registry: bytes(20, 1),
  committeeId: bytes(32, 2),
  committeeEpoch: 3,
  galleryRoot: bytes(32, 4),
  orderedRoles: [bytes(20, 5), bytes(20, 6), bytes(20, 7)],
  requestHashes: [bytes(32, 8), bytes(32, 9)],
  attempt: 0,
}

describe('deriveSid', () => {
  it('is 32 bytes, the same for the same fields', () => {
    expect(deriveSid(fields)).to.have.length(32)
    expect(deriveSid({ ...fields })).to.deep.equal(deriveSid(fields))
  })

  it('differs in every field, in the order of roles and requests, and in where the manifest ends', () => {
    const changes: Partial<SessionFields>[] = [
      { version: 2 },
      { chainId: 1 },
      { chainId: 2n ** 200n },
      { registry: bytes(20, 9) },
      { committeeId: bytes(32, 9) },
      { committeeEpoch: 4 },
      { galleryRoot: bytes(32, 9) },
      { orderedRoles: [bytes(20, 6), bytes(20, 5), bytes(20, 7)] },
      { orderedRoles: [bytes(20, 5), bytes(20, 6), bytes(20, 8)] },
      { requestHashes: [bytes(32, 9), bytes(32, 8)] },
      { requestHashes: [bytes(32, 8)] },
      { requestHashes: [bytes(32, 8), bytes(32, 9), bytes(32, 9)] },
      { attempt: 1 },
    ]
    const sids = [{}, ...changes].map((change) => toHex(deriveSid({ ...fields, ...change })))
    expect(new Set(sids).size).to.equal(changes.length + 1)
  })

  it('refuses what is no session', () => {
    const refusals: [Partial<SessionFields>, string][] = [
      [{ orderedRoles: fields.orderedRoles.slice(1) }, 'PALM_SESSION_INVALID'],
      [{ orderedRoles: [bytes(20, 5), bytes(20, 6), bytes(20, 5)] }, 'PALM_SESSION_INVALID'],
      [{ requestHashes: [] }, 'PALM_SESSION_INVALID'],
      [{ registry: bytes(32, 1) }, 'PALM_HEX_INVALID'],
      [{ galleryRoot: '0xAB' as Hex }, 'PALM_HEX_INVALID'],
      [{ attempt: -1 }, 'PALM_INTEGER_RANGE'],
      [{ committeeEpoch: 2 ** 32 }, 'PALM_INTEGER_RANGE'],
    ]
    for (const [change, code] of refusals)
      expect(() => deriveSid({ ...fields, ...change }), JSON.stringify(change))
        .to.throw()
        .with.property('code', code)
  })
})
