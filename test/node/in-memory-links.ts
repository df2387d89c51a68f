/** A verifier's lines to the in-memory committee: channels whose frames a test can bend, hold back or cut. For tests only. */

import type { Hex } from '@palmhold/base'
import type { Channel } from '@palmhold/net'
import { type Links, NodeDownError } from '../../node/src/runtime/links.ts'
import { TERMINAL, type TestCommittee } from './in-memory-committee.ts'

export type TestLinks = Links & {
  /** Operators that nobody reaches. */
  readonly down: Set<Hex>
  /** Queries by operator, in the order in which they were sent. */
  readonly asked: Hex[]
  /** Replaces a reply's frame; undefined drops it. */
  bendReply: (from: Hex, frame: Uint8Array) => Uint8Array | undefined
  /** Channels that were closed by this side. */
  readonly closedBy: Hex[]
}

/** Lines of `terminal` to every operator of `world`; `onChannel` sees each channel once. */
export function createTestLinks(world: TestCommittee, onChannel: (channel: Channel) => void): TestLinks {
  const open = new Map<Hex, Channel>()

  const dial = (address: Hex): Channel => {
    const inbox: Uint8Array[] = []
    let wake: (() => void) | undefined
    let isOpen = true
    const { promise: closed, resolve } = Promise.withResolvers<undefined>()
    const channel: Channel = {
      peer: address,
      closed,
      async send(frame) {
        links.asked.push(address)
        world.operator(address).matcher.onFrame(TERMINAL, frame, async (reply) => {
          const bent = links.bendReply(address, reply)
          if (bent) inbox.push(bent)
          wake?.()
        })
      },
      async *receive() {
        while (isOpen) {
          const frame = inbox.shift()
          if (frame) yield frame
          else
            await new Promise<void>((done) => {
              wake = done
            })
        }
      },
      next: () => Promise.reject(new NodeDownError(address)),
      async close() {
        isOpen = false
        links.closedBy.push(address)
        open.delete(address)
        wake?.()
        resolve(undefined)
      },
    }
    open.set(address, channel)
    onChannel(channel)
    return channel
  }

  const links: TestLinks = {
    down: new Set(),
    asked: [],
    closedBy: [],
    bendReply: (_, frame) => frame,
    async channel(address) {
      if (links.down.has(address)) throw new NodeDownError(address)
      return open.get(address) ?? dial(address)
    },
    async send(address, frame) {
      await (await links.channel(address)).send(frame)
    },
    async close() {
      for (const channel of [...open.values()]) await channel.close()
    },
  }
  return links
}
