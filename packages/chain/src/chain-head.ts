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
  /** Whether the block last seen is gone. @throws {PalmError} the chain does not answer */
  readonly wentBack: () => Promise<boolean>
  /** Remembers block `number`. @throws {PalmError} the chain does not answer */
  readonly saw: (number: number) => Promise<void>
}

export function createChainHead(chain: BlockHashes): ChainHead {
  let seen: { number: number; hash: Hex } | undefined
  return {
    async wentBack() {
      return seen !== undefined && (await chain.blockHash(seen.number)) !== seen.hash
    },
    async saw(number) {
      const hash = await chain.blockHash(number)
      seen = hash === undefined ? undefined : { number, hash }
    },
  }
}
