/**
 * The set-up of Groth16 in two phases (Bowe, Gabizon, Miers, "Scalable Multi-party Computation for zk-SNARK Parameters in the
 * Random Beacon Model", 2017), by snarkjs. Phase 1 makes powers of a secret that serve every circuit, phase 2 a key for one
 * circuit. A phase is sound if one of its contributors forgot its secret; the beacon at its end takes the last one's choice.
 */

import { randomBytes } from 'node:crypto'
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PalmError } from '@palmhold/base'
import * as snarkjs from 'snarkjs'
import { compileCircuit } from '../../packages/zk/circuits/compile.ts'

const { powersOfTau, zKey } = snarkjs
/** Another part of the repository declares the type of this one. */
const { curves } = snarkjs as unknown as { curves: { getCurveFromName(name: 'bn128'): Promise<unknown> } }

/** Both circuits have fewer than 2^14 constraints. */
export const DEFAULT_POWER = 14
/** Of a contributor's own randomness, which snarkjs mixes with what the system gives. */
const ENTROPY_BYTES = 64

export type Beacon = { readonly value: string; readonly iterationsExp: number }

type Phase = 1 | 2

/** Which phase a file is of, by its first bytes. @throws {CeremonyError} neither */
async function phaseOf(file: string): Promise<Phase> {
  const handle = await open(file)
  try {
    const { buffer } = await handle.read(Buffer.alloc(4), 0, 4, 0)
    const magic = buffer.toString('latin1')
    if (magic === 'ptau') return 1
    if (magic === 'zkey') return 2
  } finally {
    await handle.close()
  }
  throw new CeremonyError(`${file} is neither an accumulator nor a key`)
}

/** An accumulator to which nobody has contributed. */
export async function newAccumulator(out: string, power = DEFAULT_POWER): Promise<void> {
  await powersOfTau.newAccumulator(await curves.getCurveFromName('bn128'), power, out)
}

/** Adds a secret that is forgotten at once, to either phase; returns the contribution's hash, for its maker to publish. */
export async function contribute(from: string, to: string, name: string): Promise<string> {
  const library = (await phaseOf(from)) === 1 ? powersOfTau : zKey
  return hexOf(await library.contribute(from, to, name, randomBytes(ENTROPY_BYTES).toString('hex')))
}

/** Ends a phase by public randomness that nobody knew before. @throws {CeremonyError} a value that is no beacon */
export async function applyBeacon(from: string, to: string, name: string, beacon: Beacon): Promise<string> {
  const library = (await phaseOf(from)) === 1 ? powersOfTau : zKey
  // What snarkjs makes of other values differs from phase to phase.
  const isBeacon = /^(?:[0-9a-f]{2}){1,255}$/.test(beacon.value)
  const isCount = Number.isInteger(beacon.iterationsExp) && beacon.iterationsExp >= 10 && beacon.iterationsExp <= 63
  const hash = isBeacon && isCount && (await library.beacon(from, to, name, beacon.value, beacon.iterationsExp))
  if (hash === false)
    throw new CeremonyError('a beacon has 1 to 255 bytes in hexadecimal, and 2^10 to 2^63 hashes over it')
  return hexOf(hash)
}

/** Computes what phase 2 needs from the end of phase 1. */
export async function prepare(from: string, to: string): Promise<void> {
  await powersOfTau.preparePhase2(from, to)
}

/**
 * The key of the circuit in `source`, a circom file, to which nobody has contributed.
 * @throws {CeremonyError} the accumulator is too small, or not prepared
 */
export async function newKey(source: string, ptau: string, out: string): Promise<void> {
  const log = createLog()
  const made = await withConstraints(source, (r1cs) => zKey.newZKey(r1cs, ptau, out, log))
  if (made === -1) throw new CeremonyError(log.lines.at(-1) ?? 'snarkjs made no key')
}

/** What snarkjs says while it runs. */
export function createLog() {
  const lines: string[] = []
  const keep = (line: string) => void lines.push(line)
  return { lines, debug: () => undefined, info: keep, warn: keep, error: keep }
}

/** Runs `use` on a file with the constraints of `source`, compiled now. */
export async function withConstraints<T>(
  source: string,
  use: (file: string, bytes: Uint8Array) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'palmhold-ceremony-'))
  try {
    const { r1cs } = await compileCircuit(source)
    const file = join(folder, 'circuit.r1cs')
    await writeFile(file, r1cs)
    return await use(file, r1cs)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}

/** A step of the ceremony that cannot be made. */
export class CeremonyError extends PalmError {
  constructor(message: string) {
    super('PALM_CEREMONY', message, { hints: ['See the order of the steps: `npm run ceremony -- --help`.'] })
  }
}
