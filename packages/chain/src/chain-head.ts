/**
 * Notices that a chain went back: the block that was its newest is gone, or is another one. Real chains do it for a few
 * blocks; a local one that is killed forgets what it had not written down.
 */

import type { Hex } from '@palmhold/base'

/** What is needed of the chain. */
export type BlockHashes = {
  /** The hash of block `number`; undefined while the chain has no such block. */
  readonly blockHash: (number: number) => Promise<Hex | undefined>
}

export type ChainHead = {
  /** Whether the newest block seen is gone, or may be. @throws {PalmError} the chain does not answer */
  readonly wentBack: () => Promise<boolean>
  /**
   * Remembers block `number` where it is newer than what was seen. Whoever read something up to this block gives the
   * hash it had before: a chain that dies and starts again while it is asked for the hash has another one by then.
   * @throws {PalmError} the chain does not answer
   */
  readonly saw: (number: number, hash?: Hex) => Promise<void>
  /** Starts anew, once it is dealt with that the chain went back. */
  readonly forget: () => void
}

export function createChainHead(chain: BlockHashes): ChainHead {
  /** Without a hash where the chain died, or went back, before it was asked for: then nobody knows. */
  let seen: { number: number; hash: Hex | undefined } | undefined
  return {
    async wentBack() {
      if (seen === undefined) return false
      const { number, hash } = seen
      return hash === undefined || (await chain.blockHash(number)) !== hash
    },
    async saw(number, hash) {
      if (seen !== undefined && seen.number >= number) return
      const now = { number, hash }
      seen = now
      now.hash ??= await chain.blockHash(number)
    },
    forget() {
      seen = undefined
    },
  }
}
