/** Gossip by topic, with the publisher's name in place of libp2p's message and one table of listeners. */

import { type GossipSub, type Message, type TopicValidatorFn, TopicValidatorResult } from '@libp2p/gossipsub'
import { MessageTooLargeError } from './frame.ts'
import { MAX_GOSSIP_BYTES } from './libp2p-node.ts'
import { noteOutgoing } from './outgoing.ts'
import { nameOfPeer, type PeerName } from './peer-identity.ts'

export type GossipListener = (from: PeerName, bytes: Uint8Array) => void
export type GossipValidator = (bytes: Uint8Array) => boolean

export type Gossip = {
  publish(topic: string, bytes: Uint8Array): Promise<void>
  subscribe(topic: string, listener: GossipListener, isValid?: GossipValidator): () => void
}

/** Listeners over a gossipsub router that signs what it publishes and drops what is not signed. */
export function createGossip(pubsub: GossipSub): Gossip {
  const listenersOf = new Map<string, Set<GossipListener>>()

  pubsub.addEventListener('message', ({ detail }: CustomEvent<Message>) => {
    if (detail.type !== 'signed') return
    const from = nameOfPeer(detail.from.toString())
    for (const listener of listenersOf.get(detail.topic) ?? []) listener(from, detail.data)
  })

  return {
    async publish(topic, bytes) {
      if (bytes.length > MAX_GOSSIP_BYTES) throw new MessageTooLargeError(bytes.length, MAX_GOSSIP_BYTES)
      noteOutgoing('gossip', topic, bytes)
      await pubsub.publish(topic, bytes)
    },

    subscribe(topic, listener, isValid = () => true) {
      const listeners = listenersOf.get(topic) ?? new Set()
      listenersOf.set(topic, listeners.add(listener))
      pubsub.topicValidators.set(topic, validatorOf(isValid))
      pubsub.subscribe(topic)
      return () => {
        listeners.delete(listener)
        if (listeners.size > 0) return
        listenersOf.delete(topic)
        pubsub.topicValidators.delete(topic)
        pubsub.unsubscribe(topic)
      }
    },
  }
}

/** Only secp256k1 publishers have an address, so that a message of any other is refused before it is passed on. */
function validatorOf(isValid: GossipValidator): TopicValidatorFn {
  return (_peer, message) => {
    const hasName = message.type === 'signed' && message.from.type === 'secp256k1'
    return hasName && isValid(message.data) ? TopicValidatorResult.Accept : TopicValidatorResult.Reject
  }
}
