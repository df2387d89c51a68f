/** The directory, among real nodes on loopback. */

import type { Hex } from '@palmhold/base'
import {
  type Announcement,
  type AnnouncementBody,
  createPeer,
  createPeerDirectory,
  type Peer,
  type PeerDirectory,
  type PeerDirectoryOptions,
  PeersMissingError,
  signAnnouncement,
} from '@palmhold/net'
import { expect } from 'chai'
import { encodeFrame } from '../../packages/net/src/frame.ts'
import { ANNOUNCE_PROTOCOL } from '../../packages/net/src/peer-directory.ts'
import { addressOfName, failureOf, keyOf } from './test-keys.ts'

const NOW = 1_800_000_000

function bodyOf(sequence: number, change: Partial<AnnouncementBody> = {}): AnnouncementBody {
  return {
    dataHost: '127.0.0.1',
    dataPort: 4000 + sequence,
    httpUrl: '',
    sealingKey: `0x${'11'.repeat(32)}`,
    exchangeKey: `0x${'22'.repeat(32)}`,
    committeeId: `0x${'33'.repeat(32)}`,
    committeeEpoch: 1,
    sequence,
    issuedAt: NOW,
    ...change,
  }
}

describe('peer directory', () => {
  const peers: Peer[] = []
  const directories: PeerDirectory[] = []

  async function start(name: string, bootstrap: string[] = [], options: Partial<PeerDirectoryOptions> = {}) {
    const privateKey = keyOf(name)
    const peer = await createPeer({ privateKey, bootstrap })
    const directory = await createPeerDirectory({ peer, privateKey, clock: () => NOW, ...options })
    peers.push(peer)
    directories.push(directory)
    return { peer, directory }
  }

  afterEach(async () => {
    for (const directory of directories.splice(0)) directory.stop()
    await Promise.all(peers.splice(0).map((peer) => peer.stop()))
  })

  /** Hands announcements to a directory as a node that connects would. */
  async function tell(to: Peer, ...signed: Uint8Array[]): Promise<void> {
    const messenger = await createPeer({ privateKey: keyOf('messenger') })
    peers.push(messenger)
    await messenger.dial(to.multiaddrs[0]!)
    await messenger.request(to, ANNOUNCE_PROTOCOL, Buffer.concat(signed.map(encodeFrame)))
  }

  it('lets three operators and a verifier that share one bootstrap address find each other', async () => {
    const names = ['one', 'two', 'three', 'verifier']
    const addresses = names.map(addressOfName)
    const first = await start('one')
    const others = await Promise.all(names.slice(1).map((name) => start(name, first.peer.multiaddrs)))
    const all = [first, ...others]
    await Promise.all(all.map(({ directory }, i) => directory.announce(bodyOf(i + 1))))
    const seen = await Promise.all(all.map(({ directory }) => directory.waitFor(addresses, { timeoutMs: 10_000 })))
    for (const announcements of seen) {
      expect(announcements.map(({ address }) => address)).to.deep.equal(addresses)
      expect(announcements.map(({ dataPort }) => dataPort)).to.deep.equal([4001, 4002, 4003, 4004])
      expect(announcements.map(({ peerId }) => peerId)).to.deep.equal(all.map(({ peer }) => peer.peerId))
    }
  })

  it('tells a late node of everybody at once', async () => {
    const a = await start('a')
    await a.directory.announce(bodyOf(1))
    const late = await start('late', a.peer.multiaddrs)
    expect(await late.directory.waitFor([a.peer.address], { timeoutMs: 10_000 })).to.have.length(1)
  })

  it('replaces an announcement by a newer one and never by an older', async () => {
    const a = await start('a')
    const b = await start('b', a.peer.multiaddrs)
    const changes: number[] = []
    const newest = new Promise<Announcement>((resolve) => {
      b.directory.onChange((announcement) => {
        changes.push(announcement.sequence)
        if (announcement.sequence === 3) resolve(announcement)
      })
    })
    await a.directory.announce(bodyOf(2))
    await b.directory.waitFor([a.peer.address], { timeoutMs: 10_000 })
    await a.directory.announce(bodyOf(3))
    expect((await newest).dataPort).to.equal(4003)
    await tell(b.peer, signAnnouncement(keyOf('a'), bodyOf(1)), signAnnouncement(keyOf('a'), bodyOf(3)))
    expect(b.directory.get(a.peer.address)?.sequence).to.equal(3)
    expect(changes).to.deep.equal([2, 3])
  })

  it('looks an address up in any case of its digits', async () => {
    const a = await start('a')
    await a.directory.announce(bodyOf(1))
    const upper = `0x${a.peer.address.slice(2).toUpperCase()}` as Hex
    expect(a.directory.get(upper)?.address).to.equal(a.peer.address)
    expect(a.directory.get(addressOfName('nobody'))).to.equal(undefined)
  })

  it('keeps only whom it accepts, only so many, and nothing from the future or altered', async () => {
    const wanted = ['w1', 'w2', 'w3', 'future', 'altered']
    const accepted = new Set(wanted.map(addressOfName))
    const a = await start('a', [], { accept: (address) => accepted.has(address), maxEntries: 2 })
    const altered = signAnnouncement(keyOf('altered'), bodyOf(1))
    altered[altered.length - 40]! ^= 1
    await tell(
      a.peer,
      signAnnouncement(keyOf('unknown'), bodyOf(1)),
      altered,
      signAnnouncement(keyOf('future'), bodyOf(1, { issuedAt: NOW + 31 })),
      signAnnouncement(keyOf('w1'), bodyOf(1, { issuedAt: NOW + 30 })),
      signAnnouncement(keyOf('w2'), bodyOf(1)),
      signAnnouncement(keyOf('w3'), bodyOf(1)),
      signAnnouncement(keyOf('w1'), bodyOf(2)),
    )
    const kept = a.directory.all().map(({ address, sequence }) => [address, sequence])
    expect(kept).to.deep.equal([
      [addressOfName('w1'), 2],
      [addressOfName('w2'), 1],
    ])
  })

  it('refuses a table whose frames are larger than any announcement', async () => {
    const a = await start('a')
    expect(await failureOf(tell(a.peer, new Uint8Array(2049)))).to.have.property('remoteCode', 'PALM_MESSAGE_TOO_LARGE')
  })

  it('names whom it waited for in vain', async () => {
    const a = await start('a')
    await a.directory.announce(bodyOf(1))
    const missing = addressOfName('absent')
    const error = await failureOf(a.directory.waitFor([a.peer.address, missing], { timeoutMs: 50 }))
    expect(error).to.be.instanceOf(PeersMissingError).and.include({ code: 'PALM_PEERS_MISSING' })
    expect(error).to.have.deep.property('addresses', [missing])
    const signal = AbortSignal.abort()
    expect(await failureOf(a.directory.waitFor([missing], { timeoutMs: 9_999, signal }))).to.be.instanceOf(
      PeersMissingError,
    )
  })
})
