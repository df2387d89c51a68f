/**
 * The WebAssembly kernel (source in packages/palm/kernel) and its memory. Each instance has its own memory and no state
 * between calls beyond what its owner wrote there. WebAssembly integers make the results the same everywhere.
 */

import { PALM_KERNEL_BASE64 } from './generated/palm-kernel.ts'

const PAGE_BYTES = 65_536

type KernelExports = {
  readonly memory: WebAssembly.Memory
  readonly correlate: (
    image: number,
    stride: number,
    places: number,
    count: number,
    kernels: number,
    out: number,
  ) => void
  readonly nearest: NearestLoop
  readonly nearestPooled: NearestLoop
  readonly nearestSoft: NearestLoop
}

type NearestLoop = (gallery: number, rows: number, probes: number, shifts: number, out: number) => void

/** One instance of the kernel. */
export type PalmKernel = KernelExports & {
  /** Makes the memory at least `bytes` long; views taken before are invalid afterwards. */
  readonly reserve: (bytes: number) => void
}

let compiled: WebAssembly.Module | undefined

/** A fresh instance of the kernel; the module is compiled once. */
export function createPalmKernel(): PalmKernel {
  compiled ??= new WebAssembly.Module(Uint8Array.from(atob(PALM_KERNEL_BASE64), (char) => char.charCodeAt(0)))
  const exports = new WebAssembly.Instance(compiled).exports as unknown as KernelExports
  const reserve = (bytes: number): void => {
    const missing = bytes - exports.memory.buffer.byteLength
    if (missing > 0) exports.memory.grow(Math.ceil(missing / PAGE_BYTES))
  }
  return { ...exports, reserve }
}
