import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { errorCode } from '@palmhold/base'
import { createDownloadingKeyStore, type KeyCache, parseKeyManifest } from '@palmhold/wallet/prover'
import { expect } from 'chai'
import { createDiskKeyCache } from '../../../node/src/prover/key-files.ts'
import { temporaryFolder } from '../../node/temporary-folder.ts'

const FILES = new Map([
  ['membership.wasm', content(1, 40_000)],
  ['membership.zkey', content(2, 5_000_000)],
  ['match.wasm', content(3, 30_000)],
  ['match.zkey', content(4, 200_000)],
])
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
const of = (circuit: string) => ({
  wasm: sha256(FILES.get(`${circuit}.wasm`)!),
  zkey: sha256(FILES.get(`${circuit}.zkey`)!),
})
const MANIFEST = parseKeyManifest(
  JSON.stringify({ sources: '0', circuits: { membership: of('membership'), match: of('match') } }),
)

function content(seed: number, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * seed + (i >> 8)) & 0xff)
}

describe('proving keys that are downloaded', () => {
  const at = temporaryFolder()
  let server: Server
  let baseUrl: string
  let folders = 0
  let cache: KeyCache
  /** Ranges asked for, by file. */
  let asked: [file: string, range: string | undefined][]
  /** What the server does with the next requests; then it serves. */
  let next: ((request: IncomingMessage, response: ServerResponse, whole: Uint8Array) => void)[]

  before((done) => {
    server = createServer((request, response) => {
      const name = request.url!.slice(1)
      const whole = FILES.get(name)
      asked.push([name, request.headers.range])
      if (!whole) return response.writeHead(404).end()
      return (next.shift() ?? serve)(request, response, whole)
    })
    server.listen(0, '127.0.0.1', () => {
      baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
      done()
    })
  })
  after((done) => {
    server.closeAllConnections()
    server.close(done)
  })
  beforeEach(() => {
    asked = []
    next = []
    cache = createDiskKeyCache(at(`keys-${++folders}`))
  })

  const store = (options: { stallMs?: number } = {}) =>
    createDownloadingKeyStore({ manifest: MANIFEST, baseUrl, cache, ...options })
  const isWhole = ({ wasm, zkey }: { wasm: Uint8Array; zkey: Uint8Array }, circuit: string) =>
    sha256(wasm) === of(circuit).wasm && sha256(zkey) === of(circuit).zkey

  function serve(request: IncomingMessage, response: ServerResponse, whole: Uint8Array): void {
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0)
    const rest = whole.subarray(from)
    response.writeHead(from > 0 ? 206 : 200, {
      'content-length': rest.length,
      ...(from > 0 ? { 'content-range': `bytes ${from}-${whole.length - 1}/${whole.length}` } : {}),
    })
    response.end(rest)
  }
  /** Sends `bytes` of what was asked for, then breaks the line. */
  const cutAfter = (bytes: number) => (request: IncomingMessage, response: ServerResponse, whole: Uint8Array) => {
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0)
    response.writeHead(from > 0 ? 206 : 200, {
      'content-length': whole.length - from,
      ...(from > 0 ? { 'content-range': `bytes ${from}-${whole.length - 1}/${whole.length}` } : {}),
    })
    response.write(whole.subarray(from, from + bytes), () => response.destroy())
  }

  it('come whole, with their progress, and from the cache the next time', async () => {
    const seen: [string, number, number][] = []
    const keys = await store().load('match', { onProgress: (...progress) => seen.push(progress) })
    expect(isWhole(keys, 'match')).to.equal(true)
    expect(seen.at(-1)).to.deep.equal(['match.zkey', 200_000, 200_000])
    expect(seen.filter(([file]) => file === 'match.zkey').map(([, loaded]) => loaded)).to.satisfy((loaded: number[]) =>
      loaded.every((bytes, i) => i === 0 || bytes > loaded[i - 1]!),
    )
    expect(isWhole(await store().load('match'), 'match')).to.equal(true)
    expect(asked.length).to.equal(2)
  })

  it('go on where a line was cut, in one call and in a later one', async () => {
    next = [serve, cutAfter(3_000_000), cutAfter(1_000_000)]
    expect(isWhole(await store().load('membership'), 'membership')).to.equal(true)
    const ranges = asked.slice(1).map(([, range]) => Number(/=(\d+)-/.exec(range ?? '=0-')![1]))
    expect(ranges.length).to.equal(3)
    expect(ranges[0]).to.equal(0)
    expect(ranges[1]).to.be.above(0).and.at.most(3_000_000)
    expect(ranges[2]).to.be.above(ranges[1]!)
  })

  it('go on in another start of the program', async () => {
    next = [serve, cutAfter(3_000_000), cutAfter(0), cutAfter(0)]
    expect(await store().load('membership').catch(errorCode)).to.equal('PALM_KEYS_UNREACHABLE')
    asked = []
    expect(isWhole(await store().load('membership'), 'membership')).to.equal(true)
    expect(asked).to.have.length(1)
    expect(asked[0]![1]).to.match(/^bytes=[1-9]\d+-$/)
  })

  it('begin again where the server knows no ranges', async () => {
    next = [
      serve,
      cutAfter(100_000),
      (request, response, whole) => serve({ ...request, headers: {} } as never, response, whole),
    ]
    expect(isWhole(await store().load('match'), 'match')).to.equal(true)
  })

  it('are fetched again when the cache is damaged, or a kept part was', async () => {
    await store().load('match')
    await cache.write(of('match').zkey, content(9, 200_000))
    expect(isWhole(await store().load('match'), 'match')).to.equal(true)
    await cache.remove(of('match').zkey)
    await cache.write(`${of('match').zkey}.part`, content(9, 150_000))
    asked = []
    expect(isWhole(await store().load('match'), 'match')).to.equal(true)
    expect(asked).to.deep.equal([
      ['match.zkey', 'bytes=150000-'],
      ['match.zkey', undefined],
    ])
  })

  it('begin again where a kept part is longer than the file', async () => {
    await cache.write(`${of('match').zkey}.part`, content(9, 250_000))
    next = [serve, (_, response) => void response.writeHead(416).end()]
    expect(isWhole(await store().load('match'), 'match')).to.equal(true)
  })

  const refusals: [name: string, code: string, answers: typeof next, calls: number][] = [
    [
      'a server that has other keys',
      'PALM_KEYS_DAMAGED',
      [(_, response, whole) => void response.end(whole.map((byte) => byte ^ 1))],
      1,
    ],
    [
      'a server that says how long it is and lies',
      'PALM_KEYS_DAMAGED',
      [(_, response) => void response.writeHead(200, { 'content-length': 70_000_000 }).end()],
      1,
    ],
    ['a server that has none', 'PALM_KEYS_UNREACHABLE', [(_, response) => void response.writeHead(404).end()], 1],
    ['a line that breaks each time', 'PALM_KEYS_UNREACHABLE', [cutAfter(10), cutAfter(10), cutAfter(10)], 3],
  ]
  for (const [name, code, answers, calls] of refusals)
    it(`are not taken from ${name}: ${code}`, async () => {
      next = [...answers]
      expect(await store().load('match').catch(errorCode)).to.equal(code)
      expect(asked.length).to.equal(calls)
    })

  it('are given up where nothing comes any more', async () => {
    const hang = (_: IncomingMessage, response: ServerResponse) =>
      void response.writeHead(200, { 'content-length': 10 })
    next = [hang, hang, hang]
    expect(await store({ stallMs: 20 }).load('match').catch(errorCode)).to.equal('PALM_KEYS_UNREACHABLE')
  })

  it('stop when nobody wants them any more', async () => {
    const stopping = new AbortController()
    const loading = store()
      .load('membership', { signal: stopping.signal, onProgress: () => stopping.abort() })
      .catch(errorCode)
    expect(await loading).to.equal('PALM_KEYS_UNREACHABLE')
    expect(asked.length).to.be.at.most(2)
  })
})
