/**
 * What this process sends to other nodes, before it is encrypted, for listeners in the same process. Nobody listens
 * unless the process was started to be watched, and then a check for one is all it costs.
 */

import { channel } from 'node:diagnostics_channel'

export type Outgoing = {
  readonly plane: 'data' | 'control' | 'gossip'
  /** The receiver: an address on the data plane, a PeerId on the control plane, the topic of gossip. */
  readonly to: string
  /** A frame, question, answer or message; it may be overwritten after the call. */
  readonly bytes: Uint8Array
}

const outgoing = channel('palmhold:net:outgoing')

/** Tells the listeners, if there are any. */
export function noteOutgoing(plane: Outgoing['plane'], to: string, bytes: Uint8Array): void {
  if (outgoing.hasSubscribers) outgoing.publish({ plane, to, bytes } satisfies Outgoing)
}

/** Calls back for all that this process sends from here on. Returns a function that ends it. */
export function onOutgoing(listener: (sent: Outgoing) => void): () => void {
  const onMessage = (message: unknown) => listener(message as Outgoing)
  outgoing.subscribe(onMessage)
  return () => void outgoing.unsubscribe(onMessage)
}
