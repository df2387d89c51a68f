/** Channels: order, back-pressure, time limits, and what a lost connection is called. */

import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import {
  type Channel,
  ChannelBrokenError,
  ChannelClosedError,
  ChannelTimeoutError,
  createDataPlane,
  createTlsCertificate,
  type DataPlane,
  type DataPlaneOptions,
  MessageTooLargeError,
} from '@palmhold/net'
import { expect } from 'chai'
import fc from 'fast-check'
import { frameHeader } from '../../packages/net/src/frame.ts'
import { failureOf, keyOf } from './test-keys.ts'

const FROM = new Date('2020-01-01T00:00:00Z')
const UNTIL = new Date('2120-01-01T00:00:00Z')

describe('channel', () => {
  let planes: DataPlane[] = []
  let sockets: TLSSocket[] = []

  afterEach(async () => {
    for (const socket of sockets) socket.destroy()
    await Promise.all(planes.map((plane) => plane.close()))
    planes = []
    sockets = []
  })

  async function start(name: string, options: Partial<DataPlaneOptions> = {}): Promise<DataPlane> {
    const plane = await createDataPlane({ privateKey: keyOf(name), authorise: () => true, ...options })
    planes.push(plane)
    return plane
  }

  async function startPair(options: Partial<DataPlaneOptions> = {}): Promise<[Channel, Channel]> {
    const [a, b] = [await start('a', options), await start('b', options)]
    const accepted = new Promise<Channel>((resolve) => b.onChannel(resolve))
    const out = await a.connect({ address: b.address, host: b.host, port: b.port })
    return [out, await accepted]
  }

  /** A channel at a plane whose other end is a bare TLS socket with the identity of `rogue`. */
  async function startWithRogue(options: Partial<DataPlaneOptions> = {}): Promise<[Channel, TLSSocket]> {
    const plane = await start('plane', options)
    const accepted = new Promise<Channel>((resolve) => plane.onChannel(resolve))
    const certificate = await createTlsCertificate({ privateKey: keyOf('rogue'), notBefore: FROM, notAfter: UNTIL })
    const socket = connectTls({
      ...certificate,
      host: plane.host,
      port: plane.port,
      ALPNProtocols: ['palmhold-data/1'],
      rejectUnauthorized: false,
    })
    socket.on('error', () => undefined)
    sockets.push(socket)
    return [await accepted, socket]
  }

  it('carries frames of any size, both ways at once, in order', async () => {
    const [a, b] = await startPair()
    const sizes = fc.array(fc.oneof(fc.nat(100), fc.nat(70_000), fc.nat(3_000_000)), { minLength: 1, maxLength: 12 })
    const property = fc.asyncProperty(sizes, sizes, fc.nat(255), async (there, back, byte) => {
      const frameOf = (size: number, i: number) => new Uint8Array(size).fill(byte + i)
      const sent = [there.map(frameOf), back.map(frameOf)] as const
      const sending = [...sent[0].map((frame) => a.send(frame)), ...sent[1].map((frame) => b.send(frame))]
      const got: [Uint8Array[], Uint8Array[]] = [[], []]
      for (const _ of there) got[0].push(await b.next())
      for (const _ of back) got[1].push(await a.next())
      await Promise.all(sending)
      for (const side of [0, 1] as const)
        expect(got[side].every((frame, i) => Buffer.compare(frame, sent[side][i]!) === 0)).to.equal(true)
    })
    await fc.assert(property, { numRuns: 12, seed: 3 })
  })

  it('lets the caller change an array that was sent', async () => {
    const [a, b] = await startPair()
    const array = new Uint8Array(5_000_000)
    const got: number[] = []
    const reading = (async () => {
      for (let i = 0; i < 4; i++) {
        const frame = await b.next()
        expect(frame.every((byte) => byte === frame[0])).to.equal(true)
        got.push(frame[0]!)
      }
    })()
    for (let i = 0; i < 4; i++) {
      array.fill(i)
      await a.send(array)
    }
    await reading
    expect(got).to.deep.equal([0, 1, 2, 3])
  })

  it('gives frames as arrays that can be viewed as integers', async () => {
    const [a, b] = await startPair()
    for (const size of [8, 8000]) await a.send(new Uint8Array(new BigInt64Array(size / 8).fill(-2n).buffer))
    for (const size of [8, 8000]) {
      const frame = await b.next()
      expect(frame.constructor).to.equal(Uint8Array)
      expect([...new Set(new BigInt64Array(frame.buffer, frame.byteOffset, size / 8))]).to.deep.equal([-2n])
    }
  })

  it('is read to its end as an iterable', async () => {
    const [a, b] = await startPair()
    const frames = [Uint8Array.of(1), new Uint8Array(100_000).fill(2), new Uint8Array()]
    const sending = frames.map((frame) => a.send(frame))
    const closing = a.close()
    const got: Uint8Array[] = []
    for await (const frame of b.receive()) got.push(frame)
    await Promise.all([...sending, closing])
    expect(got.map((frame) => frame.length)).to.deep.equal(frames.map((frame) => frame.length))
    expect(await b.closed).to.equal(undefined)
    expect(await failureOf(a.send(Uint8Array.of(1)))).to.be.instanceOf(ChannelClosedError)
    await a.close()
  })

  it('leaves the socket unread while nobody takes the frames, so that the sender has to wait', async () => {
    const [a] = await startPair({ sendTimeoutMs: 200 })
    let sent = 0
    const sending = (async () => {
      for (; sent < 100; sent++) await a.send(new Uint8Array(1024 * 1024))
    })()
    expect(await failureOf(sending)).to.be.instanceOf(ChannelTimeoutError)
    expect(sent).to.be.within(16, 60)
  })

  it('leaves the socket unread while frames without a byte wait, which are not free either', async () => {
    const [channel, socket] = await startWithRogue()
    const headers = new Uint8Array(64 * 1024)
    const mostBytes = 48 * 1024 * 1024
    let stalled = false
    let sentBytes = 0
    for (; !stalled && sentBytes < mostBytes; sentBytes += headers.length) {
      if (socket.write(headers)) continue
      stalled = await Promise.race([once(socket, 'drain').then(() => false), delay(1000, true)])
    }
    expect(stalled, `the sender has to wait, ${sentBytes} bytes sent`).to.equal(true)
    expect(await channel.next()).to.have.length(0)
  })

  it('goes on where it stopped when frames are taken again', async () => {
    const [a, b] = await startPair()
    const frameOf = (i: number) => new Uint8Array(1024 * 1024).fill(i)
    // 17 MiB make the receiver leave its socket unread before anything is taken.
    for (let i = 0; i < 17; i++) await a.send(frameOf(i))
    const sending = Array.from({ length: 43 }, (_, i) => a.send(frameOf(17 + i)))
    for (let i = 0; i < 60; i++) expect((await b.next({ timeoutMs: 10_000 }))[0]).to.equal(i)
    await Promise.all(sending)
  })

  it('keeps to its limit both ways', async () => {
    const [out] = await startPair({ maxFrameBytes: 1000 })
    expect(await failureOf(out.send(new Uint8Array(1001)))).to.be.instanceOf(MessageTooLargeError)
    const [channel, socket] = await startWithRogue({ maxFrameBytes: 1000 })
    socket.write(frameHeader(1001))
    expect(await failureOf(channel.next())).to.be.instanceOf(MessageTooLargeError)
    expect(await channel.closed).to.include({ code: 'PALM_MESSAGE_TOO_LARGE' })
  })

  it('names a peer that dies within a frame', async () => {
    const [channel, socket] = await startWithRogue()
    socket.write(frameHeader(100))
    socket.write(new Uint8Array(10))
    const waiting = failureOf(channel.next())
    setImmediate(() => socket.destroy())
    expect(await waiting)
      .to.be.instanceOf(ChannelBrokenError)
      .and.include({ code: 'PALM_CHANNEL_BROKEN' })
    expect(await channel.closed).to.be.instanceOf(ChannelBrokenError)
    expect(await failureOf(channel.send(Uint8Array.of(1)))).to.be.instanceOf(ChannelBrokenError)
    const iteration = (async () => {
      for await (const _ of channel.receive()) expect.fail('a frame')
    })()
    expect(await failureOf(iteration)).to.be.instanceOf(ChannelBrokenError)
  })

  it('gives up waiting for a frame and stays open', async () => {
    const [a, b] = await startPair()
    const error = await failureOf(b.next({ timeoutMs: 20 }))
    expect(error).to.be.instanceOf(ChannelTimeoutError).and.include({ code: 'PALM_CHANNEL_TIMEOUT' })
    const caller = new AbortController()
    const waiting = failureOf(b.next({ signal: caller.signal }))
    caller.abort()
    expect(await waiting).to.be.instanceOf(ChannelClosedError)
    expect(await failureOf(b.next({ signal: AbortSignal.abort() }))).to.be.instanceOf(ChannelClosedError)
    await a.send(Uint8Array.of(4))
    expect(await b.next({ timeoutMs: 5_000 })).to.deep.equal(Uint8Array.of(4))
  })

  it('gives up on a peer that takes no bytes, and closes', async () => {
    const [channel, socket] = await startWithRogue({ sendTimeoutMs: 100 })
    socket.pause()
    const error = await failureOf(channel.send(new Uint8Array(60 * 1024 * 1024)))
    expect(error).to.be.instanceOf(ChannelTimeoutError)
    expect(await channel.closed).to.be.instanceOf(ChannelTimeoutError)
  })

  it('closes in time although the peer takes no bytes', async () => {
    const [channel, socket] = await startWithRogue()
    socket.pause()
    const sending = failureOf(channel.send(new Uint8Array(60 * 1024 * 1024)))
    await channel.close()
    expect(await sending).to.be.instanceOf(ChannelClosedError)
    expect(await channel.closed).to.equal(undefined)
  })

  it('hands out what arrived before the end', async () => {
    const [a, b] = await startPair()
    await a.send(Uint8Array.of(1))
    await a.send(Uint8Array.of(2))
    await a.close()
    await b.closed
    expect([await b.next(), await b.next()]).to.deep.equal([Uint8Array.of(1), Uint8Array.of(2)])
    expect(await failureOf(b.next())).to.be.instanceOf(ChannelClosedError)
  })
})
