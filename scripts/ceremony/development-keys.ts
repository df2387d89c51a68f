/**
 * The development keys: a ceremony without anybody's secret, so that whoever repeats it gets the same bytes. Both phases
 * have one contribution, a beacon over a text that everybody knows. WHO KNOWS THE TEXT CAN FORGE PROOFS: these keys are for
 * local chains, and deployment elsewhere refuses them by their hashes.
 */

import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PalmError } from '@palmhold/base'
import type { Circuit } from '@palmhold/protocol'
import { hashVerifyingKey, parseVerifyingKey } from '@palmhold/zk'
import { compileCircuit, hashSources } from '../../packages/zk/circuits/compile.ts'
import {
  CIRCUIT_NAMES,
  type CircuitManifest,
  circuitFile,
  DEVELOPMENT_KEYS,
  type KeyManifest,
  keyFile,
  readManifest,
  sha256,
  writeManifest,
} from '../../packages/zk/circuits/manifest.ts'
import { applyBeacon, newAccumulator, newKey, prepare } from './ceremony-steps.ts'
import { exportVerifyingKey } from './transcript.ts'

const TEXT = 'palmhold development keys'
const NAME = 'palmhold development'
const HASHES_FILE = join(import.meta.dirname, '../../packages/zk/src/generated/development-keys.ts')
/** The fewest that snarkjs takes. */
const ITERATIONS_EXP = 10

type MadeKey = { readonly wasm: Uint8Array; readonly zkey: Uint8Array; readonly verifyingKey: string }

/**
 * Makes the accumulator of phase 1 at `out`; a quarter of an hour on two cores.
 * @param report is told of each step
 */
export async function makeDevelopmentAccumulator(folder: string, report: (line: string) => void): Promise<string> {
  const [fresh, ended, out] = ['new', 'ended', 'prepared'].map((name) => join(folder, `${name}.ptau`)) as [
    string,
    string,
    string,
  ]
  report('phase 1: an accumulator for 2^14 constraints ...')
  await newAccumulator(fresh)
  report('phase 1: the beacon ...')
  await applyBeacon(fresh, ended, NAME, beaconOf('phase 1'))
  report('phase 1: what phase 2 needs of it (minutes) ...')
  await prepare(ended, out)
  return out
}

/**
 * Makes circuits and keys anew and compares them with those of the repository, or replaces them where `write` is set.
 * `ptau` is an accumulator of {@link makeDevelopmentAccumulator}, or it is made.
 * @throws {DevelopmentKeysError} a file differs
 */
export async function makeDevelopmentKeys(options: {
  readonly ptau: string | undefined
  readonly write: boolean
  readonly report: (line: string) => void
}): Promise<KeyManifest> {
  const folder = await mkdtemp(join(tmpdir(), 'palmhold-keys-'))
  try {
    const ptau = options.ptau ?? (await makeDevelopmentAccumulator(folder, options.report))
    const circuits: Partial<Record<Circuit, CircuitManifest>> = {}
    for (const circuit of CIRCUIT_NAMES) {
      options.report(`phase 2: the key of ${circuit} ...`)
      const { r1cs, wasm, constraints } = await compileCircuit(circuitFile(circuit))
      const made = { wasm, ...(await makeKey(circuit, ptau, folder)) }
      if (options.write) await writeKey(circuit, made)
      else await compareKey(circuit, made)
      circuits[circuit] = {
        constraints,
        r1cs: sha256(r1cs),
        wasm: sha256(wasm),
        zkey: sha256(made.zkey),
        verifyingKey: hashVerifyingKey(parseVerifyingKey(made.verifyingKey)),
      }
    }
    const manifest = { sources: await hashSources(), circuits: circuits as KeyManifest['circuits'] }
    if (options.write) await writeHashes(manifest)
    else if (JSON.stringify(readManifest()) !== JSON.stringify(manifest))
      throw new DevelopmentKeysError('manifest.json')
    return manifest
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function makeKey(circuit: Circuit, ptau: string, folder: string): Promise<Omit<MadeKey, 'wasm'>> {
  const [fresh, ended] = [join(folder, `${circuit}-new.zkey`), join(folder, `${circuit}.zkey`)]
  await newKey(circuitFile(circuit), ptau, fresh)
  await applyBeacon(fresh, ended, NAME, beaconOf(circuit))
  return { zkey: await readFile(ended), verifyingKey: await exportVerifyingKey(ended) }
}

async function writeKey(circuit: Circuit, { wasm, zkey, verifyingKey }: MadeKey): Promise<void> {
  await mkdir(DEVELOPMENT_KEYS, { recursive: true })
  await writeFile(keyFile(circuit, 'wasm'), wasm)
  await writeFile(keyFile(circuit, 'zkey'), zkey)
  await writeFile(keyFile(circuit, 'verifying-key.json'), verifyingKey)
}

async function compareKey(circuit: Circuit, { wasm, zkey, verifyingKey }: MadeKey): Promise<void> {
  const made = { wasm, zkey, 'verifying-key.json': Buffer.from(verifyingKey) } as const
  for (const ending of ['wasm', 'zkey', 'verifying-key.json'] as const) {
    const kept = await readFile(keyFile(circuit, ending))
    if (!kept.equals(made[ending])) throw new DevelopmentKeysError(`${circuit}.${ending}`)
  }
}

/** The manifest, and the hashes by which everybody else knows these keys. */
async function writeHashes(manifest: KeyManifest): Promise<void> {
  writeManifest(manifest)
  const hashes = CIRCUIT_NAMES.map((circuit) => `  ${circuit}: '${manifest.circuits[circuit].verifyingKey}',`)
  await mkdir(join(HASHES_FILE, '..'), { recursive: true })
  await writeFile(
    HASHES_FILE,
    [
      '/** Generated by `npm run ceremony -- development --write`: do not edit. Hashes of verifying keys that anybody can forge for. */',
      'export const DEVELOPMENT_KEY_HASHES = {',
      ...hashes,
      '} as const',
      '',
    ].join('\n'),
  )
}

function beaconOf(what: string) {
  return { value: createHash('sha256').update(`${TEXT}: ${what}`).digest('hex'), iterationsExp: ITERATIONS_EXP }
}

/** Development keys that are not what the ceremony makes. */
export class DevelopmentKeysError extends PalmError {
  constructor(file: string) {
    super('PALM_KEYS_STALE', `${file} is not what the ceremony of the development keys makes`, {
      hints: ['Where circuits were changed, run `npm run ceremony -- development --write` and commit the keys.'],
    })
  }
}
