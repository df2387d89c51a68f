/**
 * What PalmRegistry's tree went through: each change of a leaf with the root it made. A wallet builds the tree of any root
 * from them, and a trust document takes its roots.
 */

import type { Hex } from '@palmhold/base'
import { type EnrolmentRoot, ZERO_HASH } from '@palmhold/protocol'
import { ChainRevertError } from './chain-error.ts'
import { asHex, type ChainRpc, type ContractHandle } from './chain-rpc.ts'

export type LeafChange = {
  readonly index: number
  /** Zero once revoked. */
  readonly leaf: Hex
  /** Number of the change, and of the root it made, from 1. */
  readonly sequence: number
  readonly root: Hex
  /** Seconds since 1970. */
  readonly time: number
  /** Whether the place was taken before: a renewal or a revocation. */
  readonly replaces: boolean
  readonly blockNumber: number
}

/** Seconds, as PalmRegistry was deployed with them. */
export type RootTimes = {
  readonly minRootAgeS: number
  readonly maxRootAgeS: number
  readonly checkpointIntervalS: number
  readonly checkpointDelayS: number
}

/** The changes in blocks `fromBlock` .. `toBlock`, in order; ranges of at most `maxBlockRange` are asked for at once. */
export async function readLeafChanges(
  rpc: ChainRpc,
  registry: ContractHandle,
  { fromBlock, toBlock, maxBlockRange }: { fromBlock: number; toBlock: number; maxBlockRange: number },
): Promise<LeafChange[]> {
  const topics = registry.abi.encodeFilterTopics('LeafChanged', [])
  const changes: LeafChange[] = []
  for (let start = fromBlock; start <= toBlock; start += maxBlockRange) {
    const end = Math.min(start + maxBlockRange - 1, toBlock)
    for (const { log, event } of await rpc.events(registry, { topics, fromBlock: start, toBlock: end })) {
      const { index, leaf, sequence, root, time, replaces } = event.args
      changes.push({
        index: Number(index),
        leaf: asHex(leaf),
        sequence: Number(sequence),
        root: asHex(root),
        time: Number(time),
        replaces: Boolean(replaces),
        blockNumber: log.blockNumber,
      })
    }
  }
  return changes
}

export async function readRootTimes(rpc: ChainRpc, registry: ContractHandle): Promise<RootTimes> {
  const [value] = await rpc.read(registry, 'parameters')
  return {
    minRootAgeS: Number(value.minRootAge),
    maxRootAgeS: Number(value.maxRootAge),
    checkpointIntervalS: Number(value.checkpointInterval),
    checkpointDelayS: Number(value.checkpointDelay),
  }
}

/** One root as the registry has it; undefined where it never was. */
export async function readRoot(rpc: ChainRpc, registry: ContractHandle, root: Hex): Promise<EnrolmentRoot | undefined> {
  try {
    const [value] = await rpc.read(registry, 'rootOf', [root])
    const orNull = (time: unknown) => (Number(time) === 0 ? null : Number(time))
    return {
      root,
      createdAt: Number(value.createdAt),
      supersededAt: orNull(value.supersededAt),
      refusedFrom: orNull(value.refusedFrom),
    }
  } catch (error) {
    if (error instanceof ChainRevertError && error.reason === 'RootUnknown') return undefined
    throw error
  }
}

/**
 * The roots that `changes` made, oldest first, as a trust document lists them: changes up to the newest, without a gap.
 * The root 0, of a tree whose one leaf was revoked, counts for nothing and is left out.
 */
export function enrolmentRootsOf(
  changes: readonly LeafChange[],
  { checkpointIntervalS, checkpointDelayS }: Pick<RootTimes, 'checkpointIntervalS' | 'checkpointDelayS'>,
): EnrolmentRoot[] {
  const roots: EnrolmentRoot[] = []
  let supersededAt: number | null = null
  let refusedFrom: number | null = null
  for (const { root, time, replaces } of changes.toReversed()) {
    if (root !== ZERO_HASH) roots.push({ root, createdAt: time, supersededAt, refusedFrom })
    supersededAt = time
    // Who left first after a root decides from when on it is refused.
    if (replaces) refusedFrom = (Math.floor(time / checkpointIntervalS) + 1) * checkpointIntervalS + checkpointDelayS
  }
  return roots.reverse()
}
