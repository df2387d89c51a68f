/** Leaks planted where a node may leave them: files, logs, databases, the chain, and a share at the wrong node. */

import { randomBytes } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Hex } from '@palmhold/base'
import { expect } from 'chai'
import { pino } from 'pino'
import { type LocalChain, startLocalChain } from '../../node/src/network/local-chain.ts'
import type { DealtShare } from '../../scripts/leaks/dealt-shares.ts'
import { createLeakSearch } from '../../scripts/leaks/leak-search.ts'
import { viewShares } from '../../scripts/leaks/node-views.ts'
import { ChainUnreadableError, searchChain } from '../../scripts/leaks/search-chain.ts'
import { searchFolder } from '../../scripts/leaks/search-folder.ts'
import { searchTraffic } from '../../scripts/leaks/search-traffic.ts'
import { createTraffic, type Sent } from '../../scripts/leaks/traffic.ts'
import { temporaryFolder } from '../node/temporary-folder.ts'
import { palmOf } from './planted.ts'

const { code, pixels } = palmOf('planted')

function searchOf() {
  const search = createLeakSearch()
  search.addCode('code', code)
  search.addBytes('picture', pixels)
  return search
}

describe('leaks in a folder', () => {
  const root = temporaryFolder()
  const found = (folder: string, excluded: string[] = []) =>
    searchFolder(searchOf(), folder, excluded).findings.map(({ source, secret }) => `${secret} in ${source}`)
  const folderWith = (name: string, file: string, content: Uint8Array | string) => {
    mkdirSync(root(name, 'node'), { recursive: true })
    writeFileSync(root(name, 'node', file), content)
    return root(name)
  }

  it('finds a code and a picture in files, however deep', () => {
    const folder = folderWith('files', 'segment-00000.rows', Buffer.concat([randomBytes(5000), code]))
    folderWith('files', 'crash.dump', Buffer.concat([randomBytes(3001), pixels.subarray(8000, 8200), randomBytes(9)]))
    expect(found(folder).sort()).to.deep.equal(['code in node/segment-00000.rows', 'picture in node/crash.dump'])
  })

  it('finds a code in a line of a log, as the logger prints it', () => {
    const lines: string[] = []
    const log = pino({}, { write: (line: string) => void lines.push(line) })
    log.info({ scan: code }, 'scanned')
    log.info({ scan: Buffer.from(code) }, 'scanned')
    log.info({ scan: Buffer.from(code).toString('hex') }, 'scanned')
    for (const [i, line] of lines.entries()) {
      const folder = folderWith(`log ${i}`, 'node.log', line)
      expect(found(folder), line.slice(0, 60)).to.deep.equal(['code in node/node.log'])
    }
  })

  it('finds a code in a blob and in a text of an SQLite database, also where it has not left the log', () => {
    for (const value of [Uint8Array.from(code), JSON.stringify([...code])]) {
      const folder = folderWith(`database ${typeof value}`, 'other', '')
      const path = join(folder, 'node', 'operator.sqlite')
      const database = new DatabaseSync(path)
      database.exec('PRAGMA journal_mode = WAL; CREATE TABLE kept (value)')
      database.prepare('INSERT INTO kept VALUES (?)').run(value)
      expect(found(folder)).to.deep.equal(['code in node/operator.sqlite-wal'])
      database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
      database.close()
      expect(found(folder)).to.deep.equal(['code in node/operator.sqlite'])
    }
  })

  it('leaves out what it is told to, and counts what it reads', () => {
    const folder = folderWith('excluded', 'node.log', 'nothing')
    mkdirSync(join(folder, 'pictures'))
    writeFileSync(join(folder, 'pictures', 'palm.raw'), pixels)
    expect(found(folder)).to.deep.equal(['picture in pictures/palm.raw'])
    expect(found(folder, [join(folder, 'pictures')])).to.deep.equal([])
    expect(searchFolder(searchOf(), folder).bytes).to.equal(7 + pixels.length)
  })
})

describe('leaks in traffic', () => {
  const messageOf = (bytes: Uint8Array, to = 'b'): Sent => ({ from: 'a', to, plane: 'data', bytes })

  it('finds a frame with a code, and one that is cut in two', () => {
    const frame = Buffer.concat([randomBytes(71), code, randomBytes(30)])
    for (const sent of [[messageOf(frame)], [messageOf(frame.subarray(0, 150)), messageOf(frame.subarray(150))]]) {
      const { bytes, findings } = searchTraffic(searchOf(), sent)
      expect(bytes).to.equal(frame.length)
      expect(findings).to.have.length(1)
      expect(findings[0]).to.include({ source: 'data: a to b', secret: 'code', bits: 1536 })
    }
  })

  it('keeps what was sent as it was, counts what it has no room for, and forgets all of it', () => {
    const traffic = createTraffic(300)
    const bytes = Uint8Array.from(code)
    traffic.note('a', { plane: 'data', to: 'b', bytes })
    bytes.fill(0)
    traffic.note('a', { plane: 'data', to: 'b', bytes: randomBytes(200) })
    const [kept] = traffic.sent()
    expect(traffic.sent()).to.have.length(1)
    expect(kept!.bytes).to.deep.equal(Uint8Array.from(code))
    expect(traffic.missedBytes()).to.equal(200)
    traffic.wipe()
    expect(kept!.bytes).to.deep.equal(new Uint8Array(code.length))
    traffic.note('a', { plane: 'data', to: 'b', bytes: code })
    expect(traffic.sent()).to.deep.equal([])
  })
})

describe('leaks on a chain', function () {
  this.timeout(30_000)
  const root = temporaryFolder()
  let chain: LocalChain

  before(async () => {
    chain = await startLocalChain({
      folder: root(),
      port: 0,
      chainId: 31_337,
      onExit: () => undefined,
      log: () => undefined,
    })
  })
  after(() => chain?.stop())

  const rpc = async (method: string, params: unknown[]): Promise<unknown> => {
    const response = await fetch(chain.rpcUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
    })
    return ((await response.json()) as { result: unknown }).result
  }
  /** Sends a transaction and waits for its receipt. */
  const send = async (transaction: { to?: string; data: string }) => {
    const [from] = (await rpc('eth_accounts', [])) as string[]
    const hash = await rpc('eth_sendTransaction', [{ from, ...transaction }])
    // anvil names a transaction before it has mined it.
    for (;;) {
      const receipt = await rpc('eth_getTransactionReceipt', [hash])
      if (receipt) return receipt as { contractAddress: string; status: string }
    }
  }

  it('finds a code in a transaction and in an event', async () => {
    expect((await searchChain(searchOf(), chain.rpcUrl)).findings).to.deep.equal([])
    // CALLDATACOPY all of it to memory and LOG0 it, behind code that returns these eight bytes.
    const { contractAddress } = await send({ data: '0x67365f5f37365fa0005f5260086018f3' })
    const hex = Buffer.from(code).toString('hex')
    expect(await send({ to: contractAddress, data: `0x${hex}` })).to.include({ status: '0x1' })
    const { bytes, findings } = await searchChain(searchOf(), chain.rpcUrl)
    expect(bytes).to.be.above(4 * code.length)
    expect(findings.map(({ source, secret, bits }) => `${bits} bits of ${secret} in ${source}`)).to.deep.equal([
      '1536 bits of code in transactions of blocks 0 to 2',
      '1536 bits of code in events of blocks 0 to 2',
    ])
  })

  it('says so where the chain does not answer', async () => {
    const failure = await searchChain(searchOf(), 'http://127.0.0.1:1').catch((error: unknown) => error)
    expect(failure).to.be.instanceOf(ChainUnreadableError)
  })
})

describe('shares at nodes', () => {
  const root = temporaryFolder()
  const address = (number: number): Hex => `0x${String(number).repeat(40)}`
  const nodes = [1, 2, 3].map((number) => ({
    name: `operator ${number}`,
    address: address(number),
    peerId: `peer ${number}`,
    url: `http://127.0.0.1:900${number}/`,
    get dataFolder() {
      return root(String(number))
    },
  }))
  const shares: DealtShare[] = ['row', 'probe'].flatMap((dealing) =>
    [1, 2, 3].map((number) => ({
      dealing,
      member: address(number),
      forms: [new Uint8Array(randomBytes(24_576)), new Uint8Array(randomBytes(6144))],
    })),
  )
  const identity: DealtShare[] = [1, 2, 3].map((number) => ({
    dealing: 'identity',
    member: address(number),
    forms: [new Uint8Array(randomBytes(32))],
  }))
  const shareOf = (dealing: string, number: number, form = 0) =>
    shares.find((share) => share.dealing === dealing && share.member === address(number))!.forms[form]!

  before(() => {
    for (const number of [1, 2, 3]) {
      mkdirSync(root(String(number)))
      writeFileSync(root(String(number), 'segment'), Buffer.concat([randomBytes(99), shareOf('row', number, 1)]))
    }
  })

  const view = (sent: readonly Sent[] = []) => viewShares(nodes, shares, sent)
  const foreign = (sent?: readonly Sent[]) =>
    view(sent).map(({ foreignShares }) => foreignShares.map(({ secret }) => secret))
  const frame = (to: string, bytes: Uint8Array, plane: Sent['plane'] = 'data'): Sent => ({
    from: 'verifier',
    to,
    plane,
    bytes,
  })

  it("sees each node's own share and no other", () => {
    const sent = [1, 2, 3].map((number) => frame(address(number), shareOf('probe', number)))
    expect(view(sent).map(({ ownShares }) => ownShares)).to.deep.equal([2, 2, 2])
    expect(foreign(sent)).to.deep.equal([[], [], []])
  })

  it("finds another member's share in a node's folder", () => {
    writeFileSync(root('2', 'leftover'), Buffer.concat([randomBytes(7), shareOf('row', 3).subarray(1000, 1300)]))
    try {
      expect(foreign()).to.deep.equal([[], [`the share of ${address(3)} of row`], []])
    } finally {
      writeFileSync(root('2', 'leftover'), '')
    }
  })

  for (const [way, to, plane] of [
    ['over the data plane', address(1), 'data'],
    ['as a question', 'peer 1', 'control'],
    ['over HTTP', '127.0.0.1:9001', 'socket'],
  ] as const)
    it(`finds another member's share that a node is sent ${way}`, () => {
      const expected = [[`the share of ${address(2)} of probe`], [], []]
      expect(foreign([frame(to, shareOf('probe', 2), plane)])).to.deep.equal(expected)
    })

  it("finds another member's share of an identity, 32 bytes at any place", () => {
    for (let at = 0; at < 9; at++) {
      const bytes = Buffer.concat([randomBytes(50 + at), identity[1]!.forms[0]!, randomBytes(70)])
      const [first, second] = viewShares(nodes, identity, [frame(address(1), bytes), frame(address(2), bytes)])
      expect(first!.foreignShares.map(({ secret }) => secret)).to.deep.equal([`the share of ${address(2)} of identity`])
      expect([second!.ownShares, second!.foreignShares]).to.deep.equal([1, []])
    }
  })

  it('takes gossip for seen by all, and what a node says for known to it', () => {
    const leaked = `the share of ${address(2)} of row`
    expect(foreign([frame('topic', shareOf('row', 2), 'gossip')])).to.deep.equal([[leaked], [], [leaked]])
    const said = { ...frame('somebody', shareOf('row', 2, 1)), from: 'operator 3' }
    expect(foreign([said])).to.deep.equal([[], [], [leaked]])
  })
})
