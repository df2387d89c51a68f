/**
 * The libp2p node of a Palmhold node: TCP, Noise, Yamux, identify, ping, a Kademlia table and gossipsub, on a network
 * of its own. The Kademlia protocol has its own name and passes private addresses on, so that operators on one machine
 * or one LAN find each other by PeerId from a single bootstrap address, and so that no public DHT is ever joined.
 *
 * Only secp256k1 identities are let in: everything above speaks of peers by the Ethereum address of their key.
 */

import { noise } from '@chainsafe/libp2p-noise'
import { yamux } from '@chainsafe/libp2p-yamux'
import { privateKeyFromRaw } from '@libp2p/crypto/keys'
import { type GossipSub, gossipsub, StrictSign } from '@libp2p/gossipsub'
import { type Identify, identify } from '@libp2p/identify'
import type { Libp2p, PeerId } from '@libp2p/interface'
import { type KadDHT, kadDHT, passthroughMapper } from '@libp2p/kad-dht'
import { type Ping, ping } from '@libp2p/ping'
import { tcp } from '@libp2p/tcp'
import { createLibp2p } from 'libp2p'
import { ListenError, PortTakenError } from './peer-errors.ts'

/** The greatest gossip message, in bytes. */
export const MAX_GOSSIP_BYTES = 64 * 1024

const DHT_PROTOCOL = '/palmhold/kad/1.0.0'

/** libp2p's defaults of 1 s each would make a small network wait that long for its first look-ups and gossip. */
const FIRST_SELF_QUERY_MS = 100
const GOSSIP_HEARTBEAT_MS = 250

const DIAL_TIMEOUT_MS = 5_000

/** libp2p's default of 5 connections a second from one host would refuse nodes that share a machine. */
const INBOUND_CONNECTIONS_PER_SECOND = 100
const MAX_CONNECTIONS = 300

export type Libp2pServices = { identify: Identify; ping: Ping; dht: KadDHT; pubsub: GossipSub }
export type Libp2pNode = Libp2p<Libp2pServices>

export type Libp2pNodeOptions = {
  /** 32 bytes, a secp256k1 scalar. */
  readonly privateKey: Uint8Array
  /** An IPv4 or IPv6 address of this machine. */
  readonly listenHost: string
  /** 0 for a free port. */
  readonly port: number
}

/**
 * A started libp2p node that listens on `listenHost`.
 * @throws {PortTakenError} another process listens on the port
 * @throws {ListenError} the host or port is not usable
 */
export async function createLibp2pNode(options: Libp2pNodeOptions): Promise<Libp2pNode> {
  const { privateKey, listenHost, port } = options
  const family = listenHost.includes(':') ? 'ip6' : 'ip4'
  const node = await createLibp2p<Libp2pServices>({
    start: false,
    privateKey: privateKeyFromRaw(privateKey),
    addresses: { listen: [`/${family}/${listenHost}/tcp/${port}`] },
    transports: [tcp({ dialOpts: { noDelay: true }, listenOpts: { noDelay: true } })],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    connectionManager: {
      dialTimeout: DIAL_TIMEOUT_MS,
      inboundConnectionThreshold: INBOUND_CONNECTIONS_PER_SECOND,
      maxConnections: MAX_CONNECTIONS,
    },
    connectionGater: {
      denyInboundEncryptedConnection: hasOtherKey,
      denyOutboundEncryptedConnection: hasOtherKey,
    },
    services: {
      identify: identify(),
      ping: ping(),
      dht: kadDHT({
        protocol: DHT_PROTOCOL,
        clientMode: false,
        peerInfoMapper: passthroughMapper,
        initialQuerySelfInterval: FIRST_SELF_QUERY_MS,
      }),
      pubsub: gossipsub({
        globalSignaturePolicy: StrictSign,
        allowPublishToZeroTopicPeers: true,
        ignoreDuplicatePublishError: true,
        floodPublish: true,
        heartbeatInterval: GOSSIP_HEARTBEAT_MS,
        maxInboundDataLength: MAX_GOSSIP_BYTES,
      }),
    },
  })
  try {
    await node.start()
  } catch (error) {
    await node.stop()
    // libp2p keeps no more of the system's error than its text.
    if (error instanceof Error && error.message.includes('EADDRINUSE')) throw new PortTakenError(listenHost, port)
    throw new ListenError(listenHost, port, error)
  }
  return node
}

function hasOtherKey(peerId: PeerId): boolean {
  return peerId.type !== 'secp256k1'
}
