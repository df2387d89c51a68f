/** What any node on the network can send: frames, replies, announcements, certificates, names, and tables of them. */

import { X509Certificate } from 'node:crypto'
import { concatBytes, equalBytes, PalmError, utf8 } from '@palmhold/base'
import {
  addressOfPeer,
  createTlsCertificate,
  signAnnouncement,
  verifyAnnouncement,
  verifyTlsCertificate,
} from '@palmhold/net'
import { createFrameReader, encodeFrame } from '../../../packages/net/src/frame.ts'
import { createPeerDirectory } from '../../../packages/net/src/peer-directory.ts'
import { acceptance, decodeReply, refusal } from '../../../packages/net/src/reply.ts'
import { SPEC_CERTIFICATES } from '../../net/spec-certificates.ts'
import { addressOfName, keyOf, peerIdOfName } from '../../net/test-keys.ts'
import { NOW } from '../../protocol/signed.ts'
import type { FuzzTarget } from '../fuzz-target.ts'
import { peerAlone } from '../peer-alone.ts'
import { bytesOf, nearBytes, textOf } from './near-seeds.ts'

const MAX_FRAME_BYTES = 64 * 1024
const CERTIFICATE_TIME = new Date('2030-01-01T00:00:00Z')

const announcements = ['one', 'two'].map((name, i) =>
  signAnnouncement(keyOf(name), {
    dataHost: i === 0 ? '127.0.0.1' : 'node.example.org',
    dataPort: 4001,
    httpUrl: i === 0 ? '' : 'https://node.example.org:8080/palm',
    sealingKey: `0x${'11'.repeat(32)}`,
    exchangeKey: `0x${'22'.repeat(32)}`,
    committeeId: `0x${'33'.repeat(32)}`,
    committeeEpoch: 4_294_967_295,
    sequence: Number.MAX_SAFE_INTEGER,
    issuedAt: NOW,
  }),
)
const isGenuine = (input: Uint8Array) => announcements.some((one) => equalBytes(one, input))

async function someCertificates(): Promise<Uint8Array[]> {
  const { cert } = await createTlsCertificate({
    privateKey: keyOf('certificate'),
    notBefore: new Date('2020-01-01T00:00:00Z'),
    notAfter: new Date('2040-01-01T00:00:00Z'),
  })
  const own = new Uint8Array(new X509Certificate(cert).raw)
  return [own, own, ...SPEC_CERTIFICATES.map(({ hex }) => new Uint8Array(Buffer.from(hex, 'hex')))]
}

export const netTargets: readonly FuzzTarget[] = [
  nearBytes(
    () => [concatBytes(encodeFrame(utf8('one')), encodeFrame(new Uint8Array()), encodeFrame(new Uint8Array(300)))],
    {
      name: 'net/frames',
      weight: 80,
      decode(input) {
        const reader = createFrameReader(MAX_FRAME_BYTES)
        const frames: Uint8Array[] = []
        // Cut at places that the input itself names, as a stream may be.
        for (let at = 0; at < input.length; ) {
          const end = at + 1 + (input[at]! % 61)
          frames.push(...reader.push(input.subarray(at, end)))
          at = end
        }
        return { frames, rest: reader.insideFrame }
      },
      complaint(result, input) {
        const { frames, rest } = result as { frames: Uint8Array[]; rest: boolean }
        const again = concatBytes(...frames.map(encodeFrame))
        return equalBytes(again, input.subarray(0, again.length)) && rest === again.length < input.length
          ? undefined
          : 'the frames are not those of the stream'
      },
    },
  ),
  nearBytes(() => [acceptance(utf8('body')), refusal(new PalmError('PALM_NODE_SLOW', 'slow')), refusal(undefined)], {
    name: 'net/reply',
    weight: 60,
    decode: decodeReply,
    complaint: (result, input) => {
      const { body } = result as { body: Uint8Array }
      return equalBytes(acceptance(body), input) ? undefined : 'two replies say the same'
    },
  }),
  nearBytes(() => announcements, {
    name: 'net/announcement',
    weight: 40,
    decode: (input) => verifyAnnouncement(input),
    complaint: (_, input) => (isGenuine(input) ? undefined : 'an announcement that was bent verifies'),
  }),
  nearBytes(() => [concatBytes(...announcements.map(encodeFrame)), new Uint8Array(4 * 64)], {
    name: 'net/announcement-table',
    weight: 4,
    ...directoryTarget(),
  }),
  nearBytes(someCertificates, {
    name: 'net/tls-certificate',
    weight: 20,
    decode: (input) => verifyTlsCertificate(input, CERTIFICATE_TIME),
  }),
  nearBytes(() => ['one', 'two'].map((name) => bytesOf(peerIdOfName(name))), {
    name: 'net/peer-id',
    weight: 30,
    // A key that is bent may be another key; a name must be the only one of its key.
    decode: (input) => ({ name: textOf(input), address: addressOfPeer(textOf(input)) }),
    complaint(result) {
      const { name, address } = result as { name: string; address: string }
      const known = ['one', 'two'].find((one) => addressOfName(one) === address)
      return known === undefined || peerIdOfName(known) === name ? undefined : 'two names of one key'
    },
  }),
]

/** A directory that is handed tables, as by nodes that connect. */
function directoryTarget() {
  const peer = peerAlone('directory')
  const ready = createPeerDirectory({ peer, privateKey: keyOf('directory'), clock: () => NOW })
  return {
    async decode(input: Uint8Array) {
      const directory = await ready
      await peer.ask(addressOfName('one'), peerIdOfName('one'), input)
      const known = directory.all().map(({ address }) => address)
      return { known }
    },
    complaint(result: unknown) {
      const { known } = result as { known: string[] }
      const genuine: string[] = [addressOfName('one'), addressOfName('two')]
      return known.every((address) => genuine.includes(address)) ? undefined : 'the directory believed a forgery'
    },
    async close() {
      ;(await ready).stop()
    },
  }
}
