/**
 * Strangers may open channels to an operator, and what they send is memory before it can be judged: the limit of a frame
 * has to be near what a match needs, and above it.
 */

import { encodeMessage } from '@palmhold/matching'
import { CODE_BYTES, POOLED_BYTES, palmCode, pooledCode } from '@palmhold/palm'
import { encodeCompare, encodeQuery } from '@palmhold/protocol'
import { expect } from 'chai'
import { MAX_FRAME_BYTES } from '../../node/src/runtime/links.ts'
import { splitProbe } from '../../node/src/verifier/split-probe.ts'
import { runInMemory, seededRandom, splitScores, startParties } from '../matching/in-memory.ts'
import { COMMITTEE_ID, makeDocument, OPERATORS } from '../protocol/signed.ts'

/** Rows of a full chunk, and codes of the longest probe that a policy allows. */
const ROWS = 8192
const SHIFTS = 25

describe('the greatest frame of an operator', () => {
  const random = seededRandom('frame limit')

  it('holds every message of a full chunk, and is no larger than ten of them', () => {
    const scores = splitScores(Array<number>(ROWS * SHIFTS).fill(0), random)
    const { messages } = runInMemory(startParties(scores, { rows: ROWS, shifts: SHIFTS, thresholds: [520, 540] }))
    const longest = Math.max(...messages.map((message) => encodeCompare(encodeMessage(message)).length))
    expect(longest).to.be.below(MAX_FRAME_BYTES)
    expect(MAX_FRAME_BYTES).to.be.below(10 * longest)
  })

  it('holds a query', () => {
    const committee = { committeeId: COMMITTEE_ID, epoch: 1, members: OPERATORS, threshold: 1, quorum: 2 }
    const codes = Array.from({ length: SHIFTS }, () => palmCode(random(CODE_BYTES)))
    const { request, requestSignature, scan, scanSignature } = makeDocument()
    const policy = { thresholdBits: 550, marginBits: 25, maxProbeCodes: SHIFTS, firstPassBits: 0 }
    const query = { request, requestSignature, scan, scanSignature, policy, roles: OPERATORS, attempt: 1 }
    const frame = encodeQuery({
      ...query,
      ...splitProbe({ codes, pooled: pooledCode(random(POOLED_BYTES)) }, committee, random).packageOf(OPERATORS[0]!),
    })
    expect(frame.length).to.be.below(MAX_FRAME_BYTES)
  })
})
