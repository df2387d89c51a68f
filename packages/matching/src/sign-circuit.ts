/**
 * The circuit that turns shared bits of two addends into the shared sign of their sum.
 *
 *   y = a + b mod 2^w        sign(y) = a_(w-1) ^ b_(w-1) ^ carry into bit w-1
 *
 * Round one makes generate and propagate bits of every position, g = a & b and p = a ^ b. A parallel prefix tree (Brent
 * and Kung 1982) then joins neighbours, (G, P) of (high, low) being
 *
 *   G = G_high ^ (P_high & G_low)        P = P_high & P_low
 *
 * until one G is left, the carry. G_high and P_high & G_low are never both 1, so XOR stands for OR. The lowest group needs
 * no P. For w = 12 that is 11 + 16 = 27 ANDs in 1 + 4 rounds (w = 16: 39 ANDs, also 5 rounds).
 */

/** Bits of the addends; |HD - T| <= 1,536 fits into 12 with its sign. */
export const SUM_BITS = 12

/**
 * One AND of two registers. `add` XORs the result into register `out`, otherwise it replaces what is there.
 * All ANDs of a round read their registers before any is written.
 */
export type AndGate = { readonly x: number; readonly y: number; readonly out: number; readonly add: boolean }

/** The registers 0..w-1 hold a (then p), w..2w-1 hold b (then g). */
export type SignCircuit = {
  readonly registers: number
  /** The ANDs of each round; before round one a and b stand in the registers, after it p and g. */
  readonly rounds: readonly (readonly AndGate[])[]
  /** The register of the carry into the top bit, after the last round. */
  readonly carry: number
  /** The register of p for the top bit. */
  readonly top: number
}

/** Builds the circuit for addends of `bits` bits, 2..16. */
export function createSignCircuit(bits: number): SignCircuit {
  const p = (position: number) => position
  const g = (position: number) => bits + position
  const positions = Array.from({ length: bits - 1 }, (_, k) => k)
  const rounds: AndGate[][] = [positions.map((k) => ({ x: p(k), y: g(k), out: g(k), add: false }))]
  // Groups are named by the position whose registers hold their G and P.
  let groups = positions
  while (groups.length > 1) {
    const gates: AndGate[] = []
    // An odd group out is the highest and waits for the next round.
    for (let k = 0; k + 1 < groups.length; k += 2) {
      const low = groups[k]!
      const high = groups[k + 1]!
      gates.push({ x: p(high), y: g(low), out: g(high), add: true })
      if (k > 0) gates.push({ x: p(high), y: p(low), out: p(high), add: false })
    }
    rounds.push(gates)
    groups = groups.filter((_, k) => k % 2 === 1 || k === groups.length - 1)
  }
  return { registers: 2 * bits, rounds, carry: g(groups[0]!), top: p(bits - 1) }
}
