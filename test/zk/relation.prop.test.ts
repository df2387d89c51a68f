/**
 * Circuits and plain model agree on random inputs, true and false ones. `npm run fuzz -- zk` takes ten thousand; a proof is
 * made and checked for every 500th true one there.
 */

import { CODE_BITS } from '@palmhold/palm'
import { BASE_POINT, type Circuit, FIELD_ORDER, multiplyPoint, SUBGROUP_ORDER } from '@palmhold/protocol'
import { matchWitness, membershipWitness } from '@palmhold/zk'
import { expect } from 'chai'
import fc from 'fast-check'
import { codeAt, createPhonePerson, matchOf, membershipOf, seededRandom } from './phone-people.ts'
import { matchHolds, membershipHolds } from './plain-relation.ts'
import { developmentVerifier, prove } from './proofs.ts'
import { committedGenerator, type Signals, type WitnessGenerator } from './witness-generator.ts'

/** Of each circuit. */
const RUNS = Number(process.env.PALMHOLD_FUZZ_RUNS ?? 30)
const SEED = Number(process.env.PALMHOLD_FUZZ_SEED ?? 4)
const PROVEN_EACH = 500

/** Numbers that circuits are known to take for others. */
const number = fc.oneof(
  fc.bigInt(0n, FIELD_ORDER - 1n),
  fc.constantFrom(0n, 1n, 2n, 33n, 2047n, 2048n, 1n << 32n, SUBGROUP_ORDER, FIELD_ORDER - 1n),
  fc.bigInt(-2n, 2n).map((step) => (SUBGROUP_ORDER + step + FIELD_ORDER) % FIELD_ORDER),
)

/** What is done to one signal. */
const change = fc.oneof(
  fc.constant((value: bigint) => value),
  fc.constantFrom(1n, -1n).map((step) => (value: bigint) => value + step),
  fc.constant((value: bigint) => value + FIELD_ORDER),
  fc.constant((value: bigint) => value + SUBGROUP_ORDER),
  number.map((other) => () => other),
)

const seeds = { seed: fc.nat(), isOne: fc.boolean(), isOther: fc.boolean() }

const membership = {
  given: fc.record({ ...seeds, size: fc.integer({ min: 1, max: 9 }), factor: fc.bigInt(1n, SUBGROUP_ORDER - 1n) }),
  input: ({ seed, size, factor }: { seed: number; size: number; factor: bigint }): Signals => {
    const random = seededRandom(seed)
    const data = membershipOf(createPhonePerson(random), random, size, seed % size)
    return membershipWitness({ ...data, scope: multiplyPoint(BASE_POINT, factor) }).signals
  },
}

type MatchGiven = { seed: number; isOne: boolean; isOther: boolean; distance: number; thresholdBits: number }

const match = {
  given: fc.record({
    ...seeds,
    distance: fc.oneof(fc.nat({ max: CODE_BITS }), fc.integer({ min: 549, max: 551 })),
    thresholdBits: fc.oneof(fc.integer({ min: 1, max: 600 }), fc.constant(550)),
  }),
  input: ({ seed, isOne, isOther, distance, thresholdBits }: MatchGiven): Signals => {
    const random = seededRandom(seed)
    const person = createPhonePerson(random)
    const data = { ...matchOf(person, random, 0), isPayment: isOne, thresholdBits }
    const hand = isOther ? 'right' : 'left'
    const { signals } = matchWitness({ ...data, template: { ...data.template, hand } })
    // The probe is moved away afterwards, since nobody makes an input of one that is too far.
    const code = codeAt(person.code, distance)
    const moved = matchWitness({ ...data, template: { ...data.template, code }, probe: { ...data.probe, code } })
    return { ...signals, probe: moved.signals.probe!, probeBits: moved.signals.probeBits! }
  },
}

/** One of an input's numbers, which the change is made to; nothing of the scope, which verifiers compute. */
function bent(signals: Signals, at: number, alter: (value: bigint) => bigint): Signals {
  const names = Object.keys(signals).filter((name) => !name.startsWith('scope'))
  const name = names[at % names.length]!
  const value = signals[name]!
  if (typeof value === 'bigint') return { ...signals, [name]: alter(value) }
  const i = at % value.length
  return { ...signals, [name]: value.map((item, k) => (k === i ? alter(item) : item)) }
}

describe('circuits and plain model', function () {
  this.timeout(60_000 + 2_000 * RUNS)

  const generators: Partial<Record<Circuit, WitnessGenerator>> = {}
  before(async () => {
    generators.membership = await committedGenerator('membership')
    generators.match = await committedGenerator('match')
  })

  it('agree on membership', () => agree('membership', membership, membershipHolds))
  it('agree on a match', () => agree('match', match, matchHolds))

  async function agree<T>(
    circuit: Circuit,
    { given, input }: { readonly given: fc.Arbitrary<T>; readonly input: (given: T) => Signals },
    holds: (signals: Signals) => boolean,
  ): Promise<void> {
    const seen = { true: 0, false: 0 }
    const property = fc.asyncProperty(given, fc.nat(), change, async (honest, at, alter) => {
      const signals = bent(input(honest), at, alter)
      const expected = holds(signals)
      expect((await generators[circuit]!.generate(signals)) !== undefined).to.equal(expected)
      seen[`${expected}`] += 1
      if (!expected || seen.true % PROVEN_EACH !== 0) return
      const { proof, publicInputs } = await prove(circuit, signals)
      expect(developmentVerifier.verify(circuit, publicInputs, proof)).to.equal(true)
    })
    await fc.assert(property, { numRuns: RUNS, seed: SEED })
    expect(seen.true, 'true inputs').to.be.greaterThan(RUNS / 10)
    expect(seen.false, 'false inputs').to.be.greaterThan(RUNS / 10)
  }
})
