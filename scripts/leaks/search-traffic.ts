/** Searches what was sent: all from one node to one receiver on one plane is one stream, so that no cut hides anything. */

import type { Finding, LeakSearch } from './leak-search.ts'
import type { Searched } from './search-folder.ts'
import type { Sent } from './traffic.ts'

export function searchTraffic(search: LeakSearch, sent: readonly Sent[]): Searched {
  const streams = Map.groupBy(sent, ({ from, to, plane }) => `${plane}: ${from} to ${to || 'nobody yet'}`)
  const findings: Finding[] = []
  let bytes = 0
  for (const [source, messages] of streams) {
    const stream = search.stream(source)
    for (const message of messages) {
      stream.push(message.bytes)
      bytes += message.bytes.length
    }
    findings.push(...stream.end())
  }
  return { bytes, findings }
}
