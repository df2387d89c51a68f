/**
 * DIDs of the method did:ethr (github.com/decentralized-identity/ethr-did-resolver, doc/did-method-spec.md): an Ethereum
 * address on a chain, whose document follows from the address itself until ERC-1056 events change it.
 *
 * Palmhold writes each DID in one way: did:ethr:0x<chain id, lower-case hexadecimal without leading zeros>:0x<address in
 * lower case>. Network names, upper-case (checksum) digits and the public-key form of the method name the same subject
 * in other ways; they are refused, so that equal DIDs are equal strings and have one hash (merchantId).
 */

import { type Hex, PalmError } from '@palmhold/base'

const CANONICAL_DID = /^did:ethr:0x([1-9a-f][0-9a-f]{0,15}):(0x[0-9a-f]{40})$/
const ADDRESS = /^0x[0-9a-fA-F]{40}$/

/**
 * The DID of an address (in any case of its digits) on a chain.
 * @throws {DidError} the address is none, or the chain id is not in 1 to 2^64 - 1
 */
export function didOf(chainId: number | bigint, address: string): string {
  if (!ADDRESS.test(address)) throw new DidError('the address has not 20 bytes in hexadecimal')
  const did = `did:ethr:0x${chainId.toString(16)}:${address.toLowerCase()}`
  if (!CANONICAL_DID.test(did)) throw new DidError('the chain id is not in 1 to 2^64 - 1')
  return did
}

/** Whether `did` is a did:ethr in Palmhold's one spelling. */
export function isCanonicalDid(did: string): boolean {
  return CANONICAL_DID.test(did)
}

/**
 * The chain and the lower-case address that a DID names.
 * @throws {DidError} not a did:ethr in its one spelling
 */
export function parseDid(did: string): { chainId: bigint; address: Hex } {
  const match = CANONICAL_DID.exec(did)
  if (!match) throw new DidError(`${JSON.stringify(did.slice(0, 100))} is no did:ethr in its one spelling`)
  return { chainId: BigInt(`0x${match[1]}`), address: match[2] as Hex }
}

/** A DID that is not a did:ethr in the one spelling, or can't be made from what was given. */
export class DidError extends PalmError {
  constructor(message: string) {
    super('PALM_DID_INVALID', message, {
      hints: ['A DID looks like did:ethr:0x7a69:0x followed by the address in lower case.'],
    })
  }
}
