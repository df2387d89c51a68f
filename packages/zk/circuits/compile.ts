/**
 * Compiles circom sources with circom2 (circom in WebAssembly) and says what they were made of. circom does not write where
 * it runs, so that equal sources give equal bytes; a test and `npm run ceremony` rely on it.
 */

import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { basename, dirname, join, parse } from 'node:path'
import { promisify } from 'node:util'
import { PalmError } from '@palmhold/base'

const require = createRequire(import.meta.url)
const CIRCUITS = import.meta.dirname
/** Where circom looks for included files that do not stand beside the including one. */
const LIBRARIES = ['circomlib/circuits', '@zk-kit/binary-merkle-root.circom/src'].map((path) => {
  const [name, folder] = [dirname(path), basename(path)]
  return { name, path: join(dirname(require.resolve(`${name}/package.json`)), folder) }
})
/** Linear constraints are substituted away, which leaves a tenth of what snarkjs would have to prove. */
const OPTIMISATION = '--O2'

export type CompiledCircuit = {
  readonly r1cs: Uint8Array
  /** The witness generator. */
  readonly wasm: Uint8Array
  readonly constraints: number
}

/** Compiles the main component of `file`. @throws {CircuitError} with what circom said */
export async function compileCircuit(file: string): Promise<CompiledCircuit> {
  const folder = await mkdtemp(join(tmpdir(), 'palmhold-circuit-'))
  try {
    const name = basename(file, '.circom')
    const libraries = LIBRARIES.flatMap(({ path }) => ['-l', path])
    const output = await circom([file, '--r1cs', '--wasm', OPTIMISATION, ...libraries, '-o', folder])
    const constraints = /non-linear constraints: (\d+)/.exec(output)?.[1]
    if (constraints === undefined) throw new CircuitError(file, output)
    return {
      r1cs: await readFile(join(folder, `${name}.r1cs`)),
      wasm: await readFile(join(folder, `${name}_js`, `${name}.wasm`)),
      constraints: Number(constraints),
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** SHA-256 over everything that a compilation depends on: all circom files of this folder, compiler, libraries, options. */
export async function hashSources(): Promise<string> {
  const hash = createHash('sha256')
  const files = (await readdir(CIRCUITS, { recursive: true })).filter((file) => file.endsWith('.circom')).sort()
  for (const file of files) {
    const text = await readFile(join(CIRCUITS, file))
    hash.update(`${file.replaceAll('\\', '/')} ${text.length}\n`).update(text)
  }
  for (const name of ['circom2', ...LIBRARIES.map((library) => library.name)])
    hash.update(`${name} ${require(`${name}/package.json`).version}\n`)
  return hash.update(OPTIMISATION).digest('hex')
}

async function circom(args: readonly string[]): Promise<string> {
  try {
    // It sees folders below its own alone.
    const { root: cwd } = parse(CIRCUITS)
    const { stdout } = await promisify(execFile)(process.execPath, [require.resolve('circom2/cli.js'), ...args], {
      cwd,
    })
    return stdout
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string }
    throw new CircuitError(args[0]!, `${stdout}${stderr}`, error)
  }
}

/** Sources that circom does not take. */
export class CircuitError extends PalmError {
  constructor(file: string, output: string, cause?: unknown) {
    super('PALM_CIRCUIT_INVALID', `circom does not compile ${basename(file)}`, { hints: [output.trim()], cause })
  }
}
