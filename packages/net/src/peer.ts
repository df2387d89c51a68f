/**
 * A node on the control plane: questions and answers by PeerId, gossip, and the list of who is connected. Callers see
 * PeerIds, Ethereum addresses and bytes; libp2p stays inside this package.
 *
 * Bulk data goes over the data plane (data-plane.ts): libp2p streams are several times slower and cost more CPU.
 */

import type { Connection, Stream } from '@libp2p/interface'
import { peerIdFromString } from '@libp2p/peer-id'
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import { isPalmError, PalmError, type PalmErrorCode } from '@palmhold/base'
import { answer, ask } from './exchange.ts'
import { MessageTooLargeError } from './frame.ts'
import type { GossipListener, GossipValidator } from './gossip.ts'
import type { Libp2pNode } from './libp2p-node.ts'
import { PeerAbortedError, PeerRefusedError, PeerTimeoutError, PeerUnreachableError } from './peer-errors.ts'
import { nameOfPeer, type PeerName, publicKeyOf } from './peer-identity.ts'

const DEFAULT_MAX_MESSAGE_BYTES = 4 * 1024 * 1024
const DEFAULT_TIMEOUT_MS = 10_000
const QUESTION_READ_TIMEOUT_MS = 30_000
const MAX_STREAMS_PER_CONNECTION = 256
const BOOTSTRAP_RETRY_MS = 1_000

/** What a node without a handler for the protocol counts as having said. */
const PROTOCOL_UNKNOWN: PalmErrorCode = 'PALM_PROTOCOL_UNKNOWN'

/** Answers one question; the code of a PalmError it throws goes back to the asker, and nothing else of it. */
export type RequestHandler = (from: PeerName, body: Uint8Array, signal: AbortSignal) => Promise<Uint8Array>

export type PeerOptions = {
  /** 32 bytes, a secp256k1 scalar: the node's whole identity. */
  readonly privateKey: Uint8Array
  /** An IP address of this machine; 127.0.0.1 unless given. */
  readonly listenHost?: string
  /** 0, the default, for a free port. */
  readonly port?: number
  /** Multiaddrs of nodes to stay connected to; one is enough to find everybody else. */
  readonly bootstrap?: readonly string[]
  /** The greatest question and the greatest answer, in bytes; 4 MiB unless given. */
  readonly maxMessageBytes?: number
  /** Stops the node when it aborts. */
  readonly signal?: AbortSignal
}

export type RequestOptions = { readonly timeoutMs?: number; readonly signal?: AbortSignal }

export type Peer = PeerName & {
  /** Where the node listens, each with its PeerId at the end: what others take as `bootstrap`. */
  readonly multiaddrs: string[]
  /** Answers `protocol` (such as /palmhold/match/1) from here on, in place of an earlier handler. */
  handle(protocol: string, handler: RequestHandler): Promise<void>
  /**
   * Asks a node, which is looked up and dialled where it is not connected yet.
   * @throws {PeerUnreachableError} not found or not to be dialled within `timeoutMs`, or lost before it answered
   * @throws {PeerTimeoutError} asked, and no answer within `timeoutMs` (10 s unless given)
   * @throws {PeerRefusedError} answered with a code; PALM_PROTOCOL_UNKNOWN where it has no handler
   * @throws {PeerAbortedError} the caller's signal, or this node is stopping
   * @throws {MessageTooLargeError} question or answer above `maxMessageBytes`
   */
  request(to: { peerId: string }, protocol: string, body: Uint8Array, options?: RequestOptions): Promise<Uint8Array>
  /**
   * Gossips up to 64 KiB, signed with the node's key.
   * @throws {MessageTooLargeError} more than that
   */
  publish(topic: string, bytes: Uint8Array): Promise<void>
  /**
   * Hears a topic; `from` is the node that published. What `isValid` refuses is neither delivered nor passed on.
   * Returns a function that ends it.
   */
  subscribe(topic: string, listener: GossipListener, isValid?: GossipValidator): () => void
  connectedPeers(): PeerName[]
  /** Calls back for each node that connects, once it has said which protocols it speaks. Returns a function that ends it. */
  onPeer(listener: (peer: PeerName) => void): () => void
  /**
   * Connects to a multiaddr.
   * @throws {PeerUnreachableError} nobody listens there, or somebody else than its PeerId says
   * @throws {PeerTimeoutError} no connection within `timeoutMs` (10 s unless given)
   * @throws {MultiaddrError} not a multiaddr
   */
  dial(address: string, options?: RequestOptions): Promise<PeerName>
  stop(): Promise<void>
}

/**
 * A started node. It goes on trying its bootstrap addresses, so that nodes may start in any order.
 * @throws {PeerKeyError} the private key is none
 * @throws {MultiaddrError} a bootstrap address is none
 * @throws {PortTakenError} another process listens on the port
 * @throws {ListenError} the host or port is not usable
 */
export async function createPeer(options: PeerOptions): Promise<Peer> {
  const { privateKey, listenHost = '127.0.0.1', port = 0, bootstrap = [], signal } = options
  const maxMessageBytes = options.maxMessageBytes ?? DEFAULT_MAX_MESSAGE_BYTES
  publicKeyOf(privateKey)
  const bootstrapAddresses = bootstrap.map(parseMultiaddr)
  // libp2p is half of what this package loads; who uses the data plane alone does without.
  const [{ createLibp2pNode }, { createGossip }] = await Promise.all([
    import('./libp2p-node.ts'),
    import('./gossip.ts'),
  ])
  const node = await createLibp2pNode({ privateKey, listenHost, port })
  const lifetime = new AbortController()
  const gossip = createGossip(node.services.pubsub)
  const self = nameOfPeer(node.peerId.toString())

  async function handle(protocol: string, handler: RequestHandler): Promise<void> {
    const onStream = async (stream: Stream, connection: Connection) => {
      const gone = new AbortController()
      stream.addEventListener('close', () => gone.abort())
      const from = nameOfPeer(connection.remotePeer.toString())
      const onReadLimit = () => stream.abort(new PeerTimeoutError(from.peerId, QUESTION_READ_TIMEOUT_MS))
      const readLimit = setTimeout(onReadLimit, QUESTION_READ_TIMEOUT_MS)
      const limits = { maxMessageBytes, signal: AbortSignal.any([lifetime.signal, gone.signal]) }
      try {
        await answer(stream, from.peerId, limits, (body) => {
          clearTimeout(readLimit)
          return handler(from, body, limits.signal)
        })
      } catch (error) {
        // The asker is gone or the transport failed: nobody is left to tell.
        stream.abort(error instanceof Error ? error : new PeerUnreachableError(from.peerId))
      } finally {
        clearTimeout(readLimit)
      }
    }
    await node.handle(protocol, onStream, {
      force: true,
      maxInboundStreams: MAX_STREAMS_PER_CONNECTION,
      maxOutboundStreams: MAX_STREAMS_PER_CONNECTION,
    })
  }

  async function request(
    to: { peerId: string },
    protocol: string,
    body: Uint8Array,
    { timeoutMs = DEFAULT_TIMEOUT_MS, signal: callerSignal }: RequestOptions = {},
  ): Promise<Uint8Array> {
    nameOfPeer(to.peerId)
    if (body.length > maxMessageBytes) throw new MessageTooLargeError(body.length, maxMessageBytes)
    const deadline = AbortSignal.timeout(timeoutMs)
    const until = AbortSignal.any([deadline, lifetime.signal, ...(callerSignal ? [callerSignal] : [])])
    let stream: Stream | undefined
    try {
      stream = await openStream(node, to.peerId, protocol, until)
      const opened = stream
      until.addEventListener('abort', () => opened.abort(new PeerAbortedError(to.peerId)), { once: true })
      const reply = await ask(opened, to.peerId, body, { maxMessageBytes, signal: until })
      // Closing only tells the other side; its outcome changes nothing about the answer.
      opened.close().catch(() => undefined)
      return reply
    } catch (error) {
      stream?.abort(new PeerAbortedError(to.peerId))
      if (deadline.aborted && stream) throw new PeerTimeoutError(to.peerId, timeoutMs)
      if (until.aborted && !deadline.aborted) throw new PeerAbortedError(to.peerId)
      if (isPalmError(error)) throw error
      if (isUnsupportedProtocol(error)) throw new PeerRefusedError(to.peerId, PROTOCOL_UNKNOWN)
      throw new PeerUnreachableError(to.peerId, error)
    }
  }

  async function dial(
    address: string,
    { timeoutMs = DEFAULT_TIMEOUT_MS, signal: callerSignal }: RequestOptions = {},
  ): Promise<PeerName> {
    const target = parseMultiaddr(address)
    const deadline = AbortSignal.timeout(timeoutMs)
    const until = AbortSignal.any([deadline, lifetime.signal, ...(callerSignal ? [callerSignal] : [])])
    try {
      const connection = await node.dial(target, { signal: until })
      return nameOfPeer(connection.remotePeer.toString())
    } catch (error) {
      if (deadline.aborted) throw new PeerTimeoutError(address, timeoutMs)
      if (until.aborted) throw new PeerAbortedError(address)
      throw new PeerUnreachableError(address, error)
    }
  }

  function onPeer(listener: (peer: PeerName) => void): () => void {
    const onIdentify = (event: CustomEvent<{ peerId: { toString(): string } }>) =>
      listener(nameOfPeer(event.detail.peerId.toString()))
    node.addEventListener('peer:identify', onIdentify)
    return () => node.removeEventListener('peer:identify', onIdentify)
  }

  let stopping: Promise<void> | undefined
  function stop(): Promise<void> {
    stopping ??= (async () => {
      lifetime.abort()
      clearInterval(bootstrapTimer)
      await node.stop()
    })()
    return stopping
  }

  const dialBootstrap = () => {
    for (const address of bootstrapAddresses) void keepConnected(node, address, lifetime.signal)
  }
  const bootstrapTimer = setInterval(dialBootstrap, BOOTSTRAP_RETRY_MS)
  bootstrapTimer.unref()
  dialBootstrap()
  if (signal?.aborted) await stop()
  signal?.addEventListener('abort', () => void stop(), { once: true })

  return {
    ...self,
    get multiaddrs() {
      return node.getMultiaddrs().map((address) => address.toString())
    },
    handle,
    request,
    publish: gossip.publish,
    subscribe: gossip.subscribe,
    connectedPeers: () => node.getPeers().map((peerId) => nameOfPeer(peerId.toString())),
    onPeer,
    dial,
    stop,
  }
}

/** Opens a stream; a node that moved to other addresses since it was last seen is looked up again. */
async function openStream(node: Libp2pNode, peerId: string, protocol: string, signal: AbortSignal): Promise<Stream> {
  const peer = peerIdFromString(peerId)
  try {
    return await node.dialProtocol(peer, protocol, { signal })
  } catch (error) {
    // A look-up that has nobody to ask would wait for somebody to come.
    const canLookUp = node.getPeers().length > 0 && node.getConnections(peer).length === 0
    if (signal.aborted || isUnsupportedProtocol(error) || !canLookUp) throw error
    const { multiaddrs } = await node.peerRouting.findPeer(peer, { signal, useCache: false })
    const named = multiaddrs.map((address) => withPeerId(address, peerId))
    return await node.dialProtocol(named, protocol, { signal })
  }
}

/** Dials a bootstrap address unless a connection to it stands, or it is this node's own. */
async function keepConnected(node: Libp2pNode, address: Multiaddr, signal: AbortSignal): Promise<void> {
  const peerId = address.getComponents().find(({ name }) => name === 'p2p')?.value
  if (peerId === node.peerId.toString()) return
  if (peerId && node.getConnections(peerIdFromString(peerId)).length > 0) return
  if (!peerId && node.getConnections().some(({ remoteAddr }) => remoteAddr.toString().startsWith(address.toString())))
    return
  try {
    await node.dial(address, { signal })
  } catch {
    // Not there yet, or not any more: the next round tries again.
  }
}

function withPeerId(address: Multiaddr, peerId: string): Multiaddr {
  const hasPeerId = address.getComponents().some(({ name }) => name === 'p2p')
  return hasPeerId ? address : address.encapsulate(`/p2p/${peerId}`)
}

function parseMultiaddr(address: string): Multiaddr {
  try {
    return multiaddr(address)
  } catch {
    throw new MultiaddrError(address)
  }
}

function isUnsupportedProtocol(error: unknown): boolean {
  return error instanceof Error && error.name === 'UnsupportedProtocolError'
}

/** An address that libp2p can't read. */
export class MultiaddrError extends PalmError {
  constructor(address: string) {
    super('PALM_MULTIADDR_INVALID', `${JSON.stringify(address)} is no multiaddr`, {
      hints: ['A multiaddr looks like /ip4/127.0.0.1/tcp/4001/p2p/16Uiu2...'],
    })
  }
}
