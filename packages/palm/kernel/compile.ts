/** Compiles palm-kernel.ts to WebAssembly in memory; the same source and compiler give the same bytes. */

import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { PalmError } from '@palmhold/base'
import asc from 'assemblyscript/asc'

/**
 * The WebAssembly module's bytes.
 * @throws {KernelBuildError} the compiler refused the source
 */
export async function compilePalmKernel(): Promise<Uint8Array> {
  const source = await readFile(fileURLToPath(new URL('palm-kernel.ts', import.meta.url)), 'utf8')
  let binary: Uint8Array | undefined
  const { error, stderr } = await asc.main(
    ['palm-kernel.ts', '--outFile', 'palm-kernel.wasm', '-O3', '--runtime', 'stub', '--enable', 'simd', '--noAssert'],
    {
      readFile: (name: string) => (name === 'palm-kernel.ts' ? source : null),
      writeFile: (_name: string, contents: string | Uint8Array) => {
        if (typeof contents !== 'string') binary = contents
      },
      listFiles: () => [],
    },
  )
  if (error || !binary) throw new KernelBuildError(stderr.toString(), error)
  return binary
}

/** The AssemblyScript compiler refused the kernel. */
export class KernelBuildError extends PalmError {
  constructor(detail: string, cause: unknown) {
    super('PALM_KERNEL_BUILD', `the palm kernel does not compile:\n${detail}`, { cause })
  }
}
