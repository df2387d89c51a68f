/**
 * What each node sees, searched for shares: its data folder, and what was sent to it and by it before encryption. An
 * operator may have its own share of a row or probe and no other; any t + 1 would give the palm away, with t = 1.
 */

import { join } from 'node:path'
import type { Hex } from '@palmhold/base'
import type { DealtShare } from './dealt-shares.ts'
import { createLeakSearch, type Finding, type LeakSearch } from './leak-search.ts'
import { searchFolder } from './search-folder.ts'
import { searchTraffic } from './search-traffic.ts'
import type { Sent } from './traffic.ts'

/** What is shorter is looked for in pieces of 32 bytes, as pictures are. */
const LEAST_SHARE_BYTES = 207

/** A node and the names it is sent things under. */
export type ViewedNode = {
  readonly name: string
  readonly address: Hex
  readonly peerId: string
  readonly url: string
  readonly dataFolder: string
}

export type NodeView = {
  readonly node: string
  /** Dealings of which the node's own share was seen at it: what shows that the search finds shares. */
  readonly ownShares: number
  /** Shares of other members that were seen at it: there must be none. */
  readonly foreignShares: readonly Finding[]
}

/** The views of `nodes` on what was dealt. */
export function viewShares(
  nodes: readonly ViewedNode[],
  shares: readonly DealtShare[],
  sent: readonly Sent[],
): NodeView[] {
  const search = createLeakSearch()
  for (const [number, { forms }] of shares.entries())
    for (const bytes of forms)
      if (bytes.length < LEAST_SHARE_BYTES) search.addBytes(String(number), bytes)
      else search.addShare(String(number), bytes)
  return nodes.map((node) => viewOf(node, shares, sent, search))
}

function viewOf(node: ViewedNode, shares: readonly DealtShare[], sent: readonly Sent[], search: LeakSearch): NodeView {
  const seen = [
    ...searchFolder(search, node.dataFolder).findings.map((found) => ({
      ...found,
      source: join(node.name, found.source),
    })),
    ...searchTraffic(
      search,
      sent.filter((message) => isSeenBy(node, message)),
    ).findings,
  ]
  const own = new Set<string>()
  const foreign = new Map<string, Finding>()
  for (const found of seen) {
    const { dealing, member } = shares[Number(found.secret)]!
    if (member === node.address) own.add(dealing)
    else foreign.set(`${dealing} ${member}`, { ...found, secret: `the share of ${member} of ${dealing}` })
  }
  return { node: node.name, ownShares: own.size, foreignShares: [...foreign.values()] }
}

function isSeenBy({ name, address, peerId, url }: ViewedNode, { from, to, plane }: Sent): boolean {
  return from === name || plane === 'gossip' || [address, peerId, new URL(url).host].includes(to)
}
