/** What the process that is killed writes, as whoever looks afterwards expects it. For tests only, and quick to load. */

import { createHash } from 'node:crypto'
import type { Hex } from '@palmhold/base'

export const CRASH_ROW_BYTES = 3072
const CONTENT_BYTES = 64 * 1024

export function nameOf(what: string, n: number): Hex {
  return `0x${createHash('sha256').update(`${what} ${n}`).digest('hex')}`
}

/** Row `n`, the same in every process. */
export function rowOf(n: number): Uint8Array {
  const seed = createHash('sha256').update(`row ${n}`).digest()
  return Uint8Array.from({ length: CRASH_ROW_BYTES }, (_, i) => seed[i % 32]! ^ (i & 0xff))
}

/** The content of the file that is replaced at step `n`: one byte value throughout, so that a mixture shows. */
export function contentOf(n: number): Uint8Array {
  return new Uint8Array(CONTENT_BYTES).fill(n & 0xff)
}
