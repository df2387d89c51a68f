import { expect } from 'chai'
import { createSignCircuit, SUM_BITS } from '../../packages/matching/src/sign-circuit.ts'

/** Evaluates the circuit on lists of lanes in the clear: one bit each register and lane. */
function signOf(bits: number, a: number, b: number): number {
  const { registers, rounds, carry, top } = createSignCircuit(bits)
  const register = Array.from({ length: registers }, (_, k) => (k < bits ? a >> k : b >> (k - bits)) & 1)
  rounds.forEach((gates, k) => {
    const products = gates.map(({ x, y }) => register[x]! & register[y]!)
    if (k === 0) for (let position = 0; position < bits; position++) register[position]! ^= register[bits + position]!
    gates.forEach(({ out, add }, gate) => {
      register[out] = products[gate]! ^ (add ? register[out]! : 0)
    })
  })
  return register[top]! ^ register[carry]!
}

describe('sign circuit', () => {
  for (const bits of [2, 3, 4, 5, 6])
    it(`gives the sign of all sums of ${bits} bits`, () => {
      for (let a = 0; a < 2 ** bits; a++)
        for (let b = 0; b < 2 ** bits; b++)
          expect(signOf(bits, a, b), `${a} + ${b}`).to.equal(((a + b) >> (bits - 1)) & 1)
    })

  it(`gives the sign of sums of ${SUM_BITS} bits around every distance`, () => {
    const modulus = 2 ** SUM_BITS
    for (let distance = -1536; distance <= 1536; distance += 1)
      for (const a of [0, 1, 1023, 2047, 2048, 4095, (distance * 2654435761) & (modulus - 1)])
        expect(signOf(SUM_BITS, a, (distance - a) & (modulus - 1)), `${distance}`).to.equal(distance < 0 ? 1 : 0)
  }).timeout(20_000)

  it('takes 27 ANDs in 5 rounds for 12 bits, and 39 in 5 for 16', () => {
    const gates = (bits: number) => createSignCircuit(bits).rounds.map((round) => round.length)
    expect(gates(12)).to.deep.equal([11, 9, 5, 1, 1])
    expect(gates(16)).to.have.length(5)
    expect(gates(16).reduce((sum, count) => sum + count, 0)).to.equal(39)
  })

  it('writes no register twice in a round', () => {
    for (let bits = 2; bits <= 16; bits++)
      for (const round of createSignCircuit(bits).rounds)
        expect(new Set(round.map(({ out }) => out)).size, `${bits} bits`).to.equal(round.length)
  })
})
