/**
 * An operator of the committee that wants to keep another busy: it answers the question for missing enrolments with what
 * the other has, over and over; and it sends messages of a comparison before the comparison can begin.
 */

import { x25519 } from '@noble/curves/ed25519.js'
import { errorCode, type Hex, toHex, utf8 } from '@palmhold/base'
import { encodeMessage, probeLayout } from '@palmhold/matching'
import { addressOfKey } from '@palmhold/protocol'
import { expect } from 'chai'
import { createGallerySync } from '../../node/src/operator/gallery-sync.ts'
import { startMatchSession } from '../../node/src/operator/match-session.ts'
import { peerAlone } from '../fuzz/peer-alone.ts'
import { SID, seededRandom } from '../matching/in-memory.ts'
import { peerIdOfName } from '../net/test-keys.ts'
import { startCommittee, type TestCommittee } from '../node/in-memory-committee.ts'
import { addressOf, hashOf, operatorKeys } from '../protocol/signed.ts'

const MESSAGE_BYTES = 1024 * 1024
const MOST_HELD_BYTES = 32 * 1024 * 1024
const A_FULL_ANSWER = 200

describe('an operator that wants to keep another busy', () => {
  let world: TestCommittee

  before(async () => {
    world = await startCommittee('flood by an operator')
    await world.enrol('anna', addressOf('anna'))
  })
  after(() => world.close())

  it('is asked once, where it answers with what is known already', async () => {
    const { gallery, enrolments } = world.operators[0]!
    const receipts: unknown = JSON.parse(gallery.enrolment(0)!.receipts!)
    const peer = peerAlone('operator')
    const activations = Array.from({ length: A_FULL_ANSWER }, () => ({ index: 0, receipts }))
    peer.answer = utf8(JSON.stringify({ activations, damaged: [] }))
    const known = { get: (address: Hex) => ({ address, peerId: peerIdOfName('one') }) }
    const sync = await createGallerySync({
      peer,
      directory: known as never,
      committee: () => world.committee,
      gallery,
      enrolments,
      activeIndexes: () => [0],
    })
    await sync.pull()
    expect(peer.asked).to.equal(world.committee.members.length)
  })

  it('ends the match, where it sends more than can be under way before it has begun', async () => {
    const [privateKey, other] = operatorKeys() as [Uint8Array, Uint8Array]
    const roles = operatorKeys().map(addressOfKey)
    const secretKey = seededRandom('flood')(32)
    const session = startMatchSession({
      sid: SID,
      requestHash: hashOf('request'),
      attempt: 1,
      roles,
      self: roles[0]!,
      privateKey,
      exchange: { secretKey, publicKey: toHex(x25519.getPublicKey(secretKey)) },
      snapshot: world.operators[0]!.gallery.snapshot(),
      shifts: 1,
      thresholds: [500],
      scores: () => new Promise<void>(() => undefined),
      dealt: { share: new Uint8Array(0), layout: probeLayout(1), set: 0, threshold: 1, shareIds: [1, 2, 3] },
      personOf: () => undefined,
      random: seededRandom('flood, nonce'),
      send: async () => undefined,
      signal: new AbortController().signal,
    })
    const message = encodeMessage({
      sid: SID,
      round: 1,
      from: 1,
      to: 0,
      chunk: 0,
      payload: new Uint8Array(MESSAGE_BYTES),
    })
    let ended = ''
    const outcome = session.outcome.catch((error: unknown) => {
      ended = errorCode(error)
    })
    let sentBytes = 0
    for (; ended === '' && sentBytes < 2 * MOST_HELD_BYTES; sentBytes += message.length) {
      session.onCompare(addressOfKey(other), message)
      await Promise.resolve()
      await Promise.resolve()
    }
    await outcome
    expect(ended).to.equal('PALM_TOO_MANY_EARLY')
    expect(sentBytes).to.be.within(MOST_HELD_BYTES / 2, MOST_HELD_BYTES + 2 * message.length)
  })
})
