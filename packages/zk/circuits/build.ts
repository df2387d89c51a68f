/**
 * Compiles the circuits into the witness generators of packages/zk/keys/development. Run it after every change of a source.
 * Where the constraints changed, the keys must be made anew too, and it says so.
 */

import { writeFileSync } from 'node:fs'
import { PalmError } from '@palmhold/base'
import { compileCircuit, hashSources } from './compile.ts'
import { CIRCUIT_NAMES, circuitFile, keyFile, readManifest, sha256, writeManifest } from './manifest.ts'

async function build(): Promise<void> {
  const manifest = readManifest()
  const circuits = { ...manifest.circuits }
  for (const circuit of CIRCUIT_NAMES) {
    const { r1cs, wasm, constraints } = await compileCircuit(circuitFile(circuit))
    if (sha256(r1cs) !== circuits[circuit].r1cs) throw new StaleKeysError(circuit)
    writeFileSync(keyFile(circuit, 'wasm'), wasm)
    circuits[circuit] = { ...circuits[circuit], constraints, wasm: sha256(wasm) }
    process.stdout.write(`${keyFile(circuit, 'wasm')}: ${constraints} constraints\n`)
  }
  writeManifest({ sources: await hashSources(), circuits })
}

/** Keys of other constraints than the sources have. */
class StaleKeysError extends PalmError {
  constructor(circuit: string) {
    super('PALM_KEYS_STALE', `the constraints of ${circuit} are others than those that the development keys are for`, {
      hints: ['Run `npm run ceremony -- development --write`, which makes circuits and keys anew.'],
    })
  }
}

await build()
