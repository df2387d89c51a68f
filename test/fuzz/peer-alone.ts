/**
 * A node on the control plane that nobody is connected to: it keeps the handlers it is given, and a target asks them
 * what another node would. Directory and gallery exchange run on it as on a network.
 */

import type { Hex } from '@palmhold/base'
import { type Peer, PeerUnreachableError, type RequestHandler } from '@palmhold/net'
import { addressOfName, peerIdOfName } from '../net/test-keys.ts'

export type PeerAlone = Peer & {
  /** What the handler (there is one) answers to `body` from the node of that name. */
  readonly ask: (address: Hex, peerId: string, body: Uint8Array) => Promise<Uint8Array>
  /** What other nodes answer to requests; nobody is there unless set. */
  answer: Uint8Array | undefined
  /** How often another node was asked. */
  asked: number
}

export function peerAlone(name: string): PeerAlone {
  let handler: RequestHandler | undefined
  const peer: PeerAlone = {
    address: addressOfName(name),
    peerId: peerIdOfName(name),
    multiaddrs: [],
    answer: undefined,
    asked: 0,
    async handle(_, given) {
      handler = given
    },
    async request({ peerId }) {
      peer.asked++
      if (!peer.answer) throw new PeerUnreachableError(peerId)
      return peer.answer
    },
    publish: async () => undefined,
    subscribe: () => () => undefined,
    connectedPeers: () => [],
    onPeer: () => () => undefined,
    dial: (address) => Promise.reject(new PeerUnreachableError(address)),
    stop: async () => undefined,
    ask: (address, peerId, body) => handler!({ address, peerId }, body, AbortSignal.timeout(60_000)),
  }
  return peer
}
