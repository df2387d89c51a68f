/**
 * The data plane: mutual TLS 1.3 between nodes, for the bulk of what they exchange. Who is at the other end follows from
 * the libp2p extension of the certificate (tls-certificate.ts), so that a node has one identity on both planes.
 *
 * No authority signs these certificates, so that node's own verification is switched off and ours takes its place. It
 * runs before the first byte of the other side is read. The side that accepts then sends one reply (reply.ts), empty or
 * a refusal; a connection counts as made when it has come.
 */

import type { AddressInfo, Socket } from 'node:net'
import { connect as connectTls, createServer, type TLSSocket } from 'node:tls'
import { type Hex, PalmError } from '@palmhold/base'
import { type Channel, type ChannelLimits, createChannel } from './channel.ts'
import { encodeFrame } from './frame.ts'
import {
  ListenError,
  PeerAbortedError,
  PeerRefusedError,
  PeerTimeoutError,
  PeerUnreachableError,
  PortTakenError,
} from './peer-errors.ts'
import { addressOf, publicKeyOf } from './peer-identity.ts'
import { acceptance, decodeReply, refusal } from './reply.ts'
import {
  type CertificateRefusal,
  createTlsCertificate,
  type TlsCertificate,
  verifyTlsCertificate,
} from './tls-certificate.ts'

export const DATA_PLANE_ALPN = 'palmhold-data/1'

const DEFAULT_MAX_FRAME_BYTES = 64 * 1024 * 1024
const DEFAULT_TIMEOUT_MS = 10_000
const DEFAULT_SEND_TIMEOUT_MS = 30_000
const NOTHING = new Uint8Array()
const HANDSHAKE_TIMEOUT_MS = 10_000
const KEEP_ALIVE_MS = 10_000
const MAX_CONNECTIONS = 512

/** The key behind a certificate lives in one process only, so that its dates only have to outlive that process. */
const VALIDITY_MS = 10 * 365 * 86_400_000
const CLOCK_SKEW_MS = 3_600_000

/** How long a refused node has to read why. */
const REFUSAL_GRACE_MS = 1_000

export type DataPlaneOptions = {
  /** The node's key, 32 bytes. */
  readonly privateKey: Uint8Array
  /** An address of this machine; 127.0.0.1 unless given. */
  readonly host?: string
  /** 0, the default, for a free port. */
  readonly port?: number
  /** Who may connect, by lower-case address. */
  readonly authorise: (address: Hex) => boolean
  /** The greatest frame either way; 64 MiB unless given. */
  readonly maxFrameBytes?: number
  /** How long another node may take no bytes while some wait for it; 30 s unless given. */
  readonly sendTimeoutMs?: number
  /** A certificate to show in place of a fresh one. */
  readonly certificate?: TlsCertificate
  /** The time that certificates are judged by; the system's unless given. */
  readonly now?: () => Date
}

export type ConnectOptions = {
  /** Whom to expect there. */
  readonly address: Hex
  readonly host: string
  readonly port: number
  /** For the whole way to an accepted channel; 10 s unless given. */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
}

export type DataPlane = {
  readonly address: Hex
  readonly host: string
  readonly port: number
  /**
   * A channel to the node `address`, accepted by it.
   * @throws {PeerIdentityError} somebody else is there, or the certificate does not hold
   * @throws {PeerRefusedError} it does not take this node
   * @throws {PeerUnreachableError} no connection
   * @throws {PeerTimeoutError} not accepted within `timeoutMs`
   * @throws {PeerAbortedError} the caller's signal
   */
  connect(options: ConnectOptions): Promise<Channel>
  /** Calls back for each channel that another node opened; without a listener none is accepted. Returns its end. */
  onChannel(listener: (channel: Channel) => void): () => void
  /** Closes all channels and stops listening. */
  close(): Promise<void>
}

/**
 * A data plane that listens.
 * @throws {PeerKeyError} the private key is none
 * @throws {PortTakenError} another process listens on the port
 * @throws {ListenError} the host or port is not usable
 */
export async function createDataPlane(options: DataPlaneOptions): Promise<DataPlane> {
  const { privateKey, host = '127.0.0.1', port = 0, authorise, now = () => new Date() } = options
  const address = addressOf(publicKeyOf(privateKey))
  const certificate = options.certificate ?? (await freshCertificate(privateKey, now()))
  const limits: ChannelLimits = {
    maxFrameBytes: options.maxFrameBytes ?? DEFAULT_MAX_FRAME_BYTES,
    sendTimeoutMs: options.sendTimeoutMs ?? DEFAULT_SEND_TIMEOUT_MS,
  }
  const tls = {
    ...certificate,
    minVersion: 'TLSv1.3',
    maxVersion: 'TLSv1.3',
    ALPNProtocols: [DATA_PLANE_ALPN],
    requestCert: true,
    rejectUnauthorized: false,
  } as const
  const listeners = new Set<(channel: Channel) => void>()
  const sockets = new Set<Socket>()
  const channels = new Set<Channel>()

  /** From here on bytes are read: only for sockets whose other end is known. */
  function open(socket: TLSSocket, peer: Hex): Channel {
    socket.setKeepAlive(true, KEEP_ALIVE_MS)
    const channel = createChannel(socket, peer, limits)
    channels.add(channel)
    void channel.closed.then(() => channels.delete(channel))
    return channel
  }

  /** Decides over a connection that came in; every failure ends in a refusal, none in an exception. */
  async function admit(socket: TLSSocket): Promise<void> {
    // Until a channel takes over, an error only ends this connection.
    socket.on('error', () => socket.destroy())
    try {
      const peer = await identify(socket, now())
      if (!authorise(peer) || listeners.size === 0) throw new NotAuthorisedError(peer)
      const channel = open(socket, peer)
      await channel.send(acceptance(NOTHING))
      for (const listener of listeners) listener(channel)
    } catch (error) {
      refuse(socket, error)
    }
  }

  async function connect(to: ConnectOptions): Promise<Channel> {
    const { timeoutMs = DEFAULT_TIMEOUT_MS, signal } = to
    const expected = to.address.toLowerCase() as Hex
    const deadline = AbortSignal.timeout(timeoutMs)
    const until = AbortSignal.any([deadline, ...(signal ? [signal] : [])])
    const socket = connectTls({ ...tls, host: to.host, port: to.port, servername: '' })
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    try {
      await secured(socket, until)
      const peer = await identify(socket, now())
      if (peer !== expected) throw new PeerIdentityError(`the node there is ${peer}, not ${expected}`)
      const channel = open(socket, peer)
      const reply = decodeReply(await channel.next({ signal: until }))
      if (!reply.ok) throw new PeerRefusedError(expected, reply.code)
      return channel
    } catch (error) {
      socket.destroy()
      if (deadline.aborted) throw new PeerTimeoutError(expected, timeoutMs)
      if (until.aborted) throw new PeerAbortedError(expected)
      if (error instanceof PeerIdentityError || error instanceof PeerRefusedError) throw error
      throw new PeerUnreachableError(expected, error)
    }
  }

  const server = createServer({ ...tls, handshakeTimeout: HANDSHAKE_TIMEOUT_MS, noDelay: true })
  server.maxConnections = MAX_CONNECTIONS
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  server.on('secureConnection', (socket) => void admit(socket))
  await new Promise<void>((resolve, reject) => {
    server.on('error', (error: NodeJS.ErrnoException) =>
      reject(error.code === 'EADDRINUSE' ? new PortTakenError(host, port) : new ListenError(host, port, error)),
    )
    server.listen(port, host, resolve)
  })

  return {
    address,
    host,
    port: (server.address() as AddressInfo).port,
    connect,
    onChannel(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    async close() {
      const stopped = new Promise<void>((resolve) => server.close(() => resolve()))
      await Promise.all([...channels].map((channel) => channel.close()))
      for (const socket of sockets) socket.destroy()
      await stopped
    },
  }
}

function freshCertificate(privateKey: Uint8Array, now: Date): Promise<TlsCertificate> {
  return createTlsCertificate({
    privateKey,
    notBefore: new Date(now.getTime() - CLOCK_SKEW_MS),
    notAfter: new Date(now.getTime() + VALIDITY_MS),
  })
}

/** Resolves when the handshake is done; rejects with the socket's error or the signal's reason. */
function secured(socket: TLSSocket, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason)
    // The error listener stays: an error between here and the channel must not end the process.
    socket.on('error', reject)
    socket.once('close', () => reject(undefined))
    signal.addEventListener('abort', onAbort, { once: true })
    socket.once('secureConnect', () => {
      signal.removeEventListener('abort', onAbort)
      resolve()
    })
  })
}

/**
 * Who is at the other end of a socket whose handshake is done.
 * @throws {PeerIdentityError} another version or protocol, no certificate, or one that does not hold
 */
async function identify(socket: TLSSocket, now: Date): Promise<Hex> {
  if (socket.getProtocol() !== 'TLSv1.3' || socket.alpnProtocol !== DATA_PLANE_ALPN)
    throw new PeerIdentityError(`the connection does not speak ${DATA_PLANE_ALPN} over TLS 1.3`)
  const certificate = socket.getPeerX509Certificate()
  if (!certificate) throw new PeerIdentityError('the other side showed no certificate')
  const result = await verifyTlsCertificate(certificate.raw, now)
  if (!result.ok) throw new PeerIdentityError(`the certificate does not hold: ${result.reason}`, result.reason)
  return result.address
}

/** Says why and hangs up, without reading anything the other side may have sent. */
function refuse(socket: TLSSocket, error: unknown): void {
  if (socket.destroyed) return
  socket.end(encodeFrame(refusal(error)))
  const timer = setTimeout(() => socket.destroy(), REFUSAL_GRACE_MS)
  socket.once('close', () => clearTimeout(timer))
}

/** The other side is not the node it should be, or can't prove that it is. */
export class PeerIdentityError extends PalmError {
  /** Where a certificate was refused, why. */
  readonly reason: CertificateRefusal | undefined

  constructor(message: string, reason?: CertificateRefusal) {
    super('PALM_PEER_IDENTITY', message, {
      hints: ['See that host and port belong to this node, and that the clocks of both machines are right.'],
    })
    this.reason = reason
  }
}

/** A node that proved who it is and is not let in. */
export class NotAuthorisedError extends PalmError {
  constructor(peer: Hex) {
    super('PALM_PEER_NOT_AUTHORISED', `the node ${peer} is not let in`, {
      hints: ['Only members of the committee and known verifiers may open data channels.'],
    })
  }
}
