/**
 * Semaphore's own proof, beside ours: that somebody is in a group of up to 2^20, once for a scope. It proves no palm. Its
 * artefacts are an npm package of 109 MB, so they are no dependency: they are installed into a temporary folder, and only
 * where the benchmark is asked for them.
 */

import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { PalmError } from '@palmhold/base'
import type { Figure } from './figure.ts'

const CORE = '@semaphore-protocol/core'
const ARTEFACTS = '@zk-kit/semaphore-artifacts'
const VERSIONS = { [CORE]: '4.14.2', [ARTEFACTS]: '4.13.0' }
const DEPTH = 20
const INSTALL_TIMEOUT_MS = 600_000

type Semaphore = {
  Identity: new (secret: string) => { readonly commitment: bigint }
  Group: new (members: readonly bigint[]) => object
  generateProof(
    identity: object,
    group: object,
    message: string,
    scope: string,
    depth: number,
    artefacts: { wasm: string; zkey: string },
  ): Promise<object>
  verifyProof(proof: object): Promise<boolean>
}

/** Its first proof and the best of `queries` more, by snarkjs on as many threads as there are cores. */
export async function* benchSemaphore(queries: number): AsyncGenerator<Figure> {
  const folder = await mkdtemp(join(tmpdir(), 'palmhold-semaphore-'))
  try {
    await install(folder)
    const require = createRequire(join(folder, 'index.js'))
    const { Identity, Group, generateProof, verifyProof } = require(CORE) as Semaphore
    const identity = new Identity('palmhold benchmark')
    const group = new Group([1n, 2n, identity.commitment])
    const artefacts = {
      wasm: require.resolve(`${ARTEFACTS}/semaphore-${DEPTH}.wasm`),
      zkey: require.resolve(`${ARTEFACTS}/semaphore-${DEPTH}.zkey`),
    }
    const prove = async () => {
      const startedAt = performance.now()
      const proof = await generateProof(identity, group, 'paid', 'merchant', DEPTH, artefacts)
      const ms = performance.now() - startedAt
      if (!(await verifyProof(proof))) throw new SemaphoreError('its proof does not hold')
      return ms
    }
    const name = `Semaphore ${VERSIONS[CORE]}, depth ${DEPTH}, Node, all threads`
    yield { name: `${name}, cold`, value: await prove(), unit: 'ms' }
    const warm = []
    for (let i = 0; i < queries; i++) warm.push(await prove())
    yield { name: `${name}, warm`, value: Math.min(...warm), unit: 'ms' }
  } finally {
    await (globalThis as { curve_bn128?: { terminate(): Promise<void> } | null }).curve_bn128?.terminate()
    await rm(folder, { recursive: true, force: true })
  }
}

async function install(folder: string): Promise<void> {
  await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, dependencies: VERSIONS }))
  try {
    const args = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock']
    await promisify(execFile)('npm', args, { cwd: folder, timeout: INSTALL_TIMEOUT_MS })
  } catch (error) {
    throw new SemaphoreError('its packages cannot be installed', error)
  }
}

/** Semaphore cannot be measured here. */
export class SemaphoreError extends PalmError {
  constructor(message: string, cause?: unknown) {
    super('PALM_BENCH_SETUP', `Semaphore: ${message}`, {
      hints: ['It needs the npm registry and 300 MB of disk; leave --semaphore out to do without.'],
      cause,
    })
  }
}
