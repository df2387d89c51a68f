/** The data plane over real TLS on loopback: who gets in, who does not, and by which name. */

import { connect as connectTcp, createServer } from 'node:net'
import {
  type ConnectionOptions,
  connect as connectTls,
  createServer as createTlsServer,
  type TLSSocket,
} from 'node:tls'
import {
  type Channel,
  createDataPlane,
  createTlsCertificate,
  type DataPlane,
  type DataPlaneOptions,
  ListenError,
  PeerAbortedError,
  PeerIdentityError,
  PeerRefusedError,
  PeerTimeoutError,
  PeerUnreachableError,
  PortTakenError,
  type TlsCertificate,
} from '@palmhold/net'
import { expect } from 'chai'
import { createFrameReader } from '../../packages/net/src/frame.ts'
import { decodeReply } from '../../packages/net/src/reply.ts'
import { addressOfName, failureOf, keyOf } from './test-keys.ts'

const DAY_MS = 86_400_000
const ALPN = 'palmhold-data/1'

function certificateOf(name: string, fromDays = -1, untilDays = 1): Promise<TlsCertificate> {
  const now = Date.now()
  return createTlsCertificate({
    privateKey: keyOf(name),
    notBefore: new Date(now + fromDays * DAY_MS),
    notAfter: new Date(now + untilDays * DAY_MS),
  })
}

describe('data plane', () => {
  const planes: DataPlane[] = []
  const closing: (() => void)[] = []

  async function start(name: string, options: Partial<DataPlaneOptions> = {}): Promise<DataPlane> {
    const plane = await createDataPlane({ privateKey: keyOf(name), authorise: () => true, ...options })
    planes.push(plane)
    return plane
  }

  afterEach(async () => {
    for (const close of closing.splice(0)) close()
    await Promise.all(planes.splice(0).map((plane) => plane.close()))
  })

  function whereIs(plane: DataPlane) {
    return { address: plane.address, host: plane.host, port: plane.port }
  }

  /** What a plane says, as its first frame, to a client of our own making. */
  function firstWord(plane: DataPlane, options: ConnectionOptions): Promise<ReturnType<typeof decodeReply>> {
    return new Promise((resolve, reject) => {
      const socket = connectTls({ host: plane.host, port: plane.port, rejectUnauthorized: false, ...options })
      closing.push(() => socket.destroy())
      const reader = createFrameReader(1000)
      socket.on('data', (chunk) => {
        const [frame] = reader.push(chunk)
        if (frame) resolve(decodeReply(frame))
      })
      socket.on('error', reject)
      socket.on('close', () => reject(new RangeError('closed without a word')))
    })
  }

  it('joins two nodes that know each other by address', async () => {
    const [a, b] = [await start('a'), await start('b')]
    const accepted = new Promise<Channel>((resolve) => b.onChannel(resolve))
    const out = await a.connect(whereIs(b))
    const back = await accepted
    expect([out.peer, back.peer]).to.deep.equal([addressOfName('b'), addressOfName('a')])
    await out.send(Uint8Array.of(1))
    await back.send(Uint8Array.of(2))
    expect([await back.next(), await out.next()]).to.deep.equal([Uint8Array.of(1), Uint8Array.of(2)])
  })

  it('takes the expected address in any case of its digits', async () => {
    const [a, b] = [await start('a'), await start('b')]
    b.onChannel(() => undefined)
    const address = `0x${b.address.slice(2).toUpperCase()}` as const
    expect((await a.connect({ ...whereIs(b), address })).peer).to.equal(b.address)
  })

  it('refuses whom it is not told to let in, and everybody while nobody listens', async () => {
    const a = await start('a')
    const strict = await start('b', { authorise: (address) => address !== a.address })
    strict.onChannel(() => expect.fail('let in'))
    const silent = await start('c')
    for (const plane of [strict, silent]) {
      const error = await failureOf(a.connect(whereIs(plane)))
      expect(error).to.be.instanceOf(PeerRefusedError)
      expect(error).to.have.property('remoteCode', 'PALM_PEER_NOT_AUTHORISED')
    }
  })

  it('does not take one node for another', async () => {
    const [a, b] = [await start('a'), await start('b')]
    b.onChannel(() => undefined)
    const error = await failureOf(a.connect({ ...whereIs(b), address: addressOfName('c') }))
    expect(error).to.be.instanceOf(PeerIdentityError).and.include({ code: 'PALM_PEER_IDENTITY' })
  })

  for (const [reason, from, until] of [
    ['expired', -2, -1],
    ['not_yet_valid', 1, 2],
  ] as const) {
    it(`refuses a certificate that is ${reason}, of the caller and of the called`, async () => {
      const sound = await start('sound')
      const unsound = await start('unsound', { certificate: await certificateOf('unsound', from, until) })
      for (const plane of [sound, unsound]) plane.onChannel(() => expect.fail('let in'))
      expect(await failureOf(sound.connect(whereIs(unsound))))
        .to.be.instanceOf(PeerIdentityError)
        .and.include({ reason })
      const refused = await failureOf(unsound.connect(whereIs(sound)))
      expect(refused).to.have.property('remoteCode', 'PALM_PEER_IDENTITY')
    })
  }

  it('judges certificates by its own clock', async () => {
    const a = await start('a')
    const later = await start('b', { now: () => new Date(Date.now() + 20 * 365 * DAY_MS) })
    later.onChannel(() => expect.fail('let in'))
    expect(await failureOf(later.connect(whereIs(a)))).to.include({ reason: 'expired' })
  })

  it("does not take a certificate shown without its key, as an eavesdropper's would be", async () => {
    const [victim, attacker] = [await certificateOf('victim'), await certificateOf('attacker')]
    const b = await start('b')
    b.onChannel(() => expect.fail('let in'))
    const mixed = { cert: victim.cert, key: attacker.key, ALPNProtocols: [ALPN] }
    // OpenSSL will not even load such a pair: the handshake can't be made without the certificate's key.
    expect(() => connectTls({ host: b.host, port: b.port, ...mixed })).to.throw(/key values mismatch/)
  })

  it('refuses a client without a certificate', async () => {
    const b = await start('b')
    b.onChannel(() => expect.fail('let in'))
    expect(await firstWord(b, { ALPNProtocols: [ALPN] })).to.deep.equal({ ok: false, code: 'PALM_PEER_IDENTITY' })
  })

  it('refuses a client that does not name the protocol, or names another', async () => {
    const b = await start('b')
    const certificate = await certificateOf('a')
    b.onChannel(() => expect.fail('let in'))
    expect(await firstWord(b, certificate)).to.deep.equal({ ok: false, code: 'PALM_PEER_IDENTITY' })
    expect(await failureOf(firstWord(b, { ...certificate, ALPNProtocols: ['h2'] }))).to.be.instanceOf(Error)
  })

  it('does not speak TLS 1.2, as server or as client', async () => {
    const b = await start('b')
    const certificate = await certificateOf('a')
    b.onChannel(() => expect.fail('let in'))
    const old = { ...certificate, ALPNProtocols: [ALPN], maxVersion: 'TLSv1.2' } as const
    const refused = await failureOf(firstWord(b, old))
    expect(refused.code).to.match(/^ERR_SSL_.*PROTOCOL_VERSION$/)
    const server = createTlsServer({ ...old, requestCert: true, rejectUnauthorized: false })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    closing.push(() => server.close())
    const { port } = server.address() as { port: number }
    const error = await failureOf(b.connect({ address: addressOfName('a'), host: '127.0.0.1', port }))
    expect(error).to.be.instanceOf(PeerUnreachableError)
  })

  it('reads nothing of a client before it knows who that is', async () => {
    const b = await start('b', { authorise: () => false })
    b.onChannel(() => expect.fail('let in'))
    const certificate = await certificateOf('a')
    const socket: TLSSocket = connectTls({
      ...certificate,
      host: b.host,
      port: b.port,
      ALPNProtocols: [ALPN],
      rejectUnauthorized: false,
    })
    closing.push(() => socket.destroy())
    // A frame header far above the limit: whoever parses it answers differently.
    socket.on('error', () => undefined)
    socket.write(Uint8Array.of(0xff, 0xff, 0xff, 0xff))
    const reader = createFrameReader(1000)
    const word = await new Promise<Uint8Array>((resolve) =>
      socket.on('data', (chunk) => {
        const [frame] = reader.push(chunk)
        if (frame) resolve(frame)
      }),
    )
    expect(decodeReply(word)).to.deep.equal({ ok: false, code: 'PALM_PEER_NOT_AUTHORISED' })
  })

  it('survives a client that speaks no TLS', async () => {
    const [a, b] = [await start('a'), await start('b')]
    b.onChannel(() => undefined)
    const socket = connectTcp({ host: b.host, port: b.port })
    socket.on('error', () => undefined)
    const gone = new Promise((resolve) => socket.on('close', resolve))
    socket.write('GET / HTTP/1.1\r\n\r\n')
    socket.resume()
    await gone
    expect((await a.connect(whereIs(b))).peer).to.equal(b.address)
  })

  it('names a node that is gone, one that says nothing, and a caller that gives up', async () => {
    const a = await start('a')
    const b = await start('b')
    const there = whereIs(b)
    await b.close()
    expect(await failureOf(a.connect(there))).to.be.instanceOf(PeerUnreachableError)
    const mute = createServer((socket) => closing.push(() => socket.destroy()))
    await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve))
    closing.push(() => mute.close())
    const muteAt = { ...there, port: (mute.address() as { port: number }).port }
    expect(await failureOf(a.connect({ ...muteAt, timeoutMs: 50 }))).to.be.instanceOf(PeerTimeoutError)
    const caller = new AbortController()
    const attempt = failureOf(a.connect({ ...muteAt, signal: caller.signal }))
    caller.abort()
    expect(await attempt).to.be.instanceOf(PeerAbortedError)
  })

  it('names what keeps it from listening', async () => {
    const { port } = await start('a')
    const options = { privateKey: keyOf('b'), authorise: () => true }
    expect(await failureOf(createDataPlane({ ...options, port }))).to.be.instanceOf(PortTakenError)
    expect(await failureOf(createDataPlane({ ...options, host: '192.0.2.1' }))).to.be.instanceOf(ListenError)
  })

  it('closes every channel when it closes', async () => {
    const [a, b] = [await start('a'), await start('b')]
    const accepted = new Promise<Channel>((resolve) => b.onChannel(resolve))
    const out = await a.connect(whereIs(b))
    await accepted
    await b.close()
    expect(await out.closed).to.equal(undefined)
    expect(await failureOf(out.next())).to.include({ code: 'PALM_CHANNEL_CLOSED' })
  })
})
