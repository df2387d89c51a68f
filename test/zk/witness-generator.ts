/** Witness generators as circom makes them, for many inputs: of the committed circuits, and of templates on their own. */

import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Circuit, FIELD_ORDER } from '@palmhold/protocol'
import { WitnessCalculatorBuilder } from 'circom_runtime'
import * as snarkjs from 'snarkjs'
import { compileCircuit, hashSources } from '../../packages/zk/circuits/compile.ts'
import { keyFile, sha256 } from '../../packages/zk/circuits/manifest.ts'
import { useOneThread } from './one-thread.ts'

export type Signals = Readonly<Record<string, bigint | readonly bigint[]>>

export type WitnessGenerator = {
  /** All wires: 1, outputs, public inputs, the rest; undefined where an assertion or constraint does not hold. */
  readonly generate: (signals: Signals) => Promise<bigint[] | undefined>
}

export type TinyCircuit = WitnessGenerator & {
  /** Whether the constraints hold for these wires, which nobody needs to have generated. */
  readonly holds: (wires: readonly bigint[]) => boolean
  /** Wires that the constraints leave free when all others stay. */
  readonly freeWires: (wires: readonly bigint[]) => number[]
}

type Constraint = readonly [Combination, Combination, Combination]
type Combination = readonly (readonly [wire: number, factor: bigint])[]

const CACHE = join(import.meta.dirname, '../../node_modules/.cache/palmhold-circuits')

/** The committed generator of a circuit. */
export function committedGenerator(circuit: Circuit): Promise<WitnessGenerator> {
  return generatorOf(readFileSync(keyFile(circuit, 'wasm')))
}

/** Compiles `component main = ...` over one template; compiled ones are kept below node_modules/.cache. */
export async function tinyCircuit(template: string, main: string): Promise<TinyCircuit> {
  const source = `pragma circom 2.1.5;\ninclude "${template}";\ncomponent main = ${main};\n`
  const name = sha256(Buffer.from(`${await hashSources()}\n${source}`)).slice(0, 32)
  const [wasm, r1cs] = ['wasm', 'r1cs'].map((ending) => join(CACHE, `${name}.${ending}`)) as [string, string]
  if (!existsSync(r1cs)) {
    mkdirSync(CACHE, { recursive: true })
    const file = join(CACHE, `${name}.circom`)
    writeFileSync(file, source)
    const compiled = await compileCircuit(file)
    writeFileSync(wasm, compiled.wasm)
    // Whoever finds this file finds the other one too.
    writeFileSync(`${r1cs}.part`, compiled.r1cs)
    renameSync(`${r1cs}.part`, r1cs)
  }
  const constraints = await readConstraints(r1cs)
  const touching = new Map<number, Constraint[]>()
  for (const constraint of constraints)
    for (const wire of new Set(constraint.flat().map(([wire]) => wire)))
      touching.set(wire, [...(touching.get(wire) ?? []), constraint])
  return {
    ...(await generatorOf(readFileSync(wasm))),
    holds: (wires) => constraints.every((constraint) => isMet(constraint, wires)),
    freeWires: (wires) =>
      wires.flatMap((value, i) => {
        const bent = [...wires]
        bent[i] = (value + 1n) % FIELD_ORDER
        return i === 0 || touching.get(i)?.some((constraint) => !isMet(constraint, bent)) ? [] : [i]
      }),
  }
}

function isMet(combinations: Constraint, wires: readonly bigint[]): boolean {
  const [a, b, c] = combinations.map((combination) =>
    combination.reduce((sum, [wire, factor]) => sum + wires[wire]! * factor, 0n),
  ) as [bigint, bigint, bigint]
  return (a * b - c) % FIELD_ORDER === 0n
}

async function generatorOf(wasm: Uint8Array<ArrayBuffer>): Promise<WitnessGenerator> {
  let isRefused = false
  const nothing = () => undefined
  const { instance } = await WebAssembly.instantiate(wasm, {
    runtime: {
      exceptionHandler: () => {
        isRefused = true
        throw new Error('refused')
      },
      printErrorMessage: nothing,
      writeBufferMessage: nothing,
      showSharedRWMemory: nothing,
    },
  })
  const calculator = await WitnessCalculatorBuilder(instance)
  return {
    generate: async (signals) => {
      isRefused = false
      try {
        return await calculator.calculateWitness(signals, true)
      } catch (error) {
        if (isRefused) return undefined
        throw error
      }
    },
  }
}

async function readConstraints(file: string): Promise<Constraint[]> {
  const { r1cs } = snarkjs as unknown as {
    r1cs: { exportJson(file: string): Promise<{ constraints: Record<string, bigint | string>[][] }> }
  }
  await useOneThread()
  const { constraints } = await r1cs.exportJson(file)
  return constraints.map(
    (combinations) =>
      combinations.map((combination) =>
        Object.entries(combination).map(([wire, factor]) => [Number(wire), BigInt(factor)] as const),
      ) as unknown as Constraint,
  )
}
