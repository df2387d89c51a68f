/**
 * Membership and match in one circuit, to show what their split brings. Nobody has made keys for it: its proving key has the
 * right sizes and random points, so that proving takes as long as with a true one, and the proof holds nowhere. That its
 * constraints are satisfied is checked when the signals are computed.
 */

import { concatBytes } from '@palmhold/base'
import type { Circuit } from '@palmhold/protocol'
import type { CircuitInput, WitnessInput } from '@palmhold/zk'
import * as ffjavascript from 'ffjavascript'
import * as snarkjs from 'snarkjs'
import { compileCircuit } from '../../packages/zk/circuits/compile.ts'

const SOURCE = `${import.meta.dirname}/circuits/one-circuit.circom`
const MEMBERSHIP_SIGNALS = ['root', 'scopeX', 'scopeY', 'pseudonym', 's', 'account', 'depth', 'index', 'siblings']
const MATCH_SIGNALS = ['probe', 'context', 'threshold', 'payer', 'templateBits', 'templateSalt', 'probeBits']
const OTHER_MATCH_SIGNALS = ['probeSalt', 'hand', 'otherTemplate']

/** A linear combination: coefficients in decimal by the number of their signal. */
type Combination = Readonly<Record<string, string>>
type Constraints = {
  readonly nVars: number
  readonly nOutputs: number
  readonly nPubInputs: number
  readonly constraints: readonly (readonly [Combination, Combination, Combination])[]
}
type Group = {
  readonly g: Uint8Array
  add(p: Uint8Array, q: Uint8Array): Uint8Array
  toAffine(p: Uint8Array): Uint8Array
}
type Curve = {
  readonly G1: Group
  readonly G2: Group
  readonly Fr: { e(value: bigint): Uint8Array; toMontgomery(a: Uint8Array): Uint8Array }
}

export type OneCircuit = {
  readonly constraints: number
  readonly wasm: Uint8Array
  readonly zkey: Uint8Array
  readonly signals: WitnessInput
}

/** The circuit, a stand-in for its key, and the inputs of the same person and palms. */
export async function prepareOneCircuit(inputs: Record<Circuit, CircuitInput>): Promise<OneCircuit> {
  const { r1cs, wasm, constraints } = await compileCircuit(SOURCE)
  const { exportJson } = (snarkjs as unknown as { r1cs: { exportJson(file: Uint8Array): Promise<Constraints> } }).r1cs
  const chosen = [
    ...MEMBERSHIP_SIGNALS.map((name) => [name, inputs.membership.signals[name]!] as const),
    ...[...MATCH_SIGNALS, ...OTHER_MATCH_SIGNALS].map((name) => [name, inputs.match.signals[name]!] as const),
  ]
  return { constraints, wasm, zkey: await standInKey(await exportJson(r1cs)), signals: Object.fromEntries(chosen) }
}

async function standInKey({ nVars, nOutputs, nPubInputs, constraints }: Constraints): Promise<Uint8Array> {
  const curve = (await ffjavascript.buildBn128(true)) as unknown as Curve
  const publicCount = nOutputs + nPubInputs
  const domainSize = 2 ** Math.ceil(Math.log2(constraints.length + publicCount + 1))
  const coefficient = (matrix: number, constraint: number, signal: number, value: bigint) =>
    concatBytes(numbers(matrix, constraint, signal), curve.Fr.toMontgomery(curve.Fr.e(value)))
  const coefficients = [
    ...constraints.flatMap(([a, b], i) =>
      [a, b].flatMap((combination, matrix) =>
        Object.entries(combination).map(([signal, value]) => coefficient(matrix, i, Number(signal), BigInt(value))),
      ),
    ),
    ...Array.from({ length: publicCount + 1 }, (_, i) => coefficient(0, constraints.length + i, i, 1n)),
  ]
  const g1 = points(curve.G1, Math.max(nVars, domainSize))
  const g2 = points(curve.G2, nVars)
  const header = [
    ...[numbers(32), new Uint8Array(32), numbers(32), new Uint8Array(32), numbers(nVars, publicCount, domainSize)],
    ...[g1.subarray(0, 2 * 64), g2.subarray(0, 2 * 128), g1.subarray(0, 64), g2.subarray(0, 128)],
  ]
  const sections: readonly (readonly [number, Uint8Array])[] = [
    [1, numbers(1)],
    [2, concatBytes(...header)],
    [4, concatBytes(numbers(coefficients.length), ...coefficients)],
    [5, g1.subarray(0, nVars * 64)],
    [6, g1.subarray(0, nVars * 64)],
    [7, g2],
    [8, g1.subarray(0, (nVars - publicCount - 1) * 64)],
    [9, g1.subarray(0, domainSize * 64)],
  ]
  const written = sections.flatMap(([id, content]) => [numbers(id, content.length, 0), content])
  return concatBytes(numbers(0x79656b7a, 1, sections.length), ...written)
}

/** 2 G, 3 G, 4 G, ... as affine points. */
function points(group: Group, count: number): Uint8Array {
  let point = group.g
  const affine = Array.from({ length: count }, () => {
    point = group.add(point, group.g)
    return group.toAffine(point)
  })
  return concatBytes(...affine)
}

function numbers(...values: number[]): Uint8Array {
  return new Uint8Array(Uint32Array.from(values).buffer)
}
