/** A verifier asks the committee: a quorum that agrees is an answer, a refusal is final, a failure is tried again. */

import { errorCode, type Hex } from '@palmhold/base'
import {
  attestationHash,
  decodeReply,
  encodeReply,
  FRAME,
  isSignedBy,
  type Reply,
  readFrame,
  requestHash,
  signDigest,
} from '@palmhold/protocol'
import { expect } from 'chai'
import { type CommitteeClient, createCommitteeClient } from '../../node/src/verifier/committee-client.ts'
import { addressOf, DOMAIN, hashOf, keyOf, OPERATORS, operatorKeys } from '../protocol/signed.ts'
import { makeQuery, probeOf, startCommittee, type TestCommittee } from './in-memory-committee.ts'
import { createTestLinks, type TestLinks } from './in-memory-links.ts'

type Yes = Extract<Reply, { ok: true }>

describe('the committee client', function () {
  this.timeout(20_000)
  let world: TestCommittee
  let client: CommitteeClient
  let links: TestLinks
  let timeoutMs: number
  const [first, second, third] = OPERATORS as [Hex, Hex, Hex]

  before(async () => {
    world = await startCommittee('committee client')
    await world.enrol('anna', addressOf('anna'))
    await world.enrol('bela', addressOf('bela'))
  })
  after(() => world.close())
  beforeEach(() => {
    world.deliver = () => true
    world.timeoutMs = 10_000
    timeoutMs = 10_000
    client = createCommitteeClient({
      domain: DOMAIN,
      committee: () => world.committee,
      links: () => links,
      get timeoutMs() {
        return timeoutMs
      },
    })
    links = createTestLinks(world, (channel) => client.listenTo(channel))
  })
  afterEach(() => links.close())

  async function ask(palm: string) {
    const { packageOf, roles: _roles, attempt: _attempt, ...query } = makeQuery(world, probeOf(palm))
    return client.ask(query, requestHash(DOMAIN, query.request), packageOf)
  }
  const codeOf = (promise: Promise<unknown>) => promise.then(() => 'answered', errorCode)

  /** Bends the yes of some operators; refusals pass. */
  function bendYes(whose: readonly Hex[], bend: (reply: Yes, from: Hex) => Reply): void {
    links.bendReply = (from, frame) => {
      const reply = decodeReply(readFrame(frame).body)
      return reply.ok && whose.includes(from) ? encodeReply(bend(reply, from)) : frame
    }
  }

  it('brings the attestation with the signatures of a quorum, ascending by signer', async () => {
    const { attestation, signatures, matchMs } = await ask('anna')
    expect(attestation.payer).to.equal(addressOf('anna'))
    expect(signatures.length).to.be.within(2, 3)
    expect(signatures.map(({ signer }) => signer)).to.deep.equal(signatures.map(({ signer }) => signer).sort())
    for (const { signer, signature } of signatures)
      expect(isSignedBy(signer, attestationHash(DOMAIN, attestation), signature)).to.equal(true)
    expect(matchMs).to.be.greaterThan(0)
    expect(links.asked).to.deep.equal(OPERATORS)
  })

  it('takes a refusal for an answer and asks no more', async () => {
    expect(await codeOf(ask('a stranger'))).to.equal('PALM_NOT_RECOGNISED')
    expect(links.asked.length).to.equal(3)
  })

  it('needs no third word when two agree', async () => {
    links.bendReply = (from, frame) => (from === third ? undefined : frame)
    const { signatures } = await ask('bela')
    expect(signatures.map(({ signer }) => signer)).to.deep.equal([first, second])
  })

  describe('is not misled by one operator that', () => {
    const lies: [name: string, bend: (reply: Yes, from: Hex) => Reply][] = [
      ['signs with another key', (reply) => ({ ...reply, signature: signDigest(hashOf('x'), keyOf('x')) })],
      [
        'names another payer under its signature',
        (reply) => {
          const attestation = { ...reply.attestation, payer: addressOf('mallory') }
          return {
            ...reply,
            attestation,
            signature: signDigest(attestationHash(DOMAIN, attestation), operatorKeys()[0]!),
          }
        },
      ],
      [
        'names another payer without',
        (reply) => ({ ...reply, attestation: { ...reply.attestation, payer: addressOf('m') } }),
      ],
      [
        'says no',
        (reply) => ({ ok: false, requestHash: reply.requestHash, attempt: reply.attempt, code: 'PALM_NOT_RECOGNISED' }),
      ],
      ['answers another request', (reply) => ({ ...reply, requestHash: hashOf('another') })],
      ['answers another attempt', (reply) => ({ ...reply, attempt: 9 })],
    ]
    for (const [name, bend] of lies)
      it(name, async () => {
        bendYes([first], bend)
        const { attestation, signatures } = await ask('anna')
        expect(attestation.payer).to.equal(addressOf('anna'))
        expect(signatures.map(({ signer }) => signer)).to.deep.equal([second, third])
      })

    it('sends nonsense, whose line is closed', async () => {
      for (const [i, nonsense] of [Uint8Array.of(99, 1, 2), Uint8Array.of(FRAME.reply, 0x7b)].entries()) {
        links.bendReply = (from, frame) => (from === first ? nonsense : frame)
        expect((await ask('anna')).signatures.length).to.equal(2)
        // Two that agree are an answer; the third may still be on its way.
        while (links.closedBy.length === i) await new Promise(setImmediate)
        expect(links.closedBy).to.deep.equal(Array(i + 1).fill(first))
      }
    })
  })

  it('has no answer when two cannot sign, and none when all three say something else', async () => {
    bendYes([first, second], (reply) => ({ ...reply, signature: signDigest(hashOf('x'), keyOf('x')) }))
    expect(await codeOf(ask('anna'))).to.equal('PALM_SIGNATURE_INVALID')

    timeoutMs = 600
    bendYes(OPERATORS, (reply, from) => {
      const attestation = { ...reply.attestation, pseudonym: hashOf(from) }
      const key = operatorKeys()[OPERATORS.indexOf(from)]!
      return { ...reply, attestation, signature: signDigest(attestationHash(DOMAIN, attestation), key) }
    })
    expect(await codeOf(ask('anna'))).to.equal('PALM_NODE_SLOW')
  })

  it('asks nobody when fewer than three are there, and says who is not', async () => {
    links.down.add(second)
    const error = await ask('anna').catch((cause: unknown) => cause)
    expect(error).to.include({ code: 'PALM_OPERATORS_MISSING' })
    expect((error as Error).message)
      .to.include(second)
      .and.not.to.include(first)
    expect(links.asked).to.deep.equal([])
  })

  it('tries again when a match was given up, with the next attempt', async () => {
    world.timeoutMs = 250
    let isFirst = true
    world.deliver = ({ frame }) => !isFirst || frame[0] !== FRAME.compare
    links.bendReply = (_, frame) => {
      isFirst = false
      world.timeoutMs = 10_000
      return frame
    }
    const { attestation } = await ask('anna')
    expect(attestation.payer).to.equal(addressOf('anna'))
    expect(links.asked).to.deep.equal([...OPERATORS, ...OPERATORS])
  })

  it('gives up after three attempts', async () => {
    world.timeoutMs = 100
    world.deliver = () => false
    expect(await codeOf(ask('anna'))).to.equal('PALM_NODE_SLOW')
    expect(links.asked.length).to.equal(9)
  })

  it('gives up in its own time when nobody answers', async () => {
    timeoutMs = 200
    links.bendReply = () => undefined
    const startedAt = performance.now()
    expect(await codeOf(ask('anna'))).to.equal('PALM_NODE_SLOW')
    expect(performance.now() - startedAt).to.be.within(150, 5_000)
  })

  it('keeps questions apart that are asked at once', async () => {
    const [anna, stranger, bela] = await Promise.all([ask('anna'), codeOf(ask('a stranger')), ask('bela')])
    expect([anna.attestation.payer, stranger, bela.attestation.payer]).to.deep.equal([
      addressOf('anna'),
      'PALM_NOT_RECOGNISED',
      addressOf('bela'),
    ])
  })
})
