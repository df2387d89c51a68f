/**
 * A process that sends the bytes of its first argument (hexadecimal) in every way a node can send: over HTTP as client and
 * server, over the data plane, and as a question, an answer and gossip over libp2p. It is both ends of each.
 */

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fromHex, type Hex } from '@palmhold/base'
import { createDataPlane, createPeer } from '@palmhold/net'

const secret = fromHex((process.argv[2] ?? '') as Hex)
const keys = [1, 2].map((byte) => new Uint8Array(32).fill(byte)) as [Uint8Array, Uint8Array]

await Promise.all([overHttp(), overDataPlane(), overPeers()])
// IPC keeps this process until its parent has read everything and stops it.
process.on('message', () => undefined)
process.send?.({ kind: 'sent' })

async function overHttp(): Promise<void> {
  const server = createServer((_request, response) => response.end(Buffer.from(secret).toString('base64')))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const response = await fetch(`http://127.0.0.1:${port}/`, {
    method: 'POST',
    body: JSON.stringify({ share: [...secret] }),
  })
  await response.arrayBuffer()
  server.close()
}

async function overDataPlane(): Promise<void> {
  const [here, there] = await Promise.all(
    keys.map((privateKey) => createDataPlane({ privateKey, authorise: () => true })),
  )
  there!.onChannel(() => undefined)
  const channel = await here!.connect({ address: there!.address, host: there!.host, port: there!.port })
  await channel.send(secret)
  await channel.close()
}

async function overPeers(): Promise<void> {
  const here = await createPeer({ privateKey: keys[0] })
  const there = await createPeer({ privateKey: keys[1] })
  await there.handle('/test/1', async (_from, body) => body.toReversed())
  await here.dial(there.multiaddrs[0]!)
  await here.request(there, '/test/1', secret)
  // Gossip has no receiver yet: what counts is what would go out.
  await here.publish('test', secret).catch(() => undefined)
}
