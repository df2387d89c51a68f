/** A kernel that fails while a match waits for its scores ends that match, and not the operator's process. */

import { x25519 } from '@noble/curves/ed25519.js'
import { errorCode, type Hex, toHex } from '@palmhold/base'
import { probeLayout } from '@palmhold/matching'
import { manifestDigest, signDigest } from '@palmhold/protocol'
import { expect } from 'chai'
import { startMatchSession } from '../../node/src/operator/match-session.ts'
import { seededRandom } from '../matching/in-memory.ts'
import { hashOf, OPERATORS, operatorKeys } from '../protocol/signed.ts'

describe('a kernel that fails', () => {
  it('ends the match it was to serve, and leaves no rejection that nobody handles', async () => {
    const random = seededRandom('kernel failure')
    const unhandled: unknown[] = []
    const onUnhandled = (error: unknown) => void unhandled.push(error)
    // mocha ends a run at an unhandled rejection, as node ends a process: here it is counted.
    const listeners = process.listeners('unhandledRejection')
    process.removeAllListeners('unhandledRejection')
    process.on('unhandledRejection', onUnhandled)
    try {
      const sid = random(32)
      const scores = Promise.withResolvers<void>()
      const secretKey = random(32)
      const session = startMatchSession({
        sid,
        requestHash: hashOf('request'),
        attempt: 1,
        roles: OPERATORS,
        self: OPERATORS[0]!,
        privateKey: operatorKeys()[0]!,
        exchange: { secretKey, publicKey: toHex(x25519.getPublicKey(secretKey)) },
        snapshot: { root: hashOf('gallery'), rows: 8, active: Uint8Array.of(0xff) },
        shifts: 1,
        thresholds: [500],
        scores: () => scores.promise,
        dealt: { share: new Uint8Array(0), layout: probeLayout(1), set: 0, threshold: 1, shareIds: [1, 2, 3] },
        personOf: () => undefined,
        random,
        send: async () => undefined,
        signal: new AbortController().signal,
      })
      for (const i of [1, 2]) session.onCountersign(OPERATORS[i]!, countersign(i, toHex(sid), random(32)))
      scores.reject(new Error('a kernel thread has ended'))
      expect(await session.outcome.catch(errorCode)).to.equal('PALM_INTERNAL')
      await new Promise((resolve) => setTimeout(resolve, 0))
    } finally {
      process.removeListener('unhandledRejection', onUnhandled)
      for (const listener of listeners) process.on('unhandledRejection', listener)
    }
    expect(unhandled).to.deep.equal([])
  })
})

function countersign(i: number, sid: Hex, exchangeSecret: Uint8Array) {
  const exchangeKey = toHex(x25519.getPublicKey(exchangeSecret))
  const coinCommitment = hashOf(`commitment ${i}`)
  const signature = signDigest(manifestDigest(sid, exchangeKey, coinCommitment), operatorKeys()[i]!)
  const galleryRoot = hashOf('gallery')
  return { sid, requestHash: hashOf('request'), attempt: 1, galleryRoot, exchangeKey, coinCommitment, signature }
}
