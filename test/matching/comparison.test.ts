import { comparisonRounds, createComparison, type Message, step, supplyScores } from '@palmhold/matching'
import { CODE_BITS } from '@palmhold/palm'
import { expect } from 'chai'
import { laneOf } from '../../packages/matching/src/bit-kernel.ts'
import { asUint32 } from '../../packages/matching/src/little-endian.ts'
import {
  aesCtr,
  bitmapOf,
  prfsOf,
  ROLES,
  runInMemory,
  SID,
  seededRandom,
  splitScores,
  startParties,
} from './in-memory.ts'

/** Scores of the given distances: D - 2 HD. */
function scoresAt(distances: readonly number[]): number[] {
  return distances.map((distance) => CODE_BITS - 2 * distance)
}

describe('comparison', () => {
  const random = seededRandom('comparison')
  const everyDistance = Array.from({ length: CODE_BITS + 1 }, (_, distance) => distance)

  it('is exact for every distance at the ends, in the middle and at the powers of two', () => {
    const thresholds = [1, 2, 511, 512, 513, 550, 1023, 1024, 1025, 1535, 1536]
    for (const threshold of thresholds) {
      const options = { rows: everyDistance.length, shifts: 1, thresholds: [threshold] }
      const { results } = runInMemory(startParties(splitScores(scoresAt(everyDistance), random), options))
      const expected = bitmapOf(everyDistance.length, (row) => everyDistance[row]! < threshold)
      for (const role of ROLES) expect(results[role]!.bitmaps, `T = ${threshold}, P${role}`).to.deep.equal([expected])
    }
  })

  it('answers several thresholds in the order they were given, and the same one twice', () => {
    const thresholds = [550, 1, 580, 550, 1536]
    const options = { rows: everyDistance.length, shifts: 1, thresholds, chunkRows: 256 }
    const { results } = runInMemory(startParties(splitScores(scoresAt(everyDistance), random), options))
    expect(results[1]!.bitmaps).to.deep.equal(thresholds.map((T) => bitmapOf(everyDistance.length, (row) => row < T)))
  })

  it('takes eight rounds for one shift, five more for the OR of 25', () => {
    const roundsOf = (shifts: number) => {
      const scores = splitScores(scoresAt(Array(40 * shifts).fill(700)), random)
      return new Set(
        runInMemory(startParties(scores, { rows: 40, shifts, thresholds: [550] })).messages.map((m) => m.round),
      ).size
    }
    expect(roundsOf(1)).to.equal(8)
    expect(roundsOf(25)).to.equal(13)
  })

  it('sends at most 5.2 bytes a party and comparison, the second threshold included', () => {
    const [rows, shifts] = [4096, 25]
    const distances = Array.from({ length: rows * shifts }, (_, k) => (k === 77 ? 400 : 650 + (k % 97)))
    const options = { rows, shifts, thresholds: [550, 580] }
    const { sentBytes } = runInMemory(startParties(splitScores(scoresAt(distances), random), options))
    for (const bytes of sentBytes) expect(bytes / (rows * shifts)).to.be.within(4, 5.2)
  })

  it('starts chunks only so many at a time and finishes all of them, even where the nodes differ in it', () => {
    const rows = 32 * 20
    const distances = Array.from({ length: rows }, (_, row) => row % 1000)
    const scores = splitScores(scoresAt(distances), random)
    const options = { rows, shifts: 1, thresholds: [500], chunkRows: 32 }
    const eager = startParties(scores, { ...options, chunksUnderWay: 30 })
    const slow = startParties(scores, { ...options, chunksUnderWay: 1 })
    expect([eager, slow].map((parties) => parties[0]!.send.length)).to.deep.equal([20, 1])
    const { results } = runInMemory([slow[0]!, eager[1]!, startParties(scores, options)[2]!])
    for (const role of ROLES)
      expect(results[role]!.bitmaps).to.deep.equal([bitmapOf(rows, (row) => distances[row]! < 500)])
  })

  it('is exact at the ends of what 12 bits hold: fused codes of 2,560 bits from T = 513 to T = 2,048', () => {
    const dimension = 2560
    const distances = Array.from({ length: dimension + 1 }, (_, distance) => distance)
    const scores = splitScores(
      distances.map((distance) => dimension - 2 * distance),
      random,
    )
    for (const thresholds of [[513], [2048], [513, 1200, 2048]]) {
      const { results } = runInMemory(
        startParties(scores, { rows: distances.length, shifts: 1, thresholds, dimension }),
      )
      const expected = thresholds.map((T) => bitmapOf(distances.length, (row) => row < T))
      for (const role of ROLES) expect(results[role]!.bitmaps, `T = ${thresholds}`).to.deep.equal(expected)
    }
  })

  it('takes scores chunk by chunk, in any order and at each node when they come, and answers the same', () => {
    const [rows, shifts, chunkRows] = [150, 3, 32]
    const distances = Array.from({ length: rows * shifts }, (_, k) => 500 + ((k * 7) % 900))
    const scores = splitScores(scoresAt(distances), random)
    const options = { rows, shifts, thresholds: [550, 580], chunkRows, chunksUnderWay: 2 }
    const expected = runInMemory(startParties(scores, options)).results
    const prfs = prfsOf()
    const states = ROLES.map((role) => createComparison({ role, sid: SID, prf: prfs[role]!, ...options }).state)
    const orders = [
      [0, 1, 2, 3, 4],
      [4, 3, 2, 1, 0],
      [2, 0, 4, 1, 3],
    ]
    const results = []
    const waiting: Message[] = []
    for (const turn of orders[0]!)
      for (const role of ROLES) {
        const chunk = orders[role]![turn]!
        const first = chunk * chunkRows
        const count = Math.min(chunkRows, rows - first)
        const own = Uint16Array.from({ length: count * shifts }, (_, k) => {
          return scores[role]![Math.floor(k / count) * rows + first + (k % count)]!
        })
        waiting.push(...supplyScores(states[role]!, chunk, own).send)
        for (let message = waiting.shift(); message; message = waiting.shift()) {
          const next = step(states[message.to]!, message)
          waiting.push(...next.send)
          if (next.result) results[message.to] = next.result
        }
      }
    expect(results).to.deep.equal(expected)
  })

  it('refuses scores of a chunk that takes none, has them, or has another size, and goes on', () => {
    const prf = prfsOf()[2]!
    const options = { role: 2, sid: SID, rows: 40, shifts: 2, thresholds: [550], chunkRows: 32, prf } as const
    const { state } = createComparison(options)
    supplyScores(state, 1, new Uint16Array(16))
    for (const [chunk, length] of [
      [2, 16],
      [-1, 64],
      [0.5, 64],
      [1, 16],
      [0, 63],
    ] as const)
      expect(() => supplyScores(state, chunk, new Uint16Array(length)), `${chunk}, ${length}`)
        .to.throw()
        .with.property('code', 'PALM_COMPARISON_INPUT')
    expect(supplyScores(state, 0, new Uint16Array(64)).send.map(({ chunk }) => chunk)).to.deep.equal([0, 1])
    const whole = createComparison({ ...options, prf: prfsOf()[2]!, scores: new Uint16Array(80) })
    expect(() => supplyScores(whole.state, 0, new Uint16Array(64)))
      .to.throw()
      .with.property('code', 'PALM_COMPARISON_INPUT')
  })

  it('frees the messages it took where they are its own, and no others', () => {
    const options = { rows: 70, shifts: 3, thresholds: [550, 580], chunkRows: 32 }
    const distances = Array.from({ length: 210 }, (_, k) => 500 + (k % 200))
    const run = (ownsMessages: boolean) => {
      const scores = splitScores(scoresAt(distances), seededRandom('owned'))
      const prfs = prfsOf()
      const parties = ROLES.map((role) =>
        createComparison({ role, sid: SID, prf: prfs[role]!, scores: scores[role]!, ...options, ownsMessages }),
      )
      return runInMemory(parties)
    }
    const [owned, kept] = [run(true), run(false)]
    expect(owned.results).to.deep.equal(kept.results)
    expect(owned.messages.every(({ payload }) => payload.length === 0)).to.equal(true)
    expect(kept.messages.some(({ payload }) => payload.length === 0)).to.equal(false)
  })

  it('runs twice under one session when the second begins with the round after the last of the first', () => {
    const options = { rows: 3, shifts: 2, thresholds: [550, 580] }
    const distances = [100, 560, 900, 900, 570, 600]
    const firstRound = comparisonRounds(options)
    expect(firstRound).to.equal(17)
    const prfs = prfsOf()
    const run = (first: number) => {
      const scores = splitScores(scoresAt(distances), random)
      const parties = ROLES.map((role) =>
        createComparison({ role, sid: SID, prf: prfs[role]!, scores: scores[role]!, ...options, firstRound: first }),
      )
      return runInMemory(parties)
    }
    const [first, second] = [run(0), run(firstRound)]
    expect(second.results).to.deep.equal(first.results)
    expect(Math.min(...second.messages.map(({ round }) => round))).to.equal(firstRound)
    expect(() => run(firstRound))
      .to.throw()
      .with.property('code', 'PALM_MASK_REUSED')
  })

  it('refuses a sharing with t > 1, whose two colluding nodes would see every score', () => {
    const prf = prfsOf()[0]!
    const options = {
      role: 0,
      sid: SID,
      rows: 1,
      shifts: 1,
      thresholds: [550],
      scores: new Uint16Array(1),
      prf,
    } as const
    expect(() => createComparison({ ...options, t: 2 }))
      .to.throw()
      .with.property('code', 'PALM_SCORE_PRIVACY')
  })

  it('refuses sizes that do not fit together', () => {
    const prf = prfsOf()[0]!
    const fits = { role: 0, sid: SID, rows: 2, shifts: 3, thresholds: [550], scores: new Uint16Array(6), prf } as const
    const changes = [
      { sid: SID.subarray(1) },
      { rows: 0 },
      { rows: 1.5 },
      { rows: 3 },
      { shifts: 0 },
      { shifts: 129 },
      { scores: new Uint16Array(5) },
      { thresholds: [] },
      { thresholds: [0] },
      { thresholds: [550, CODE_BITS + 1] },
      { thresholds: [549.5] },
      { dimension: 1024, thresholds: [1025] },
      { dimension: 2560, thresholds: [512] },
      { dimension: 2560, thresholds: [600, 2049] },
      { dimension: 1535 },
      { firstRound: -1 },
      { chunkRows: 33 },
      { chunksUnderWay: 0 },
    ]
    for (const change of changes)
      expect(() => createComparison({ ...fits, ...change }), JSON.stringify(change))
        .to.throw()
        .with.property('code', 'PALM_COMPARISON_INPUT')
  })

  it('refuses to start twice under one session: its masks are used up', () => {
    const options = { role: 1, sid: SID, rows: 1, shifts: 1, thresholds: [550], scores: new Uint16Array(1) } as const
    const [, , prf] = prfsOf()
    createComparison({ ...options, role: 2, prf: prf! })
    expect(() => createComparison({ ...options, role: 2, prf: prf! }))
      .to.throw()
      .with.property('code', 'PALM_MASK_REUSED')
  })
})

describe('comparison, messages that do not belong', () => {
  const rows = 70
  const options = { rows, shifts: 3, thresholds: [550, 580], chunkRows: 64 }
  const distances = Array.from({ length: rows * 3 }, (_, k) => 500 + (k % 200))
  const fresh = () => startParties(splitScores(scoresAt(distances), seededRandom('abort')), options)
  /** The first message of `round` to `role`, and the parties as they stand before it. */
  const arriving = (role: 0 | 1 | 2, round: number) => {
    const parties = fresh()
    const waiting = parties.flatMap(({ send }) => send)
    for (;;) {
      const message = waiting.shift()!
      if (message.to === role && message.round === round) return { state: parties[role]!.state, message }
      waiting.push(...step(parties[message.to]!.state, message).send)
    }
  }

  const tampers: [string, string, (message: Message) => Message][] = [
    ['another session', 'PALM_COMPARISON_SESSION', (m) => ({ ...m, sid: m.sid.map((byte) => byte ^ 1) })],
    ['a shorter session id', 'PALM_COMPARISON_SESSION', (m) => ({ ...m, sid: m.sid.subarray(1) })],
    ['a round after the last', 'PALM_COMPARISON_ROUND', (m) => ({ ...m, round: 19 })],
    ['a chunk after the last', 'PALM_COMPARISON_ROUND', (m) => ({ ...m, chunk: 2 })],
    ['another sender', 'PALM_COMPARISON_SENDER', (m) => ({ ...m, from: 3 - m.from - m.to }) as Message],
    ['itself as the sender', 'PALM_COMPARISON_SENDER', (m) => ({ ...m, from: m.to })],
    ['another receiver', 'PALM_COMPARISON_SENDER', (m) => ({ ...m, to: m.from })],
    ['a payload cut short', 'PALM_COMPARISON_LENGTH', (m) => ({ ...m, payload: m.payload.subarray(4) })],
    ['an empty payload', 'PALM_COMPARISON_LENGTH', (m) => ({ ...m, payload: new Uint8Array(0) })],
    ['a longer payload', 'PALM_COMPARISON_LENGTH', (m) => ({ ...m, payload: Buffer.concat([m.payload, SID]) })],
  ]
  for (const [name, code, tamper] of tampers)
    for (const [role, round] of [
      [0, 3],
      [1, 8],
      [2, 4],
      [1, 9],
    ] as [0 | 1 | 2, number][])
      it(`aborts for good on ${name} (P${role}, round ${round})`, () => {
        const { state, message } = arriving(role, round)
        expect(() => step(state, tamper(message)))
          .to.throw()
          .with.property('code', code)
        // The right message comes too late.
        expect(() => step(state, message))
          .to.throw()
          .with.property('code', 'PALM_COMPARISON_ENDED')
      })

  it('aborts on a message that comes twice, taken or not', () => {
    const taken = arriving(0, 3)
    step(taken.state, taken.message)
    expect(() => step(taken.state, taken.message))
      .to.throw()
      .with.property('code', 'PALM_COMPARISON_DUPLICATE')
    const parties = fresh()
    // P1 waits for round 0, so what comes from P2 must wait.
    const early = arriving(1, 2).message
    step(parties[1]!.state, early)
    expect(() => step(parties[1]!.state, early))
      .to.throw()
      .with.property('code', 'PALM_COMPARISON_DUPLICATE')
  })

  it('aborts on messages that would fill its memory: of later rounds of a chunk it has not begun, or too long ones', () => {
    const begin = () =>
      startParties(splitScores(scoresAt(distances), seededRandom('abort')), { ...options, chunksUnderWay: 1 })
    const early = { sid: SID, from: 1, to: 0, chunk: 1, payload: new Uint8Array(4) } as const
    expect(() => step(begin()[0]!.state, { ...early, round: 2 }))
      .to.throw()
      .with.property('code', 'PALM_COMPARISON_ROUND')
    // Of the round that an honest node sends unasked, one is kept; 13 planes of three words are the longest message.
    const unasked = { ...early, from: 2, round: 1 } as const
    expect(step(begin()[0]!.state, unasked).send).to.deep.equal([])
    expect(step(begin()[0]!.state, { ...unasked, payload: new Uint8Array(13 * 4 * 3) }).send).to.deep.equal([])
    expect(() => step(begin()[0]!.state, { ...unasked, payload: new Uint8Array(13 * 4 * 3 + 4) }))
      .to.throw()
      .with.property('code', 'PALM_COMPARISON_LENGTH')
  })

  it('aborts on a round that this role gets no message of', () => {
    for (const [role, round, from] of [
      [0, 0, 1],
      [2, 0, 0],
      [1, 1, 0],
      [1, 1, 2],
    ] as const) {
      const { state } = fresh()[role]!
      expect(() => step(state, { sid: SID, round, from, to: role, chunk: 0, payload: new Uint8Array(4) }))
        .to.throw()
        .with.property('code', 'PALM_COMPARISON_ROUND')
    }
  })

  it('takes no message after its result', () => {
    const parties = fresh()
    const { messages } = runInMemory(parties)
    const last = messages.findLast(({ to }) => to === 1)!
    expect(() => step(parties[1]!.state, last))
      .to.throw()
      .with.property('code', 'PALM_COMPARISON_ENDED')
  })

  it('names no share, score or distance in what it throws', () => {
    const { state, message } = arriving(0, 3)
    try {
      step(state, { ...message, payload: message.payload.subarray(4) })
      expect.fail('accepted')
    } catch (error) {
      expect((error as Error).message).to.match(/^the payload of round 3 has another length$/)
    }
  })
})

/** What a node receives is masked by a keystream it does not have, bit by bit: change that stream, and the bit changes. */
describe('comparison, masks', () => {
  const [rows, shifts] = [64, 3]
  const distances = Array.from({ length: rows * shifts }, (_, k) => 400 + 5 * k)
  const scores = splitScores(scoresAt(distances), seededRandom('masks'))
  const options = { rows, shifts, thresholds: [550] }

  /** All messages when bytes [from, to) of the streams of one purpose between the pair without `lacking` are complemented. */
  function messagesWith(lacking?: number, purpose?: string, from = 0, to = Number.POSITIVE_INFINITY): Message[] {
    const prfs = prfsOf().map((prf, role): typeof prf => (peer, label, ...rest) => {
      const stream = prf(peer, label, ...rest)
      return label === purpose && role !== lacking && peer !== lacking
        ? stream.map((byte, at) => (at >= from && at < to ? byte ^ 0xff : byte))
        : stream
    })
    const parties = ROLES.map((role) =>
      createComparison({ role, sid: SID, ...options, scores: scores[role]!, prf: prfs[role]! }),
    )
    return runInMemory(parties).messages
  }
  const find = (messages: readonly Message[], to: number, round: number) =>
    messages.find((message) => message.to === to && message.round === round)!.payload
  const flipped = (bytes: Uint8Array) => bytes.map((byte) => byte ^ 0xff)
  const plain = messagesWith()

  it("hides P0's score shares from P1 under what P0 shares with P2", () => {
    const payloads = [plain, messagesWith(1, 'fold')].map((messages) => asUint32(find(messages, 1, 0)))
    const words = (rows / 32) * shifts
    for (let lane = 0; lane < rows * shifts; lane++) {
      const [sent, complemented] = payloads.map((planes) => laneOf(planes, words, lane))
      // (e - r) + (e - (-1 - r)) = 2 e + 1, e = -d_0, modulo 2^13.
      expect((sent! + complemented!) & 0x1fff).to.equal((1 - 2 * scores[0]![lane]!) & 0x1fff)
    }
  })

  for (const [to, purpose] of [
    [2, 'share-u'],
    [0, 'share-v'],
  ] as const)
    it(`flips every bit that P${to} gets when bits are shared with the stream '${purpose}' of the other two`, () => {
      expect(find(messagesWith(to, purpose), to, 1)).to.deep.equal(flipped(find(plain, to, 1)))
    })

  for (const to of ROLES)
    it(`flips every bit of each AND that P${to} gets with bytes of the stream that no other round uses`, () => {
      // Five rounds of carry, two of OR.
      let from = 0
      for (let round = 2; round <= 8; round++) {
        const before = find(plain, to, round)
        const changed = messagesWith(to, 'and', from, from + before.length)
        expect(find(changed, to, round), `round ${round}`).to.deep.equal(flipped(before))
        for (let earlier = 2; earlier < round; earlier++)
          expect(find(changed, to, earlier)).to.deep.equal(find(plain, to, earlier))
        from += before.length
      }
    })

  it('opens the same bits whatever the masks are', () => {
    const expected = runInMemory(startParties(scores, options)).results[0]
    const other = ROLES.map((role) =>
      createComparison({
        ...{ role, sid: SID, ...options, scores: scores[role]! },
        prf: (peer, purpose, round, chunk, length) =>
          aesCtr(Buffer.from(`${[role, peer].sort()}${purpose}${round}${chunk}`.padEnd(16).slice(0, 16)), length),
      }),
    )
    expect(runInMemory(other).results[0]).to.deep.equal(expected)
  })
})
