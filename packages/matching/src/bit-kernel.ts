/**
 * Loads the WebAssembly of bit-sliced arithmetic (source in kernel/bit-rounds.ts), each instance over a memory of its own
 * in which one chunk of a comparison lays out its planes. Instances are lent and taken back, because a fresh memory costs
 * more than a round. Offsets and lengths are in bytes; lengths are multiples of 4.
 *
 * Plane b of a value holds bit b of every lane, lane k in 32-bit word k >> 5 at position k & 31, little-endian.
 */

import { BIT_KERNEL_WASM } from './generated/bit-kernel-wasm.ts'

const PAGE_BYTES = 65_536
/** Instances kept for the next chunks: those of two comparisons at three nodes in one process. */
const MOST_IDLE = 24

export type BitKernel = {
  /** The memory: views of it hold until the instance is given back. */
  readonly buffer: ArrayBuffer
  /** Planes [0, planes) of constant - lane modulo 2^16, for `words` * 32 lanes of 16 bits at `lanes`; planes in 1..16. */
  toPlanes(lanes: number, words: number, constant: number, planes: number, out: number, stride: number): void
  /** out = a + b + carry, lane by lane, modulo 2^planes, planes `stride` apart; `out` may be `a` or `b`. */
  addPlanes(a: number, b: number, planes: number, stride: number, carry: 0 | 1, out: number): void
  /** out = a - b, lane by lane, modulo 2^planes; `out` may be `a` or `b`. */
  subtractPlanes(a: number, b: number, planes: number, stride: number, out: number): void
  /** target ^= source. */
  xorBits(target: number, source: number, length: number): void
  /**
   * One node's component of x & y on replicated shares, with o for `own` and n for `next`:
   * out = o_x o_y ^ o_x n_y ^ n_x o_y ^ before ^ after.
   */
  andBits(
    ownX: number,
    nextX: number,
    ownY: number,
    nextY: number,
    before: number,
    after: number,
    out: number,
    length: number,
  ): void
}

type Instance = BitKernel & { readonly memory: WebAssembly.Memory }

let compiled: WebAssembly.Module | undefined
const idle: Instance[] = []

/** Lends an instance with `bytes` bytes of memory, whose contents are anybody's. */
export function borrowBitKernel(bytes: number): BitKernel {
  const instance = idle.pop() ?? createInstance()
  const missing = bytes - instance.memory.buffer.byteLength
  if (missing > 0) instance.memory.grow(Math.ceil(missing / PAGE_BYTES))
  return instance
}

/** Takes an instance back; nobody may use it, or a view of its memory, from then on. */
export function returnBitKernel(kernel: BitKernel): void {
  if (idle.length < MOST_IDLE) idle.push(kernel as Instance)
}

function createInstance(): Instance {
  compiled ??= new WebAssembly.Module(Uint8Array.from(atob(BIT_KERNEL_WASM), (character) => character.charCodeAt(0)))
  const memory = new WebAssembly.Memory({ initial: 1 })
  const { exports } = new WebAssembly.Instance(compiled, { env: { memory } })
  return {
    ...(exports as unknown as Omit<BitKernel, 'buffer'>),
    memory,
    // Growing replaces the buffer.
    get buffer() {
      return memory.buffer as ArrayBuffer
    },
  }
}

/** The 16-bit lane `lane` of `planes` bit planes that lie `words` words apart. */
export function laneOf(planes: Uint32Array, words: number, lane: number): number {
  let value = 0
  for (let plane = 0; plane * words < planes.length; plane++)
    value |= ((planes[plane * words + (lane >> 5)]! >>> (lane & 31)) & 1) << plane
  return value
}
