/** The control plane, over real sockets on loopback. */

import { createServer } from 'node:net'
import { PalmError, utf8 } from '@palmhold/base'
import {
  createPeer,
  ListenError,
  MessageTooLargeError,
  MultiaddrError,
  type Peer,
  PeerAbortedError,
  type PeerName,
  type PeerOptions,
  PeerRefusedError,
  PeerTimeoutError,
  PeerUnreachableError,
  PortTakenError,
} from '@palmhold/net'
import { expect } from 'chai'
import { addressOfName, failureOf, keyOf, peerIdOfName } from './test-keys.ts'

const ECHO = '/test/echo/1'

class TestError extends PalmError {
  constructor() {
    super('PALM_TEST_REFUSAL', 'a message that must stay at home')
  }
}

describe('peer', () => {
  const running: Peer[] = []

  async function start(name: string, options: Partial<PeerOptions> = {}): Promise<Peer> {
    const peer = await createPeer({ privateKey: keyOf(name), ...options })
    running.push(peer)
    return peer
  }

  afterEach(async () => {
    await Promise.all(running.splice(0).map((peer) => peer.stop()))
  })

  async function startPair(options: Partial<PeerOptions> = {}): Promise<[Peer, Peer]> {
    const a = await start('a', options)
    const b = await start('b', { bootstrap: a.multiaddrs, ...options })
    await b.dial(a.multiaddrs[0]!)
    return [a, b]
  }

  it('is named by its key', async () => {
    const a = await start('a')
    expect(a.address).to.equal(addressOfName('a'))
    expect(a.peerId).to.equal(peerIdOfName('a'))
    expect(a.multiaddrs).to.have.length(1)
    expect(a.multiaddrs[0]).to.match(new RegExp(`^/ip4/127\\.0\\.0\\.1/tcp/\\d+/p2p/${a.peerId}$`))
  })

  it('answers, and knows who asks', async () => {
    const [a, b] = await startPair()
    const askers: PeerName[] = []
    await a.handle(ECHO, async (from, body) => {
      askers.push(from)
      return body
    })
    const bodies = [new Uint8Array(), Uint8Array.of(1, 2, 3), new Uint8Array(1_000_000).fill(9)]
    const answers = await Promise.all(bodies.map((body) => b.request(a, ECHO, body)))
    expect(answers).to.deep.equal(bodies)
    expect(askers).to.deep.equal(bodies.map(() => ({ address: addressOfName('b'), peerId: b.peerId })))
    expect(b.connectedPeers()).to.deep.equal([{ address: a.address, peerId: a.peerId }])
  })

  it('finds by PeerId, through one bootstrap node, a node it never heard the address of', async () => {
    const a = await start('a')
    const b = await start('b', { bootstrap: a.multiaddrs })
    const c = await start('c', { bootstrap: a.multiaddrs })
    await c.handle(ECHO, async (_from, body) => body)
    await Promise.all([b.dial(a.multiaddrs[0]!), c.dial(a.multiaddrs[0]!)])
    expect(await b.request({ peerId: c.peerId }, ECHO, Uint8Array.of(5))).to.deep.equal(Uint8Array.of(5))
  })

  it('finds a node again that came back on another port', async () => {
    const [a, b] = await startPair()
    const before = await start('c', { bootstrap: a.multiaddrs })
    await before.handle(ECHO, async () => utf8('before'))
    await b.dial(before.multiaddrs[0]!)
    expect(await b.request(before, ECHO, new Uint8Array())).to.deep.equal(utf8('before'))
    await before.stop()
    const after = await start('c')
    await after.handle(ECHO, async () => utf8('after'))
    const met = new Promise<void>((resolve) => after.onPeer(({ peerId }) => peerId === a.peerId && resolve()))
    await after.dial(a.multiaddrs[0]!)
    await met
    expect(await b.request(after, ECHO, new Uint8Array())).to.deep.equal(utf8('after'))
  })

  it('comes to its bootstrap node when that starts later', async () => {
    const probe = createServer()
    await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve))
    const { port } = probe.address() as { port: number }
    await new Promise((resolve) => probe.close(resolve))
    const early = await start('early', { bootstrap: [`/ip4/127.0.0.1/tcp/${port}/p2p/${peerIdOfName('late')}`] })
    const met = new Promise<PeerName>((resolve) => early.onPeer(resolve))
    await start('late', { port })
    expect((await met).address).to.equal(addressOfName('late'))
  })

  it('passes on the code of a refusal and nothing else', async () => {
    const [a, b] = await startPair()
    await a.handle('/test/palm/1', async () => Promise.reject(new TestError()))
    await a.handle('/test/other/1', async () => Promise.reject(new TypeError('a secret')))
    const palm = await failureOf(b.request(a, '/test/palm/1', new Uint8Array()))
    expect(palm).to.be.instanceOf(PeerRefusedError).and.include({ code: 'PALM_PEER_REFUSED' })
    expect(palm).to.have.property('remoteCode', 'PALM_TEST_REFUSAL')
    expect(palm.message).not.to.contain('stay at home')
    const other = await failureOf(b.request(a, '/test/other/1', new Uint8Array()))
    expect(other).to.have.property('remoteCode', 'PALM_INTERNAL')
    const unknown = await failureOf(b.request(a, '/test/nobody/1', new Uint8Array()))
    expect(unknown).to.have.property('remoteCode', 'PALM_PROTOCOL_UNKNOWN')
  })

  it('keeps to its limit both ways', async () => {
    const [a, b] = await startPair({ maxMessageBytes: 1000 })
    await a.handle(ECHO, async (_from, body) => body)
    await a.handle('/test/long/1', async () => new Uint8Array(1001))
    expect(await b.request(a, ECHO, new Uint8Array(1000))).to.have.length(1000)
    const local = await failureOf(b.request(a, ECHO, new Uint8Array(1001)))
    expect(local).to.be.instanceOf(MessageTooLargeError)
    const remote = await failureOf(b.request(a, '/test/long/1', new Uint8Array()))
    expect(remote).to.have.property('remoteCode', 'PALM_MESSAGE_TOO_LARGE')
  })

  it('refuses a question above its limit from a node with a higher one', async () => {
    const a = await start('a', { maxMessageBytes: 1000 })
    const b = await start('b')
    await a.handle(ECHO, async (_from, body) => body)
    await b.dial(a.multiaddrs[0]!)
    const error = await failureOf(b.request(a, ECHO, new Uint8Array(1001)))
    expect(error).to.have.property('remoteCode', 'PALM_MESSAGE_TOO_LARGE')
  })

  it('gives up on a node that does not answer, and tells its handler', async () => {
    const [a, b] = await startPair()
    const given = Promise.withResolvers<void>()
    await a.handle('/test/never/1', (_from, _body, signal) => {
      signal.addEventListener('abort', () => given.resolve())
      return new Promise(() => undefined)
    })
    const error = await failureOf(b.request(a, '/test/never/1', new Uint8Array(), { timeoutMs: 100 }))
    expect(error).to.be.instanceOf(PeerTimeoutError).and.include({ code: 'PALM_PEER_TIMEOUT' })
    await given.promise
  })

  it('ends a request when its caller or the node itself stops', async () => {
    const [a, b] = await startPair()
    const asked = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    let count = 0
    await a.handle('/test/never/1', () => {
      asked[count++]!.resolve()
      return new Promise(() => undefined)
    })
    const caller = new AbortController()
    const first = failureOf(b.request(a, '/test/never/1', new Uint8Array(), { signal: caller.signal }))
    await asked[0]!.promise
    caller.abort()
    expect(await first)
      .to.be.instanceOf(PeerAbortedError)
      .and.include({ code: 'PALM_PEER_ABORTED' })
    const second = failureOf(b.request(a, '/test/never/1', new Uint8Array()))
    await asked[1]!.promise
    await b.stop()
    expect(await second).to.be.instanceOf(PeerAbortedError)
  })

  it('says that a node is gone', async () => {
    const [a, b] = await startPair()
    await a.stop()
    const error = await failureOf(b.request(a, ECHO, new Uint8Array(), { timeoutMs: 5_000 }))
    expect(error).to.be.instanceOf(PeerUnreachableError).and.include({ code: 'PALM_PEER_UNREACHABLE' })
    expect(await failureOf(b.dial(`/ip4/127.0.0.1/tcp/1/p2p/${a.peerId}`))).to.be.instanceOf(PeerUnreachableError)
  })

  it('says that a node died before it answered', async () => {
    const [a, b] = await startPair()
    await a.handle(ECHO, async () => {
      await a.stop()
      return new Uint8Array()
    })
    const error = await failureOf(b.request(a, ECHO, new Uint8Array(), { timeoutMs: 5_000 }))
    expect(error).to.be.instanceOf(PeerUnreachableError)
  })

  it('does not take one node for another at the same address', async () => {
    const [a, b] = await startPair()
    const elsewhere = a.multiaddrs[0]!.replace(a.peerId, peerIdOfName('stranger'))
    expect(await failureOf(b.dial(elsewhere))).to.be.instanceOf(PeerUnreachableError)
  })

  it('gossips, signed, to nodes that listen, and drops what a listener finds invalid', async () => {
    const [a, b] = await startPair()
    const heard: [string, Uint8Array][] = []
    const arrived = Promise.withResolvers<void>()
    const end = a.subscribe(
      'test/topic',
      (from, bytes) => {
        heard.push([from.address, bytes])
        arrived.resolve()
      },
      (bytes) => bytes[0] !== 0,
    )
    // Publishing reaches whoever is known to have subscribed; repeat until the subscription has come over.
    const timer = setInterval(async () => {
      await b.publish('test/topic', Uint8Array.of(0, 1))
      await b.publish('test/topic', Uint8Array.of(7, 7))
    }, 50)
    await arrived.promise
    clearInterval(timer)
    end()
    expect(heard[0]).to.deep.equal([b.address, Uint8Array.of(7, 7)])
    expect(heard.every(([, bytes]) => bytes[0] === 7)).to.equal(true)
    expect(await failureOf(b.publish('test/topic', new Uint8Array(65_537)))).to.be.instanceOf(MessageTooLargeError)
  })

  it('stops with its signal, and twice without harm', async () => {
    const owner = new AbortController()
    const a = await start('a', { signal: owner.signal })
    owner.abort()
    await a.stop()
    await a.stop()
    expect(a.connectedPeers()).to.deep.equal([])
  })

  it('names what keeps it from listening', async () => {
    const a = await start('a')
    const port = Number(a.multiaddrs[0]!.split('/')[4])
    const taken = await failureOf(createPeer({ privateKey: keyOf('b'), port }))
    expect(taken).to.be.instanceOf(PortTakenError).and.include({ code: 'PALM_PORT_TAKEN' })
    const elsewhere = await failureOf(createPeer({ privateKey: keyOf('b'), listenHost: '192.0.2.1' }))
    expect(elsewhere).to.be.instanceOf(ListenError).and.include({ code: 'PALM_LISTEN_FAILED' })
    const garbled = await failureOf(createPeer({ privateKey: keyOf('b'), bootstrap: ['127.0.0.1:4001'] }))
    expect(garbled).to.be.instanceOf(MultiaddrError).and.include({ code: 'PALM_MULTIADDR_INVALID' })
  })
})
