/**
 * Where one chunk of a comparison keeps its planes in the memory of a bit kernel, in bytes. A plane has one bit for each
 * lane; what is not used at the same time shares a place:
 *
 *   addend (13) | own registers (24) | next registers (24) | masks (2 x 11) | products, own and next (2 x 11)
 *
 * The 16-bit lanes that planes are made from stand in the registers, the mask of the fold in the masks, and the addend
 * of a narrower threshold in the products, each before the others are needed.
 */

import { type BitKernel, borrowBitKernel } from './bit-kernel.ts'
import { createSignCircuit, SUM_BITS } from './sign-circuit.ts'

/** Bits of a share that matter: those of the sum and the parity bit that is dropped. */
export const FOLD_BITS = SUM_BITS + 1
export const CIRCUIT = createSignCircuit(SUM_BITS)
const WIDEST_ROUND = Math.max(...CIRCUIT.rounds.map((gates) => gates.length))

/** Offsets of both components of shared bits. */
export type SharedBits = { readonly own: number; readonly next: number }

export type ChunkWorkspace = {
  readonly kernel: BitKernel
  /** The whole memory. */
  readonly bytes: Uint8Array
  readonly addend: number
  readonly narrowAddend: number
  /** Sixteen planes' room for lanes of 16 bits. */
  readonly lanes: number
  readonly registers: SharedBits
  readonly masks: { readonly before: number; readonly after: number }
  readonly products: SharedBits
}

/** A workspace for planes of up to `planeBytes` bytes; its kernel is to be given back. */
export function createChunkWorkspace(planeBytes: number): ChunkWorkspace {
  let end = 0
  const take = (planes: number): number => {
    const at = end
    end += planes * planeBytes
    return at
  }
  const addend = take(FOLD_BITS)
  const registers = { own: take(CIRCUIT.registers), next: take(CIRCUIT.registers) }
  const masks = { before: take(WIDEST_ROUND), after: take(WIDEST_ROUND) }
  const products = { own: take(WIDEST_ROUND), next: take(WIDEST_ROUND) }
  const kernel = borrowBitKernel(end)
  const bytes = new Uint8Array(kernel.buffer)
  return { kernel, bytes, addend, narrowAddend: products.own, lanes: registers.own, registers, masks, products }
}
