/**
 * Searches a chain as everybody can read it: every block with its transactions, and every receipt with its events, as
 * the JSON that an endpoint answers with.
 */

import { PalmError } from '@palmhold/base'
import type { Finding, LeakSearch } from './leak-search.ts'
import type { Searched } from './search-folder.ts'

const BLOCKS_PER_CALL = 100
const TIMEOUT_MS = 30_000

/** Searches all blocks of the chain at `rpcUrl`. @throws {ChainUnreadableError} it does not answer */
export async function searchChain(search: LeakSearch, rpcUrl: string): Promise<Searched> {
  const latest = JSON.parse(await call(rpcUrl, questionOf('eth_blockNumber', []))) as {
    result: string
  }
  const blocks = Number(latest.result) + 1
  let bytes = 0
  const findings: Finding[] = []
  for (let first = 0; first < blocks; first += BLOCKS_PER_CALL) {
    const numbers = Array.from({ length: Math.min(BLOCKS_PER_CALL, blocks - first) }, (_, i) => first + i)
    for (const [part, question] of Object.entries(PARTS)) {
      const answer = Buffer.from(
        await call(
          rpcUrl,
          numbers.map((number) => question(`0x${number.toString(16)}`)),
        ),
      )
      bytes += answer.length
      findings.push(...search.search(`${part} of blocks ${first} to ${numbers.at(-1)}`, answer))
    }
  }
  return { bytes, findings }
}

/** What there is to read of a block. */
const PARTS = {
  transactions: (block: string) => questionOf('eth_getBlockByNumber', [block, true]),
  events: (block: string) => questionOf('eth_getBlockReceipts', [block]),
} as const

function questionOf(method: string, params: readonly unknown[]): object {
  return { jsonrpc: '2.0', id: 1, method, params }
}

async function call(rpcUrl: string, body: object): Promise<string> {
  try {
    const response = await fetch(rpcUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    const text = await response.text()
    if (!response.ok || text.includes('"error":{')) throw new ChainUnreadableError(undefined)
    return text
  } catch (cause) {
    throw cause instanceof ChainUnreadableError ? cause : new ChainUnreadableError(cause)
  }
}

/** A chain whose blocks cannot be read. */
export class ChainUnreadableError extends PalmError {
  constructor(cause: unknown) {
    super('PALM_CHAIN_UNREACHABLE', 'the chain does not give out its blocks', {
      hints: ['Is the local chain still running? `npx palmhold status` shows it.'],
      cause,
    })
  }
}
