/**
 * A terminal that speaks to the operators itself, in place of its verifier: it finds them as any node does, opens
 * channels under the terminal's key, and sends each the query it is given. For queries that no honest verifier sends.
 */

import { randomBytes } from 'node:crypto'
import type { Hex } from '@palmhold/base'
import { createDataPlane, createPeer, createPeerDirectory } from '@palmhold/net'
import type { ProbeCodes } from '@palmhold/palm'
import {
  decodeReply,
  encodeQuery,
  type Policy,
  type Query,
  type Reply,
  type Request,
  readFrame,
  requestHash,
  scanHash,
  signDigest,
} from '@palmhold/protocol'
import { ATTEMPTS } from '../../node/src/verifier/committee-client.ts'
import { splitProbe } from '../../node/src/verifier/split-probe.ts'
import { type LocalNetwork, untilOneGallery } from './local-network.ts'

const ANSWER_TIMEOUT_MS = 15_000
const FIND_TIMEOUT_MS = 10_000

const random = (length: number) => new Uint8Array(randomBytes(length))

/**
 * Sends each operator of the network its query at once, and returns their replies in the order of the members. Where their
 * galleries differ for the moment, as after any enrolment and revocation, it asks again as a verifier does.
 */
export async function askOperators(
  local: LocalNetwork,
  key: Uint8Array,
  queryFor: (member: Hex) => Query,
): Promise<Reply[]> {
  const { record, governance } = local.network
  const { members } = await governance.committee(record.committeeId)
  // The key names the node: under the terminal's own it would push the running verifier aside.
  const passing = random(32)
  const peer = await createPeer({
    privateKey: passing,
    bootstrap: record.operators.flatMap(({ multiaddrs }) => multiaddrs),
  })
  const directory = await createPeerDirectory({ peer, privateKey: passing })
  const plane = await createDataPlane({ privateKey: key, authorise: () => false })
  try {
    const found = await directory.waitFor(members, { timeoutMs: FIND_TIMEOUT_MS })
    const channels = await Promise.all(
      found.map(({ address, dataHost, dataPort }) => plane.connect({ address, host: dataHost, port: dataPort })),
    )
    for (let attempt = 1; ; attempt++) {
      const replies = await Promise.all(
        channels.map(async (channel) => {
          await channel.send(encodeQuery({ ...queryFor(channel.peer), attempt }))
          return decodeReply(readFrame(await channel.next({ timeoutMs: ANSWER_TIMEOUT_MS })).body)
        }),
      )
      const differ = replies.some((reply) => !reply.ok && reply.code === 'PALM_GALLERY_MISMATCH')
      if (!differ || attempt === ATTEMPTS) return replies
      await untilOneGallery(local)
    }
  } finally {
    await plane.close()
    directory.stop()
    await peer.stop()
  }
}

/** The queries of a terminal with `key` for a request and a probe, one for each member: all signed, all consistent. */
export async function queriesOf(
  { network, domain }: LocalNetwork,
  key: Uint8Array,
  request: Request,
  policy: Policy,
  probe: ProbeCodes,
): Promise<(member: Hex) => Query> {
  const committee = await network.governance.committee(network.record.committeeId)
  const hash = requestHash(domain, request)
  const split = splitProbe(probe, committee, random)
  const scan = {
    requestHash: hash,
    probeRoot: split.probeRoot,
    leafCount: probe.codes.length,
    probeSharesRoot: split.probeSharesRoot,
    capturedAt: request.issuedAt,
  }
  const common = {
    request,
    requestSignature: signDigest(hash, key),
    scan,
    scanSignature: signDigest(scanHash(domain, scan), key),
    policy,
    roles: committee.members.slice(0, 3),
    attempt: 1,
  }
  return (member) => ({ ...common, ...split.packageOf(member) })
}
