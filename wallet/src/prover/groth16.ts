/**
 * Groth16 proofs, their parts computed by as many threads as there are. It knows neither where it runs nor where keys come
 * from: hosts of Node and of browsers call it in a process or worker of its own.
 *
 * snarkjs has threads too, which share each of its steps; docs/adr/0018-proofs-in-parts.md says what that costs.
 */

import { fromBigEndian, PalmError } from '@palmhold/base'
import type { Circuit } from '@palmhold/protocol'
import { encodeSnarkjsProof, type Proven, SCALAR_ORDER, type WitnessInput } from '@palmhold/zk'
import { type WitnessCalculator, WitnessCalculatorBuilder } from 'circom_runtime'
import { buildBn128, type Curve } from 'ffjavascript'
import { KeysDamagedError, type ProvingKeys } from './key-store.ts'
import { createPartServer, type PartReply, type PartRequest } from './part-thread.ts'
import { joinParts, PROOF_PARTS, type ProofPart } from './proof-parts.ts'
import { type ProvingKey, readProvingKey } from './proving-key.ts'
import { ProverFailedError } from './worker-prover.ts'

/** A thread as its host sees it; what a request carries is given away. */
export type PartThread = { readonly post: (request: PartRequest) => void }

/** Starts a thread; `onEnd` hears, once, when it has ended by itself. */
export type StartPartThread = (events: {
  onReply: (reply: PartReply) => void
  onEnd: (reason: unknown) => void
}) => PartThread

export type Groth16Options = {
  /** Threads that compute, this one not counted where there are more than one. */
  readonly threads: number
  readonly startThread: StartPartThread
}

export type Groth16 = {
  /** Makes a circuit ready for proofs. @throws {PalmError} PALM_KEYS_DAMAGED @throws {ProverFailedError} a thread ended */
  readonly open: (circuit: Circuit, keys: ProvingKeys) => Promise<void>
  /**
   * Proves `input`, of a circuit that is open; one proof at a time. The signals are overwritten afterwards, and in the
   * program's own memory by the next ones.
   * @throws {WitnessRefusedError} the input does not satisfy the circuit @throws {ProverFailedError} a thread ended
   */
  readonly prove: (
    circuit: Circuit,
    input: WitnessInput,
    onProgress: (progress: { step: 'witness' } | { step: 'proof'; share: number }) => void,
  ) => Promise<Omit<Proven, 'timings'> & { witnessMs: number; proofMs: number }>
}

/** No more are ever busy: the longest part takes about a third of the time of all. */
export const MOST_THREADS = 3

/** The library would reserve 2 GiB for circuits of circom 1; those of circom 2 bring a memory of their own. */
const UNUSED_MEMORY_PAGES = 1
const SIGNAL_BYTES = 32
/** Magic, version and count; two sections' number and length; the field and the count of signals. */
const WITNESS_HEADER_BYTES = 12 + 2 * 12 + 40
const DRAWN_BYTES = 48

type OpenCircuit = { readonly calculator: WitnessCalculator; readonly key: ProvingKey }
type Waiting = { readonly resolve: (reply: PartReply) => void; readonly reject: (reason: unknown) => void }
type Ask = (request: PartRequest) => Promise<PartReply>

export function createGroth16({ threads, startThread }: Groth16Options): Groth16 {
  const askers: readonly Ask[] =
    threads === 1
      ? [createPartServer()]
      : Array.from({ length: Math.min(threads, MOST_THREADS) }, () => ask(startThread))
  const circuits = new Map<Circuit, Promise<OpenCircuit>>()
  const curve: Promise<Curve> = buildBn128(true)

  /** Computes all parts: each thread takes the longest that nobody has begun. */
  const computeParts = async (circuit: Circuit, signals: Uint8Array, onPart: (share: number) => void) => {
    const left: ProofPart[] = [...PROOF_PARTS]
    const sums = new Map<ProofPart, Uint8Array>()
    const work = async (asker: Ask): Promise<void> => {
      for (let part = left.shift(); part; part = left.shift()) {
        const { sum } = expectReply(
          'computed',
          await asker({ kind: 'compute', circuit, part, signals: signals.slice() }),
        )
        sums.set(part, sum)
        onPart(sums.size / PROOF_PARTS.length)
      }
    }
    const working = askers.map((asker) =>
      work(asker).catch((error: unknown) => {
        // The others begin nothing more; what they are at ends before the failure is told, and the signals are overwritten.
        left.length = 0
        throw error
      }),
    )
    await Promise.allSettled(working)
    await Promise.all(working)
    return Object.fromEntries(sums) as Record<ProofPart, Uint8Array>
  }

  const openCircuit = async (circuit: Circuit, { wasm, zkey }: ProvingKeys): Promise<OpenCircuit> => {
    const [calculator] = await Promise.all([
      WitnessCalculatorBuilder(wasm, { memorySize: UNUSED_MEMORY_PAGES }),
      ...askers.map(async (asker) => expectReply('opened', await asker({ kind: 'open', circuit, zkey }))),
      curve,
    ])
    return { calculator, key: readProvingKey(zkey) }
  }

  return {
    async open(circuit, keys) {
      const opening = openCircuit(circuit, keys)
      circuits.set(circuit, opening)
      await opening
    },
    async prove(circuit, input, onProgress) {
      const { calculator, key } = await circuits.get(circuit)!
      const startedAt = performance.now()
      onProgress({ step: 'witness' })
      const signals = await signalsOf(calculator, key, input)
      try {
        const witnessAt = performance.now()
        onProgress({ step: 'proof', share: 0 })
        const parts = await computeParts(circuit, signals, (share) => onProgress({ step: 'proof', share }))
        const proof = joinParts(await curve, key, parts, { r: drawScalar(), s: drawScalar() })
        return {
          proof: encodeSnarkjsProof(proof),
          publicInputs: Array.from({ length: key.publicCount }, (_, i) => signalAt(signals, i + 1)),
          witnessMs: witnessAt - startedAt,
          proofMs: performance.now() - witnessAt,
        }
      } finally {
        signals.fill(0)
      }
    },
  }
}

/** Asks one thread one thing after the other. */
function ask(startThread: StartPartThread): Ask {
  const waiting: Waiting[] = []
  let ended: unknown
  const thread = startThread({
    onReply: (reply) => waiting.shift()?.resolve(reply),
    onEnd(reason) {
      ended = reason ?? 'a thread ended'
      for (const { reject } of waiting.splice(0)) reject(new ProverFailedError(undefined, ended))
    },
  })
  return (request) =>
    new Promise((resolve, reject) => {
      if (ended !== undefined) return reject(new ProverFailedError(undefined, ended))
      waiting.push({ resolve, reject })
      thread.post(request)
    })
}

function expectReply<K extends PartReply['kind']>(kind: K, reply: PartReply): Extract<PartReply, { kind: K }> {
  if (reply.kind !== kind) throw new ProverFailedError(undefined, reply)
  return reply as Extract<PartReply, { kind: K }>
}

/** All signals: what a witness file holds behind its header. */
async function signalsOf(calculator: WitnessCalculator, key: ProvingKey, input: WitnessInput): Promise<Uint8Array> {
  const file = await calculator.calculateWTNSBin(input, true).catch(() => {
    // What the library says names the line of the circuit, and may show values.
    throw new WitnessRefusedError()
  })
  if (file.length !== WITNESS_HEADER_BYTES + key.signalCount * SIGNAL_BYTES) throw new KeysDamagedError('wasm')
  return file.subarray(WITNESS_HEADER_BYTES)
}

/** A signal as a number: 32 little-endian bytes. */
function signalAt(signals: Uint8Array, i: number): bigint {
  return fromBigEndian(signals.slice(i * SIGNAL_BYTES, (i + 1) * SIGNAL_BYTES).reverse())
}

/** Uniform but for 2^-130. */
function drawScalar(): bigint {
  return fromBigEndian(crypto.getRandomValues(new Uint8Array(DRAWN_BYTES))) % SCALAR_ORDER
}

/** Something that is not true cannot be proven. */
export class WitnessRefusedError extends PalmError {
  constructor() {
    super('PALM_WITNESS_REFUSED', 'these inputs do not satisfy the circuit, so there is nothing to prove', {
      hints: ['The palm is not near enough, the enrolment is not under this root, or circuit and program differ.'],
    })
  }
}
