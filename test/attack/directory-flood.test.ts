/**
 * A stranger on the control plane makes up a thousand nodes, or sends one table of forged announcements as long as a
 * message may be. Neither may fill the directory of an operator, so that it no longer finds the others, nor keep it busy
 * while it should be matching.
 */

import { type AnnouncementBody, createPeer, type Peer, signAnnouncement, verifyAnnouncement } from '@palmhold/net'
import { expect } from 'chai'
import { encodeFrame } from '../../packages/net/src/frame.ts'
import { ANNOUNCE_PROTOCOL, createPeerDirectory, type PeerDirectory } from '../../packages/net/src/peer-directory.ts'
import { addressOfName, keyOf } from '../net/test-keys.ts'
import { NOW } from '../protocol/signed.ts'

const MESSAGE_BYTES = 4 * 1024 * 1024
/** One check of a signature takes 1 to 5 ms: all of a message would take half a minute. */
const BUSY_MS = 12_000

describe('a directory that a stranger floods', function () {
  this.timeout(60_000)
  const members = ['member 1', 'member 2'].map(addressOfName)
  const peers: Peer[] = []
  let operator: Peer
  let directory: PeerDirectory
  let stranger: Peer

  before(async () => {
    operator = await start('operator')
    const accept = (address: string) => members.some((member) => member === address)
    const options = { privateKey: keyOf('operator'), accept, maxEntries: 64, clock: () => NOW }
    directory = await createPeerDirectory({ peer: operator, ...options })
    stranger = await start('stranger')
    await stranger.dial(operator.multiaddrs[0]!)
  })
  after(async () => {
    directory.stop()
    await Promise.all(peers.map((peer) => peer.stop()))
  })

  async function start(name: string): Promise<Peer> {
    const peer = await createPeer({ privateKey: keyOf(name) })
    peers.push(peer)
    return peer
  }

  /** Sends a table of as many copies of `signed` as one message holds; returns how long the answer took. */
  async function flood(signed: Uint8Array): Promise<number> {
    const frame = encodeFrame(signed)
    const table = Buffer.concat(Array<Uint8Array>(Math.floor(MESSAGE_BYTES / frame.length)).fill(frame))
    const startedAt = performance.now()
    await stranger.request(operator, ANNOUNCE_PROTOCOL, table, { timeoutMs: 60_000 })
    return performance.now() - startedAt
  }

  it('has room for the committee whatever strangers announce', async () => {
    const made = Array.from({ length: 100 }, (_, i) => signAnnouncement(keyOf(`made up ${i}`), bodyOf(1)))
    const table = Buffer.concat(made.map(encodeFrame))
    await stranger.request(operator, ANNOUNCE_PROTOCOL, table)
    expect(directory.all()).to.deep.equal([])
    await stranger.request(operator, ANNOUNCE_PROTOCOL, encodeFrame(signAnnouncement(keyOf('member 1'), bodyOf(1))))
    expect(directory.get(members[0]!)?.sequence).to.equal(1)
  })

  it('does not check every forgery in a long table', async () => {
    const forged = signAnnouncement(keyOf('member 2'), bodyOf(1))
    forged[forged.length - 40]! ^= 1
    expect(verifyAnnouncement(forged)).to.deep.equal({ ok: false, reason: 'signature' })
    expect(await flood(forged)).to.be.below(BUSY_MS)
    expect(directory.get(members[1]!)).to.equal(undefined)
  })

  it('does not check what it would not keep', async () => {
    expect(await flood(signAnnouncement(keyOf('made up'), bodyOf(1)))).to.be.below(BUSY_MS)
    expect(await flood(signAnnouncement(keyOf('member 1'), bodyOf(1)))).to.be.below(BUSY_MS)
  })
})

function bodyOf(sequence: number): AnnouncementBody {
  return {
    dataHost: '127.0.0.1',
    dataPort: 4001,
    httpUrl: '',
    sealingKey: `0x${'11'.repeat(32)}`,
    exchangeKey: `0x${'22'.repeat(32)}`,
    committeeId: `0x${'33'.repeat(32)}`,
    committeeEpoch: 1,
    sequence,
    issuedAt: NOW,
  }
}
