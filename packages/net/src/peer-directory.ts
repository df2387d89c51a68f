/**
 * Who is where: the newest announcement of each node this one cares for. Announcements come by gossip, and whole tables
 * are exchanged with each node that connects, so that a late one has everybody at once. They are signed by the node they
 * speak of, so that it does not matter who passes them on.
 *
 * Bounded: `accept` says whose announcements are kept at all, and at most `maxEntries` are.
 */

import { type Clock, type Hex, PalmError } from '@palmhold/base'
import {
  type Announcement,
  type AnnouncementBody,
  MAX_ANNOUNCEMENT_BYTES,
  signAnnouncement,
  verifyAnnouncement,
} from './announcement.ts'
import { createFrameReader, encodeFrame } from './frame.ts'
import type { Peer } from './peer.ts'

export const ANNOUNCE_TOPIC = 'palmhold/announce/1'
export const ANNOUNCE_PROTOCOL = '/palmhold/announce/1'

const DEFAULT_MAX_ENTRIES = 1024
const DEFAULT_REPEAT_MS = 30_000
const EXCHANGE_TIMEOUT_MS = 5_000
const CLOCK_SKEW_SECONDS = 30
/** Entries of one table that may fail their check before the rest is left. */
const MAX_FORGED = 8

export type PeerDirectoryOptions = {
  readonly peer: Peer
  /** The key of `peer`, 32 bytes. */
  readonly privateKey: Uint8Array
  /** Whose announcements to keep (a lower-case address); everybody's unless given. The node's own is always kept. */
  readonly accept?: (address: Hex) => boolean
  /** 1,024 unless given; announcements of further nodes are dropped. */
  readonly maxEntries?: number
  /** How often the own announcement is gossiped again, for nodes that missed it; 30 s unless given. */
  readonly repeatMs?: number
  /** Seconds since 1970; an announcement from more than 30 s ahead is dropped. */
  readonly clock?: Clock
}

export type WaitOptions = { readonly timeoutMs: number; readonly signal?: AbortSignal }

export type PeerDirectory = {
  /**
   * Signs, keeps and gossips what this node says of itself, in place of what it said before.
   * @throws {AnnouncementFieldError} a field is out of range
   */
  announce(body: AnnouncementBody): Promise<Announcement>
  /** The newest announcement of a node; upper-case digits in `address` are taken too. */
  get(address: Hex): Announcement | undefined
  all(): Announcement[]
  /**
   * The announcements of all `addresses`, in their order, as soon as they are known.
   * @throws {PeersMissingError} not all were heard of in time, or the signal aborted
   */
  waitFor(addresses: readonly Hex[], options: WaitOptions): Promise<Announcement[]>
  /** Calls back for each new or newer announcement. Returns a function that ends it. */
  onChange(listener: (announcement: Announcement) => void): () => void
  stop(): void
}

type Entry = { readonly announcement: Announcement; readonly signed: Uint8Array }

/** A directory that listens and answers on `peer` from here on. */
export async function createPeerDirectory(options: PeerDirectoryOptions): Promise<PeerDirectory> {
  const { peer, privateKey, accept = () => true, maxEntries = DEFAULT_MAX_ENTRIES } = options
  const clock = options.clock ?? (() => Math.floor(Date.now() / 1000))
  const entries = new Map<Hex, Entry>()
  const listeners = new Set<(announcement: Announcement) => void>()
  const lifetime = new AbortController()

  /** Whether an announcement would be kept, if it is genuine. */
  function isNews({ address, issuedAt, sequence }: Announcement): boolean {
    if (address !== peer.address && !accept(address)) return false
    if (issuedAt > clock() + CLOCK_SKEW_SECONDS) return false
    const known = entries.get(address)
    return known ? known.announcement.sequence < sequence : entries.size < maxEntries
  }

  /** Takes in an announcement; says whether it was news, or nobody's at all. */
  function keep(signed: Uint8Array): 'news' | 'old' | 'forged' {
    const result = verifyAnnouncement(signed, isNews)
    if (!result.ok) return result.reason === 'unwanted' ? 'old' : 'forged'
    const { announcement } = result
    entries.set(announcement.address, { announcement, signed })
    for (const listener of listeners) listener(announcement)
    return 'news'
  }

  /**
   * Takes in another node's table, and gossips what was news here: two nodes may have no other way to each other yet. No
   * honest table is longer than a directory or has forged entries, and each costs time to check: what follows many is left.
   */
  function keepTable(table: Uint8Array): void {
    let forged = 0
    for (const signed of createFrameReader(MAX_ANNOUNCEMENT_BYTES).push(table).slice(0, DEFAULT_MAX_ENTRIES)) {
      const kept = keep(signed)
      if (kept === 'news') void gossip(signed)
      if (kept === 'forged' && ++forged === MAX_FORGED) return
    }
  }

  async function gossip(signed: Uint8Array): Promise<void> {
    try {
      await peer.publish(ANNOUNCE_TOPIC, signed)
    } catch {
      // Nobody is there to hear it yet, or the node is stopping.
    }
  }

  function ownTable(): Uint8Array {
    return Buffer.concat([...entries.values()].map(({ signed }) => encodeFrame(signed)))
  }

  await peer.handle(ANNOUNCE_PROTOCOL, async (_from, body) => {
    keepTable(body)
    return ownTable()
  })
  const isValid = (bytes: Uint8Array) => verifyAnnouncement(bytes).ok
  const endGossip = peer.subscribe(ANNOUNCE_TOPIC, (_from, bytes) => keep(bytes), isValid)

  const exchangeWith = async ({ peerId }: { peerId: string }) => {
    const limits = { timeoutMs: EXCHANGE_TIMEOUT_MS, signal: lifetime.signal }
    try {
      keepTable(await peer.request({ peerId }, ANNOUNCE_PROTOCOL, ownTable(), limits))
    } catch {
      // A node without a directory, or one that just left: gossip and the next connection make up for it.
    }
  }
  const endPeers = peer.onPeer((other) => void exchangeWith(other))
  for (const other of peer.connectedPeers()) void exchangeWith(other)

  const gossipOwn = async () => {
    const own = entries.get(peer.address)
    if (own) await gossip(own.signed)
  }
  const repeat = setInterval(() => void gossipOwn(), options.repeatMs ?? DEFAULT_REPEAT_MS)
  repeat.unref()

  const get = (address: Hex) => entries.get(address.toLowerCase() as Hex)?.announcement

  return {
    async announce(body) {
      keep(signAnnouncement(privateKey, body))
      await gossipOwn()
      for (const other of peer.connectedPeers()) void exchangeWith(other)
      return get(peer.address)!
    },

    get,
    all: () => [...entries.values()].map(({ announcement }) => announcement),

    waitFor(addresses, { timeoutMs, signal }) {
      const missing = () => addresses.filter((address) => !get(address))
      const until = AbortSignal.any([lifetime.signal, AbortSignal.timeout(timeoutMs), ...(signal ? [signal] : [])])
      return new Promise((resolve, reject) => {
        const settle = () => {
          if (missing().length > 0 && !until.aborted) return
          listeners.delete(settle)
          until.removeEventListener('abort', settle)
          if (missing().length > 0) reject(new PeersMissingError(missing()))
          else resolve(addresses.map((address) => get(address)!))
        }
        listeners.add(settle)
        until.addEventListener('abort', settle)
        settle()
      })
    },

    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },

    stop() {
      lifetime.abort()
      clearInterval(repeat)
      endGossip()
      endPeers()
    },
  }
}

/** Nodes that were waited for and did not announce themselves in time. */
export class PeersMissingError extends PalmError {
  readonly addresses: readonly Hex[]

  constructor(addresses: readonly Hex[]) {
    super('PALM_PEERS_MISSING', `nothing was heard of ${addresses.join(', ')}`, {
      hints: ['Start these nodes, and give them a bootstrap address of this network.'],
    })
    this.addresses = addresses
  }
}
