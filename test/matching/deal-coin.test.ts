import { COIN_BYTES, coinCommitment, coinSeed, commitmentsDigest, opensCommitment } from '@palmhold/matching'
import { expect } from 'chai'
import { addressOf } from '../protocol/signed.ts'
import { seededRandom } from './in-memory.ts'

describe('the coin of the checking nodes', () => {
  const random = seededRandom('coin')
  const context = random(32)
  const [one, two] = [addressOf('operator 1'), addressOf('operator 2')]
  const nonces = [random(COIN_BYTES), random(COIN_BYTES)]

  it('opens with the nonce that was committed to', () => {
    expect(opensCommitment(coinCommitment(context, one, nonces[0]!), context, one, nonces[0]!)).to.equal(true)
  })

  for (const [name, opened] of [
    ['another nonce', () => opensCommitment(coinCommitment(context, one, nonces[0]!), context, one, nonces[1]!)],
    [
      'in the name of another operator',
      () => opensCommitment(coinCommitment(context, one, nonces[0]!), context, two, nonces[0]!),
    ],
    [
      'in another session',
      () => opensCommitment(coinCommitment(context, one, nonces[0]!), random(32), one, nonces[0]!),
    ],
    [
      'a short nonce',
      () => opensCommitment(coinCommitment(context, one, nonces[0]!), context, one, nonces[0]!.subarray(1)),
    ],
    ['no commitment', () => opensCommitment(new Uint8Array(0), context, one, nonces[0]!)],
  ] as const)
    it(`does not open with ${name}`, () => {
      expect(opened()).to.equal(false)
    })

  it('depends on every nonce, on their order and on what is checked', () => {
    const seeds = [
      coinSeed(context, nonces),
      coinSeed(context, [nonces[1]!, nonces[0]!]),
      coinSeed(context, nonces.slice(1)),
      coinSeed(random(32), nonces),
      coinSeed(context, [nonces[0]!, random(COIN_BYTES)]),
    ].map((seed) => Buffer.from(seed).toString('hex'))
    expect(new Set(seeds).size).to.equal(seeds.length)
    expect(coinSeed(context, nonces)).to.deep.equal(coinSeed(context, nonces))
  })

  it('says which commitments were told: another one, another order or another session has another digest', () => {
    const told = [random(32), random(32)]
    const digests = [
      commitmentsDigest(context, told),
      commitmentsDigest(context, told.toReversed()),
      commitmentsDigest(context, [told[0]!, random(32)]),
      commitmentsDigest(random(32), told),
    ].map((digest) => Buffer.from(digest).toString('hex'))
    expect(new Set(digests).size).to.equal(digests.length)
    expect(commitmentsDigest(context, told)).to.deep.equal(commitmentsDigest(context, told))
  })

  it('is refused without nonces, or with one of another length', () => {
    for (const bad of [[], [nonces[0]!, nonces[1]!.subarray(1)]])
      expect(() => coinSeed(context, bad))
        .to.throw()
        .with.property('code', 'PALM_COIN_INVALID')
    expect(() => coinCommitment(context, one, new Uint8Array(31)))
      .to.throw()
      .with.property('code', 'PALM_COIN_INVALID')
  })
})
