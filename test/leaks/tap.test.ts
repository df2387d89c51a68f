/** A watched process tells its launcher all it sends, on every plane, before it is encrypted; an unwatched one nothing. */

import { randomBytes } from 'node:crypto'
import { Socket } from 'node:net'
import { join } from 'node:path'
import { toHex } from '@palmhold/base'
import { expect } from 'chai'
import { type ChildProcess, startChild } from '../../node/src/network/child-process.ts'
import { createTapReader, encodeTapRecord, type TapRecord } from '../../node/src/tap/tap-record.ts'
import { tapSockets } from '../../node/src/tap/tap-sockets.ts'
import { createLeakSearch } from '../../scripts/leaks/leak-search.ts'
import { temporaryFolder } from '../node/temporary-folder.ts'

const SECRET = new Uint8Array(randomBytes(192))

describe('tap', () => {
  const folder = temporaryFolder()
  let child: ChildProcess | undefined

  afterEach(() => child?.stop())

  const run = async (tap?: (record: TapRecord) => void) => {
    const sent = Promise.withResolvers<void>()
    child = startChild({
      entry: new URL('./leaking-child.ts', import.meta.url),
      args: [toHex(SECRET)],
      logFile: join(folder(), 'child.log'),
      onMessage: () => sent.resolve(),
      onExit: () => sent.resolve(),
      tap,
    })
    await sent.promise
    expect(child.hasExited(), 'the child ended').to.equal(false)
    await child.flushTap()
  }

  it('finds what a process leaks on each plane, and to whom', async function () {
    this.timeout(30_000)
    const records: TapRecord[] = []
    await run((record) => records.push(record))
    const search = createLeakSearch()
    search.addCode('secret', SECRET)
    search.addCode('reversed', SECRET.toReversed())
    const found = records.flatMap(({ plane, bytes }) => search.search(plane, bytes))
    const seen = new Set(found.map(({ source, secret, encoding }) => `${source}: ${secret} as ${encoding}`))
    expect([...seen]).to.include.members([
      'data: secret as bytes',
      'control: secret as bytes',
      'control: reversed as bytes',
      'gossip: secret as bytes',
      // to the HTTP server, and its answer
      'socket: secret as bytes in list',
      'socket: secret as bytes in base64',
      // the data plane's TLS socket, by a hook that knows nothing of frames
      'socket: secret as bytes',
    ])
    const to = (plane: string) => records.filter((record) => record.plane === plane).map((record) => record.to)
    expect(to('data')[0]).to.match(/^0x[0-9a-f]{40}$/)
    expect(to('control')[0]).to.match(/^16Uiu2/)
    expect(to('gossip')).to.deep.equal(['test'])
    expect(to('socket').some((peer) => /^127\.0\.0\.1:\d+$/.test(peer))).to.equal(true)
  })

  it('tells nothing unless it is asked to, and waits for nothing then', async function () {
    this.timeout(30_000)
    await run()
  })

  it('reads records however they are cut', () => {
    const records: TapRecord[] = Array.from({ length: 20 }, (_, i) => ({
      plane: i % 2 === 0 ? 'data' : 'gossip',
      to: 'é'.repeat(i),
      bytes: new Uint8Array(randomBytes(i * 37)),
    }))
    const stream = Buffer.concat(records.map(encodeTapRecord))
    for (const step of [1, 7, 64, stream.length]) {
      const read: TapRecord[] = []
      const take = createTapReader((record) => read.push(record))
      for (let at = 0; at < stream.length; at += step) take(stream.subarray(at, at + step))
      expect(read).to.deep.equal(records)
    }
  })

  it('leaves sockets as they were', () => {
    const before = Object.getOwnPropertyDescriptor(Socket.prototype, 'write')
    tapSockets(() => undefined)()
    expect(Object.getOwnPropertyDescriptor(Socket.prototype, 'write')).to.deep.equal(before)
  })
})
