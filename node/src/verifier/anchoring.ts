/**
 * Anchoring at a verifier: attestations that were spent nowhere on chain wait here with a salt, and now and then all that
 * wait become one Merkle root on chain. A batch is durable before it is sent, so a restart sends the same root again and
 * every opening stays good.
 */

import { errorCode, type Hex, PalmError, type RandomBytes, toHex } from '@palmhold/base'
import { anchorLeaf, type BatchOpening, MOST_ANCHORED, merkleProof, merkleRoot } from '@palmhold/protocol'
import type { Logger } from '../http/logger.ts'
import type { AnchorDatabase } from './anchor-database.ts'

const EVERY_MS = 10_000

/** Writes roots on chain. */
export type AnchorChain = {
  readonly anchor: (root: Hex, count: number) => Promise<{ readonly txHash: Hex }>
  /** Seconds since 1970; undefined where the root is not anchored. */
  readonly anchoredAt: (root: Hex) => Promise<number | undefined>
}

export type AnchoringOptions = {
  readonly chain: AnchorChain
  readonly chainId: number
  /** Address of the Anchors contract. */
  readonly contract: Hex
  readonly database: AnchorDatabase
  readonly random: RandomBytes
}

export type Anchoring = {
  /** Takes an attestation to be anchored with the next batch; again is the same. */
  readonly add: (requestHash: Hex, attestationHash: Hex) => void
  /** Anchors what waits; returns how many attestations. @throws {PalmError} of the chain: they wait on */
  readonly flush: () => Promise<number>
  /**
   * What opens the anchor of a request's attestation.
   * @throws {NotAnchoredError} it is not anchored yet, or nothing is known of it
   */
  readonly open: (requestHash: Hex) => BatchOpening
}

export function createAnchoring(options: AnchoringOptions): Anchoring {
  const { chain, database, random } = options

  /** Sends a batch that is durable already; the chain may have it from an earlier try. */
  const send = async (root: Hex, count: number): Promise<void> => {
    if ((await chain.anchoredAt(root)) === undefined) await chain.anchor(root, count)
    database.markAnchored(root)
  }

  return {
    add: (requestHash, attestationHash) => database.add(requestHash, attestationHash, toHex(random(32))),
    async flush() {
      const waiting = database.waiting(MOST_ANCHORED)
      if (waiting.length > 0) {
        const root = merkleRoot(waiting.map(({ attestationHash, salt }) => anchorLeaf(attestationHash, salt)))
        database.makeBatch(
          root,
          waiting.map(({ requestHash }) => requestHash),
        )
      }
      let anchored = 0
      for (const { root, count } of database.unsentBatches()) {
        await send(root, count)
        anchored += count
      }
      return anchored
    },
    open(requestHash) {
      const known = database.find(requestHash)
      if (known?.root === undefined || !known.isAnchored) throw new NotAnchoredError(known !== undefined)
      const batch = database.batch(known.root)
      const leaves = batch.map(({ attestationHash, salt }) => anchorLeaf(attestationHash, salt))
      const index = batch.findIndex((leaf) => leaf.requestHash === requestHash)
      return {
        format: 'palmhold/anchor/1',
        kind: 'batch',
        chainId: options.chainId,
        contract: options.contract,
        attestationHash: known.attestationHash,
        salt: known.salt,
        root: known.root,
        count: batch.length,
        index,
        path: merkleProof(leaves, index),
      }
    },
  }
}

/** Anchors what waits, now and then until stopped. */
export function startAnchoring(
  anchoring: Anchoring,
  log: Pick<Logger, 'info' | 'warn'>,
): { stop: () => Promise<void> } {
  let running: Promise<void> = Promise.resolve()
  const once = async () => {
    try {
      const count = await anchoring.flush()
      if (count > 0) log.info({ count }, 'anchored')
    } catch (error) {
      // They wait for the next round: nothing counts as anchored before the chain has it.
      log.warn({ code: errorCode(error) }, 'anchoring put off')
    }
  }
  const timer = setInterval(() => {
    running = running.then(once)
  }, EVERY_MS)
  return {
    async stop() {
      clearInterval(timer)
      await running
    },
  }
}

/** An attestation without an anchor. */
export class NotAnchoredError extends PalmError {
  constructor(isKnown: boolean) {
    super(
      'PALM_NOT_ANCHORED',
      isKnown ? 'the attestation is not anchored yet' : 'no attestation of this request waits for an anchor here',
      {
        hints: [
          isKnown
            ? 'The verifier anchors what waits every ten seconds, once the chain answers.'
            : 'A payment is anchored by its own charge; other requests once they are attested.',
        ],
      },
    )
  }
}
