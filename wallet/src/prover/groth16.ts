/**
 * Groth16 proofs by snarkjs, on the thread that calls and on threads that snarkjs starts. It knows neither where it runs
 * nor where keys come from: hosts of Node and of browsers call it in a process or worker of its own.
 */

import { PalmError } from '@palmhold/base'
import { encodeSnarkjsProof, type Proven, type WitnessInput } from '@palmhold/zk'
import { type WitnessCalculator, WitnessCalculatorBuilder } from 'circom_runtime'
import { curves, groth16 } from 'snarkjs'

/** What proving a circuit takes: its witness program and its proving key, as the ceremony wrote them. */
export type ProvingKeys = { readonly wasm: Uint8Array; readonly zkey: Uint8Array }

/** A circuit whose witness program runs: it is compiled once, which takes as long as running it does. */
export type OpenCircuit = { readonly calculator: WitnessCalculator; readonly zkey: Uint8Array }

/** What snarkjs says when it begins each part of a proof, in order. */
const STAGES = [
  'Building ABC',
  'Join ABC',
  'Reading A Points',
  'Reading B1 Points',
  'Reading B2 Points',
  'Reading C Points',
  'Reading H Points',
]
/** The library would reserve 2 GiB for circuits of circom 1; those of circom 2 bring a memory of their own. */
const UNUSED_MEMORY_PAGES = 1

/**
 * Builds the curve that every later proof of this thread uses. snarkjs builds one anew for each proof on a single thread;
 * the one in its global cell it takes as it is.
 * @param isThreaded whether snarkjs starts threads, as many as it sees cores
 */
export async function prepareCurve(isThreaded: boolean): Promise<void> {
  Object.assign(globalThis, { curve_bn128: await curves.getCurveFromName('bn128', { singleThread: !isThreaded }) })
}

/** Makes `keys` ready for proofs. */
export async function openCircuit({ wasm, zkey }: ProvingKeys): Promise<OpenCircuit> {
  return { calculator: await WitnessCalculatorBuilder(wasm, { memorySize: UNUSED_MEMORY_PAGES }), zkey }
}

/**
 * Proves `input`; the witness is overwritten afterwards, and in the program's own memory by the next one.
 * @throws {WitnessRefusedError} the input does not satisfy the circuit
 */
export async function proveGroth16(
  { calculator, zkey }: OpenCircuit,
  input: WitnessInput,
  onProgress: (progress: { step: 'witness' } | { step: 'proof'; share: number }) => void,
): Promise<Omit<Proven, 'timings'> & { witnessMs: number; proofMs: number }> {
  const startedAt = performance.now()
  onProgress({ step: 'witness' })
  const witness = await witnessOf(calculator, input)
  const witnessAt = performance.now()
  const debug = (message: string) => {
    const at = STAGES.indexOf(message)
    if (at >= 0) onProgress({ step: 'proof', share: at / STAGES.length })
  }
  try {
    const { proof, publicSignals } = await groth16.prove(
      zkey,
      { type: 'mem', data: witness },
      { debug, error: () => undefined },
    )
    return {
      proof: encodeSnarkjsProof(proof),
      publicInputs: publicSignals.map(BigInt),
      witnessMs: witnessAt - startedAt,
      proofMs: performance.now() - witnessAt,
    }
  } finally {
    witness.fill(0)
  }
}

async function witnessOf(calculator: WitnessCalculator, input: WitnessInput): Promise<Uint8Array> {
  try {
    return await calculator.calculateWTNSBin(input, true)
  } catch {
    // What the library says names the line of the circuit, and may show values.
    throw new WitnessRefusedError()
  }
}

/** Something that is not true cannot be proven. */
export class WitnessRefusedError extends PalmError {
  constructor() {
    super('PALM_WITNESS_REFUSED', 'these inputs do not satisfy the circuit, so there is nothing to prove', {
      hints: ['The palm is not near enough, the enrolment is not under this root, or circuit and program differ.'],
    })
  }
}
