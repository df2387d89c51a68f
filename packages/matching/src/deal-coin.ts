/**
 * The coin that the checking nodes toss once each has its share: commit, then reveal. No node sees another's nonce before
 * it is bound to its own, and the dealer has dealt before any nonce exists, so nobody chooses the combinations.
 *
 *   commitment_i = SHA-256(context, operator i, nonce_i)        seed = SHA-256(context, nonce_1 .. nonce_k)
 *
 * `context` names what is checked: the session of a query, or the enrolment under its shares root.
 */

import { sha256 } from '@noble/hashes/sha2.js'
import { encodeFields, equalBytes, fromHex, type Hex, PalmError } from '@palmhold/base'

/** Bytes of a nonce, of a commitment to one, and of the coin's seed. */
export const COIN_BYTES = 32

/** What a node sends first: it binds the node to its nonce and says nothing about it. */
export function coinCommitment(context: Uint8Array, operator: Hex, nonce: Uint8Array): Uint8Array {
  assertNonce(nonce)
  return sha256(encodeFields('palmhold/deal-nonce/1', [context, fromHex(operator, { length: 20 }), nonce]))
}

/**
 * What a node says it was told, before it opens anything: nodes that were told different commitments of one that lies
 * would open under different coins, which gives away a combination of bits as two openings of one node do.
 * @param commitments one of each checking node, in an order that all of them have
 */
export function commitmentsDigest(context: Uint8Array, commitments: readonly Uint8Array[]): Uint8Array {
  return sha256(encodeFields('palmhold/deal-commitments/1', [context, ...commitments]))
}

/** Whether `nonce` is what `operator` committed to. */
export function opensCommitment(
  commitment: Uint8Array,
  context: Uint8Array,
  operator: Hex,
  nonce: Uint8Array,
): boolean {
  return nonce.length === COIN_BYTES && equalBytes(commitment, coinCommitment(context, operator, nonce))
}

/**
 * The seed of the coin.
 * @param nonces one of each checking node, in an order that all of them have
 * @throws {CoinError} a nonce of another length, or none
 */
export function coinSeed(context: Uint8Array, nonces: readonly Uint8Array[]): Uint8Array {
  if (nonces.length === 0) throw new CoinError()
  for (const nonce of nonces) assertNonce(nonce)
  return sha256(encodeFields('palmhold/deal-coin/1', [context, ...nonces]))
}

function assertNonce(nonce: Uint8Array): void {
  if (nonce.length !== COIN_BYTES) throw new CoinError()
}

/** Nonces that make no coin. */
export class CoinError extends PalmError {
  constructor() {
    super('PALM_COIN_INVALID', `a coin is made of nonces of ${COIN_BYTES} bytes, one of each checking node`, {
      hints: ['A node runs another version: start the same version everywhere.'],
    })
  }
}
