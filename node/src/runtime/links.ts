/**
 * The operator's lines to the other operators: one outgoing channel each, dialled when first needed and again after a
 * loss. Where another operator listens is what it announced of itself; who answers there is proved by the channel.
 */

import { type Hex, PalmError } from '@palmhold/base'
import type { Channel, DataPlane, PeerDirectory } from '@palmhold/net'

/**
 * The greatest frame an operator takes: a chunk's masked words need 0.4 MB and a query 0.31 MB (25 codes each). Strangers
 * may connect to it too, and each frame is memory before anybody knows what it is.
 */
export const MAX_FRAME_BYTES = 2 * 1024 * 1024

const CONNECT_TIMEOUT_MS = 3_000

export type Links = {
  /** Sends one frame to `address`. @throws {PalmError} the line cannot be made, or is lost */
  readonly send: (address: Hex, frame: Uint8Array) => Promise<void>
  /** The open channel to `address`, dialled where there is none. */
  readonly channel: (address: Hex) => Promise<Channel>
  readonly close: () => Promise<void>
}

/** Lines through `plane` to whom `directory` knows. `onChannel` sees each channel that is dialled. */
export function createLinks(
  plane: DataPlane,
  directory: PeerDirectory,
  onChannel: (channel: Channel) => void = () => undefined,
): Links {
  const open = new Map<Hex, Promise<Channel>>()

  const dial = async (address: Hex): Promise<Channel> => {
    const known = directory.get(address)
    if (!known || known.dataPort === 0) throw new NodeDownError(address)
    const channel = await plane.connect({
      address,
      host: known.dataHost,
      port: known.dataPort,
      timeoutMs: CONNECT_TIMEOUT_MS,
    })
    void channel.closed.then(() => open.delete(address))
    onChannel(channel)
    return channel
  }

  const channel = (address: Hex): Promise<Channel> => {
    const known = open.get(address)
    if (known) return known
    const dialled = dial(address)
    open.set(address, dialled)
    dialled.catch(() => open.delete(address))
    return dialled
  }

  return {
    channel,
    async send(address, frame) {
      await (await channel(address)).send(frame)
    },
    async close() {
      const channels = await Promise.allSettled(open.values())
      await Promise.all(channels.map((settled) => (settled.status === 'fulfilled' ? settled.value.close() : undefined)))
    },
  }
}

/** A node that is not there. */
export class NodeDownError extends PalmError {
  constructor(address: Hex) {
    super('PALM_NODE_DOWN', `operator ${address} is not reachable`, {
      hints: ['`npx palmhold status` shows which nodes are up. Start it again, its data folder holds everything.'],
    })
  }
}
