import {
  type CascadeOptions,
  type CascadeResult,
  type CascadeStep,
  createCascade,
  FIRST_CHUNK_ROWS,
  type Message,
  plaintextEngine,
  type Role,
  stepCascade,
  supplyCascade,
} from '@palmhold/matching'
import { CODE_BITS } from '@palmhold/palm'
import { expect } from 'chai'
import fc from 'fast-check'
import { bitmapOf, flipBits, prfsOf, ROLES, randomCode, SID, seededRandom, splitScores } from './in-memory.ts'

const FIRST_BITS = 1024
const CHUNK_ROWS = 32

type Options = Omit<CascadeOptions, 'role' | 'sid' | 'prf'>
/** Scores D - 2 HD of each node: the first pass by row, the second by shift and row. */
type Scores = { readonly first: readonly Uint16Array[]; readonly second: readonly Uint16Array[] }

/**
 * Runs three cascades, whose kernels are `scores`; `pick` says which of so many waiting messages comes next, `onWanted` sees
 * each as it begins its second pass.
 */
function runCascades(
  options: Options,
  scores: Scores,
  pick: (waiting: number) => number = () => 0,
  onWanted: (state: CascadeStep['state']) => void = () => undefined,
) {
  const { rows, second } = options
  const prfs = prfsOf()
  const results: CascadeResult[] = []
  const messages: Message[] = []
  const wanted: Uint32Array[] = []
  const waiting: Message[] = []
  const take = (role: Role, next: CascadeStep): CascadeStep['state'] => {
    waiting.push(...next.send)
    if (next.result) results[role] = next.result
    if (next.wanted) {
      const { rows: slots, chunkRows } = next.wanted
      wanted[role] = slots
      onWanted(next.state)
      // The kernel's answer over the listed rows, last chunk first.
      for (let chunk = Math.ceil(slots.length / chunkRows) - 1; chunk >= 0; chunk--) {
        const listed = slots.subarray(chunk * chunkRows, (chunk + 1) * chunkRows)
        const own = Uint16Array.from({ length: listed.length * second.shifts }, (_, k) => {
          return scores.second[role]![Math.floor(k / listed.length) * rows + listed[k % listed.length]!]!
        })
        take(role, supplyCascade(next.state, 'second', chunk, own))
      }
    }
    return next.state
  }
  const states = ROLES.map((role) => {
    const { state, send } = createCascade({ role, sid: SID, prf: prfs[role]!, ...options })
    waiting.push(...send)
    const firstChunk = options.chunkRows ?? FIRST_CHUNK_ROWS
    for (let first = 0; first < rows; first += firstChunk)
      take(
        role,
        supplyCascade(state, 'first', first / firstChunk, scores.first[role]!.slice(first, first + firstChunk)),
      )
    return state
  })
  while (waiting.length > 0) {
    const [message] = waiting.splice(pick(waiting.length), 1)
    messages.push(message!)
    take(message!.to, stepCascade(states[message!.to]!, message!))
  }
  return { results, messages, wanted, states }
}

/** `code` with its first bytes complemented: eight bits of distance for each. */
function complementFirst(code: Uint8Array, bytes: number): Uint8Array {
  return code.map((byte, at) => (at < bytes ? byte ^ 0xff : byte))
}

function distancesOf(codes: readonly Uint8Array[], probe: Uint8Array): number[] {
  return codes.map((code) => {
    let count = 0
    code.forEach((byte, at) => {
      for (let bit = 0; bit < 8; bit++) count += ((byte ^ probe[at]!) >> bit) & 1
    })
    return count
  })
}

describe('cascade against the plain one, properties', () => {
  it('agrees at all three nodes, fused or not, for any rows, shifts, thresholds and order of delivery', () => {
    const query = fc.record({
      rows: fc.integer({ min: 1, max: 90 }),
      shifts: fc.integer({ min: 1, max: 6 }),
      isFused: fc.boolean(),
      passRate: fc.constantFrom(0, 0.1, 0.5, 1),
      underWay: fc.constantFrom(1, 4),
      seed: fc.nat(),
    })
    const seen = { none: 0, some: 0, match: 0 }
    fc.assert(
      fc.property(query, ({ rows, shifts, isFused, passRate, underWay, seed }) => {
        const random = seededRandom(seed)
        const draw = () => new DataView(random(4).buffer).getUint32(0)
        const probe = Array.from({ length: shifts }, () => randomCode(random))
        const firstProbe = random(FIRST_BITS / 8)
        // Every third row is near in both codes, the others near in one or none.
        const codes = Array.from({ length: rows }, (_, row) =>
          row % 3 === 0 ? flipBits(probe[row % shifts]!, 540 + (draw() % 60)) : randomCode(random),
        )
        const firstCodes = Array.from({ length: rows }, (_, row) =>
          row % 4 === 0 ? complementFirst(firstProbe, 44 + (draw() % 8)) : random(FIRST_BITS / 8),
        )
        const firstDistances = distancesOf(firstCodes, firstProbe)
        const threshold =
          [...firstDistances].sort((a, b) => a - b)[Math.floor(passRate * (rows - 1))]! + (passRate ? 1 : 0)
        const thresholds = isFused ? [930, 990] : [550, 580]
        const active = bitmapOf(rows, () => draw() % 8 > 0)
        const first = { rows: firstCodes, probe: firstProbe, threshold }
        const expected = plaintextEngine.cascade({ rows: codes, probe, thresholds, active, first, isFused })
        const scores = {
          first: splitScores(
            firstDistances.map((distance) => FIRST_BITS - 2 * distance),
            random,
          ),
          second: splitScores(
            probe.flatMap((code) => distancesOf(codes, code).map((distance) => CODE_BITS - 2 * distance)),
            random,
          ),
        }
        const options = {
          rows,
          first: { dimension: FIRST_BITS, threshold },
          second: { shifts, thresholds, isFused },
          active,
          chunkRows: CHUNK_ROWS,
          chunksUnderWay: underWay,
        }
        const { results } = runCascades(options, scores, (waiting) => draw() % waiting)
        for (const role of ROLES) expect(results[role]).to.deep.equal(expected)
        if (expected.candidates === 0) seen.none++
        else seen.some++
        if (expected.bitmaps[0]!.some((byte) => byte !== 0)) seen.match++
      }),
      { numRuns: 80, seed: 3 },
    )
    for (const count of Object.values(seen)) expect(count).to.be.greaterThan(5)
  }).timeout(60_000)
})

describe('cascade', () => {
  const rows = 100
  const active = bitmapOf(rows, () => true)
  const random = seededRandom('cascade')
  const firstDistances = Array.from({ length: rows }, (_, row) => (row % 10 === 0 ? 300 : 500))
  const distances = Array.from({ length: 3 * rows }, (_, k) => (k % rows === 20 && k > rows ? 400 : 700))
  const scores = {
    first: splitScores(
      firstDistances.map((distance) => FIRST_BITS - 2 * distance),
      random,
    ),
    second: splitScores(
      distances.map((distance) => CODE_BITS - 2 * distance),
      random,
    ),
  }
  const options = {
    rows,
    first: { dimension: FIRST_BITS, threshold: 400 },
    second: { shifts: 3, thresholds: [550, 580], isFused: false },
    active,
    chunkRows: CHUNK_ROWS,
  }

  it('wants the active rows that passed, once, and opens nothing of the others', () => {
    const erased = bitmapOf(rows, (row) => row !== 30)
    const { wanted, results, messages } = runCascades({ ...options, active: erased }, scores)
    for (const role of ROLES) expect([...wanted[role]!]).to.deep.equal([0, 10, 20, 40, 50, 60, 70, 80, 90])
    expect(results[0]!.bitmaps).to.deep.equal([
      bitmapOf(rows, (row) => row === 20),
      bitmapOf(rows, (row) => row === 20),
    ])
    // 8 rounds over four chunks; then one chunk of nine rows: 10 rounds, and 9 for the narrower threshold.
    expect(new Set(messages.map(({ round, chunk }) => `${round}/${chunk}`)).size).to.equal(8 * 4 + 10 + 9)
    const payload = (from: number) =>
      messages.filter(({ round }) => round >= from).reduce((sum, message) => sum + message.payload.length, 0)
    expect(payload(8)).to.be.lessThan(payload(0))
  })

  it('chooses the size of its chunks by the number of rows: the same answer, fused too', () => {
    const many = 7000
    const near = Array.from({ length: many }, (_, row) => (row % 2 === 0 ? 300 : 500))
    const full = Array.from({ length: many }, (_, row) => (row === 4444 ? 400 : 700))
    const own = {
      first: splitScores(
        near.map((distance) => FIRST_BITS - 2 * distance),
        random,
      ),
      second: splitScores(
        full.map((distance) => CODE_BITS - 2 * distance),
        random,
      ),
    }
    const { results, messages } = runCascades(
      {
        rows: many,
        first: { dimension: FIRST_BITS, threshold: 400 },
        second: { shifts: 1, thresholds: [750, 900], isFused: true },
        active: bitmapOf(many, () => true),
      },
      own,
    )
    const expected = bitmapOf(many, (row) => row === 4444)
    for (const role of ROLES) expect(results[role]).to.deep.equal({ bitmaps: [expected, expected], candidates: 3500 })
    // 3,500 rows in chunks of 1,024; the first pass is one chunk.
    const chunksOf = (isOfPass: (round: number) => boolean) =>
      new Set(messages.filter(({ round }) => isOfPass(round)).map(({ chunk }) => chunk)).size
    expect([chunksOf((round) => round < 8), chunksOf((round) => round >= 8)]).to.deep.equal([1, 4])
  })

  it('ends after the first pass where nobody passed it', () => {
    const { results, wanted } = runCascades({ ...options, first: { dimension: FIRST_BITS, threshold: 200 } }, scores)
    expect(wanted).to.deep.equal([])
    const none = new Uint8Array(13)
    for (const role of ROLES) expect(results[role]).to.deep.equal({ bitmaps: [none, none], candidates: 0 })
  })

  it('refuses what does not fit, of both passes, before it sends anything', () => {
    const fits = { role: 0, sid: SID, prf: prfsOf()[0]!, ...options } as const
    const { second } = options
    for (const [change, code] of [
      [{ active: active.subarray(1) }, 'PALM_CASCADE_INPUT'],
      [{ first: { dimension: FIRST_BITS, threshold: 1025 } }, 'PALM_COMPARISON_INPUT'],
      [{ second: { ...second, shifts: 0 } }, 'PALM_COMPARISON_INPUT'],
      [{ second: { ...second, thresholds: [1537] } }, 'PALM_COMPARISON_INPUT'],
      [{ second: { ...second, isFused: true, thresholds: [512] } }, 'PALM_COMPARISON_INPUT'],
      [{ t: 2 }, 'PALM_SCORE_PRIVACY'],
    ] as const)
      expect(() => createCascade({ ...fits, ...change }), JSON.stringify(change))
        .to.throw()
        .with.property('code', code)
  })

  it('refuses scores of the pass that is not under way', () => {
    const { state } = createCascade({ role: 0, sid: SID, prf: prfsOf()[0]!, ...options })
    expect(() => supplyCascade(state, 'second', 0, new Uint16Array(96)))
      .to.throw()
      .with.property('code', 'PALM_CASCADE_INPUT')
    const done = runCascades(options, scores)
    expect(() => supplyCascade(done.states[0]!, 'first', 0, new Uint16Array(32)))
      .to.throw()
      .with.property('code', 'PALM_CASCADE_INPUT')
  })

  it('refuses scores of another size than the rows it wants, fused or not', () => {
    for (const isFused of [false, true]) {
      const second = { ...options.second, isFused, thresholds: [1000] }
      let refusals = 0
      runCascades({ ...options, second }, scores, undefined, (state) => {
        for (const [chunk, length] of Object.entries([29, 3, 0]))
          expect(() => supplyCascade(state, 'second', Number(chunk), new Uint16Array(length)))
            .to.throw()
            .with.property('code', 'PALM_COMPARISON_INPUT')
        refusals++
      })
      expect(refusals).to.equal(3)
    }
  })

  it('aborts on messages that do not belong, of either pass', () => {
    const tampers: [string, (message: Message) => Message][] = [
      ['PALM_COMPARISON_SESSION', (m) => ({ ...m, sid: m.sid.map((byte) => byte ^ 1) })],
      ['PALM_COMPARISON_ROUND', (m) => ({ ...m, round: m.round + 100 })],
      ['PALM_COMPARISON_SENDER', (m) => ({ ...m, from: m.to })],
      ['PALM_COMPARISON_LENGTH', (m) => ({ ...m, payload: m.payload.subarray(4) })],
    ]
    for (const from of [0, 8])
      for (const [code, tamper] of tampers) {
        let tampered = false
        const error = caught(() =>
          runTampered((message) => {
            if (tampered || message.to !== 1 || message.round < from) return message
            tampered = true
            return tamper(message)
          }),
        )
        expect(error.code, `${code}, from round ${from}`).to.equal(code)
      }
  })

  it('aborts where another node sends more of the second pass, before it has begun, than an honest one would', () => {
    const { state } = createCascade({ role: 0, sid: SID, prf: prfsOf()[0]!, ...options })
    const early = { sid: SID, from: 2, to: 0, payload: new Uint8Array(4) } as const
    const kept = (chunk: number) => stepCascade(state, { ...early, round: 9, chunk })
    for (let chunk = 0; chunk < 256; chunk++) expect(kept(chunk).send).to.deep.equal([])
    expect(() => kept(256))
      .to.throw()
      .with.property('code', 'PALM_COMPARISON_ROUND')
    const long = createCascade({ role: 0, sid: SID, prf: prfsOf()[0]!, ...options }).state
    expect(() => stepCascade(long, { ...early, round: 9, chunk: 0, payload: new Uint8Array(4 * 1024 * 1024) }))
      .to.throw()
      .with.property('code', 'PALM_COMPARISON_ROUND')
    const later = createCascade({ role: 0, sid: SID, prf: prfsOf()[0]!, ...options }).state
    expect(() => stepCascade(later, { ...early, round: 10, chunk: 0 }))
      .to.throw()
      .with.property('code', 'PALM_COMPARISON_ROUND')
  })

  /** A run in which every message passes through `change` on its way. */
  function runTampered(change: (message: Message) => Message): void {
    const prfs = prfsOf()
    const waiting: Message[] = []
    const take = (role: Role, { state, send, wanted }: CascadeStep): void => {
      waiting.push(...send)
      if (wanted) {
        const slots = wanted.rows
        const own = Uint16Array.from({ length: slots.length * 3 }, (_, k) => {
          return scores.second[role]![Math.floor(k / slots.length) * rows + slots[k % slots.length]!]!
        })
        take(role, supplyCascade(state, 'second', 0, own))
      }
    }
    const states = ROLES.map((role) => {
      const { state } = createCascade({ role, sid: SID, prf: prfs[role]!, ...options })
      for (let chunk = 0; chunk < 4; chunk++)
        take(role, supplyCascade(state, 'first', chunk, scores.first[role]!.slice(32 * chunk, 32 * (chunk + 1))))
      return state
    })
    for (let message = waiting.shift(); message; message = waiting.shift())
      take(message.to, stepCascade(states[message.to]!, change(message)))
  }
})

function caught(work: () => void): { code?: string } {
  try {
    work()
  } catch (error) {
    return error as { code?: string }
  }
  return expect.fail('nothing was thrown')
}
